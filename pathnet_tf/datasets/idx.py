# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The files of MNIST and Fashion-MNIST: IDX, gzipped or not.

Big-endian: two zero bytes, the type of the entries (8: bytes), the number of
dimensions; a 32-bit size for each dimension; then the entries, row by row.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from typing import BinaryIO

import numpy as np

from pathnet_tf.datasets import files
from pathnet_tf.datasets.arrays import Split
from pathnet_tf.errors import UserError

_GZIP = b'\x1f\x8b'
_BYTES = 8  # The one type of entries that these data sets use.


def read_split(images_path: str, labels_path: str) -> Split:
  """Reads images of 28x28 pixels and their labels from 0 to 9.

  Returns:
    Images `[n, 28, 28, 1]`, n >= 1.

  Raises:
    UserError: a file is not as it should be, or the two do not belong together.
  """
  images = read(images_path, (28, 28))
  labels = read(labels_path, ())
  if len(images) != len(labels):
    raise UserError(
      f'{images_path!r} holds {len(images)} images, but {labels_path!r} holds'
      f' {len(labels)} labels: both must be of the same split'
    )
  if labels.max() > 9:
    raise UserError(
      f'{labels_path!r} holds the label {labels.max()}, but labels must be from'
      ' 0 to 9: get the file anew'
    )
  return Split(images[..., np.newaxis], labels.astype(np.int32))


def read(path: str, item_shape: tuple[int, ...]) -> np.ndarray:
  """Reads an array of bytes.

  Args:
    path: of a file, gzipped or not, whatever its name.
    item_shape: the sizes of all dimensions but the first.

  Returns:
    uint8 `[n, *item_shape]`, n >= 1.

  Raises:
    UserError: the file can't be read or is anything else. What it declares is
      compared with its size before memory is taken for it.
  """
  with files.opened(path) as (file, size):
    zipped = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    try:
      if not zipped:
        return _read(path, item_shape, file, size)
      with gzip.GzipFile(fileobj=file) as inflated:
        most = size * files.MOST_INFLATION
        return _read(path, item_shape, inflated, most)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
      raise _damaged(path, item_shape, 'its gzip data are damaged') from error


def _read(
  path: str,
  item_shape: tuple[int, ...],
  stream: BinaryIO | gzip.GzipFile,
  most: int,
) -> np.ndarray:
  """Reads a stream that holds no more than `most` bytes."""
  dimensions = 1 + len(item_shape)
  head = stream.read(4 + 4 * dimensions)
  if head[:4] != bytes([0, 0, _BYTES, dimensions]):
    raise _damaged(path, item_shape, f'it begins with {head[:4].hex(" ")!r}')
  if len(head) < 4 + 4 * dimensions:
    raise _damaged(path, item_shape, 'it ends within its head')
  shape = struct.unpack(f'>{dimensions}I', head[4:])
  if shape[0] < 1 or shape[1:] != item_shape:
    raise _damaged(path, item_shape, f'it declares the sizes {shape}')
  declared = math.prod(shape)
  if len(head) + declared > most or declared > files.MOST_BYTES:
    raise _damaged(
      path, item_shape, f'it declares {declared} bytes, more than it can hold'
    )
  array = np.empty(shape, np.uint8)
  if not files.fill(array, stream.read):
    raise _damaged(path, item_shape, f'it ends before its {declared} bytes')
  if stream.read(1):  # At the end of gzipped data, this checks their sum.
    raise _damaged(path, item_shape, f'it goes on after its {declared} bytes')
  return array


def _damaged(path: str, item_shape: tuple[int, ...], why: str) -> UserError:
  what = '28x28 images' if item_shape else 'labels'
  first = bytes([0, 0, _BYTES, 1 + len(item_shape)]).hex(' ')
  return UserError(
    f'{path!r} is no IDX file of {what}: {why}; one begins with {first!r} and'
    ' holds as many bytes as it declares: get the file anew'
  )
