# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What a checkpoint's folder holds, listed so that no damage goes unnoticed.

A checkpoint is a folder of these files:
  weights.index, weights.data-*   the trackable's variables
  state.json                      everything that is not a variable
  manifest.json                   written last: size and SHA-256 of each file
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from typing import Any

from pathnet_tf.durable_files import sync_path, write_synced
from pathnet_tf.errors import UserError

WEIGHTS = 'weights'  # The prefix that TensorFlow is given.

_FORMAT = 1
_INDEX = f'{WEIGHTS}.index'
_DATA = re.compile(rf'{WEIGHTS}\.data-[0-9]{{5}}-of-[0-9]{{5}}')
_STATE = 'state.json'
_MANIFEST = 'manifest.json'
_LONGEST_MANIFEST = 1 << 20
# What a broken file gives; anything else (no permission, too many open files)
# says nothing about the checkpoint and must not set it aside.
_FILE_FAULTS = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EIO)


class DamagedError(Exception):
  """A checkpoint that cannot be used; the message says why."""


@dataclasses.dataclass(frozen=True)
class Manifest:
  """What a checkpoint should be.

  Attributes:
    number: of the checkpoint.
    pinned: the name that keeps it for ever, or None.
    serial: counts the saves of a run.
    files: size in bytes and SHA-256 of every other file, by name.
  """

  number: int
  pinned: str | None
  serial: int
  files: dict[str, dict[str, Any]]


def seal(
  folder: str, state: bytes, *, number: int, pinned: str | None, serial: int
) -> None:
  """Makes a folder in which the weights lie a checkpoint, on the disk.

  Args:
    folder: holds the files that TensorFlow has written, and no others.
    state: a JSON object.
    number: of the checkpoint.
    pinned: the name that keeps it for ever, or None.
    serial: counts the saves of a run.

  Raises:
    OSError: something could not be written, or there are no weights.
  """
  write_synced(os.path.join(folder, _STATE), state)
  manifest: dict[str, Any] = {
    'format': _FORMAT,
    'files': _describe(folder),
    'number': number,
    'pinned': pinned,
    'serial': serial,
  }
  manifest['digest'] = _digest(manifest)
  text = json.dumps(manifest, indent=1)
  write_synced(os.path.join(folder, _MANIFEST), text.encode())
  sync_path(folder)


def read(folder: str, number: int, pinned: str | None) -> Manifest:
  """The manifest of a checkpoint whose folder's name says number and pinned.

  Raises:
    DamagedError: it is missing, not what was written, or another one's.
    UserError: another version of this package made it.
    OSError: it cannot be read, which says nothing about it.
  """
  path = os.path.join(folder, _MANIFEST)
  if _size(path) > _LONGEST_MANIFEST:
    raise DamagedError(f'{_MANIFEST} is too long')
  manifest = _parse(path)
  if manifest.pop('digest', None) != _digest(manifest):
    raise DamagedError(f'{_MANIFEST} has changed')
  if manifest.get('format') != _FORMAT:
    raise UserError(
      f'checkpoint {folder!r} has format {manifest.get("format")!r}, this'
      f' version reads format {_FORMAT}: use the version that made it'
    )
  if (manifest.get('number'), manifest.get('pinned')) != (number, pinned):
    raise DamagedError(f'{_MANIFEST} is of another checkpoint')
  serial = manifest.get('serial')
  if not isinstance(serial, int):
    raise DamagedError(f'{_MANIFEST} has no serial number')
  files = _checked_files(manifest.get('files'))
  return Manifest(number, pinned, serial, files)


def verify(folder: str, manifest: Manifest) -> dict[str, Any]:
  """Compares every file with the manifest, bit for bit; returns the state.

  Raises:
    DamagedError: a file is missing or not what was written.
    OSError: a file cannot be read, which says nothing about it.
  """
  for name, expected in manifest.files.items():
    path = os.path.join(folder, name)
    if (size := _size(path)) != expected['size']:
      raise DamagedError(f'{name} has {size} bytes, not {expected["size"]}')
    if _sha256(path) != expected['sha256']:
      raise DamagedError(f'{name} has changed')
  return _parse(os.path.join(folder, _STATE))


def _describe(folder: str) -> dict[str, dict[str, Any]]:
  """Forces the files in `folder` to the disk, and lists them."""
  data = [name for name in os.listdir(folder) if _DATA.fullmatch(name)]
  if not data:
    raise OSError(errno.ENOENT, 'TensorFlow wrote the weights elsewhere')
  files = {}
  for name in [_STATE, _INDEX, *sorted(data)]:
    path = os.path.join(folder, name)
    sync_path(path)
    files[name] = {'size': _size(path), 'sha256': _sha256(path)}
  return files


def _checked_files(files: Any) -> dict[str, dict[str, Any]]:
  """Takes only names that a checkpoint has, so none leaves its folder."""
  if not isinstance(files, dict):
    raise DamagedError(f'{_MANIFEST} lists no files')
  for name, expected in files.items():
    if name not in (_STATE, _INDEX) and not _DATA.fullmatch(name):
      raise DamagedError(f'{_MANIFEST} names a foreign file, {name!r}')
    if not (
      isinstance(expected, dict)
      and isinstance(expected.get('size'), int)
      and isinstance(expected.get('sha256'), str)
    ):
      raise DamagedError(f'{_MANIFEST} does not describe {name}')
  if len(files) < 3 or not {_STATE, _INDEX} <= set(files):
    raise DamagedError(f'{_MANIFEST} does not list every file')
  return files


def _digest(manifest: dict[str, Any]) -> str:
  try:
    text = json.dumps(manifest, sort_keys=True)
  except RecursionError as error:
    raise DamagedError(f'{_MANIFEST} is nested too deeply') from error
  return hashlib.sha256(text.encode()).hexdigest()


def _sha256(path: str) -> str:
  digest = hashlib.sha256()
  with _file_faults(path), open(path, 'rb') as file:
    while block := file.read(1 << 20):
      digest.update(block)
  return digest.hexdigest()


def _size(path: str) -> int:
  with _file_faults(path):
    status = os.lstat(path)
  if not stat.S_ISREG(status.st_mode):  # A link may lead out of the folder.
    raise DamagedError(f'{os.path.basename(path)} is not a file')
  return status.st_size


def _parse(path: str) -> dict[str, Any]:
  name = os.path.basename(path)
  try:
    with _file_faults(path), open(path, 'rb') as file:
      value = json.loads(file.read().decode())
  except (ValueError, RecursionError) as error:
    raise DamagedError(f'{name} is not JSON') from error
  if not isinstance(value, dict):
    raise DamagedError(f'{name} is not a JSON object')
  return value


@contextlib.contextmanager
def _file_faults(path: str) -> Iterator[None]:
  """Turns the errors of a broken or missing file into damage."""
  try:
    yield
  except OSError as error:
    if error.errno in _FILE_FAULTS:
      raise DamagedError(
        f'{os.path.basename(path)}: {error.strerror}'
      ) from error
    raise
