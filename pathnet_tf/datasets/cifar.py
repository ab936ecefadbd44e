# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The files of CIFAR-10 in its binary layout, as in cifar-10-binary.tar.gz.

A record an image: a byte that is its label, then 32x32 bytes of red, of green
and of blue, row by row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pathnet_tf.datasets import files
from pathnet_tf.datasets.arrays import Split
from pathnet_tf.errors import UserError

_RECORD = 1 + 3 * 32 * 32


def read_split(paths: Sequence[str]) -> Split:
  """Reads one or more batches, in that order.

  Returns:
    Images `[n, 32, 32, 3]`, n >= 1.

  Raises:
    UserError: a file can't be read or is not of that layout.
  """
  records = np.concatenate([_read(path) for path in paths])
  planes = records[:, 1:].reshape(-1, 3, 32, 32)
  return Split(
    np.ascontiguousarray(planes.transpose(0, 2, 3, 1)),
    records[:, 0].astype(np.int32),
  )


def _read(path: str) -> np.ndarray:
  """Reads one batch: uint8 `[n, 3073]`."""
  with files.opened(path) as (file, size):
    if not size or size % _RECORD or size > files.MOST_BYTES:
      raise _damaged(path, f'its size is {size} bytes')
    records = np.empty((size // _RECORD, _RECORD), np.uint8)
    if not files.fill(records, file.read) or file.read(1):
      raise _damaged(path, 'its size changed while it was read')
  if records[:, 0].max() > 9:
    first = int(np.argmax(records[:, 0] > 9))
    raise _damaged(path, f'record {first} has the label {records[first, 0]}')
  return records


def _damaged(path: str, why: str) -> UserError:
  return UserError(
    f'{path!r} is no batch of CIFAR-10 in the binary layout: {why}; it must be'
    f' records of {_RECORD} bytes, the first a label from 0 to 9, as in'
    ' cifar-10-binary.tar.gz'
  )
