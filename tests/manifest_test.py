# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.manifest; every kind of damage is for checkpoints."""

from __future__ import annotations

import json
import os

import pytest

from pathnet_tf import manifest
from pathnet_tf.errors import UserError

_FILES = {
  'weights.index': b'index',
  'weights.data-00000-of-00002': b'first',
  'weights.data-00001-of-00002': b'',
}


@pytest.fixture
def folder(tmp_path) -> str:
  """A sealed checkpoint."""
  for name, content in _FILES.items():
    (tmp_path / name).write_bytes(content)
  manifest.seal(str(tmp_path), b'{"step": 3}', number=7, pinned='a', serial=2)
  return str(tmp_path)


def test_sealed_folder_is_read_back_and_verified(folder):
  read = manifest.read(folder, 7, 'a')
  assert (read.number, read.pinned, read.serial) == (7, 'a', 2)
  assert read.files.keys() == {*_FILES, 'state.json'}
  assert manifest.verify(folder, read) == {'step': 3}


def test_sizes_and_digests_are_those_of_the_usual_tools(folder):
  # The output of `printf first | sha256sum`.
  assert manifest.read(folder, 7, 'a').files['weights.data-00000-of-00002'] == {
    'size': 5,
    'sha256': 'a7937b64b8caa58f03721bb6bacf5c78'
    'cb235febe0e70b1b84cd99541461a08e',
  }


def test_manifest_without_weights_is_not_written(tmp_path):
  with pytest.raises(OSError, match='elsewhere'):
    manifest.seal(str(tmp_path), b'{}', number=0, pinned=None, serial=1)
  assert 'manifest.json' not in os.listdir(tmp_path)


def test_folder_of_another_name_is_damaged(folder):
  for number, pinned in ((8, 'a'), (7, None), (7, 'b')):
    with pytest.raises(manifest.DamagedError, match='of another checkpoint'):
      manifest.read(folder, number, pinned)


@pytest.mark.parametrize('name', ['state.json', *_FILES])
def test_damage_names_the_file(folder, name):
  read = manifest.read(folder, 7, 'a')
  path = os.path.join(folder, name)
  with open(path, 'ab') as file:
    file.write(b' ')
  with pytest.raises(manifest.DamagedError, match=f'{name} has .* bytes'):
    manifest.verify(folder, read)
  os.remove(path)
  with pytest.raises(manifest.DamagedError, match=f'{name}: No such file'):
    manifest.verify(folder, read)


def test_same_size_but_another_content_is_damage(folder):
  read = manifest.read(folder, 7, 'a')
  with open(os.path.join(folder, 'weights.index'), 'wb') as file:
    file.write(b'indeX')
  with pytest.raises(
    manifest.DamagedError, match=r'weights\.index has changed'
  ):
    manifest.verify(folder, read)


def test_edited_manifest_is_damaged(folder):
  path = os.path.join(folder, 'manifest.json')
  with open(path) as file:
    content = json.load(file)
  content['serial'] += 1
  with open(path, 'w') as file:
    json.dump(content, file)
  with pytest.raises(manifest.DamagedError, match='has changed'):
    manifest.read(folder, 7, 'a')


@pytest.mark.parametrize(
  'described',
  [{'size': '\n', 'sha256': '0'}, {'size': 5, 'sha256': 0}, {'size': 5}, 5],
)
def test_files_are_described_by_a_size_and_a_digest(folder, described):
  path = os.path.join(folder, 'manifest.json')
  with open(path) as file:
    content = json.load(file)
  del content['digest']
  content['files']['weights.index'] = described
  content['digest'] = manifest._digest(content)
  with open(path, 'w') as file:
    json.dump(content, file)
  with pytest.raises(
    manifest.DamagedError, match=r'does not describe weights\.index'
  ):
    manifest.read(folder, 7, 'a')


def test_another_format_is_a_user_error_and_no_damage(folder, monkeypatch):
  monkeypatch.setattr(manifest, '_FORMAT', 2)
  with pytest.raises(UserError, match='has format 1, this version reads'):
    manifest.read(folder, 7, 'a')


def test_file_that_may_not_be_read_is_no_damage(folder, monkeypatch):
  def refuse(path):
    raise PermissionError(13, 'Permission denied', path)

  read = manifest.read(folder, 7, 'a')
  monkeypatch.setattr(os, 'lstat', refuse)
  with pytest.raises(PermissionError):
    manifest.verify(folder, read)
