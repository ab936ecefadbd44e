# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.checkpoint_folder; its user is killed elsewhere."""

from __future__ import annotations

import os

import pytest

from pathnet_tf import checkpoint_folder, manifest
from pathnet_tf.checkpoint_folder import CheckpointFolder


def _add(folder, number, serial, pinned=None, content=b'') -> str:
  name = checkpoint_folder.name_of(number, pinned)
  temporary = folder.begin(name)
  for file in ('weights.index', 'weights.data-00000-of-00001'):
    with open(os.path.join(temporary, file), 'wb') as out:
      out.write(content)
  manifest.seal(temporary, b'{}', number=number, pinned=pinned, serial=serial)
  folder.commit(name)
  return name


def test_names_sort_by_number_and_say_what_is_pinned():
  assert checkpoint_folder.name_of(42, None) == '000000000042'
  assert checkpoint_folder.name_of(42, 'task-0') == '000000000042-task-0'
  assert checkpoint_folder.name_of(10**17, None) == '1' + 17 * '0'


def test_what_was_begun_is_no_checkpoint_until_it_is_committed(tmp_path):
  folder = CheckpointFolder(tmp_path)
  path = folder.begin('000000000001')
  assert os.listdir(path) == []
  assert folder.scan() == ({}, {})
  folder.abandon('000000000001')
  assert os.listdir(tmp_path) == []


def test_scan_gives_the_newest_first_and_what_is_damaged(tmp_path):
  folder = CheckpointFolder(tmp_path)
  names = [_add(folder, *pair) for pair in ((5, 2), (3, 3), (9, 1), (4, 4))]
  os.remove(tmp_path / names[3] / 'manifest.json')
  (tmp_path / 'notes.txt').touch()
  manifests, damages = folder.scan()
  assert list(manifests) == [names[1], names[0], names[2]]
  assert [read.number for read in manifests.values()] == [3, 5, 9]
  assert damages.keys() == {names[3]}


def test_the_one_before_of_a_name_lies_there_until_the_new_one_does(
  tmp_path, monkeypatch
):
  folder = CheckpointFolder(tmp_path)
  name = _add(folder, 1, serial=1, content=b'old')
  seen = []
  rename = os.rename

  def recorded(source, target):
    rename(source, target)
    seen.append([read.serial for read in folder.scan()[0].values()])

  with monkeypatch.context() as patch:
    patch.setattr(os, 'rename', recorded)
    _add(folder, 1, serial=2, content=b'new')
  assert seen == [[1], [2, 1]]
  assert (tmp_path / name / 'weights.index').read_bytes() == b'new'
  folder.prune(keep=1)
  assert os.listdir(tmp_path) == [name]


def test_pruning_keeps_the_newest_and_all_that_are_pinned(tmp_path):
  folder = CheckpointFolder(tmp_path)
  _add(folder, 1, serial=1, pinned='end')
  for number, serial in ((9, 2), (2, 3), (3, 4)):
    _add(folder, number, serial)
  folder.prune(keep=2)
  assert sorted(os.listdir(tmp_path)) == [
    '000000000001-end',
    '000000000002',
    '000000000003',
  ]


def test_one_set_aside_is_out_of_sight_but_remembered(tmp_path):
  folder = CheckpointFolder(tmp_path)
  assert not folder.has_damaged()
  for serial in (1, 2):
    folder.set_aside(_add(folder, 1, serial), 'for a test')
  assert folder.scan() == ({}, {})
  assert folder.has_damaged()
  assert sorted(os.listdir(tmp_path)) == [
    'damaged-000000000001',
    'damaged-000000000001.2',
  ]


def test_opening_clears_away_what_a_kill_left_and_reading_does_not(tmp_path):
  folder = CheckpointFolder(tmp_path)
  name = _add(folder, 1, serial=1)
  os.rename(tmp_path / name, tmp_path / f'{name}.replaced')
  folder.begin('000000000002')
  left = sorted(os.listdir(tmp_path))
  reader = CheckpointFolder(tmp_path, read_only=True)
  assert list(reader.scan()[0]) == [f'{name}.replaced']
  assert sorted(os.listdir(tmp_path)) == left
  CheckpointFolder(tmp_path)
  assert os.listdir(tmp_path) == [name]


def test_reader_does_not_create_the_folder(tmp_path):
  assert CheckpointFolder(tmp_path / 'none', read_only=True).scan() == ({}, {})
  assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
  ('number', 'pinned'), [(-1, None), (10**18, None), (1, ''), (1, 'a/b')]
)
def test_bad_names_are_refused(number, pinned):
  with pytest.raises(ValueError, match='cannot have'):
    checkpoint_folder.name_of(number, pinned)
