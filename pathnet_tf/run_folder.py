# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The folder of one run: one trainer at a time, one configuration for ever."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from typing import Any

from pathnet_tf import path_names
from pathnet_tf.durable_files import TEMPORARY, sync_path, write_durably
from pathnet_tf.errors import UserError

_CONFIG = 'config.json'
_LOCK = 'lock'

# Descriptors of the locks that this process holds. A flock belongs to the open
# file, which a forked child shares: unless the child lets go of it, the lock
# would outlive a killed trainer for as long as any of its children runs.
_held: set[int] = set()


def _let_go_in_child() -> None:
  for descriptor in _held:
    with contextlib.suppress(OSError):
      os.close(descriptor)
  _held.clear()


os.register_at_fork(after_in_child=_let_go_in_child)


class RunFolder:
  """Holds a run folder for this process, as a context manager.

  Entering creates the folder where it is new and locks it. The lock ends with
  the `with` block or with the process, however the process ends.

  Attributes:
    path: the folder, absolute.
    checkpoints: the folder of the `CheckpointStore`.
    log: the file of the `EventLog`.
    events: the folder of TensorBoard's event files.
    report: the folder of figures and videos.
    exports: the folder of the finished tasks' SavedModels.
  """

  def __init__(self, path: str | os.PathLike[str]):
    """Names the folder, and what is in it.

    Raises:
      UserError: it has no name, or one that TensorFlow cannot use.
    """
    if not os.fspath(path):
      raise UserError('the run folder has no name: give the path of a folder')
    self.path = os.path.abspath(path)
    path_names.check(self.path)
    self.checkpoints = os.path.join(self.path, 'checkpoints')
    self.log = os.path.join(self.path, 'evolution.jsonl')
    self.events = os.path.join(self.path, 'events')
    self.report = os.path.join(self.path, 'report')
    self.exports = os.path.join(self.path, 'exports')
    self._created = False
    self._descriptor: int | None = None

  def __enter__(self) -> RunFolder:
    """Creates and locks the folder.

    Raises:
      UserError: the path is a file, cannot be created or written, holds
        something other than a run, or is in use by another trainer.
    """
    try:
      self._create()
      self._lock()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path.
      reason = getattr(error, 'strerror', None) or str(error)
      raise UserError(
        f'cannot use run folder {self.path!r}: {reason}; name a folder that'
        ' can be created or written'
      ) from error
    return self

  def __exit__(self, *unused: object) -> None:
    if self._descriptor is None:
      return
    with contextlib.suppress(OSError):
      os.ftruncate(self._descriptor, 0)  # No stale process id is left behind.
    if self._created and not os.path.lexists(os.path.join(self.path, _CONFIG)):
      # A start that was refused leaves no folder behind.
      with contextlib.suppress(OSError):
        os.remove(os.path.join(self.path, _LOCK))
        os.rmdir(self.path)
    _held.discard(self._descriptor)
    os.close(self._descriptor)
    self._descriptor = None

  def claim(
    self, config: Mapping[str, Any], defaults: Mapping[str, Any] | None = None
  ) -> None:
    """Makes this the run of `config`, or checks that it already is.

    Args:
      config: JSON-able, nested by groups. Tuples count as lists.
      defaults: what keys stand for that config.json lacks, since a version
        before this one wrote it.

    Raises:
      UserError: the run belongs to another configuration (the keys are named,
        with both values), config.json cannot be read or written, or a value
        is not finite.
      RuntimeError: the folder is not locked: use it in a `with` statement.
    """
    if self._descriptor is None:
      raise RuntimeError('claim() needs the lock: enter the run folder first')
    path = os.path.join(self.path, _CONFIG)
    try:
      text = json.dumps(config, indent=2, allow_nan=False) + '\n'
    except ValueError as error:
      raise UserError(
        f'the configuration has a value that is not finite: {error}'
      ) from error
    if os.path.lexists(path):
      _compare(self.path, _read_config(path), json.loads(text), defaults or {})
      return
    try:
      write_durably(path, text.encode())
    except OSError as error:
      raise UserError(f'cannot write {path!r}: {error.strerror}') from error

  def remove(self) -> None:
    """Removes the folder and what is in it; one that is in use stays."""
    with contextlib.suppress(OSError, UserError):
      self._lock()
      shutil.rmtree(self.path, ignore_errors=True)
      self.__exit__()

  def read_config(self) -> dict[str, Any]:
    """The configuration of the run; needs no lock.

    Raises:
      UserError: there is no such run, or its config.json cannot be read.
    """
    path = os.path.join(self.path, _CONFIG)
    if not os.path.exists(path):
      raise UserError(
        f'{self.path!r} is not a run folder: it has no {_CONFIG}; name the'
        ' folder of a run'
      )
    return _read_config(path)

  def _create(self) -> None:
    if os.path.lexists(self.path) and not os.path.isdir(self.path):
      raise UserError(
        f'run folder {self.path!r} is a file: name a folder instead'
      )
    if not os.path.isdir(self.path):
      os.makedirs(self.path, exist_ok=True)
      self._created = True
      sync_path(os.path.dirname(self.path))
    names = os.listdir(self.path)
    # A start that was killed before it wrote its configuration leaves these.
    traces = (_LOCK, TEMPORARY + _CONFIG)
    if _CONFIG not in names and any(name not in traces for name in names):
      raise UserError(
        f'{self.path!r} is not a run folder: it is not empty and has no'
        f' {_CONFIG}; name a new folder, or the folder of a run'
      )
    # By the effective user, as the system will judge the writes to come.
    effective = os.access in os.supports_effective_ids
    if not os.access(self.path, os.W_OK | os.X_OK, effective_ids=effective):
      raise PermissionError(None, 'it is not writable')

  def _lock(self) -> None:
    descriptor = os.open(
      os.path.join(self.path, _LOCK), os.O_RDWR | os.O_CREAT, 0o644
    )
    try:
      fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
      os.ftruncate(descriptor, 0)
      os.pwrite(descriptor, f'{os.getpid()}\n'.encode(), 0)
    except BlockingIOError as error:
      holder = os.pread(descriptor, 32, 0).decode('ascii', 'replace').strip()
      os.close(descriptor)
      who = f'process {holder}' if holder.isdecimal() else 'another process'
      raise UserError(
        f'run folder {self.path!r} is in use by {who}: wait for it to end, or'
        ' name another folder'
      ) from error
    except OSError:
      os.close(descriptor)
      raise
    _held.add(descriptor)
    self._descriptor = descriptor


def _read_config(path: str) -> dict[str, Any]:
  try:
    with open(path, encoding='utf-8') as file:
      config = json.load(file)
  except OSError as error:
    raise UserError(f'cannot read {path!r}: {error.strerror}') from error
  except (ValueError, RecursionError) as error:
    line = getattr(error, 'lineno', None)  # Where it ceases to be JSON.
    where = f' in line {line}' if line else ''
    raise UserError(
      f'{path!r} is damaged{where}: restore it from a copy, or name a new run'
      ' folder'
    ) from error
  if not isinstance(config, dict):
    raise UserError(
      f'{path!r} is not a configuration: restore it from a copy, or name a new'
      ' run folder'
    )
  return config


def _compare(
  folder: str,
  there: dict[str, Any],
  here: dict[str, Any],
  defaults: Mapping[str, Any],
) -> None:
  """Raises UserError that names each key whose values differ."""
  new, default = _flatten(here), _flatten(defaults)
  old = {key: default[key] for key in new.keys() & default.keys()}
  old |= _flatten(there)
  differences = []
  for key in sorted(old.keys() | new.keys()):
    if _number(old.get(key)) == _number(new.get(key)):
      continue
    name = key if key.isprintable() else repr(key)
    differences.append(
      f'{name} is {old.get(key, "absent")} there and'
      f' {new.get(key, "absent")} here'
    )
  if differences:
    raise UserError(
      f'run folder {folder!r} belongs to another configuration:'
      f' {"; ".join(differences)}; give the same values, or another folder'
    )


def _number(value: str | None) -> str | None:
  """The same of 1 and of 1.0, which a file or a program may write for it."""
  return value.removesuffix('.0') if value else value


def _flatten(tree: Mapping[str, Any], prefix: str = '') -> dict[str, str]:
  """Dotted key -> value as JSON, so that 1, true and "1" stay apart."""
  flat: dict[str, str] = {}
  for key, value in tree.items():
    if isinstance(value, Mapping) and value:
      flat.update(_flatten(value, f'{prefix}{key}.'))
    else:
      flat[f'{prefix}{key}'] = json.dumps(value)
  return flat
