# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Gated dense layer."""

from __future__ import annotations

import math

import tensorflow as tf

from pathnet_tf.layers import gated, normalisation, stacked


@tf.keras.utils.register_keras_serializable('pathnet_tf')
class GatedDense(stacked.StackedLayer):
  """M linear modules, each followed by a ReLU; the active ones are combined.

  Input shape: `[B, ...]`, flattened to `[B, D]`. Output shape: `[B, units]`.
  """

  def __init__(
    self,
    modules: int,
    units: int,
    *,
    normalise: bool = False,
    residual: bool = False,
    **kwargs,
  ):
    """As `GatedLayer`, and the modules.

    Args:
      modules: M.
      units: width of every module.
      normalise: layer normalisation within each module, before its ReLU.
      residual: adds the inputs to each module's outputs.
      **kwargs: of `GatedLayer`.
    """
    super().__init__(modules, **kwargs)
    gated.check_sizes(units=units)
    self.units = units
    self.normalise = normalise
    self.residual = residual

  def _shapes(self, input_shape):
    inputs = math.prod(input_shape[1:])
    if self.residual and inputs != self.units:
      raise ValueError(
        f'a residual module of {self.units} units needs as many inputs, not'
        f' {inputs}'
      )
    shapes = {'kernel': (inputs, self.units), 'bias': (self.units,)}
    return shapes | ({'gain': (self.units,)} if self.normalise else {})

  def merge(self, gathered, rows):
    """`[n, D, U], [n, U]` to `[D, n U], [n U]`."""
    kernel, *vectors = self._cast(*gathered)
    inputs = kernel.shape[1]
    kernel = tf.reshape(tf.transpose(kernel, [1, 0, 2]), [inputs, -1])
    return (kernel, *(tf.reshape(vector, [-1]) for vector in vectors))

  def forward(self, inputs, merged, gains=None):
    """`[B, ...]` to `[B, U]`: one product for all modules, ReLU, sum."""
    kernel, bias, *gain = merged
    (flat,) = self._cast(inputs)
    if flat.shape.rank != 2:
      flat = tf.reshape(flat, [-1, kernel.shape[0]])
    outputs = tf.matmul(flat, kernel)
    if gain:
      scales, biases = (
        tf.reshape(vector, [-1, self.units]) for vector in (*gain, bias)
      )
      outputs = self._by_module(outputs, self.units)
      outputs = tf.nn.relu(normalisation.normalised(outputs, scales) + biases)
    else:  # One op less, and a faster one.
      outputs = tf.nn.relu(tf.nn.bias_add(outputs, bias))
      outputs = self._by_module(outputs, self.units)
    if self.residual:
      outputs += flat[:, None, :]
    return self._combined(outputs, 1, gains)

  def get_config(self):
    return {
      **super().get_config(),
      'units': self.units,
      'normalise': self.normalise,
      'residual': self.residual,
    }
