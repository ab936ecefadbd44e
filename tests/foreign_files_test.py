# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Files that others made: refused in one line, and never run.

Images and exports have tests of their own; so have logs, line by line.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import json
import pathlib
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf import manifest as manifest_lib
from pathnet_tf.config import RunConfig
from pathnet_tf.errors import UserError
from pathnet_tf.reports import history
from pathnet_tf.run_folder import RunFolder

_ROOT = pathlib.Path(__file__).parents[1]

json_values = st.recursive(
  st.none()
  | st.booleans()
  | st.integers()
  | st.floats()
  | st.text(max_size=8)
  | st.sampled_from(['../../etc/passwd', '/etc/passwd', 'weights.index']),
  lambda inner: (
    st.lists(inner, max_size=3)
    | st.dictionaries(
      st.text(max_size=5) | st.just('../state.json'), inner, max_size=3
    )
  ),
  max_leaves=6,
)


def places(tree, path=()):
  """The keys to every value of a tree of JSON."""
  yield path
  children = ()
  if isinstance(tree, dict):
    children = tree.items()
  elif isinstance(tree, list):
    children = enumerate(tree)
  for key, child in children:
    yield from places(child, (*path, key))


def changed(data, tree):
  """A tree of which one value is another one, or gone."""
  tree = copy.deepcopy(tree)
  *keys, last = data.draw(st.sampled_from(list(places(tree))[1:]))
  node = tree
  for key in keys:
    node = node[key]
  if data.draw(st.booleans()):
    node[last] = data.draw(json_values)
  else:
    del node[last]
  return tree


@contextlib.contextmanager
def refused_in_one_line(*errors):
  """Whatever is refused in the block, is so in one line."""
  try:
    yield
  except errors as error:
    message = str(error)
  else:
    message = 'not refused'
  assert message
  assert '\n' not in message


@settings(max_examples=150)
@given(data=st.data())
def test_any_manifest_is_of_its_folders_files_or_damaged(data):
  """Also one whose own digest is right."""
  with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary, 'checkpoint')
    folder.mkdir()
    pathlib.Path(temporary, 'state.json').write_text('{"outside": 1}')
    (folder / 'weights.index').write_bytes(b'index')
    (folder / 'weights.data-00000-of-00001').write_bytes(b'data')
    manifest_lib.seal(str(folder), b'{}', number=7, pinned=None, serial=2)
    path = folder / 'manifest.json'
    tree = json.loads(path.read_text())
    del tree['digest']
    tree = changed(data, tree)
    tree['digest'] = manifest_lib._digest(tree)
    path.write_text(json.dumps(tree))
    with refused_in_one_line(manifest_lib.DamagedError, UserError):
      read = manifest_lib.read(str(folder), 7, None)
      assert all('/' not in name for name in read.files)
      assert manifest_lib.verify(str(folder), read) == {}


@settings(max_examples=200)
@given(data=st.data())
def test_any_configuration_is_one_or_refused(data):
  config = RunConfig(('minatar/breakout',), 100)
  whole = json.loads(json.dumps(config.to_json()))
  with tempfile.TemporaryDirectory() as folder:
    text = data.draw(
      st.one_of(
        st.builds(json.dumps, st.builds(lambda: changed(data, whole))),
        st.builds(json.dumps, json_values),
        st.text(max_size=40),
      )
    )
    pathlib.Path(folder, 'config.json').write_bytes(
      text.encode('utf-8', 'surrogatepass')
    )
    with refused_in_one_line(UserError):
      read = RunConfig.from_json(RunFolder(folder).read_config())
      assert RunConfig.from_json(read.to_json()) == read


_RECORDS = [
  {
    'kind': 'begin',
    'task': 0,
    'name': 'minatar/breakout',
    'modules': [3, 3],
    'active': 2,
    'population': [[[0, 1], [2, 2]], [[1, 1], [0, 2]]],
    'frozen': [[], []],
    'steps': 0,
  },
  {
    'kind': 'evaluation',
    'task': 0,
    'number': 0,
    'member': 1,
    'worker': 0,
    'path': [[1, 1], [0, 2]],
    'fitness': 1.5,
    'episodes': 4,
    'steps': 100,
    'task_steps': 100,
    'rivals': [0],
    'winner': 0,
    'child': [[0, 1], [2, 1]],
    'metrics': {'loss': 0.5, 'skipped': 0},
  },
  {
    'kind': 'finish',
    'task': 0,
    'name': 'minatar/breakout',
    'path': [[0, 1], [2, 1]],
    'fitness': 1.5,
    'frozen': [[0, 1], [1, 2]],
    'task_steps': 100,
  },
]


def write_log(folder: str, records) -> None:
  lines = [json.dumps(record) + '\n' for record in records]
  pathlib.Path(folder, 'evolution.jsonl').write_text(''.join(lines))


def test_the_log_that_is_changed_below_is_read(tmp_path):
  write_log(str(tmp_path), _RECORDS)
  (task,) = history.read_history(str(tmp_path)).tasks
  assert task.finish is not None


@settings(max_examples=200)
@given(data=st.data())
def test_any_log_of_json_is_a_history_or_refused(data):
  records = changed(data, _RECORDS)
  with tempfile.TemporaryDirectory() as folder:
    write_log(folder, records)
    with refused_in_one_line(UserError):
      history.read_history(folder)


def sources() -> list[pathlib.Path]:
  return [
    path
    for folder in ('pathnet_tf', 'launch', 'tools')
    for path in sorted((_ROOT / folder).rglob('*.py'))
  ]


# What runs code that a file holds.
_UNPICKLERS = {'pickle', 'cPickle', 'dill', 'cloudpickle', 'joblib', 'marshal'}
_UNPICKLERS |= {'shelve', 'pandas'}
_LOADERS = {'load', 'fromfile', 'loadmat', 'load_model', 'read_pickle'}


def runs_files(path: pathlib.Path) -> list[str]:
  """What in a module's source could unpickle or run a file."""
  found = []
  for node in ast.walk(ast.parse(path.read_text())):
    names = []
    if isinstance(node, ast.Import):
      names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
      names = [node.module or '']
    found += [n for n in names if n.partition('.')[0] in _UNPICKLERS]
    if isinstance(node, ast.Call):
      called = ast.unparse(node.func)
      if called in {'eval', 'exec'} or (
        called.startswith(('np.', 'numpy.', 'torch.', 'tf.keras.models.'))
        and called.rpartition('.')[2] in _LOADERS
      ):
        found.append(called)
  return found


@pytest.mark.parametrize('path', sources(), ids=lambda p: p.stem)
def test_nothing_is_unpickled(path):
  assert runs_files(path) == []


@pytest.mark.parametrize(
  'line',
  [
    'import pickle',
    'from dill import loads',
    'np.load(path)',
    'def f():\n  exec(text)',
  ],
)
def test_every_way_to_unpickle_is_noticed(tmp_path, line):
  (tmp_path / 'module.py').write_text(line)
  assert runs_files(tmp_path / 'module.py')
