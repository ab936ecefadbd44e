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

# Kernel size and strides, what else a layer may be told, and the channels.
CASES = (
  (3, 1, {}),
  (4, 2, {}),
  (2, 3, {}),
  (1, 1, {}),
  (3, 1, {'padding': 'same'}),
  (4, 3, {'padding': 'same'}),
  (2, 1, {'padding': 'same', 'pool': 2}),
  (3, 1, {'pool': 3}),
  (3, 2, {'normalise': True}),
  (3, 1, {'normalise': True, 'padding': 'same', 'pool': 2}),
  (3, 1, {'residual': True, 'padding': 'same'}),
  (1, 1, {'residual': True, 'normalise': True}),
)


@functools.cache
def random_layer(case: int) -> convolution.GatedConv2D:
  size, strides, options = CASES[case]
  layer = convolution.GatedConv2D(
    MODULES, FILTERS, size, strides, summed=3, **options
  )
  layer.build([None, *shape_of(case)])
  rng = np.random.default_rng(case)
  for stack in layer.stacks:
    stack.assign(rng.normal(size=stack.shape))
  return layer


def shape_of(case: int) -> tuple[int, int, int]:
  return 9, 8, FILTERS if CASES[case][2].get('residual') else CHANNELS


def padded(images: np.ndarray, size: int, stride: int) -> np.ndarray:
  """Zeros around images, so that every stride has its output; more behind."""
  amounts = []
  for side in images.shape[1:3]:
    outputs = int(np.ceil(side / stride))
    amount = max((outputs - 1) * stride + size - side, 0)
    amounts.append((amount // 2, amount - amount // 2))
  return np.pad(images, [(0, 0), *amounts, (0, 0)])


def naive(
  layer: convolution.GatedConv2D, images: np.ndarray, path
) -> np.ndarray:
  """Every module computed, times a 0/1 mask, summed: the public way."""
  kernel, bias, *gain = (
    stack.numpy().astype(np.float64) for stack in layer.stacks
  )
  size, stride, pool = layer.kernel_size, layer.strides, layer.pool
  whole = padded(images, size, stride) if layer.padding == 'same' else images
  height = (whole.shape[1] - size) // stride + 1
  width = (whole.shape[2] - size) // stride + 1
  total = 0.0
  for module in range(MODULES):
    signals = np.zeros([len(images), height, width, FILTERS])
    for row in range(height):
      for column in range(width):
        top, left = row * stride, column * stride
        patch = whole[:, top : top + size, left : left + size]
        for unit in range(FILTERS):
          signals[:, row, column, unit] = (
            patch * kernel[module, ..., unit]
          ).sum(axis=(1, 2, 3))
    if layer.normalise:
      signals -= signals.mean(axis=-1, keepdims=True)
      variance = (signals**2).mean(axis=-1, keepdims=True)
      signals *= (1 + gain[0][module]) / np.sqrt(variance + 1e-3)
    outputs = np.maximum(signals + bias[module], 0.0)
    pooled = np.zeros([len(images), height // pool, width // pool, FILTERS])
    for row in range(height // pool):
      for column in range(width // pool):
        top, left = row * pool, column * pool
        square = outputs[:, top : top + pool, left : left + pool]
        pooled[:, row, column] = square.max(axis=(1, 2))
    if layer.residual:
      pooled += images
    total = total + float(module in path) * pooled
  return total


@settings(max_examples=40)
@given(
  path=st.lists(st.integers(0, MODULES - 1), min_size=1, max_size=8),
  case=st.integers(0, len(CASES) - 1),
  seed=st.integers(0, 1000),
)
def test_a_path_equals_the_masked_sum_of_all_modules(path, case, seed):
  layer = random_layer(case)
  images = np.random.default_rng(seed).normal(size=(2, *shape_of(case)))
  outputs = layer(tf.constant(images, tf.float32), tf.constant(path))
  np.testing.assert_allclose(
    outputs, naive(layer, images, path), rtol=1e-4, atol=1e-4
  )


@pytest.mark.parametrize('case', range(len(CASES)))
def test_the_mask_equals_the_masked_sum_of_all_modules(case):
  layer = random_layer(case)
  images = np.random.default_rng(0).normal(size=(2, *shape_of(case)))
  layer.active.assign([False, True, False, False, True])
  outputs = layer(tf.constant(images, tf.float32))
  assert np.abs(outputs).max() > 0.1
  np.testing.assert_allclose(
    outputs, naive(layer, images, [1, 4]), rtol=1e-4, atol=1e-4
  )


def test_a_module_named_twice_counts_once():
  layer = random_layer(0)
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


def test_every_module_pools_for_itself():
  # The largest of sums is not the sum of the largest.
  layer = convolution.GatedConv2D(2, 1, 1, pool=2)
  layer.build([None, 2, 2, 2])
  kernel, _ = layer.stacks
  kernel.assign(np.eye(2).reshape(2, 1, 1, 2, 1))
  images = np.zeros([1, 2, 2, 2], np.float32)
  images[0, 0, 0, 0], images[0, 1, 1, 1] = 3.0, 4.0
  assert layer(tf.constant(images)).numpy().ravel().tolist() == [7.0]


@pytest.mark.parametrize('shape', [(3, 9), (9, 3)])
def test_images_smaller_than_a_kernel_are_refused(shape):
  layer = convolution.GatedConv2D(MODULES, FILTERS, 4, 2)
  with pytest.raises(ValueError, match=f'{shape[0]}x{shape[1]}'):
    layer(tf.zeros([2, *shape, CHANNELS]))


def test_padded_images_may_be_smaller_than_a_kernel():
  layer = convolution.GatedConv2D(MODULES, FILTERS, 4, padding='same')
  assert layer(tf.ones([2, 3, 2, CHANNELS])).shape == [2, 3, 2, FILTERS]


@pytest.mark.parametrize('shape', [(5, 9), (9, 5)])
def test_images_too_small_for_a_pool_are_refused(shape):
  layer = convolution.GatedConv2D(MODULES, FILTERS, 3, pool=4)
  with pytest.raises(ValueError, match='too small for pools of 4'):
    layer(tf.zeros([2, *shape, CHANNELS]))


@pytest.mark.parametrize('shape', [(8,), (8, 8), (2, 8, 8, 2)])
def test_what_is_no_image_is_refused(shape):
  layer = convolution.GatedConv2D(MODULES, FILTERS, 3)
  with pytest.raises(ValueError, match='needs images'):
    layer(tf.zeros([2, *shape]))


@pytest.mark.parametrize(
  ('channels', 'options'),
  [
    (CHANNELS, {'padding': 'same'}),
    (FILTERS, {}),
    (FILTERS, {'padding': 'same', 'strides': 2}),
    (FILTERS, {'padding': 'same', 'pool': 2}),
  ],
)
def test_a_residual_module_of_another_shape_is_refused(channels, options):
  layer = convolution.GatedConv2D(MODULES, FILTERS, 3, residual=True, **options)
  with pytest.raises(ValueError, match='must keep the shape'):
    layer(tf.zeros([2, 8, 8, channels]))


def test_an_unknown_padding_is_refused():
  with pytest.raises(ValueError, match='valid or same'):
    convolution.GatedConv2D(MODULES, FILTERS, 3, padding='SAME')


@pytest.mark.parametrize('wrong', [0, -1, 1.5])
@pytest.mark.parametrize('name', ['filters', 'kernel_size', 'strides', 'pool'])
def test_sizes_that_are_no_whole_numbers_from_one_are_refused(name, wrong):
  sizes = {'filters': 3, 'kernel_size': 3} | {name: wrong}
  with pytest.raises(ValueError, match=f'{name} must be at least 1'):
    convolution.GatedConv2D(MODULES, **sizes)
