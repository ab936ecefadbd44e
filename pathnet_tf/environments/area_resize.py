# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Shrinking images by area averages."""

from __future__ import annotations

import numpy as np


def area_weights(source: int, target: int) -> np.ndarray:
  """How much of each source pixel lies in each target pixel, on one axis.

  Args:
    source: pixels before.
    target: pixels after, at most as many.

  Returns:
    float64 `[target, source]`; every row sums to 1, and is not zero only at the
    few pixels that the target pixel covers.

  Raises:
    ValueError: if `target` is not in 1 .. `source`.
  """
  if not 1 <= target <= source:
    raise ValueError(f'{source} pixels do not shrink to {target}')
  # In units of 1 / (source * target) of the axis all edges are integers.
  begin = np.arange(source) * target
  low = np.arange(target)[:, None] * source
  covered = np.minimum(begin + target, low + source) - np.maximum(begin, low)
  return np.maximum(covered, 0) / source


class AreaResize:
  """Shrinks batches of grey images to one size.

  The same as OpenCV's `resize(..., interpolation=INTER_AREA)`, which ale-py's
  vector environment uses, without a dependency on OpenCV. A target pixel covers
  three or four source pixels on an axis, so these are gathered and weighed; a
  product with the whole matrix would do forty times the work, and would start
  threads of its own.
  """

  def __init__(self, source: tuple[int, int], target: tuple[int, int]):
    """Computes the weights.

    Args:
      source: height and width of the images.
      target: height and width wanted, neither larger.
    """
    self._rows = _taps(area_weights(source[0], target[0]))
    self._columns = _taps(area_weights(source[1], target[1]))

  def __call__(self, images: np.ndarray) -> np.ndarray:
    """Shrinks images.

    Args:
      images: uint8 `[B, source height, source width]`.

    Returns:
      uint8 `[B, target height, target width]`, rounded to the nearest.
    """
    # Columns first, as OpenCV adds them up: rounding then agrees to the bit.
    narrow = sum(
      images.take(index, axis=2) * weight for index, weight in self._columns
    )
    small = sum(
      narrow.take(index, axis=1) * weight[:, None]
      for index, weight in self._rows
    )
    return np.rint(small).astype(np.uint8)


def _taps(weights: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
  """Per neighbour: the source index and float32 weight for each target."""
  target, source = weights.shape
  first = (weights > 0).argmax(axis=1)
  taps = []
  for offset in range((weights > 0).sum(axis=1).max()):
    index = np.minimum(first + offset, source - 1)
    weight = weights[np.arange(target), index]
    weight = np.where(first + offset < source, weight, 0.0)
    taps.append((index, weight.astype(np.float32)))
  return taps
