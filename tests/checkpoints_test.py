# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.checkpoints, with real kills and real damage.

Run as a program this file is the victim of the kills: see `_victim`.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import pathnet_tf  # noqa: F401  Chooses Keras 2 before TensorFlow is loaded.

# isort: split
import pytest
import tensorflow as tf
from absl import logging as absl_logging
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf import manifest as manifest_lib
from pathnet_tf.checkpoints import CheckpointStore
from pathnet_tf.errors import UserError


def _trackable(value: float = 0.0) -> tf.train.Checkpoint:
  return tf.train.Checkpoint(weights=tf.Variable([value] * 3))


def _save(store, number, value=None, **options) -> str:
  value = number if value is None else value
  return store.save(
    number, _trackable(float(value)), {'value': value}, **options
  )


def _value(store, found) -> float:
  """Restores the weights, which must all be of one save, the state's."""
  trackable = _trackable(-1.0)
  store.restore(found, trackable)
  values = set(trackable.weights.numpy().tolist())
  assert values == {float(found.state['value'])}
  return values.pop()


def _names(folder) -> list[str]:
  return sorted(os.listdir(folder))


def _is_one_line(error: BaseException) -> bool:
  return bool(str(error)) and '\n' not in str(error)


@pytest.fixture
def warnings(monkeypatch):
  lines: list[str] = []
  monkeypatch.setattr(
    absl_logging, 'warning', lambda text, *args: lines.append(text % args)
  )
  return lines


# Saving and finding.


def test_new_folder_has_no_checkpoint(tmp_path):
  store = CheckpointStore(tmp_path / 'new' / 'checkpoints')
  assert store.latest() is None


def test_latest_gives_number_state_and_weights_back(tmp_path):
  state = {'rng': 2**127 + 1, 'fitness': [None, -0.1], 'log': {'offset': 0}}
  trackable = tf.train.Checkpoint(
    kernel=tf.Variable(tf.random.normal([4, 3])),
    step=tf.Variable(7, dtype=tf.int64),
  )
  kernel = trackable.kernel.numpy()
  path = CheckpointStore(tmp_path).save(42, trackable, state)
  trackable.kernel.assign(tf.zeros([4, 3]))
  trackable.step.assign(0)

  store = CheckpointStore(tmp_path)
  found = store.latest()
  store.restore(found, trackable)

  assert path == found.path == str(tmp_path / '000000000042')
  assert (found.number, found.pinned, found.state) == (42, None, state)
  assert trackable.kernel.numpy().tobytes() == kernel.tobytes()
  assert trackable.step.numpy() == 7


def test_folder_holds_the_files_and_nothing_else(tmp_path):
  path = _save(CheckpointStore(tmp_path), 1)
  assert _names(tmp_path) == ['000000000001']
  assert _names(path) == [
    'manifest.json',
    'state.json',
    'weights.data-00000-of-00001',
    'weights.index',
  ]


def test_keeps_the_last_ones_and_every_pinned_one(tmp_path):
  store = CheckpointStore(tmp_path, keep=2)
  for number in range(6):
    _save(store, number, pinned=f'task-{number}' if number in (0, 3) else None)
  assert _names(tmp_path) == [
    '000000000000-task-0',
    '000000000003-task-3',
    '000000000004',
    '000000000005',
  ]
  assert _value(store, store.latest()) == 5


def test_a_pinned_one_is_found_by_its_name(tmp_path):
  store = CheckpointStore(tmp_path, keep=1)
  for number in range(4):
    _save(store, number, pinned=f'task-{number}' if number % 2 else None)
  found = CheckpointStore(tmp_path, read_only=True).pinned('task-1')
  assert (found.number, found.pinned) == (1, 'task-1')
  assert _value(store, found) == 1


@pytest.mark.parametrize('damage', ['', 'state.json', 'manifest.json'])
def test_a_pinned_one_that_is_not_there_or_damaged_is_one_line(
  tmp_path, damage
):
  store = CheckpointStore(tmp_path)
  path = _save(store, 1, pinned='task-1')
  if damage:
    pathlib.Path(path, damage).write_text('{}')
  before = _names(tmp_path)
  with pytest.raises(UserError, match='no sound checkpoint') as raised:
    store.pinned('task-1' if damage else 'task-2')
  assert _is_one_line(raised.value)
  assert _names(tmp_path) == before


def test_newest_is_the_one_saved_last_at_the_same_number(tmp_path):
  store = CheckpointStore(tmp_path)
  _save(store, 10, value=1)
  _save(store, 10, value=2, pinned='task-0')
  assert _value(store, store.latest()) == 2
  _save(store, 10, value=3)
  assert _value(store, CheckpointStore(tmp_path).latest()) == 3
  assert _names(tmp_path) == ['000000000010', '000000000010-task-0']


def test_saving_a_number_again_replaces_it(tmp_path):
  store = CheckpointStore(tmp_path)
  for value in (1, 2, 3):
    _save(store, 10, value=value)
    assert _names(tmp_path) == ['000000000010']
    assert _value(store, store.latest()) == value


def test_saving_a_smaller_number_after_going_back_is_not_pruned(tmp_path):
  store = CheckpointStore(tmp_path, keep=2)
  for number in (100, 200, 50):
    _save(store, number)
  assert _names(tmp_path) == ['000000000050', '000000000200']
  assert store.latest().number == 50


def test_everything_reaches_the_disk_before_the_name_does(
  tmp_path, monkeypatch
):
  store = CheckpointStore(tmp_path)
  calls: list[tuple[str, int]] = []
  fsync, rename = os.fsync, os.rename

  def recorded_fsync(descriptor):
    calls.append(('fsync', os.fstat(descriptor).st_ino))
    fsync(descriptor)

  def recorded_rename(source, target):
    calls.append(('rename', os.stat(source).st_ino))
    rename(source, target)

  monkeypatch.setattr(os, 'fsync', recorded_fsync)
  monkeypatch.setattr(os, 'rename', recorded_rename)
  path = _save(store, 1)

  inode = os.stat(path).st_ino
  renamed = calls.index(('rename', inode))
  before = {node for kind, node in calls[:renamed] if kind == 'fsync'}
  files = [os.path.join(path, name) for name in _names(path)]
  assert {inode, *(os.stat(file).st_ino for file in files)} <= before
  assert ('fsync', os.stat(tmp_path).st_ino) in calls[renamed:]
  synced = [node for kind, node in calls[:renamed] if kind == 'fsync']
  manifest = os.stat(os.path.join(path, 'manifest.json')).st_ino
  assert synced.index(manifest) > max(
    synced.index(os.stat(file).st_ino)
    for file in files
    if not file.endswith('manifest.json')
  )


def test_orphans_are_cleared_away_on_opening(tmp_path):
  _save(CheckpointStore(tmp_path), 1)
  orphan = tmp_path / '.tmp-000000000002'
  shutil.copytree(tmp_path / '000000000001', orphan)
  assert CheckpointStore(tmp_path).latest().number == 1
  assert not orphan.exists()


def test_orphans_alone_mean_that_nothing_was_ever_saved(tmp_path):
  (tmp_path / '.tmp-000000000002').mkdir()
  assert CheckpointStore(tmp_path).latest() is None


def test_kill_between_the_two_renames_of_a_second_save_is_undone(tmp_path):
  path = pathlib.Path(_save(CheckpointStore(tmp_path), 1))
  path.rename(f'{path}.replaced')
  store = CheckpointStore(tmp_path)
  assert _names(tmp_path) == ['000000000001']
  assert _value(store, store.latest()) == 1


def test_reader_changes_nothing(tmp_path, warnings):
  store = CheckpointStore(tmp_path)
  _save(store, 1)
  _flip(pathlib.Path(_save(store, 2)) / 'state.json')
  (tmp_path / '.tmp-000000000003').mkdir()
  before = _names(tmp_path)

  reader = CheckpointStore(tmp_path, read_only=True)
  assert _value(reader, reader.latest()) == 1
  assert _names(tmp_path) == before
  assert len(warnings) == 1
  with pytest.raises(RuntimeError):
    _save(reader, 4)
  assert CheckpointStore(tmp_path / 'none', read_only=True).latest() is None
  assert not (tmp_path / 'none').exists()


@pytest.mark.parametrize(
  ('number', 'state', 'pinned', 'error'),
  [
    (-1, {}, None, ValueError),
    (10**18, {}, None, ValueError),
    (1, {'loss': float('nan')}, None, ValueError),
    (1, {'rng': {1, 2}}, None, TypeError),
    (1, [], None, TypeError),
    (1, {}, '../task', ValueError),
    (1, {}, 'x.replaced', ValueError),
    (1, {}, '', ValueError),
  ],
)
def test_wrong_arguments_leave_no_trace(tmp_path, number, state, pinned, error):
  store = CheckpointStore(tmp_path)
  with pytest.raises(error):
    store.save(number, _trackable(), state, pinned=pinned)
  assert _names(tmp_path) == []


def test_folder_that_cannot_be_made_is_a_user_error(tmp_path):
  (tmp_path / 'file').touch()
  with pytest.raises(UserError, match='cannot write checkpoints'):
    CheckpointStore(tmp_path / 'file' / 'checkpoints')
  with pytest.raises(UserError, match='at least 1'):
    CheckpointStore(tmp_path, keep=0)


def test_full_disk_is_a_user_error_and_the_one_before_stays(tmp_path):
  store = CheckpointStore(tmp_path)
  _save(store, 1)
  large = tf.train.Checkpoint(weights=tf.Variable(tf.zeros([1 << 20])))
  soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
  resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, hard))
  try:
    with pytest.raises(UserError, match='cannot write checkpoint') as caught:
      store.save(2, large, {'value': 2})
  finally:
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
  assert _is_one_line(caught.value)
  assert _names(tmp_path) == ['000000000001']
  assert _value(store, store.latest()) == 1
  store.save(2, large, {'value': 2})
  assert store.latest().number == 2


@pytest.mark.parametrize(
  'other',
  [
    lambda: tf.train.Checkpoint(weights=tf.Variable([1.0, 2.0])),
    lambda: tf.train.Checkpoint(weights=tf.Variable([1, 2, 3])),
    lambda: tf.train.Checkpoint(bias=tf.Variable([1.0, 2.0, 3.0])),
    lambda: tf.train.Checkpoint(),
    lambda: tf.train.Checkpoint(
      weights=tf.Variable([1.0] * 3), bias=tf.Variable(1.0)
    ),
  ],
  ids=['shape', 'dtype', 'name', 'fewer', 'more'],
)
def test_weights_of_another_network_are_a_user_error(tmp_path, other):
  store = CheckpointStore(tmp_path)
  _save(store, 1)
  with pytest.raises(UserError, match='does not fit') as caught:
    store.restore(store.latest(), other())
  assert _is_one_line(caught.value)


# Damage.


def _flip(path: pathlib.Path) -> None:
  data = bytearray(path.read_bytes())
  data[len(data) // 2] ^= 1
  path.write_bytes(data)


def _cut(path: pathlib.Path) -> None:
  path.write_bytes(path.read_bytes()[:-1])


def _forge(folder: pathlib.Path, change) -> None:
  """Changes the manifest, and makes its own digest right again."""
  path = folder / 'manifest.json'
  manifest = json.loads(path.read_text())
  del manifest['digest']
  change(manifest)
  manifest['digest'] = manifest_lib._digest(manifest)
  path.write_text(json.dumps(manifest))


def _leave_the_folder(folder: pathlib.Path) -> None:
  name = '../000000000001/state.json'
  entry = {
    'size': (folder / name).stat().st_size,
    'sha256': manifest_lib._sha256(str(folder / name)),
  }
  _forge(folder, lambda manifest: manifest['files'].update({name: entry}))


def _link_out(folder: pathlib.Path) -> None:
  outside = folder.parent.parent / 'outside.json'
  shutil.move(folder / 'state.json', outside)
  (folder / 'state.json').symlink_to(outside)


def _replace_by_file(folder: pathlib.Path) -> None:
  shutil.rmtree(folder)
  folder.write_text('')


_DATA = 'weights.data-00000-of-00001'
_DAMAGES = {
  'data truncated': lambda f: _cut(f / _DATA),
  'data emptied': lambda f: (f / _DATA).write_bytes(b''),
  'data flipped': lambda f: _flip(f / _DATA),
  'data missing': lambda f: (f / _DATA).unlink(),
  'index truncated': lambda f: _cut(f / 'weights.index'),
  'index flipped': lambda f: _flip(f / 'weights.index'),
  'index missing': lambda f: (f / 'weights.index').unlink(),
  'state empty': lambda f: (f / 'state.json').write_bytes(b''),
  'state flipped': lambda f: _flip(f / 'state.json'),
  'state missing': lambda f: (f / 'state.json').unlink(),
  'state a folder': lambda f: (
    (f / 'state.json').unlink(),
    (f / 'state.json').mkdir(),
  ),
  'state a link out of the folder': _link_out,
  'manifest missing': lambda f: (f / 'manifest.json').unlink(),
  'manifest empty': lambda f: (f / 'manifest.json').write_bytes(b''),
  'manifest garbage': lambda f: (f / 'manifest.json').write_bytes(
    bytes(range(256))
  ),
  'manifest nested': lambda f: (f / 'manifest.json').write_text('[' * 10**5),
  'manifest huge': lambda f: (f / 'manifest.json').write_text(' ' * (2 << 20)),
  'manifest a list': lambda f: (f / 'manifest.json').write_text('[]'),
  'manifest a pipe': lambda f: (
    (f / 'manifest.json').unlink(),
    os.mkfifo(f / 'manifest.json'),
  ),
  'manifest truncated': lambda f: _cut(f / 'manifest.json'),
  'manifest flipped': lambda f: _flip(f / 'manifest.json'),
  'manifest of another age': lambda f: (f / 'manifest.json').write_text(
    (f / 'manifest.json').read_text().replace('"serial": 2', '"serial": 0')
  ),
  'manifest leaves the folder': _leave_the_folder,
  'manifest without state': lambda f: _forge(
    f, lambda m: m['files'].pop('state.json')
  ),
  'manifest without data': lambda f: _forge(f, lambda m: m['files'].pop(_DATA)),
  'manifest without files': lambda f: _forge(f, lambda m: m.pop('files')),
  'manifest files a number': lambda f: _forge(
    f, lambda m: m['files'].update({_DATA: 3})
  ),
  'manifest without serial': lambda f: _forge(f, lambda m: m.pop('serial')),
  'manifest of another': lambda f: shutil.copy(
    f.parent / '000000000001' / 'manifest.json', f
  ),
  'folder empty': lambda f: (shutil.rmtree(f), f.mkdir()),
  'folder a file': _replace_by_file,
}


@pytest.mark.parametrize('damage', _DAMAGES.values(), ids=_DAMAGES.keys())
def test_damaged_one_is_set_aside_and_the_one_before_used(
  tmp_path, warnings, damage
):
  store = CheckpointStore(tmp_path / 'checkpoints')
  _save(store, 1)
  newest = pathlib.Path(_save(store, 2))
  damage(newest)

  store = CheckpointStore(tmp_path / 'checkpoints')
  found = store.latest()

  assert _value(store, found) == 1
  assert _names(tmp_path / 'checkpoints') == [
    '000000000001',
    'damaged-000000000002',
  ]
  assert len(warnings) == 1
  assert 'damaged-000000000002' in warnings[0]
  # The run goes on, and comes to the same number again.
  _save(store, 2, value=22)
  assert _value(store, CheckpointStore(tmp_path / 'checkpoints').latest()) == 22


def test_one_with_a_damaged_manifest_does_not_count_as_kept(tmp_path, warnings):
  store = CheckpointStore(tmp_path, keep=2)
  _save(store, 1)
  _flip(pathlib.Path(_save(store, 2)) / 'manifest.json')
  shutil.rmtree(_save(store, 3))
  assert _value(store, store.latest()) == 1


def test_only_damaged_ones_are_a_user_error_at_every_start(tmp_path, warnings):
  store = CheckpointStore(tmp_path)
  for number in (1, 2, 3):
    _flip(pathlib.Path(_save(store, number)) / _DATA)
  for _ in range(2):
    with pytest.raises(UserError, match='is sound') as caught:
      CheckpointStore(tmp_path).latest()
    assert _is_one_line(caught.value)
  assert _names(tmp_path) == [f'damaged-00000000000{n}' for n in (1, 2, 3)]
  assert len(warnings) == 3


def test_same_number_damaged_twice_keeps_both(tmp_path, warnings):
  store = CheckpointStore(tmp_path)
  _save(store, 1)
  for _ in range(2):
    _flip(pathlib.Path(_save(store, 2)) / _DATA)
    assert store.latest().number == 1
  assert _names(tmp_path)[1:] == [
    'damaged-000000000002',
    'damaged-000000000002.2',
  ]


def test_pinned_one_is_fallen_back_to(tmp_path, warnings):
  store = CheckpointStore(tmp_path, keep=1)
  _save(store, 1, pinned='task-0')
  _flip(pathlib.Path(_save(store, 2)) / _DATA)
  found = store.latest()
  assert (found.number, found.pinned) == (1, 'task-0')
  assert _value(store, found) == 1


def test_newer_format_is_a_user_error_and_not_set_aside(tmp_path):
  store = CheckpointStore(tmp_path)
  newest = pathlib.Path(_save(store, 1))
  _forge(newest, lambda manifest: manifest.update(format=2))
  with pytest.raises(UserError, match='format 2'):
    store.latest()
  assert newest.exists()


def test_lack_of_permission_is_not_damage(tmp_path, monkeypatch):
  store = CheckpointStore(tmp_path)
  newest = pathlib.Path(_save(store, 1))

  def refuse(path):
    raise PermissionError(13, 'Permission denied', path)

  with monkeypatch.context() as patch:
    patch.setattr(os, 'lstat', refuse)
    with pytest.raises(UserError, match='Permission denied'):
      store.latest()
  assert newest.exists()


@pytest.fixture(scope='module')
def two_checkpoints(tmp_path_factory):
  folder = tmp_path_factory.mktemp('original')
  store = CheckpointStore(folder)
  _save(store, 1)
  _save(store, 2)
  return folder


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_edit_of_bytes_is_ever_taken_for_sound(two_checkpoints, data):
  with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary) / 'copy'
    shutil.copytree(two_checkpoints, folder)
    newest = folder / '000000000002'
    path = newest / data.draw(st.sampled_from(_names(newest)))
    content = bytearray(path.read_bytes())
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(start + 8, len(content))))
    content[start:end] = data.draw(st.binary(max_size=8))
    path.write_bytes(content)

    store = CheckpointStore(folder)
    found = store.latest()
    assert _value(store, found) == found.number
    if found.number == 2:  # The edit must have changed nothing that is said.
      meant = (two_checkpoints / newest.name / path.name).read_bytes()
      assert content == meant or (
        path.name == 'manifest.json'
        and json.loads(content) == json.loads(meant)
      )


# Kills.


def _save_next(folder: str | os.PathLike[str]) -> int:
  """Goes on from the newest checkpoint by one save, as a trainer does.

  Returns the save's value, which counts up by one. Numbers repeat, and some
  are pinned, so that replacing and pruning both happen.
  """
  store = CheckpointStore(folder, keep=2)
  found = store.latest()
  value = 1 if found is None else int(_value(store, found)) + 1
  pinned = 'end' if value % 5 == 0 else None
  _save(store, value // 3, value=value, pinned=pinned)
  return value


def _die_at_change(countdown: int) -> None:
  """Kills this process before its n-th change to the file system."""
  left = countdown
  changes = ('os.mkdir', 'os.rename', 'os.remove', 'os.rmdir', 'os.truncate')

  def hook(event, arguments):
    nonlocal left
    writes = event == 'open' and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if writes or event in changes:
      left -= 1
      if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

  sys.addaudithook(hook)


def _in_child(function) -> int:
  """Runs `function` in a forked child; returns its exit code, or -signal."""
  child = os.fork()
  if child == 0:
    try:
      function()
    except BaseException:
      traceback.print_exc()
      os._exit(1)
    os._exit(0)
  return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _say(*words: object) -> None:
  print(*words, flush=True)


def _save_for_ever(folder: str) -> None:
  _say('child', os.getpid())
  while True:
    _say('saved', _save_next(folder))


def _save_some(folder: str, count: int, point: int | None) -> None:
  if point is not None:
    _die_at_change(point)
  for _ in range(count):
    _say('saved', _save_next(folder))


def _victim(mode: str, folder: str) -> None:
  """The program that is killed. It loads TensorFlow once, then forks.

  loop: for each line on stdin a child saves for ever, until somebody kills it.
  points: for n = 0, 1, ... a child with a folder of its own makes two saves,
    of which one replaces and one prunes, and dies before its n-th change to
    the file system; until one lives.
  """
  if mode == 'loop':
    for _ in sys.stdin:
      _say('ended', _in_child(lambda: _save_for_ever(folder)))
    return
  origin = os.path.join(folder, 'origin')
  assert _in_child(lambda: _save_some(origin, 7, None)) == 0
  for point in itertools.count():
    place = os.path.join(folder, str(point))
    shutil.copytree(origin, place)
    _say('place', place)
    code = _in_child(functools.partial(_save_some, place, 2, point))
    _say('ended', code)
    if code != -signal.SIGKILL:
      return


@contextlib.contextmanager
def _start_victim(mode: str, folder):
  root = str(pathlib.Path(__file__).parents[1])
  path = os.pathsep.join([root, os.environ.get('PYTHONPATH', '')])
  with subprocess.Popen(
    [sys.executable, __file__, mode, str(folder)],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    text=True,
    env={**os.environ, 'PYTHONPATH': path},
  ) as victim:
    yield victim
  assert victim.returncode == 0


def test_kill_at_a_random_moment_loses_no_reported_checkpoint(tmp_path):
  rng = random.Random(0)
  with _start_victim('loop', tmp_path) as victim:

    def hear():
      word, number = victim.stdout.readline().split()
      return word, int(number)

    reported = 0
    for _ in range(8):
      victim.stdin.write('go\n')
      victim.stdin.flush()
      word, child = hear()
      assert word == 'child'
      for _ in range(rng.randint(1, 5)):
        assert hear() == ('saved', reported + 1)
        reported += 1
      # Only picks the moment, in one of the next saves: nothing waits for it.
      time.sleep(rng.uniform(0, 0.05))
      os.kill(child, signal.SIGKILL)
      while (heard := hear()) != ('ended', -signal.SIGKILL):
        assert heard == ('saved', reported + 1)
        reported += 1

      store = CheckpointStore(tmp_path, keep=2)
      found = store.latest()
      # The next one may have become whole without having been reported.
      assert _value(store, found) in (reported, reported + 1)
      assert not any(name.startswith('damaged') for name in _names(tmp_path))
      reported = found.state['value']
    victim.stdin.close()
  assert reported >= 8


def test_kill_before_any_change_to_the_folder_leaves_a_sound_one(tmp_path):
  with _start_victim('points', tmp_path) as victim:
    lines = [line.split() for line in victim.stdout]

  kills = 0
  reported = 0
  for word, argument in lines:
    if word == 'saved':
      reported = int(argument)
    elif word == 'place':
      reported = 7
      place = argument
    elif int(argument) == -signal.SIGKILL:
      kills += 1
      store = CheckpointStore(place, keep=2)
      found = store.latest()
      assert _value(store, found) in (reported, reported + 1)
      while _save_next(place) < 12:
        pass
      assert _names(place) == [
        '000000000001-end',
        '000000000003',
        '000000000003-end',
        '000000000004',
      ]
  # Two saves: at least four files written and two renames each.
  assert kills > 12
  assert lines[-1] == ['ended', '0']
  assert reported == 9


if __name__ == '__main__':
  _victim(sys.argv[1], sys.argv[2])
