# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Files that someone else wrote: opened with care, read in bounded memory."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np

from pathnet_tf.errors import UserError

# No file of the data sets holds a third of this. What declares more is refused.
MOST_BYTES = 1 << 30

# Deflate writes at least two bits for 258 equal bytes.
MOST_INFLATION = 1032

_AT_ONCE = 1 << 20


@contextlib.contextmanager
def opened(path: str) -> Iterator[tuple[BinaryIO, int]]:
  """Opens a file for reading.

  Yields:
    The file, and its size in bytes.

  Raises:
    UserError: it is absent, no plain file or can't be read, also later in the
      `with` block.
  """
  try:
    # Without the flag, opening a named pipe would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
  except (OSError, ValueError) as error:  # ValueError: a NUL in the path.
    raise _unreadable(path, error) from error
  try:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
      raise UserError(f'{path!r} is no file: put the data file there')
    with os.fdopen(descriptor, 'rb', closefd=False) as file:
      yield file, status.st_size
  except OSError as error:
    raise _unreadable(path, error) from error
  finally:
    os.close(descriptor)


def fill(array: np.ndarray, read: Callable[[int], bytes]) -> bool:
  """Fills an array with the bytes that follow, a little at a time.

  Args:
    array: contiguous, of any dtype; its bytes are overwritten.
    read: gives up to that many bytes, and none only when there are no more.

  Returns:
    Whether there were enough.
  """
  view = array.reshape(-1).view(np.uint8)
  done = 0
  while done < len(view):
    data = read(min(_AT_ONCE, len(view) - done))
    if not data:
      return False
    view[done : done + len(data)] = np.frombuffer(data, np.uint8)
    done += len(data)
  return True


def _unreadable(path: str, error: Exception) -> UserError:
  reason = getattr(error, 'strerror', None) or str(error)
  return UserError(
    f'can not read {path!r}: {reason}; put the data file there, readable'
  )
