# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.checkpoints, with real damage."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import tempfile

import pathnet_tf  # noqa: F401  Chooses Keras 2 before TensorFlow is loaded.

# isort: split
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf import manifest as manifest_lib
from pathnet_tf.checkpoints import CheckpointStore
from pathnet_tf.errors import UserError
from tests.saves import flip, is_one_line, names_in, restored, save


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
  'data flipped': lambda f: flip(f / _DATA),
  'data missing': lambda f: (f / _DATA).unlink(),
  'index truncated': lambda f: _cut(f / 'weights.index'),
  'index flipped': lambda f: flip(f / 'weights.index'),
  'index missing': lambda f: (f / 'weights.index').unlink(),
  'state empty': lambda f: (f / 'state.json').write_bytes(b''),
  'state flipped': lambda f: flip(f / 'state.json'),
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
  'manifest flipped': lambda f: flip(f / 'manifest.json'),
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
  save(store, 1)
  newest = pathlib.Path(save(store, 2))
  damage(newest)

  store = CheckpointStore(tmp_path / 'checkpoints')
  found = store.latest()

  assert restored(store, found) == 1
  assert names_in(tmp_path / 'checkpoints') == [
    '000000000001',
    'damaged-000000000002',
  ]
  assert len(warnings) == 1
  assert 'damaged-000000000002' in warnings[0]
  # The run goes on, and comes to the same number again.
  save(store, 2, value=22)
  assert (
    restored(store, CheckpointStore(tmp_path / 'checkpoints').latest()) == 22
  )


def test_one_with_a_damaged_manifest_does_not_count_as_kept(tmp_path, warnings):
  store = CheckpointStore(tmp_path, keep=2)
  save(store, 1)
  flip(pathlib.Path(save(store, 2)) / 'manifest.json')
  shutil.rmtree(save(store, 3))
  assert restored(store, store.latest()) == 1


def test_only_damaged_ones_are_a_user_error_at_every_start(tmp_path, warnings):
  store = CheckpointStore(tmp_path)
  for number in (1, 2, 3):
    flip(pathlib.Path(save(store, number)) / _DATA)
  for _ in range(2):
    with pytest.raises(UserError, match='is sound') as caught:
      CheckpointStore(tmp_path).latest()
    assert is_one_line(caught.value)
  assert names_in(tmp_path) == [f'damaged-00000000000{n}' for n in (1, 2, 3)]
  assert len(warnings) == 3


def test_same_number_damaged_twice_keeps_both(tmp_path, warnings):
  store = CheckpointStore(tmp_path)
  save(store, 1)
  for _ in range(2):
    flip(pathlib.Path(save(store, 2)) / _DATA)
    assert store.latest().number == 1
  assert names_in(tmp_path)[1:] == [
    'damaged-000000000002',
    'damaged-000000000002.2',
  ]


def test_pinned_one_is_fallen_back_to(tmp_path, warnings):
  store = CheckpointStore(tmp_path, keep=1)
  save(store, 1, pinned='task-0')
  flip(pathlib.Path(save(store, 2)) / _DATA)
  found = store.latest()
  assert (found.number, found.pinned) == (1, 'task-0')
  assert restored(store, found) == 1


def test_newer_format_is_a_user_error_and_not_set_aside(tmp_path):
  store = CheckpointStore(tmp_path)
  newest = pathlib.Path(save(store, 1))
  _forge(newest, lambda manifest: manifest.update(format=2))
  with pytest.raises(UserError, match='format 2'):
    store.latest()
  assert newest.exists()


def test_lack_of_permission_is_not_damage(tmp_path, monkeypatch):
  store = CheckpointStore(tmp_path)
  newest = pathlib.Path(save(store, 1))

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
  save(store, 1)
  save(store, 2)
  return folder


@settings(max_examples=60)
@given(data=st.data())
def test_no_edit_of_bytes_is_ever_taken_for_sound(two_checkpoints, data):
  with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary) / 'copy'
    shutil.copytree(two_checkpoints, folder)
    newest = folder / '000000000002'
    path = newest / data.draw(st.sampled_from(names_in(newest)))
    content = bytearray(path.read_bytes())
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(start + 8, len(content))))
    content[start:end] = data.draw(st.binary(max_size=8))
    path.write_bytes(content)

    store = CheckpointStore(folder)
    found = store.latest()
    assert restored(store, found) == found.number
    if found.number == 2:  # The edit must have changed nothing that is said.
      meant = (two_checkpoints / newest.name / path.name).read_bytes()
      assert content == meant or (
        path.name == 'manifest.json'
        and json.loads(content) == json.loads(meant)
      )
