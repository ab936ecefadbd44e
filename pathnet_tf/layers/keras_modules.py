# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Keras layers to be modules of a heterogeneous layer."""

from __future__ import annotations

import tensorflow as tf


@tf.keras.utils.register_keras_serializable('pathnet_tf')
class ResidualDense(tf.keras.layers.Layer):
  """`x + ReLU(W x + b)`: input and output shape `[B, units]`."""

  def __init__(self, units: int, kernel_initializer='glorot_uniform', **kwargs):
    """Creates the layer, of as many units as inputs."""
    super().__init__(**kwargs)
    self.units = units
    self.kernel_initializer = tf.keras.initializers.get(kernel_initializer)

  def build(self, input_shape):
    """Creates the weights."""
    if input_shape[-1] != self.units:
      raise ValueError(
        f'a residual module of {self.units} units needs as many inputs, not'
        f' {input_shape[-1]}'
      )
    self.kernel = self.add_weight(
      'kernel', [self.units, self.units], initializer=self.kernel_initializer
    )
    self.bias = self.add_weight('bias', [self.units], initializer='zeros')
    super().build(input_shape)

  def call(self, inputs: tf.Tensor) -> tf.Tensor:
    """Runs the layer."""
    return inputs + tf.nn.relu(tf.matmul(inputs, self.kernel) + self.bias)

  def get_config(self):
    return {
      **super().get_config(),
      'units': self.units,
      'kernel_initializer': tf.keras.initializers.serialize(
        self.kernel_initializer
      ),
    }
