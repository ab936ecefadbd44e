# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Data flows one way: no module imports what stands above it."""

from __future__ import annotations

import ast
import functools
import pathlib
import subprocess
import sys

import pytest

_ROOT = pathlib.Path(__file__).parents[1]

# What each part of the package may import of the others. A part names only
# parts above its own line, so that no circle can arise.
_EVERYWHERE = ('errors', 'seeds')
_MAY_IMPORT = {
  # What lies on the disk.
  'durable_files': '',
  'path_names': '',
  'run_folder': 'durable_files path_names',
  'event_log': 'durable_files',
  'manifest': 'durable_files',
  'video': '',
  'bootstrap': '',
  'checkpoint_folder': 'durable_files manifest',
  'remote_errors': '',
  'checkpoints': 'manifest checkpoint_folder remote_errors',
  # What is searched, and what is drawn of it.
  'evolution': '',
  'reports': 'durable_files run_folder event_log evolution video bootstrap',
  # Who takes part, on many hosts.
  'cluster': '',
  # What is trained, and on what.
  'layers': '',
  'networks': 'layers',
  'agents': 'layers networks',
  'environments': '',
  'datasets': 'durable_files',
  'tasks': 'environments datasets',
  'engines': (
    'remote_errors layers networks agents environments datasets tasks'
  ),
  'evaluation': (
    'networks agents environments datasets tasks engines bootstrap'
  ),
  'gameplay': 'environments tasks engines evaluation video',
  # What holds it together.
  'config': 'networks agents evolution',
  'learner': 'checkpoints networks agents tasks config',
  'exports': (
    'durable_files path_names networks agents tasks engines evaluation learner'
  ),
  'breeding': 'evolution networks engines config learner',
  'observers': 'evolution reports',
  'coordinator': (
    'run_folder event_log checkpoints tasks engines config learner breeding'
    ' observers'
  ),
  'local_engines': 'agents environments tasks engines config',
  # What is compared.
  'transfer': (
    'durable_files run_folder event_log checkpoints evolution reports bootstrap'
    ' layers networks tasks evaluation config learner breeding coordinator'
    ' local_engines'
  ),
}
_WITHOUT_TENSORFLOW = (
  *_EVERYWHERE,
  'datasets',
  'evolution',
  'reports',
  'bootstrap',
  'path_names',
  'run_folder',
  'video',
)


def _part(module: str) -> str:
  """`pathnet_tf.layers.dense` is of the part `layers`."""
  return module.partition('.')[2].partition('.')[0]


def _modules(folder: str) -> list[pathlib.Path]:
  return sorted((_ROOT / folder).rglob('*.py'))


def _name(path: pathlib.Path) -> str:
  parts = path.relative_to(_ROOT).with_suffix('').parts
  return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


@functools.cache
def _imports(path: pathlib.Path) -> frozenset[str]:
  """The modules that a file imports, also inside of functions."""
  names = set()
  for node in ast.walk(ast.parse(path.read_text())):
    if isinstance(node, ast.Import):
      names |= {alias.name for alias in node.names}
    elif isinstance(node, ast.ImportFrom):
      assert not node.level, f'{path}: imports are absolute here'
      assert node.module
      # `from pathnet_tf import seeds` imports a module, like the long form.
      names |= {f'{node.module}.{alias.name}' for alias in node.names}
  return frozenset(names)


def _own(path: pathlib.Path) -> set[str]:
  """The parts of the package that a file imports."""
  return {
    _part(name) for name in _imports(path) if name.startswith('pathnet_tf.')
  }


def test_table_has_no_circle():
  above: set[str] = set()
  for part, allowed in _MAY_IMPORT.items():
    assert set(allowed.split()) <= above, part
    above.add(part)


def test_table_has_every_part_of_the_package_and_no_other():
  parts = {_part(_name(path)) for path in _modules('pathnet_tf')} - {''}
  assert parts == {*_EVERYWHERE, *_MAY_IMPORT}


@pytest.mark.parametrize('path', _modules('pathnet_tf'), ids=_name)
def test_module_imports_nothing_from_above(path):
  part = _part(_name(path))
  allowed = _MAY_IMPORT.get(part, '').split()
  if part in _EVERYWHERE:
    assert not _own(path)
  assert _own(path) <= {part, *_EVERYWHERE, *allowed}
  assert not any(name.startswith('launch') for name in _imports(path))


@pytest.mark.parametrize(
  'line',
  [
    'from pathnet_tf.coordinator import Coordinator',
    'from pathnet_tf import coordinator',
    'import pathnet_tf.coordinator',
    'import numpy, pathnet_tf.coordinator as c',
    'def f():\n  from pathnet_tf import coordinator as c',
  ],
)
def test_every_way_to_import_is_noticed(tmp_path, line):
  path = tmp_path / 'module.py'
  path.write_text(line)
  assert _own(path) == {'coordinator'}


def test_search_knows_numpy_and_nothing_else():
  for path in _modules('pathnet_tf/evolution'):
    others = {name.partition('.')[0] for name in _imports(path)}
    others -= {'__future__', 'pathnet_tf', *sys.stdlib_module_names}
    assert others <= {'numpy'}, path


def test_search_and_reports_load_no_tensorflow():
  names = [
    name
    for name in map(_name, _modules('pathnet_tf'))
    if _part(name) in _WITHOUT_TENSORFLOW
  ]
  assert len(names) > len(_WITHOUT_TENSORFLOW)
  program = (
    f'import sys, {", ".join(names)}\n'
    'print([n for n in sys.modules if n.startswith(("tensorflow", "tf_"))])'
  )
  shown = subprocess.run(
    [sys.executable, '-c', program],
    cwd=_ROOT,
    capture_output=True,
    text=True,
    check=True,
  )
  assert shown.stdout == '[]\n'
