# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Gated dense layer."""

from __future__ import annotations

import math
from collections.abc import Sequence

import tensorflow as tf

from pathnet_tf.layers import gated


class GatedDense(gated.GatedLayer):
  """M linear modules, each followed by a ReLU; the active ones are summed.

  Input shape: `[B, ...]`, flattened to `[B, D]`. Output shape: `[B, units]`.
  """

  def __init__(self, modules: int, units: int, **kwargs):
    """As `GatedLayer`, with the width `units` of every module."""
    super().__init__(modules, **kwargs)
    self.units = units

  def _shapes(self, input_shape):
    return {
      'kernel': (math.prod(input_shape[1:]), self.units),
      'bias': (self.units,),
    }

  def merge(self, gathered: Sequence[tf.Tensor]) -> tuple[tf.Tensor, ...]:
    """`[n, D, U], [n, U]` to `[D, n U], [n U]`."""
    kernel, bias = gathered
    inputs = kernel.shape[1]
    kernel = tf.reshape(tf.transpose(kernel, [1, 0, 2]), [inputs, -1])
    return kernel, tf.reshape(bias, [-1])

  def forward(
    self, inputs: tf.Tensor, merged: Sequence[tf.Tensor]
  ) -> tf.Tensor:
    """`[B, ...]` to `[B, U]`: one product for all modules, ReLU, sum."""
    kernel, bias = merged
    flat = tf.reshape(inputs, [-1, kernel.shape[0]])
    outputs = tf.nn.relu(tf.nn.bias_add(tf.matmul(flat, kernel), bias))
    modules = tf.size(bias) // self.units
    return tf.reduce_sum(tf.reshape(outputs, [-1, modules, self.units]), axis=1)

  def get_config(self):
    return {**super().get_config(), 'units': self.units}
