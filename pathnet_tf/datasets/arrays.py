# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Labelled images as arrays, and what classification tasks make of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from pathnet_tf.errors import UserError

_DRAWN_AT_ONCE = 1 << 20  # Pixels: bounds the memory that noise takes.


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
  """Images and what they show.

  Attributes:
    images: uint8 `[n, H, W, C]`.
    labels: int32 `[n]`, from 0.
  """

  images: np.ndarray
  labels: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class DataSet:
  """What is trained on, and what is kept for the test.

  Attributes:
    train: its labels are below `classes`, as are those of `test`.
    test: images of the same shape.
    classes: how many classes there are.
  """

  train: Split
  test: Split
  classes: int


def subset(dataset: DataSet, classes: Sequence[int]) -> DataSet:
  """Keeps some classes and drops the images of all others.

  Args:
    dataset: is not changed; the images keep their order.
    classes: k distinct classes. They become 0 .. k-1 in the order given.

  Raises:
    UserError: if a class is named twice, is not there, or has no images.
  """
  chosen = list(classes)
  if (
    not chosen
    or len(set(chosen)) < len(chosen)
    or not set(chosen) <= set(range(dataset.classes))
  ):
    raise UserError(
      f'classes are {chosen}, but must be distinct numbers from 0 to'
      f' {dataset.classes - 1}'
    )
  new_labels = np.full(dataset.classes, -1, np.int32)
  new_labels[chosen] = np.arange(len(chosen))

  def kept(split: Split, of: str) -> Split:
    missing = np.setdiff1d(chosen, split.labels)
    if missing.size:
      raise UserError(
        f'no {of} image is of class {missing[0]}: choose other classes, or data'
        ' that has it'
      )
    labels = new_labels[split.labels]
    keep = labels >= 0
    if keep.all():  # No second copy of all images.
      return Split(split.images, labels)
    return Split(split.images[keep], labels[keep])

  return DataSet(
    kept(dataset.train, 'training'), kept(dataset.test, 'test'), len(chosen)
  )


def with_noise(split: Split, amount: float, seed: int) -> Split:
  """Sprinkles salt and pepper over the images.

  Every pixel, all channels of it together, becomes 0 with probability
  amount / 2 and 255 with probability amount / 2, whatever the others become.

  Args:
    split: is not changed.
    amount: from 0 to 1.
    seed: the same seed draws the same noise.

  Raises:
    UserError: if `amount` is anything else.
  """
  if not 0 <= amount <= 1:
    raise UserError(f'noise is {amount}, but must be a number from 0 to 1')
  rng = np.random.Generator(np.random.PCG64(seed))
  images = split.images.copy()
  pixels = images.reshape(-1, images.shape[-1])
  # Numbers are drawn one after the other: the size of a block changes nothing.
  for start in range(0, len(pixels), _DRAWN_AT_ONCE):
    block = pixels[start : start + _DRAWN_AT_ONCE]
    drawn = rng.random(len(block))
    block[drawn < amount / 2] = 0
    block[(drawn >= amount / 2) & (drawn < amount)] = 255
  return Split(images, split.labels)
