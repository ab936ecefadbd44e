# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.convolution."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.layers import convolution

MODULES, FILTERS, CHANNELS = 5, 3, 2


@functools.cache
def random_layer(size: int, strides: int) -> convolution.GatedConv2D:
  layer = convolution.GatedConv2D(MODULES, FILTERS, size, strides, summed=3)
  layer.build([None, 9, 8, CHANNELS])
  rng = np.random.default_rng(size)
  for stack in layer.stacks:
    stack.assign(rng.normal(size=stack.shape))
  return layer


def naive(
  layer: convolution.GatedConv2D, images: np.ndarray, path
) -> np.ndarray:
  """Every module computed, times a 0/1 mask, summed: the public way."""
  kernel, bias = (stack.numpy().astype(np.float64) for stack in layer.stacks)
  size, stride = layer.kernel_size, layer.strides
  height = (images.shape[1] - size) // stride + 1
  width = (images.shape[2] - size) // stride + 1
  outputs = np.zeros([len(images), height, width, FILTERS])
  for module in range(MODULES):
    for row in range(height):
      for column in range(width):
        top, left = row * stride, column * stride
        patch = images[:, top : top + size, left : left + size]
        for unit in range(FILTERS):
          signal = (patch * kernel[module, ..., unit]).sum(axis=(1, 2, 3))
          signal = np.maximum(signal + bias[module, unit], 0.0)
          outputs[:, row, column, unit] += float(module in path) * signal
  return outputs


@settings(max_examples=25, deadline=None)
@given(
  path=st.lists(st.integers(0, MODULES - 1), min_size=1, max_size=8),
  window=st.sampled_from([(3, 1), (4, 2), (2, 3), (1, 1)]),
  seed=st.integers(0, 1000),
)
def test_a_path_equals_the_masked_sum_of_all_modules(path, window, seed):
  layer = random_layer(*window)
  images = np.random.default_rng(seed).normal(size=(2, 9, 8, CHANNELS))
  outputs = layer(tf.constant(images, tf.float32), tf.constant(path))
  np.testing.assert_allclose(
    outputs, naive(layer, images, path), rtol=1e-4, atol=1e-4
  )


def test_the_mask_equals_the_masked_sum_of_all_modules():
  layer = random_layer(3, 2)
  images = np.random.default_rng(0).normal(size=(2, 9, 8, CHANNELS))
  layer.active.assign([False, True, False, False, True])
  np.testing.assert_allclose(
    layer(tf.constant(images, tf.float32)),
    naive(layer, images, [1, 4]),
    rtol=1e-4,
    atol=1e-4,
  )


def test_a_module_named_twice_counts_once():
  layer = random_layer(3, 1)
  images = tf.random.stateless_normal([2, 9, 8, CHANNELS], [0, 0])
  once = layer(images, tf.constant([3]))
  assert np.abs(once.numpy()).max() > 0.1
  np.testing.assert_array_equal(layer(images, tf.constant([3, 3])), once)


def test_weights_are_stacked_and_biases_start_at_zero():
  layer = convolution.GatedConv2D(MODULES, FILTERS, 4, 2)
  outputs = layer(tf.zeros([2, 10, 8, CHANNELS]))
  assert outputs.shape == [2, 4, 3, FILTERS]
  kernel, bias = layer.stacks
  assert kernel.shape == [MODULES, 4, 4, CHANNELS, FILTERS]
  assert bias.shape == [MODULES, FILTERS]
  assert not bias.numpy().any()
  assert (kernel.numpy() != 0).all()


@pytest.mark.parametrize('shape', [(3, 9), (9, 3)])
def test_images_smaller_than_a_kernel_are_refused(shape):
  layer = convolution.GatedConv2D(MODULES, FILTERS, 4, 2)
  with pytest.raises(ValueError, match=f'{shape[0]}x{shape[1]}'):
    layer(tf.zeros([2, *shape, CHANNELS]))
