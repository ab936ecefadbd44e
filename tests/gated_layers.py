# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What tests of gated layers have in common."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from pathnet_tf.layers import gated


def stepwise(layer: gated.GatedLayer, inputs, gathered, rows) -> tf.Tensor:
  """Outputs of one weight tensor after another, as the engines take them."""
  merged = layer.merge(gathered, rows)
  if not layer.sequences:
    return layer.run(inputs, merged)[0]
  batch, length = inputs.shape[:2]
  outputs, _ = layer.run(
    tf.reshape(tf.transpose(inputs, [1, 0, 2]), [-1, inputs.shape[2]]),
    merged,
    layer.initial_state(rows, batch),
    tf.zeros([length, batch], tf.bool),
  )
  return tf.transpose(tf.reshape(outputs, [length, batch, -1]), [1, 0, 2])


def values_of(layer: gated.GatedLayer) -> list[np.ndarray]:
  return [stack.numpy() for stack in layer.stacks]


def changed(before: list[np.ndarray], after: list[np.ndarray]):
  """The rows of which any bit differs: `{(number of the stack, row)}`."""
  return {
    (number, row)
    for number, (old, new) in enumerate(zip(before, after, strict=True))
    for row in range(len(old))
    if old[row].tobytes() != new[row].tobytes()
  }


def assert_same_bits(one, two) -> None:
  for first, second in zip(one, two, strict=True):
    np.testing.assert_array_equal(first, second)
