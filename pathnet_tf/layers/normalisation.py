# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Layer normalisation of every module by itself."""

from __future__ import annotations

import tensorflow as tf

_EPSILON = 1e-3  # As tf.keras.layers.LayerNormalization.


def normalised(outputs: tf.Tensor, gain: tf.Tensor) -> tf.Tensor:
  """Each module's features to mean 0 and variance 1, times `1 + gain`.

  Args:
    outputs: `[..., n, F]`.
    gain: `[n, F]`, zero at first.

  Returns:
    The same shape (Ba et al. 2016, over the features of one module).
  """
  mean, variance = tf.nn.moments(outputs, axes=[-1], keepdims=True)
  return (outputs - mean) * tf.math.rsqrt(variance + _EPSILON) * (1.0 + gain)
