# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Gated LSTM layer."""

from __future__ import annotations

import tensorflow as tf

from pathnet_tf.layers import recurrent


@tf.keras.utils.register_keras_serializable('pathnet_tf')
class GatedLSTM(recurrent.GatedRecurrent):
  """M modules with long short-term memory (Hochreiter & Schmidhuber 1997).

  The gates stand in the order of Keras: input, forget, cell, output. A forget
  gate's bias is one at first (Jozefowicz et al. 2015).
  """

  STATES = 2  # Output and cell.
  GATES = 4

  def _step(self, projected, merged, state):
    output, cell = state
    gates = projected + tf.matmul(output, merged[1])
    enter, forget, candidate, leave = tf.split(gates, 4, axis=-1)
    cell = tf.sigmoid(forget) * cell + tf.sigmoid(enter) * tf.tanh(candidate)
    return tf.sigmoid(leave) * tf.tanh(cell), cell

  def _initial(self, name, shape, dtype, seed):
    if name != 'bias':
      return super()._initial(name, shape, dtype, seed)
    gate = tf.range(shape[1]) // self.units
    return tf.broadcast_to(tf.cast(gate == 1, dtype), shape)
