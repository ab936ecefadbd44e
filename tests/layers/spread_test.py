# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of what gradients of some modules are as gradients of others."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.layers import dense, heterogeneous, lstm

MODULES = 7
modules = st.sets(st.integers(0, MODULES - 1), min_size=1).map(sorted)


@pytest.fixture(scope='module')
def layers():
  made = [dense.GatedDense(MODULES, 4), lstm.GatedLSTM(MODULES, 3)]
  for layer in made:
    layer.build([None, 5] if layer is made[0] else [None, None, 5])
  return made


@settings(max_examples=30)
@given(modules, modules)
def test_a_modules_gradient_stays_and_others_are_zero(layers, rows, onto):
  rng = np.random.default_rng(0)
  for layer in layers:
    dense_gradients = [rng.normal(size=s.shape) for s in layer.stacks]
    for gradient in dense_gradients:
      gradient[[m for m in range(MODULES) if m not in rows]] = 0
    spread = layer.spread(
      [tf.constant(g[rows], tf.float32) for g in dense_gradients],
      tf.constant(rows, tf.int32),
      tf.constant(onto, tf.int32),
    )
    for given_, expected in zip(spread, dense_gradients, strict=True):
      np.testing.assert_array_equal(given_, expected[onto].astype(np.float32))


def test_a_gradient_that_is_not_finite_stays_where_it_is(layers):
  gradients = [tf.fill([1, *s.shape[1:]], np.nan) for s in layers[0].stacks]
  one, two = tf.constant([2]), tf.constant([1, 2, 4])
  for spread in layers[0].spread(gradients, one, two):
    finite = np.isfinite(spread).reshape(3, -1)
    assert finite[[0, 2]].all()
    assert not finite[1].any()


def test_unlike_modules_have_gradients_of_all_variables_already():
  layer = heterogeneous.GatedHeterogeneous(
    2, [tf.keras.layers.Embedding(4, 3), tf.keras.layers.Dense(3)]
  )
  slices = tf.IndexedSlices(tf.ones([1, 3]), [1], [4, 3])
  (gradient,) = layer.spread([slices], tf.constant([0]), tf.constant([0, 1]))
  np.testing.assert_array_equal(gradient, np.eye(4)[[1]].T * np.ones(3))
