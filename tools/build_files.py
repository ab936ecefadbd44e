# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Writes Bazel's BUILD files from what the Python files import.

  python tools/build_files.py           writes every BUILD file
  python tools/build_files.py --check   names those that are not up to date

A target a Python file. It depends on the targets of the modules that the file
imports, anywhere in it, or names to be started by `python -m`, and on its own
package's `__init__.py`, which Python runs first. What stands in a `try` that
catches ImportError is optional, and no dependency.
"""

from __future__ import annotations

import ast
import pathlib
import re
import sys
from collections.abc import Iterator
from typing import Any

_FOLDERS = ('benchmarks', 'launch', 'pathnet_tf', 'tests', 'tools')

_HEADER = """\
# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
# Written by tools/build_files.py.
"""
_VISIBILITY = 'package(default_visibility = ["//visibility:public"])\n'

# Programs of another environment, that of the peers: files to Bazel, no code.
_FILES_ONLY = 'benchmarks/peers'

# What a file reads that is no Python.
_DATA = {
  'benchmarks/soak.py': ['//launch:settings'],
  'benchmarks/suite.py': ['//benchmarks/peers'],
  'launch/demo.py': ['//launch:settings'],
  'pathnet_tf/reports/page.py': ['//pathnet_tf/reports:page_files'],
  'tests/conftest.py': ['//testdata'],
  'tests/docs_test.py': ['//:README.md', '//docs'],
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
}
_FILE_GROUPS = {
  'benchmarks/peers': ('peers', ['*.py']),
  'docs': ('docs', ['**/*.md']),
  'launch': ('settings', ['*.sh', 'flagfiles/*', 'kubernetes/*', 'studies/*']),
  'pathnet_tf/reports': ('page_files', ['page_files/*']),
  'testdata': ('testdata', ['**/*']),
}
_EXPORTED = {
  '': [
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

# Distributions whose name is not that of the module they bring.
_DISTRIBUTIONS = {'PIL': 'pillow', 'absl': 'absl_py', 'yaml': 'pyyaml'}


class Tree:
  """The Python files of a checkout, and what they import.

  Attributes:
    files: paths from the root, as `launch/train.py`.
  """

  def __init__(self, root: pathlib.Path):
    self.root = root
    found = [path for name in _FOLDERS for path in (root / name).rglob('*.py')]
    paths = sorted(path.relative_to(root).as_posix() for path in found)
    self.files = [
      path for path in paths if not path.startswith(f'{_FILES_ONLY}/')
    ]
    self._modules = {_module(path): path for path in self.files}
    self._imports = {path: self._read(path) for path in self.files}

  def dependencies(self, path: str) -> list[str]:
    """The labels that the target of a file depends on, sorted."""
    own = _module(path)
    names = set(self._imports[path])
    for name in (own, *self._imports[path]):
      package = name.rpartition('.')[0]
      if package not in self._modules or path in self._under(package):
        continue
      # What a package imports itself does not bring the package along.
      if name == own or self._modules.get(name) in self._under(package):
        names.add(package)
    folder = pathlib.PurePath(path).parent
    if _kind(path) == 'test':  # pytest reads these first.
      names |= {
        _module(str(parent / 'conftest.py'))
        for parent in (folder, *folder.parents)
        if str(parent / 'conftest.py') in self.files
      }
    labels = {self._label(name, path) for name in names if name != own}
    return sorted(labels - {None, _target(path)}, key=_order)

  def _under(self, module: str) -> set[str]:
    """The files of this package that its `__init__.py` imports itself."""
    waiting, found = [self._modules[module]], set()
    while waiting:
      path = waiting.pop()
      for name in self._imports[path]:
        other = self._modules.get(name)
        if other and other not in found and name.startswith(f'{module}.'):
          found.add(other)
          waiting.append(other)
    return found

  def _read(self, path: str) -> set[str]:
    """The full names of the modules that a file needs."""
    tree = ast.parse((self.root / path).read_text())
    names = set()
    for node in _needed(tree):
      if isinstance(node, ast.Import):
        names |= {self._longest(alias.name) for alias in node.names}
      elif isinstance(node, ast.ImportFrom):
        names |= {
          self._longest(f'{node.module}.{alias.name}') for alias in node.names
        }
      elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if path.startswith('pathnet_tf/'):
          continue  # It starts nothing, and may print a command.
        if node.value == 'launch.':  # The beginning of some program's name.
          names |= {n for n in self._modules if n.startswith('launch.')}
        elif '.' in node.value and node.value in self._modules:
          names.add(node.value)
    return names

  def _longest(self, name: str) -> str:
    """`pathnet_tf.seeds.derive` is of the module `pathnet_tf.seeds`."""
    while name.rpartition('.')[0] and name not in self._modules:
      name = name.rpartition('.')[0]
    return name

  def _label(self, name: str, path: str) -> str | None:
    if name in self._modules:
      return _label(self._modules[name], pathlib.PurePath(path).parent)
    top = name.partition('.')[0]
    if top in sys.stdlib_module_names or top in _FOLDERS:
      return None
    return f'@pypi//{_DISTRIBUTIONS.get(top, top)}'


def _needed(tree: ast.AST) -> Iterator[ast.AST]:
  """Every node, but not those of a `try` that catches ImportError."""
  for node in ast.iter_child_nodes(tree):
    if isinstance(node, ast.Try) and any(
      isinstance(handler.type, ast.Name) and handler.type.id == 'ImportError'
      for handler in node.handlers
    ):
      continue
    yield node
    yield from _needed(node)


def _module(path: str) -> str:
  return re.sub(r'(/__init__)?\.py$', '', path).replace('/', '.')


def _target(path: str) -> str:
  """A target's own name."""
  pure = pathlib.PurePath(path)
  return pure.parent.name if pure.stem == '__init__' else pure.stem


def _label(path: str, seen_from: pathlib.PurePath) -> str:
  folder, name = pathlib.PurePath(path).parent, _target(path)
  if folder == seen_from:
    return f':{name}'
  return f'//{folder}' if folder.name == name else f'//{folder}:{name}'


def _order(label: str) -> tuple[bool, bool, list[str]]:
  """As buildifier sorts: of this package, of this repository, of others."""
  return (
    not label.startswith(':'),
    label.startswith('@'),
    re.split('[:.]', label),
  )


def _kind(path: str) -> str:
  if path.startswith('tests/') and path.endswith('_test.py'):
    return 'test'
  return 'library'


def _rule(tree: Tree, path: str) -> str:
  """The target of one file."""
  text = (tree.root / path).read_text()
  folder, name = pathlib.PurePath(path).parent, pathlib.PurePath(path).name
  data = sorted(
    (label.replace(f'//{folder}:', ':') for label in _DATA.get(path, [])),
    key=_order,
  )
  if _kind(path) == 'test':
    rule = 'pytest_test'
  else:
    main = re.search("^if __name__ == '__main__':", text, re.MULTILINE)
    rule = 'py_binary' if main else 'py_library'
  attributes: dict[str, Any] = {'name': _target(path)}
  if rule != 'pytest_test' and path.startswith('tests/'):
    attributes['testonly'] = True
  attributes['srcs'] = [name]
  if data:
    attributes['data'] = data
  if path in _OF_THE_CHECKOUT or re.search(
    r'^pytestmark = pytest\.mark\.slow', text, re.MULTILINE
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
  tree = Tree(root)
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
  root = pathlib.Path(__file__).parents[1]
  wrong = []
  for path, text in build_files(root).items():
    file = root / path
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
