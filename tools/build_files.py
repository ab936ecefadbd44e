# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Writes Bazel's BUILD files from what the Python files import.

  python tools/build_files.py           writes every BUILD file
  python tools/build_files.py --check   names those that are not up to date

A target a Python file; what it depends on is in `tools/import_tree.py`. A test
file none of whose tests is fast is not of `//...`: its target is tagged manual.
"""

from __future__ import annotations

import pathlib
import re
import sys
from typing import Any

_ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # As `python -m` would have it.

from tools import import_tree  # noqa: E402

_HEADER = """\
# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
# Written by tools/build_files.py.
"""
_VISIBILITY = 'package(default_visibility = ["//visibility:public"])\n'

# What a file reads that is no Python.
_DATA = {
  'benchmarks/soak.py': ['//launch:settings'],
  'benchmarks/suite.py': ['//benchmarks/peers'],
  'launch/demo.py': ['//launch:settings'],
  'pathnet_tf/reports/page.py': ['//pathnet_tf/reports:page_files'],
  'tests/conftest.py': ['//testdata'],
  'tests/docs_test.py': [
    '//:CONTRIBUTING.md',
    '//:LICENSE',
    '//:README.md',
    '//docs',
  ],
  'tests/requirements_test.py': [
    '//:requirements-dev.lock',
    '//:requirements-dev.txt',
    '//:requirements.lock',
    '//:requirements.txt',
  ],
  'tests/launch/conftest.py': ['//launch:settings'],
  'tests/tools/draw_mnist_pairs_test.py': [
    '//launch:settings',
    '//tools:draw_mnist_pairs',
  ],
  'tests/torture/inputs.py': ['//tests/torture:words'],
  'tools/write_configuration.py': ['//docs'],
}
_FILE_GROUPS = {
  'benchmarks/peers': ('peers', ['*.py']),
  'docs': ('docs', ['**/*.gif', '**/*.md', '**/*.png']),
  'launch': ('settings', ['*.sh', 'flagfiles/*', 'kubernetes/*', 'studies/*']),
  'pathnet_tf/reports': ('page_files', ['page_files/*']),
  'testdata': ('testdata', ['**/*']),
  'tests/torture': ('words', ['words/*']),
}
_EXPORTED = {
  '': [
    'CONTRIBUTING.md',
    'LICENSE',
    'README.md',
    'pyproject.toml',
    'requirements-dev.lock',
    'requirements-dev.txt',
    'requirements.lock',
    'requirements.txt',
  ],
  'tools': ['pytest_main.py'],
}

# Tests of the checkout itself: what git has, not what Bazel builds.
_OF_THE_CHECKOUT = (
  'tests/layering_test.py',
  'tests/tools/build_files_test.py',
)


def _rule(tree: import_tree.Tree, path: str) -> str:
  """The target of one file."""
  text = (tree.root / path).read_text()
  folder, name = pathlib.PurePath(path).parent, pathlib.PurePath(path).name
  data = sorted(
    (label.replace(f'//{folder}:', ':') for label in _DATA.get(path, [])),
    key=import_tree.label_order,
  )
  if import_tree.is_test(path):
    rule = 'pytest_test'
  else:
    main = re.search("^if __name__ == '__main__':", text, re.MULTILINE)
    rule = 'py_binary' if main else 'py_library'
  attributes: dict[str, Any] = {'name': import_tree.target(path)}
  if rule != 'pytest_test' and path.startswith('tests/'):
    attributes['testonly'] = True
  attributes['srcs'] = [name]
  if data:
    attributes['data'] = data
  if path in _OF_THE_CHECKOUT or re.search(
    r'^pytestmark = \[?\s*pytest\.mark\.slow', text, re.MULTILINE
  ):
    attributes['tags'] = ['manual']
  if dependencies := tree.dependencies(path):
    attributes['deps'] = dependencies
  return _call(rule, attributes)


def _call(rule: str, attributes: dict[str, Any]) -> str:
  """A target as buildifier formats it."""
  lines = [f'{rule}(']
  for key, value in attributes.items():
    if isinstance(value, list):
      shown = _list(value, '    ')
    else:
      shown = f'"{value}"' if isinstance(value, str) else str(value)
    lines.append(f'    {key} = {shown},')
  return '\n'.join([*lines, ')\n'])


def _list(items: list[str], indent: str = '') -> str:
  if len(items) == 1:
    return f'["{items[0]}"]'
  inside = ''.join(f'{indent}    "{item}",\n' for item in items)
  return f'[\n{inside}{indent}]'


def build_files(root: pathlib.Path) -> dict[str, str]:
  """Gives the text of every BUILD file, by its path from the root."""
  tree = import_tree.Tree(root)
  folders: dict[str, list[str]] = {
    folder: [] for folder in (*_FILE_GROUPS, *_EXPORTED)
  }
  for path in tree.files:
    folder = str(pathlib.PurePath(path).parent)
    folders.setdefault(folder, []).append(_rule(tree, path))
  return {
    f'{folder}/BUILD'.removeprefix('./').lstrip('/'): _text(folder, rules)
    for folder, rules in folders.items()
  }


def _text(folder: str, rules: list[str]) -> str:
  """One BUILD file."""
  used = {rule.partition('(')[0] for rule in rules}
  loads = []
  if theirs := sorted(used - {'pytest_test'}):
    names = ', '.join(f'"{name}"' for name in theirs)
    loads.append(f'load("@rules_python//python:defs.bzl", {names})\n')
  if 'pytest_test' in used:
    loads.append('load("//tools:pytest.bzl", "pytest_test")\n')
  parts = [_HEADER, ''.join(loads), _VISIBILITY]
  if folder in _EXPORTED:
    parts.append(f'exports_files({_list(_EXPORTED[folder])})\n')
  if folder in _FILE_GROUPS:
    name, patterns = _FILE_GROUPS[folder]
    files = f'glob({_list(patterns, "    ")})'
    parts.append(f'filegroup(\n    name = "{name}",\n    srcs = {files},\n)\n')
  return '\n'.join(part for part in [*parts, *rules] if part)


def main(arguments: list[str]) -> int:
  """Writes or checks; gives the exit code."""
  wrong = []
  for path, text in build_files(_ROOT).items():
    file = _ROOT / path
    if file.is_file() and file.read_text() == text:
      continue
    wrong.append(path)
    if '--check' not in arguments:
      file.write_text(text)
  for path in wrong:
    print(path)
  return 1 if wrong and '--check' in arguments else 0


if __name__ == '__main__':
  sys.exit(main(sys.argv[1:]))
