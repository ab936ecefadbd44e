# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.keras_modules."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from pathnet_tf.layers import keras_modules


def test_the_residual_module_adds_its_inputs():
  module = keras_modules.ResidualDense(3)
  inputs = tf.constant([[1.0, -2.0, 3.0]])
  module(inputs)
  module.set_weights([np.diag([1.0, 1.0, 2.0]), np.array([0.5, 0.5, 0.5])])
  assert module(inputs).numpy().tolist() == [[2.5, -2.0, 9.5]]


def test_a_config_makes_the_same_residual_module_again():
  initializer = tf.keras.initializers.HeNormal(seed=4)
  module = keras_modules.ResidualDense(3, initializer, name='some_module')
  again = tf.keras.layers.deserialize(tf.keras.layers.serialize(module))
  assert again.get_config() == module.get_config()
  for layer in (module, again):
    layer.build([None, 3])
  for one, two in zip(module.get_weights(), again.get_weights(), strict=True):
    np.testing.assert_array_equal(one, two)
  assert module.get_weights()[0].any()
