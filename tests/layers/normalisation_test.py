# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.normalisation."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.layers import normalisation


@pytest.mark.parametrize('shape', [(4, 3, 7), (2, 5, 4, 3, 7)])
def test_every_module_is_normalised_as_by_keras(shape):
  rng = np.random.default_rng(0)
  outputs = rng.normal(2.0, 3.0, shape).astype(np.float32)
  gain = rng.normal(size=shape[-2:]).astype(np.float32)
  found = normalisation.normalised(tf.constant(outputs), tf.constant(gain))
  assert found.shape == shape
  for module in range(3):
    keras = tf.keras.layers.LayerNormalization()
    keras.build([None] * (len(shape) - 2) + [7])
    keras.set_weights([1 + gain[module], np.zeros(7)])
    np.testing.assert_allclose(
      found[..., module, :], keras(outputs[..., module, :]), atol=1e-4
    )


def test_without_a_gain_features_have_mean_zero_and_variance_one():
  rng = np.random.default_rng(1)
  outputs = tf.constant(rng.normal(5.0, 10.0, (3, 2, 50)), tf.float32)
  found = normalisation.normalised(outputs, tf.zeros([2, 50])).numpy()
  np.testing.assert_allclose(found.mean(axis=-1), 0.0, atol=1e-5)
  np.testing.assert_allclose(found.var(axis=-1), 1.0, atol=1e-3)


def test_features_that_are_all_the_same_give_no_infinity():
  found = normalisation.normalised(tf.ones([2, 3, 4]), tf.zeros([3, 4]))
  np.testing.assert_array_equal(found, np.zeros([2, 3, 4]))
