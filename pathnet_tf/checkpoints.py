# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Checkpoints that are whole or absent, and are checked before they are used.

`tf.train.Checkpoint` reads and writes the weights. What is around it is ours,
because `tf.train.CheckpointManager` starts again at step 0 without a word when
its `checkpoint` state file is damaged, and stops at a damaged newest one.

A checkpoint is a folder, `<number>[-<pinned>]`:
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
import math
import os
import re
import shutil
import stat
from collections.abc import Iterator
from typing import Any

import tensorflow as tf
from absl import logging

from pathnet_tf.errors import UserError
from pathnet_tf.run_folder import sync_path

_FORMAT = 1
_WEIGHTS = 'weights'
_STATE = 'state.json'
_MANIFEST = 'manifest.json'
_TEMPORARY = '.tmp-'
_DAMAGED = 'damaged-'
# A checkpoint that is being saved again: it stays until the new one is whole.
_REPLACED = '.replaced'
_PINNED = re.compile(r'[A-Za-z0-9_-]{1,100}')
_NAME = re.compile(r'([0-9]{12,18})(?:-([A-Za-z0-9_-]{1,100}))?(?:\.replaced)?')
_DATA = re.compile(rf'{_WEIGHTS}\.data-[0-9]{{5}}-of-[0-9]{{5}}')
_LONGEST_MANIFEST = 1 << 20
# What a broken file gives; anything else (no permission, too many open files)
# says nothing about the checkpoint and must not set it aside.
_FILE_FAULTS = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EIO)


@dataclasses.dataclass(frozen=True)
class Found:
  """A checkpoint whose files have all been verified."""

  path: str
  number: int
  state: dict[str, Any]
  pinned: str | None = None


class CheckpointStore:
  """The checkpoints of one run, in one folder.

  The newest is the one saved last, whatever its number: a task's end and the
  next one's beginning have the same count of steps.
  """

  def __init__(
    self,
    folder: str | os.PathLike[str],
    keep: int = 3,
    *,
    read_only: bool = False,
    io_device: str | None = None,
  ):
    """Opens the folder, and clears away what a killed save left.

    Args:
      folder: created where it is new.
      keep: how many unpinned checkpoints stay.
      read_only: for programs that look into a run which may be going on:
        nothing is created, cleared away or renamed.
      io_device: where TensorFlow writes and reads files, such as '/job:chief'
        under a parameter server strategy.

    Raises:
      UserError: the folder cannot be created or written, or keep < 1.
    """
    if keep < 1:
      raise UserError(f'{keep} checkpoints cannot be kept: keep at least 1')
    self._folder = os.path.abspath(folder)
    self._keep = keep
    self._read_only = read_only
    self._options = tf.train.CheckpointOptions(experimental_io_device=io_device)
    if read_only:
      return
    try:
      os.makedirs(self._folder, exist_ok=True)
      sync_path(os.path.dirname(self._folder))
      self._recover()
    except OSError as error:
      raise UserError(
        f'cannot write checkpoints in {self._folder!r}: {error.strerror}'
      ) from error

  def save(
    self,
    name_number: int,
    trackable: tf.train.Checkpoint,
    state: dict[str, Any],
    *,
    pinned: str | None = None,
  ) -> str:
    """Writes a checkpoint; it is on the disk, whole, when this returns.

    Args:
      name_number: counts up over a run (agent steps). One that exists is
        replaced, and there is a whole one at every moment.
      trackable: what holds the variables.
      state: JSON-able.
      pinned: a name (letters, digits, `_`, `-`) that keeps it for ever.

    Returns:
      The checkpoint's folder.

    Raises:
      UserError: it could not be written; those before it are untouched.
      ValueError: a number < 0, a bad pinned name, or NaN in the state.
      TypeError: the state is not JSON-able.
    """
    if self._read_only:
      raise RuntimeError('this store was opened to read only')
    if not 0 <= name_number < 10**18:
      raise ValueError(f'a checkpoint cannot have the number {name_number}')
    if pinned is not None and not _PINNED.fullmatch(pinned):
      raise ValueError(f'a checkpoint cannot have the name {pinned!r}')
    if not isinstance(state, dict):
      raise TypeError(f'the state is a dict, not {type(state).__name__}')
    state_text = json.dumps(state, allow_nan=False).encode()
    name = f'{name_number:012d}' + (f'-{pinned}' if pinned else '')
    final = self._path(name)
    temporary = self._path(_TEMPORARY + name)
    try:
      serials = [e.serial for e in self._scan() if e.damage is None]
      _remove(temporary)
      os.mkdir(temporary)
      trackable.write(os.path.join(temporary, _WEIGHTS), self._options)
      _write(os.path.join(temporary, _STATE), state_text)
      manifest = _describe(temporary)
      manifest['number'] = name_number
      manifest['pinned'] = pinned
      manifest['serial'] = int(max(serials, default=0)) + 1
      manifest['digest'] = _digest(manifest)
      manifest_text = json.dumps(manifest, indent=1).encode()
      _write(os.path.join(temporary, _MANIFEST), manifest_text)
      sync_path(temporary)
      if os.path.lexists(final):
        self._discard(name + _REPLACED)
        os.rename(final, final + _REPLACED)
      os.rename(temporary, final)
      sync_path(self._folder)
    except (OSError, tf.errors.OpError) as error:
      with contextlib.suppress(OSError):
        _remove(temporary)
      raise UserError(
        f'cannot write checkpoint {final!r}: {_reason(error)}; those before'
        ' it are untouched'
      ) from error
    try:
      self._prune()
    except OSError as error:
      logging.warning('cannot remove old checkpoints: %s', error)
    return final

  def latest(self) -> Found | None:
    """Returns the newest sound checkpoint; None where none was ever made.

    A damaged one is renamed to `damaged-<name>`, with a warning in the log.

    Raises:
      UserError: checkpoints were made but none is sound, one was made by a
        newer version, or one cannot be read for want of permission.
    """
    try:
      entries = sorted(self._scan(), key=lambda e: e.serial, reverse=True)
      for entry in entries:
        try:
          return self._verify(entry)
        except _DamagedError as damage:
          self._set_aside(entry.name, str(damage))
      lost = entries or any(n.startswith(_DAMAGED) for n in self._names())
    except OSError as error:
      raise UserError(
        f'cannot read the checkpoints in {self._folder!r}: {_reason(error)}'
      ) from error
    if lost:
      raise UserError(
        f'no checkpoint in {self._folder!r} is sound: restore one from a copy,'
        ' or start again in a new run folder'
      )
    return None

  def restore(self, found: Found, trackable: tf.train.Checkpoint) -> None:
    """Gives every variable of `trackable` its saved value.

    Raises:
      UserError: the checkpoint and the trackable do not hold the same
        variables, of the same shapes.
    """
    prefix = os.path.join(found.path, _WEIGHTS)
    try:
      trackable.read(prefix, self._options).assert_consumed()
    except (AssertionError, ValueError, OSError, tf.errors.OpError) as error:
      raise UserError(
        f'checkpoint {found.path!r} does not fit this network:'
        f' {_reason(error)}; use the configuration it was made with'
      ) from error

  def _path(self, name: str) -> str:
    return os.path.join(self._folder, name)

  def _names(self) -> list[str]:
    try:
      return sorted(os.listdir(self._folder))
    except FileNotFoundError:
      return []

  def _scan(self) -> list[_Entry]:
    """Every folder with a checkpoint's name, its manifest read."""
    return [
      _read_entry(self._folder, name)
      for name in self._names()
      if _NAME.fullmatch(name)
    ]

  def _verify(self, entry: _Entry) -> Found:
    if entry.damage is not None:
      raise _DamagedError(entry.damage)
    folder = self._path(entry.name)
    for name, expected in entry.files.items():
      path = os.path.join(folder, name)
      if (size := _size(path)) != expected['size']:
        raise _DamagedError(f'{name} has {size} bytes, not {expected["size"]}')
      if _sha256(path) != expected['sha256']:
        raise _DamagedError(f'{name} has changed')
    state = _parse(os.path.join(folder, _STATE))
    return Found(folder, entry.number, state, entry.pinned)

  def _set_aside(self, name: str, reason: str) -> None:
    if self._read_only:
      logging.warning(
        'checkpoint %s is damaged (%s): passed over', name, reason
      )
      return
    aside = _DAMAGED + name
    count = 1
    while os.path.lexists(self._path(aside)):
      count += 1
      aside = f'{_DAMAGED}{name}.{count}'
    os.rename(self._path(name), self._path(aside))
    sync_path(self._folder)
    logging.warning(
      'checkpoint %s is damaged (%s): set aside as %s', name, reason, aside
    )

  def _recover(self) -> None:
    """Undoes or completes what a kill interrupted."""
    for name in self._names():
      if name.startswith(_TEMPORARY):
        _remove(self._path(name))
      elif _NAME.fullmatch(name) and name.endswith(_REPLACED):
        final = self._path(name.removesuffix(_REPLACED))
        if not os.path.lexists(final):
          os.rename(self._path(name), final)

  def _prune(self) -> None:
    """Removes what the newest checkpoint has made superfluous."""
    entries = [e for e in self._scan() if e.damage is None]
    names = {entry.name for entry in entries}
    ordinary = []
    for entry in sorted(entries, key=lambda e: e.serial, reverse=True):
      if not entry.name.endswith(_REPLACED):
        if entry.pinned is None:
          ordinary.append(entry.name)
      elif entry.name.removesuffix(_REPLACED) in names:
        self._discard(entry.name)
    for name in ordinary[self._keep :]:
      self._discard(name)

  def _discard(self, name: str) -> None:
    """Removes a checkpoint so that a kill leaves no half of it in sight."""
    if os.path.lexists(self._path(name)):
      temporary = self._path(f'{_TEMPORARY}removed-{name}')
      _remove(temporary)
      os.rename(self._path(name), temporary)
      _remove(temporary)


class _DamagedError(Exception):
  """A checkpoint that cannot be used; the message says why."""


@dataclasses.dataclass(frozen=True)
class _Entry:
  """A checkpoint in the folder, as far as its name and its manifest tell."""

  name: str
  number: int
  pinned: str | None
  serial: float  # Counts the saves; infinite where the manifest is damaged.
  files: dict[str, dict[str, Any]]
  damage: str | None = None


def _read_entry(folder: str, name: str) -> _Entry:
  match = _NAME.fullmatch(name)
  assert match is not None
  number, pinned = int(match[1]), match[2]
  try:
    path = os.path.join(folder, name, _MANIFEST)
    if _size(path) > _LONGEST_MANIFEST:
      raise _DamagedError(f'{_MANIFEST} is too long')
    manifest = _parse(path)
    if manifest.pop('digest', None) != _digest(manifest):
      raise _DamagedError(f'{_MANIFEST} has changed')
    if manifest.get('format') != _FORMAT:
      raise UserError(
        f'checkpoint {os.path.join(folder, name)!r} has format'
        f' {manifest.get("format")!r}, this version reads format {_FORMAT}:'
        ' use the version that made it'
      )
    if (manifest.get('number'), manifest.get('pinned')) != (number, pinned):
      raise _DamagedError(f'{_MANIFEST} is of another checkpoint')
    serial = manifest.get('serial')
    if not isinstance(serial, int):
      raise _DamagedError(f'{_MANIFEST} has no serial number')
    files = _checked_files(manifest.get('files'))
  except _DamagedError as damage:
    return _Entry(name, number, pinned, math.inf, {}, str(damage))
  return _Entry(name, number, pinned, serial, files)


def _checked_files(files: Any) -> dict[str, dict[str, Any]]:
  """Takes only names that a checkpoint has, so none leaves its folder."""
  if not isinstance(files, dict):
    raise _DamagedError(f'{_MANIFEST} lists no files')
  for name, expected in files.items():
    if name not in (_STATE, f'{_WEIGHTS}.index') and not _DATA.fullmatch(name):
      raise _DamagedError(f'{_MANIFEST} names a foreign file, {name!r}')
    if not isinstance(expected, dict) or not {'size', 'sha256'} <= set(
      expected
    ):
      raise _DamagedError(f'{_MANIFEST} does not describe {name}')
  if len(files) < 3 or not {_STATE, f'{_WEIGHTS}.index'} <= set(files):
    raise _DamagedError(f'{_MANIFEST} does not list every file')
  return files


def _describe(folder: str) -> dict[str, Any]:
  """Forces the files in `folder` to the disk, and lists them."""
  data = [name for name in os.listdir(folder) if _DATA.fullmatch(name)]
  if not data:
    raise OSError(errno.ENOENT, 'TensorFlow wrote the weights elsewhere')
  files = {}
  for name in [_STATE, f'{_WEIGHTS}.index', *sorted(data)]:
    path = os.path.join(folder, name)
    sync_path(path)
    files[name] = {'size': _size(path), 'sha256': _sha256(path)}
  return {'format': _FORMAT, 'files': files}


def _digest(manifest: dict[str, Any]) -> str:
  try:
    text = json.dumps(manifest, sort_keys=True)
  except RecursionError as error:
    raise _DamagedError(f'{_MANIFEST} is nested too deeply') from error
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
    raise _DamagedError(f'{os.path.basename(path)} is not a file')
  return status.st_size


def _parse(path: str) -> dict[str, Any]:
  name = os.path.basename(path)
  try:
    with _file_faults(path), open(path, 'rb') as file:
      value = json.loads(file.read().decode())
  except (ValueError, RecursionError) as error:
    raise _DamagedError(f'{name} is not JSON') from error
  if not isinstance(value, dict):
    raise _DamagedError(f'{name} is not a JSON object')
  return value


@contextlib.contextmanager
def _file_faults(path: str) -> Iterator[None]:
  """Turns the errors of a broken or missing file into damage."""
  try:
    yield
  except OSError as error:
    if error.errno in _FILE_FAULTS:
      raise _DamagedError(
        f'{os.path.basename(path)}: {error.strerror}'
      ) from error
    raise


def _write(path: str, data: bytes) -> None:
  with open(path, 'wb') as file:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def _remove(path: str) -> None:
  if os.path.isdir(path) and not os.path.islink(path):
    shutil.rmtree(path)
  elif os.path.lexists(path):
    os.remove(path)


def _reason(error: Exception) -> str:
  """The first line of an error, for a message of one line."""
  text = getattr(error, 'strerror', None) or getattr(error, 'message', None)
  lines = str(text or error).strip().splitlines() or ['unknown']
  return lines[0].rstrip('.{: ')
