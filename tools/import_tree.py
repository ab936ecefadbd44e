# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What the Python files of a checkout depend on, as Bazel's labels.

A file depends on the modules that it imports, anywhere in it, or names to be
started by `python -m`, and on its own package's `__init__.py`, which Python
runs first. What stands in a `try` that catches ImportError is optional, and no
dependency.
"""

from __future__ import annotations

import ast
import pathlib
import re
import sys
from collections.abc import Iterator

_FOLDERS = ('benchmarks', 'launch', 'pathnet_tf', 'tests', 'tools')
_PROGRAMS = tuple(f'{folder}.' for folder in ('benchmarks', 'launch'))

# Programs of another environment, that of the peers: files to Bazel, no code.
_FILES_ONLY = 'benchmarks/peers'

# What a file starts or reads without spelling its name. (Labyrinth is named by
# a flag file.)
_STARTS = {
  'launch/train.py': 'pathnet_tf/environments/labyrinth.py',
  'tests/launch/main_test.py': 'launch/__main__.py',
  'tests/tasks/dm_env_test.py': 'pathnet_tf/environments/labyrinth.py',
  'tests/torture/torture_test.py': 'tests/torture/__main__.py',
}

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
    self._public = self._read_public()
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
    if is_test(path):  # pytest reads these first.
      names |= {
        _module(str(parent / 'conftest.py'))
        for parent in (folder, *folder.parents)
        if str(parent / 'conftest.py') in self.files
      }
    labels = {self._label(name, path) for name in names if name != own}
    return sorted(labels - {None, target(path)}, key=label_order)

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
    names = {_module(_STARTS[path])} if path in _STARTS else set()
    for node in _needed(tree):
      if isinstance(node, ast.Import):
        names |= {self._longest(alias.name) for alias in node.names}
      elif isinstance(node, ast.ImportFrom):
        names |= {
          self._longest(f'{node.module}.{alias.name}') for alias in node.names
        }
      elif isinstance(node, ast.Attribute):
        names |= self._public.get(ast.unparse(node), set())
      elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if path.startswith('pathnet_tf/'):
          continue  # It starts nothing, and may print a command.
        if node.value in _PROGRAMS:  # The beginning of some program's name.
          names |= {n for n in self._modules if n.startswith(node.value)}
        elif '.' in node.value and node.value in self._modules:
          names.add(node.value)
    return names

  def _read_public(self) -> dict[str, set[str]]:
    """The modules behind `pathnet_tf.NAME`, loaded when it is first used."""
    file = self.root / 'pathnet_tf' / '__init__.py'
    for node in ast.parse(file.read_text()).body if file.is_file() else ():
      if (
        isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == '_PUBLIC'
      ):
        public = {
          f'pathnet_tf.{name}': {f'pathnet_tf.{module}'}
          for name, module in ast.literal_eval(node.value).items()
        }
        return public | {'pathnet_tf.__all__': set().union(*public.values())}
    return {}

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


def target(path: str) -> str:
  """A target's own name."""
  pure = pathlib.PurePath(path)
  return pure.parent.name if pure.stem == '__init__' else pure.stem


def _label(path: str, seen_from: pathlib.PurePath) -> str:
  folder, name = pathlib.PurePath(path).parent, target(path)
  if folder == seen_from:
    return f':{name}'
  return f'//{folder}' if folder.name == name else f'//{folder}:{name}'


def label_order(label: str) -> tuple[bool, bool, list[str]]:
  """As buildifier sorts: of this package, of this repository, of others."""
  return (
    not label.startswith(':'),
    label.startswith('@'),
    re.split('[:.]', label),
  )


def is_test(path: str) -> bool:
  """Whether pytest runs this file."""
  return path.startswith('tests/') and path.endswith('_test.py')
