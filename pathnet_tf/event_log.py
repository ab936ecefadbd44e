# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The append-only log of a run: one JSON object a line."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from pathnet_tf.durable_files import sync_path, write_durably
from pathnet_tf.errors import UserError

_BLOCK = 1 << 16


def read(path: str | os.PathLike[str]) -> Iterator[dict[str, Any]]:
  """Yields the log's records, also while a run is writing it.

  A last line without its newline is one that was cut off (or is being
  written): it is left out.

  Raises:
    UserError: while iterating; the file cannot be read, or a line of it is not
      a JSON object (the message has the line's number, from 1).
  """
  try:
    with open(path, 'rb') as file:
      for number, line in enumerate(file, start=1):
        if line.endswith(b'\n'):
          yield _parse(path, number, line)
  except OSError as error:
    raise UserError(
      f'cannot read the log {os.fspath(path)!r}: {error.strerror}'
    ) from error


class EventLog:
  """Appends records to a log file. One writer at a time.

  Opening creates the file where it is new, and moves a torn last line aside,
  so that the log always ends at the end of a record. What is moved aside goes
  to `<name>.tail-<n>.jsonl` next to the log, `n` counting from 1.

  To go with a checkpoint: `sync()`, then save `offset` and `digest` in the
  checkpoint; on resume, `truncate()` to the saved offset.
  """

  def __init__(self, path: str | os.PathLike[str]):
    """Opens the log.

    Raises:
      UserError: the file cannot be created or written.
    """
    self.path = os.path.abspath(path)
    try:
      self._descriptor = os.open(
        self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644
      )
      try:
        self._offset = os.fstat(self._descriptor).st_size
        sync_path(os.path.dirname(self.path))
        self._cut(self._end_of_records())
        self._hash = self._hash_of(self._offset)
      except BaseException:
        os.close(self._descriptor)
        raise
    except OSError as error:
      raise self._unwritable(error) from error

  def __enter__(self) -> EventLog:
    return self

  def __exit__(self, *unused: object) -> None:
    self.close()

  @property
  def offset(self) -> int:
    """Length of the log in bytes: where the next record will begin."""
    return self._offset

  @property
  def digest(self) -> str:
    """SHA-256 of the log, from its begin to `offset`."""
    return self._hash.hexdigest()

  def append(self, record: Mapping[str, Any]) -> None:
    """Writes one record, keys in their own order, floats exact (repr).

    The line has left the process when this returns (a kill does not lose it);
    `sync()` also forces it to the disk.

    Raises:
      TypeError: `record` is not a mapping, or a value is not JSON-able.
      ValueError: a float is NaN or infinite.
      UserError: the disk is full or refuses; the log ends where it did.
    """
    if not isinstance(record, Mapping):
      raise TypeError(f'a record is a mapping, not {type(record).__name__}')
    text = json.dumps(dict(record), allow_nan=False, separators=(',', ':'))
    line = memoryview(text.encode() + b'\n')
    written = 0
    try:
      while written < len(line):
        written += os.write(self._descriptor, line[written:])
    except OSError as error:
      with contextlib.suppress(OSError):
        os.ftruncate(self._descriptor, self._offset)
      raise self._unwritable(error) from error
    self._offset += len(line)
    self._hash.update(line)

  def truncate(self, offset: int, digest: str | None = None) -> None:
    """Ends the log at `offset` bytes; what lies beyond is kept aside.

    Args:
      offset: where to.
      digest: of the log up to there, if it is known.

    Raises:
      UserError: the log is shorter, no record ends there, or it has another
        digest: it is damaged or belongs to another run. Nothing is changed
        then.
    """
    if not 0 <= offset <= self._offset:
      raise UserError(
        f'the log {self.path!r} has {self._offset} bytes but the checkpoint'
        f' was made at {offset}: it is damaged or of another run; restore it'
        ' from a copy'
      )
    try:
      if offset and os.pread(self._descriptor, 1, offset - 1) != b'\n':
        raise UserError(
          f'no record of the log {self.path!r} ends at byte {offset}, where'
          ' the checkpoint was made: it is damaged or of another run; restore'
          ' it from a copy'
        )
      kept = self._hash_of(offset)
      if digest is not None and kept.hexdigest() != digest:
        raise UserError(
          f'the log {self.path!r} has changed before byte {offset}, where the'
          ' checkpoint was made: it is damaged or of another run; restore it'
          ' from a copy'
        )
      self._cut(offset)
      self._hash = kept
    except OSError as error:
      raise self._unwritable(error) from error

  def sync(self) -> None:
    """Forces the log to the disk, so that a power cut does not lose it.

    Raises:
      UserError: the disk refuses.
    """
    try:
      os.fsync(self._descriptor)
    except OSError as error:
      raise self._unwritable(error) from error

  def close(self) -> None:
    """Closes the file; a second call does nothing."""
    if self._descriptor >= 0:
      os.close(self._descriptor)
      self._descriptor = -1

  def _end_of_records(self) -> int:
    """Offset just after the last newline; read from the end, by blocks."""
    end = self._offset
    while end > 0:
      start = max(0, end - _BLOCK)
      newline = os.pread(self._descriptor, end - start, start).rfind(b'\n')
      if newline >= 0:
        return start + newline + 1
      end = start
    return 0

  def _hash_of(self, size: int):
    """The hash of the first bytes, to go on with."""
    digest, at = hashlib.sha256(), 0
    while at < size:
      block = os.pread(self._descriptor, min(_BLOCK, size - at), at)
      if not block:
        break
      digest.update(block)
      at += len(block)
    return digest

  def _cut(self, offset: int) -> None:
    if offset == self._offset:
      return
    self._keep_aside(offset)
    os.ftruncate(self._descriptor, offset)
    os.fsync(self._descriptor)
    self._offset = offset

  def _keep_aside(self, offset: int) -> None:
    with open(self.path, 'rb') as file:
      file.seek(offset)
      tail = file.read()
    stem, suffix = os.path.splitext(self.path)
    number = 1
    while os.path.lexists(f'{stem}.tail-{number}{suffix}'):
      number += 1
    # A kill between keeping and cutting comes here again with the same tail.
    if number > 1 and tail == _read_bytes(f'{stem}.tail-{number - 1}{suffix}'):
      return
    write_durably(f'{stem}.tail-{number}{suffix}', tail)

  def _unwritable(self, error: OSError) -> UserError:
    return UserError(
      f'cannot write the log {self.path!r}: {error.strerror or error}'
    )


def _read_bytes(path: str) -> bytes:
  with open(path, 'rb') as file:
    return file.read()


def _parse(
  path: str | os.PathLike[str], number: int, line: bytes
) -> dict[str, Any]:
  try:
    record = json.loads(line.decode(), parse_constant=_refuse)
    if isinstance(record, dict):
      return record
    reason = f'expected a JSON object, found {type(record).__name__}'
  except UnicodeDecodeError:
    reason = 'not UTF-8 text'
  except (ValueError, RecursionError) as error:
    reason = str(error)
  raise UserError(
    f'the log {os.fspath(path)!r} is damaged in line {number}: {reason};'
    ' restore it from a copy'
  )


def _refuse(constant: str) -> None:
  raise ValueError(f'{constant} is not JSON')
