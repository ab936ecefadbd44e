# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.dense."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.layers import dense

MODULES, UNITS = 7, 5


@functools.cache
def random_layer(
  inputs: int, normalise: bool = False, residual: bool = False
) -> dense.GatedDense:
  layer = dense.GatedDense(
    MODULES, UNITS, normalise=normalise, residual=residual, summed=3
  )
  layer.build([None, inputs])
  rng = np.random.default_rng(inputs)
  for stack in layer.stacks:
    stack.assign(rng.normal(size=stack.shape))
  return layer


def naive(layer: dense.GatedDense, inputs: np.ndarray, path) -> np.ndarray:
  """Every module computed, times a 0/1 mask, summed: the public way."""
  kernel, bias, *gain = (
    stack.numpy().astype(np.float64) for stack in layer.stacks
  )
  outputs = np.zeros([len(inputs), UNITS])
  for module in range(MODULES):
    for row, example in enumerate(inputs):
      flat = example.ravel()
      signals = np.zeros(UNITS)
      for unit in range(UNITS):
        for weight, value in zip(kernel[module, :, unit], flat, strict=True):
          signals[unit] += weight * value
      if layer.normalise:
        signals -= signals.mean()
        signals /= np.sqrt((signals**2).mean() + 1e-3)
        signals *= 1 + gain[0][module]
      signals = np.maximum(signals + bias[module], 0.0)
      if layer.residual:
        signals += flat
      outputs[row] += float(module in path) * signals
  return outputs


@settings(max_examples=40)
@given(
  path=st.lists(st.integers(0, MODULES - 1), min_size=1, max_size=9),
  batch=st.integers(1, 4),
  options=st.sampled_from(
    [(6, False, False), (6, True, False), (5, False, True), (5, True, True)]
  ),
  seed=st.integers(0, 1000),
)
def test_a_path_equals_the_masked_sum_of_all_modules(
  path, batch, options, seed
):
  layer = random_layer(*options)
  inputs = np.random.default_rng(seed).normal(size=(batch, options[0]))
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


@pytest.mark.parametrize('normalise', [False, True])
def test_images_are_flattened_in_the_order_of_memory(normalise):
  layer = random_layer(12, normalise)
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


def test_a_residual_module_with_zero_weights_passes_its_inputs_on():
  layer = dense.GatedDense(MODULES, UNITS, residual=True)
  inputs = tf.random.stateless_normal([3, UNITS], [0, 0])
  layer(inputs)
  layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
  np.testing.assert_array_equal(layer(inputs, tf.constant([4])), inputs)
  np.testing.assert_allclose(
    layer(inputs, tf.constant([4, 1, 0])), 3 * inputs, rtol=1e-6
  )


@pytest.mark.parametrize('shape', [(UNITS + 1,), (2, UNITS)])
def test_a_residual_module_of_another_width_is_refused(shape):
  layer = dense.GatedDense(MODULES, UNITS, residual=True)
  inputs = int(np.prod(shape))
  with pytest.raises(ValueError, match=f'{UNITS} units .* not {inputs}'):
    layer(tf.zeros([2, *shape]))
