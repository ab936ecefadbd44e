# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Layers of unlike modules, for the tests of the heterogeneous layer."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from pathnet_tf.layers import heterogeneous

MODULES, INPUTS, LENGTH = 6, 4, 3


@tf.keras.utils.register_keras_serializable('mixed_layers')
class Block(tf.keras.layers.Layer):
  """Builds the layer within only when it is called, as many models do."""

  def __init__(self, units: int, **kwargs):
    super().__init__(**kwargs)
    self.units = units
    self.inner = tf.keras.layers.Dense(units, 'tanh')

  def call(self, inputs):
    return self.inner(inputs)

  def get_config(self):
    return {**super().get_config(), 'units': self.units}


def functional() -> tf.keras.Model:
  """A small model with a fork: `[..., 4]` to `[..., 4]`."""
  inputs = tf.keras.Input([INPUTS])
  hidden = tf.keras.layers.Dense(3, 'relu')(inputs)
  both = tf.keras.layers.Concatenate()([inputs, hidden])
  return tf.keras.Model(inputs, tf.keras.layers.Dense(4)(both))


def make(kinds, modules: int = MODULES, **kwargs):
  """A layer of random weights."""
  layer = heterogeneous.GatedHeterogeneous(modules, kinds, seed=3, **kwargs)
  steps = [LENGTH] if layer.sequences else []
  layer.build([None, *steps, INPUTS])
  rng = np.random.default_rng(0)
  for stack in layer.stacks:
    stack.assign(rng.normal(size=stack.shape))
  return layer


def inputs_of(layer, batch: int = 2) -> tf.Tensor:
  steps = [LENGTH] if layer.sequences else []
  values = np.random.default_rng(1).normal(size=(batch, *steps, INPUTS))
  return tf.constant(values, tf.float32)


def take_gradients(layer, inputs, path):
  """As the engines do."""
  rows = layer.rows(path)
  gathered = layer.gather(rows)
  with tf.GradientTape(watch_accessed_variables=False) as tape:
    tape.watch(gathered)
    outputs, _ = layer.run(inputs, layer.merge(gathered, rows))
    loss = tf.reduce_sum(tf.square(outputs))
  gradients = tape.gradient(
    loss, gathered, unconnected_gradients=tf.UnconnectedGradients.ZERO
  )
  return rows, gradients
