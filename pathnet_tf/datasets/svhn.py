# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The files of SVHN's cropped digits: train_32x32.mat and test_32x32.mat."""

from __future__ import annotations

import numpy as np

from pathnet_tf.datasets import files, mat
from pathnet_tf.datasets.arrays import Split
from pathnet_tf.errors import UserError


def read_split(path: str) -> Split:
  """Reads a file with X `[32, 32, 3, n]` and y `[n, 1]`.

  Returns:
    Images `[n, 32, 32, 3]`, n >= 1. The digit 0, whose label in the file is
    10, has the label 0.

  Raises:
    UserError: the file can't be read or is anything else.
  """
  with files.opened(path) as (file, size):
    try:
      found = mat.read(file, size, {'X': (32, 32, 3, None), 'y': (None, 1)})
    except mat.MatError as error:
      raise _damaged(path, str(error)) from error
  images, digits = found['X'], found['y'][:, 0]
  if images.dtype != np.uint8:
    raise _damaged(path, f'its X is of {images.dtype.name}')
  if not len(digits) or images.shape[-1] != len(digits):
    raise _damaged(
      path, f'it holds {images.shape[-1]} images and {len(digits)} labels'
    )
  if not np.isin(digits, np.arange(1, 11)).all():
    raise _damaged(path, 'its y holds other numbers than 1 to 10')
  return Split(
    np.ascontiguousarray(images.transpose(3, 0, 1, 2)),
    digits.astype(np.int32) % 10,
  )


def _damaged(path: str, why: str) -> UserError:
  return UserError(
    f'{path!r} is no file of SVHN: {why}; it must be train_32x32.mat or'
    ' test_32x32.mat as published, with uint8 X [32, 32, 3, n] and y [n, 1]'
    ' from 1 to 10'
  )
