# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Bazel's BUILD files say what the Python files are and import."""

from __future__ import annotations

import ast
import pathlib
import re

from tools import build_files

ROOT = pathlib.Path(__file__).parents[2]


def files(pattern: str) -> list[pathlib.Path]:
  """Of the project: not of environments or runs, which git ignores."""
  left_out = {'.venv', '.peers', '.ci', 'runs', 'build', 'dist'}
  return sorted(
    path
    for path in ROOT.rglob(pattern)
    if not left_out & {*path.relative_to(ROOT).parts}
  )


PACKAGES = [path.parent for path in files('BUILD')]


def targets(folder: pathlib.Path) -> list[dict[str, object]]:
  """The rules of a BUILD file: it is written in a part of Python."""
  calls = [
    node.value
    for node in ast.parse((folder / 'BUILD').read_text()).body
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
  ]
  return [
    {'rule': call.func.id}
    | {
      word.arg: ast.literal_eval(word.value)
      for word in call.keywords
      if not isinstance(word.value, ast.Call)  # glob()
    }
    for call in calls
    if isinstance(call.func, ast.Name)
  ]


def test_every_file_is_what_the_tool_writes():
  wrong = [
    path
    for path, text in build_files.build_files(ROOT).items()
    if not (ROOT / path).is_file() or (ROOT / path).read_text() != text
  ]
  assert not wrong, f'run python tools/build_files.py: {wrong}'


def test_every_python_file_is_in_exactly_one_target():
  there = [path.relative_to(ROOT).as_posix() for path in files('*.py')]
  there = [path for path in there if not path.startswith('benchmarks/peers/')]
  found = sorted(
    (folder.relative_to(ROOT) / source).as_posix()
    for folder in PACKAGES
    for target in targets(folder)
    if target['rule'] != 'filegroup'
    for source in target.get('srcs', [])
  )
  assert found == sorted(there)


def test_every_label_is_of_a_target_and_every_library_is_required():
  known = {
    f'//{folder.relative_to(ROOT).as_posix()}:{target["name"]}'.replace(
      '//.', '//'
    )
    for folder in PACKAGES
    for target in targets(folder)
    if 'name' in target
  }
  required = {
    re.split('[<=>]', line)[0].replace('-', '_').lower()
    for name in ('requirements.txt', 'requirements-dev.txt')
    for line in (ROOT / name).read_text().splitlines()
    if line and not line.startswith('#')
  }
  for folder in PACKAGES:
    here = folder.relative_to(ROOT).as_posix()
    for target in targets(folder):
      for label in target.get('deps', []):
        if label.startswith('@pypi//'):
          assert label.removeprefix('@pypi//') in required, label
          continue
        package, _, name = label.partition(':')
        package = package or f'//{here}'
        assert f'{package}:{name or package.rpartition("/")[2]}' in known
