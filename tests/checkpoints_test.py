# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.checkpoints: saving and finding."""

from __future__ import annotations

import os
import pathlib
import resource
import shutil

import pathnet_tf  # noqa: F401  Chooses Keras 2 before TensorFlow is loaded.

# isort: split
import pytest
import tensorflow as tf

from pathnet_tf.checkpoints import CheckpointStore
from pathnet_tf.errors import UserError
from tests.saves import flip, is_one_line, names_in, restored, save, trackable


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
  path = save(CheckpointStore(tmp_path), 1)
  assert names_in(tmp_path) == ['000000000001']
  assert names_in(path) == [
    'manifest.json',
    'state.json',
    'weights.data-00000-of-00001',
    'weights.index',
  ]


def test_keeps_the_last_ones_and_every_pinned_one(tmp_path):
  store = CheckpointStore(tmp_path, keep=2)
  for number in range(6):
    save(store, number, pinned=f'task-{number}' if number in (0, 3) else None)
  assert names_in(tmp_path) == [
    '000000000000-task-0',
    '000000000003-task-3',
    '000000000004',
    '000000000005',
  ]
  assert restored(store, store.latest()) == 5


def test_a_pinned_one_is_found_by_its_name(tmp_path):
  store = CheckpointStore(tmp_path, keep=1)
  for number in range(4):
    save(store, number, pinned=f'task-{number}' if number % 2 else None)
  found = CheckpointStore(tmp_path, read_only=True).pinned('task-1')
  assert (found.number, found.pinned) == (1, 'task-1')
  assert restored(store, found) == 1


@pytest.mark.parametrize('damage', ['', 'state.json', 'manifest.json'])
def test_a_pinned_one_that_is_not_there_or_damaged_is_one_line(
  tmp_path, damage
):
  store = CheckpointStore(tmp_path)
  path = save(store, 1, pinned='task-1')
  if damage:
    pathlib.Path(path, damage).write_text('{}')
  before = names_in(tmp_path)
  with pytest.raises(UserError, match='no sound checkpoint') as raised:
    store.pinned('task-1' if damage else 'task-2')
  assert is_one_line(raised.value)
  assert names_in(tmp_path) == before


def test_newest_is_the_one_saved_last_at_the_same_number(tmp_path):
  store = CheckpointStore(tmp_path)
  save(store, 10, value=1)
  save(store, 10, value=2, pinned='task-0')
  assert restored(store, store.latest()) == 2
  save(store, 10, value=3)
  assert restored(store, CheckpointStore(tmp_path).latest()) == 3
  assert names_in(tmp_path) == ['000000000010', '000000000010-task-0']


def test_saving_a_number_again_replaces_it(tmp_path):
  store = CheckpointStore(tmp_path)
  for value in (1, 2, 3):
    save(store, 10, value=value)
    assert names_in(tmp_path) == ['000000000010']
    assert restored(store, store.latest()) == value


def test_saving_a_smaller_number_after_going_back_is_not_pruned(tmp_path):
  store = CheckpointStore(tmp_path, keep=2)
  for number in (100, 200, 50):
    save(store, number)
  assert names_in(tmp_path) == ['000000000050', '000000000200']
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
  path = save(store, 1)

  inode = os.stat(path).st_ino
  renamed = calls.index(('rename', inode))
  before = {node for kind, node in calls[:renamed] if kind == 'fsync'}
  files = [os.path.join(path, name) for name in names_in(path)]
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
  save(CheckpointStore(tmp_path), 1)
  orphan = tmp_path / '.tmp-000000000002'
  shutil.copytree(tmp_path / '000000000001', orphan)
  assert CheckpointStore(tmp_path).latest().number == 1
  assert not orphan.exists()


def test_orphans_alone_mean_that_nothing_was_ever_saved(tmp_path):
  (tmp_path / '.tmp-000000000002').mkdir()
  assert CheckpointStore(tmp_path).latest() is None


def test_kill_between_the_two_renames_of_a_second_save_is_undone(tmp_path):
  path = pathlib.Path(save(CheckpointStore(tmp_path), 1))
  path.rename(f'{path}.replaced')
  store = CheckpointStore(tmp_path)
  assert names_in(tmp_path) == ['000000000001']
  assert restored(store, store.latest()) == 1


def test_reader_changes_nothing(tmp_path, warnings):
  store = CheckpointStore(tmp_path)
  save(store, 1)
  flip(pathlib.Path(save(store, 2)) / 'state.json')
  (tmp_path / '.tmp-000000000003').mkdir()
  before = names_in(tmp_path)

  reader = CheckpointStore(tmp_path, read_only=True)
  assert restored(reader, reader.latest()) == 1
  assert names_in(tmp_path) == before
  assert len(warnings) == 1
  with pytest.raises(RuntimeError):
    save(reader, 4)
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
    store.save(number, trackable(), state, pinned=pinned)
  assert names_in(tmp_path) == []


def test_folder_that_cannot_be_made_is_a_user_error(tmp_path):
  (tmp_path / 'file').touch()
  with pytest.raises(UserError, match='cannot write checkpoints'):
    CheckpointStore(tmp_path / 'file' / 'checkpoints')
  with pytest.raises(UserError, match='at least 1'):
    CheckpointStore(tmp_path, keep=0)


def test_full_disk_is_a_user_error_and_the_one_before_stays(tmp_path):
  store = CheckpointStore(tmp_path)
  save(store, 1)
  large = tf.train.Checkpoint(weights=tf.Variable(tf.zeros([1 << 20])))
  soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
  resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, hard))
  try:
    with pytest.raises(UserError, match='cannot write checkpoint') as caught:
      store.save(2, large, {'value': 2})
  finally:
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
  assert is_one_line(caught.value)
  assert names_in(tmp_path) == ['000000000001']
  assert restored(store, store.latest()) == 1
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
  save(store, 1)
  with pytest.raises(UserError, match='does not fit') as caught:
    store.restore(store.latest(), other())
  assert is_one_line(caught.value)


def test_a_loss_of_a_remote_host_passes_and_leaves_what_there_was(
  tmp_path, monkeypatch
):
  """So that the run is started again, which a damaged disk would not mend."""
  store = CheckpointStore(tmp_path, io_device='/cpu:0')
  save(store, 1, value=5)

  def lose(*unused):
    raise tf.errors.UnavailableError(None, None, 'failed to connect')

  with monkeypatch.context() as patch:
    patch.setattr(tf.train.Checkpoint, 'write', lose)
    patch.setattr(tf.train.Checkpoint, 'read', lose)
    with pytest.raises(tf.errors.UnavailableError):
      save(store, 2)
    with pytest.raises(tf.errors.UnavailableError):
      store.restore(store.latest(), trackable(0))
    # Where there are no others it is the disk.
    with pytest.raises(UserError, match='cannot write'):
      save(CheckpointStore(tmp_path), 2)
  assert names_in(tmp_path) == ['000000000001']
  assert restored(store, store.latest()) == 5
