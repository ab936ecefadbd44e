# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.durable_files."""

from __future__ import annotations

import contextlib
import os
import resource

import pytest

from pathnet_tf import durable_files


@contextlib.contextmanager
def _disk_with(size: int):
  """No file can grow beyond `size` bytes, as on a full disk."""
  soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
  resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
  try:
    yield
  finally:
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def calls(monkeypatch):
  """What reaches the disk, in order: what was done, and to which inode."""
  made: list[tuple[str, int]] = []
  fsync, replace = os.fsync, os.replace

  def recorded_fsync(descriptor):
    made.append(('fsync', os.fstat(descriptor).st_ino))
    fsync(descriptor)

  def recorded_replace(source, target):
    made.append(('replace', os.stat(source).st_ino))
    replace(source, target)

  monkeypatch.setattr(os, 'fsync', recorded_fsync)
  monkeypatch.setattr(os, 'replace', recorded_replace)
  return made


def test_content_is_on_the_disk_before_the_name_and_the_name_at_return(
  tmp_path, calls
):
  path = tmp_path / 'config.json'
  durable_files.write_durably(str(path), b'new')
  inode = path.stat().st_ino
  folder = tmp_path.stat().st_ino
  assert path.read_bytes() == b'new'
  assert calls == [('fsync', inode), ('replace', inode), ('fsync', folder)]


def test_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
  path = tmp_path / 'config.json'
  path.write_bytes(b'old')
  with _disk_with(100), pytest.raises(OSError, match='too large'):
    durable_files.write_durably(str(path), b'x' * 101)
  assert path.read_bytes() == b'old'
  assert os.listdir(tmp_path) == ['config.json']


def test_path_without_a_folder_is_in_the_working_one(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  durable_files.write_durably('file', b'here')
  assert (tmp_path / 'file').read_bytes() == b'here'


def test_synced_write_forces_the_content_to_the_disk(tmp_path, calls):
  path = tmp_path / 'state.json'
  durable_files.write_synced(str(path), b'{}')
  assert path.read_bytes() == b'{}'
  assert calls == [('fsync', path.stat().st_ino)]


def test_syncing_what_is_not_there_is_an_error(tmp_path):
  with pytest.raises(FileNotFoundError):
    durable_files.sync_path(str(tmp_path / 'none'))


def test_a_copy_of_a_folder_is_whole_and_on_the_disk(tmp_path, calls):
  source, target = tmp_path / 'source', tmp_path / 'target'
  (source / 'deep').mkdir(parents=True)
  content = {'a': b'1', 'deep/b': b'2' * 5000, 'deep/c': b''}
  for name, data in content.items():
    (source / name).write_bytes(data)
  durable_files.copy_durably(str(source), str(target))
  assert {name: (target / name).read_bytes() for name in content} == content
  synced = {inode for what, inode in calls if what == 'fsync'}
  for path in (*target.rglob('*'), target, tmp_path):
    assert path.stat().st_ino in synced


def test_a_copy_that_a_full_disk_ends_says_so(tmp_path):
  (tmp_path / 'source').mkdir()
  (tmp_path / 'source' / 'a').write_bytes(b'1' * 5000)
  with _disk_with(1000), pytest.raises(OSError, match='too large') as caught:
    durable_files.copy_durably(
      str(tmp_path / 'source'), str(tmp_path / 'target')
    )
  assert caught.value.errno is not None


def test_remove_takes_away_folders_files_and_links_but_not_their_target(
  tmp_path,
):
  target = tmp_path / 'target'
  (target / 'inner').mkdir(parents=True)
  (target / 'inner' / 'file').touch()
  (tmp_path / 'link').symlink_to(target)
  (tmp_path / 'dangling').symlink_to(tmp_path / 'none')
  (tmp_path / 'file').touch()
  for name in ('link', 'dangling', 'file', 'none'):
    durable_files.remove(str(tmp_path / name))
  assert os.listdir(tmp_path) == ['target']
  assert (target / 'inner' / 'file').exists()
  durable_files.remove(str(target))
  assert os.listdir(tmp_path) == []
