# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.dense."""

from __future__ import annotations

import functools

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.layers import dense

MODULES, UNITS = 7, 5


@functools.cache
def random_layer(inputs: int) -> dense.GatedDense:
  layer = dense.GatedDense(MODULES, UNITS, summed=3)
  layer.build([None, inputs])
  rng = np.random.default_rng(inputs)
  for stack in layer.stacks:
    stack.assign(rng.normal(size=stack.shape))
  return layer


def naive(layer: dense.GatedDense, inputs: np.ndarray, path) -> np.ndarray:
  """Every module computed, times a 0/1 mask, summed: the public way."""
  kernel, bias = (stack.numpy().astype(np.float64) for stack in layer.stacks)
  outputs = np.zeros([len(inputs), UNITS])
  for module in range(MODULES):
    for row, example in enumerate(inputs):
      for unit in range(UNITS):
        signal = bias[module, unit]
        for weight, value in zip(
          kernel[module, :, unit], example.ravel(), strict=True
        ):
          signal += weight * value
        outputs[row, unit] += float(module in path) * max(signal, 0.0)
  return outputs


@settings(max_examples=40, deadline=None)
@given(
  path=st.lists(st.integers(0, MODULES - 1), min_size=1, max_size=9),
  batch=st.integers(1, 4),
  seed=st.integers(0, 1000),
)
def test_a_path_equals_the_masked_sum_of_all_modules(path, batch, seed):
  layer = random_layer(6)
  inputs = np.random.default_rng(seed).normal(size=(batch, 6))
  outputs = layer(tf.constant(inputs, tf.float32), tf.constant(path))
  np.testing.assert_allclose(
    outputs, naive(layer, inputs, path), rtol=1e-4, atol=1e-4
  )


def test_the_mask_equals_the_masked_sum_of_all_modules():
  layer = random_layer(6)
  inputs = np.random.default_rng(0).normal(size=(3, 6))
  layer.active.assign([False, True, True, False, False, False, True])
  outputs = layer(tf.constant(inputs, tf.float32))
  np.testing.assert_allclose(
    outputs, naive(layer, inputs, [1, 2, 6]), rtol=1e-4, atol=1e-4
  )


def test_a_module_named_twice_counts_once():
  layer = random_layer(6)
  inputs = tf.random.stateless_normal([3, 6], [0, 0])
  once = layer(inputs, tf.constant([2]))
  assert np.abs(once.numpy()).max() > 0.1
  np.testing.assert_array_equal(layer(inputs, tf.constant([2, 2, 2])), once)


def test_images_are_flattened_in_the_order_of_memory():
  layer = random_layer(12)
  images = tf.random.stateless_normal([3, 2, 3, 2], [0, 0])
  path = tf.constant([0, 5])
  np.testing.assert_array_equal(
    layer(images, path), layer(tf.reshape(images, [3, 12]), path)
  )


def test_weights_are_stacked_and_biases_start_at_zero():
  layer = dense.GatedDense(MODULES, UNITS)
  outputs = layer(tf.zeros([2, 3, 4]))
  assert outputs.shape == [2, UNITS]
  kernel, bias = layer.stacks
  assert kernel.shape == [MODULES, 12, UNITS]
  assert bias.shape == [MODULES, UNITS]
  assert not bias.numpy().any()
  assert (kernel.numpy() != 0).all()
