# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Checkpoints that are whole or absent, and are checked before they are used.

`tf.train.Checkpoint` reads and writes the weights. What is around it is ours,
because `tf.train.CheckpointManager` starts again at step 0 without a word when
its `checkpoint` state file is damaged, and stops at a damaged newest one.

`manifest` says what a checkpoint holds, `checkpoint_folder` where it lies.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterator
from typing import Any

import tensorflow as tf
from absl import logging

from pathnet_tf import checkpoint_folder, remote_errors
from pathnet_tf import manifest as manifest_lib
from pathnet_tf.errors import UserError


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
    self._keep = keep
    self._read_only = read_only
    self._remote = io_device is not None
    self._options = tf.train.CheckpointOptions(experimental_io_device=io_device)
    try:
      self._folder = checkpoint_folder.CheckpointFolder(
        folder, read_only=read_only
      )
    except OSError as error:
      raise UserError(
        f'cannot write checkpoints in {os.path.abspath(folder)!r}:'
        f' {error.strerror}'
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
      tf.errors.OpError: with an `io_device`, a host of variables was lost.
      ValueError: a number < 0, a bad pinned name, or NaN in the state.
      TypeError: the state is not JSON-able.
    """
    if self._read_only:
      raise RuntimeError('this store was opened to read only')
    name = checkpoint_folder.name_of(name_number, pinned)
    if not isinstance(state, dict):
      raise TypeError(f'the state is a dict, not {type(state).__name__}')
    state_text = json.dumps(state, allow_nan=False).encode()
    folder = self._folder
    try:
      manifests, _ = folder.scan()
      serials = [manifest.serial for manifest in manifests.values()]
      temporary = folder.begin(name)
      prefix = os.path.join(temporary, manifest_lib.WEIGHTS)
      with self._untraced():
        trackable.write(prefix, self._options)
      manifest_lib.seal(
        temporary,
        state_text,
        number=name_number,
        pinned=pinned,
        serial=max(serials, default=0) + 1,
      )
      folder.commit(name)
    except (OSError, tf.errors.OpError) as error:
      with contextlib.suppress(OSError):
        folder.abandon(name)
      self._raise_loss(error)
      raise UserError(
        f'cannot write checkpoint {folder.child(name)!r}: {_reason(error)};'
        ' those before it are untouched'
      ) from error
    try:
      folder.prune(self._keep)
    except OSError as error:
      logging.warning('cannot remove old checkpoints: %s', error)
    return folder.child(name)

  @contextlib.contextmanager
  def _untraced(self) -> Iterator[None]:
    """Keeps the writing of variables of several hosts from being traced.

    TensorFlow sends every graph that it traces to all workers, and keeps Python
    from running until they have it: for ever, where one of them is cut off.
    """
    if not self._remote:
      yield
      return
    tf.config.run_functions_eagerly(True)
    try:
      yield
    finally:
      tf.config.run_functions_eagerly(False)

  def _raise_loss(self, error: Exception) -> None:
    """Lets pass what only says that a host of variables was lost."""
    if self._remote and remote_errors.is_of_a_loss(error):
      raise error

  def latest(self) -> Found | None:
    """Returns the newest sound checkpoint; None where none was ever made.

    A damaged one is renamed to `damaged-<name>`, with a warning in the log.

    Raises:
      UserError: checkpoints were made but none is sound, one was made by a
        newer version, or one cannot be read for want of permission.
    """
    folder = self._folder
    try:
      manifests, damages = folder.scan()
      for name, damage in damages.items():
        folder.set_aside(name, damage)
      for name, manifest in manifests.items():
        path = folder.child(name)
        try:
          state = manifest_lib.verify(path, manifest)
        except manifest_lib.DamagedError as error:
          folder.set_aside(name, str(error))
        else:
          return Found(path, manifest.number, state, manifest.pinned)
      lost = manifests or damages or folder.has_damaged()
    except OSError as error:
      raise UserError(
        f'cannot read the checkpoints in {folder.path!r}: {_reason(error)}'
      ) from error
    if lost:
      raise UserError(
        f'no checkpoint in {folder.path!r} is sound: restore one from a copy,'
        ' or start again in a new run folder'
      )
    return None

  def pinned(self, name: str) -> Found:
    """Returns the checkpoint that was saved under a name.

    Raises:
      UserError: there is none, or it is damaged or cannot be read.
    """
    try:
      manifests, _ = self._folder.scan()
      for folder, manifest in manifests.items():
        if manifest.pinned == name:
          path = self._folder.child(folder)
          state = manifest_lib.verify(path, manifest)
          return Found(path, manifest.number, state, name)
      problem = 'there is none of that name'
    except (OSError, manifest_lib.DamagedError) as error:
      problem = _reason(error)
    raise UserError(
      f'no sound checkpoint {name!r} in {self._folder.path!r}: {problem};'
      ' restore it from a copy'
    )

  def restore(self, found: Found, trackable: tf.train.Checkpoint) -> None:
    """Gives every variable of `trackable` its saved value.

    Raises:
      UserError: the checkpoint and the trackable do not hold the same
        variables, of the same shapes.
      tf.errors.OpError: with an `io_device`, a host of variables was lost.
    """
    prefix = os.path.join(found.path, manifest_lib.WEIGHTS)
    try:
      trackable.read(prefix, self._options).assert_consumed()
    except (AssertionError, ValueError, OSError, tf.errors.OpError) as error:
      self._raise_loss(error)
      raise UserError(
        f'checkpoint {found.path!r} does not fit this network:'
        f' {_reason(error)}; use the configuration it was made with'
      ) from error


def pinned_name(task: int) -> str:
  """The name that keeps the checkpoint of a task's end."""
  return f'task-{task}'


def _reason(error: Exception) -> str:
  """The first line of an error, for a message of one line."""
  text = getattr(error, 'strerror', None) or getattr(error, 'message', None)
  lines = str(text or error).strip().splitlines() or ['unknown']
  return lines[0].rstrip('.{: ')
