# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Gated GRU layer."""

from __future__ import annotations

import tensorflow as tf

from pathnet_tf.layers import recurrent


@tf.keras.utils.register_keras_serializable('pathnet_tf')
class GatedGRU(recurrent.GatedRecurrent):
  """M gated recurrent units (Cho et al. 2014), reset before the kernel.

  The gates stand in the order of Keras with `reset_after=False`: update, reset,
  candidate.
  """

  STATES = 1
  GATES = 3

  def _step(self, projected, merged, state):
    (output,) = state
    units = self.units
    kernel = merged[1]
    gates = projected[..., : 2 * units]
    gates += tf.matmul(output, kernel[..., : 2 * units])
    update, reset = tf.split(tf.sigmoid(gates), 2, axis=-1)
    candidate = tf.tanh(
      projected[..., 2 * units :]
      + tf.matmul(reset * output, kernel[..., 2 * units :])
    )
    return (update * output + (1 - update) * candidate,)
