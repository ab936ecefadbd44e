# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.initial, by itself and in the layers."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.layers import convolution, dense, gru, initial, lstm

SEED = (3, 1)


def variance(features) -> float:
  """Over the features of each example, on average."""
  flat = tf.reshape(features, [features.shape[0], -1])
  return float(tf.reduce_mean(tf.math.reduce_variance(flat, axis=1)))


@pytest.mark.parametrize('fan_in', [2, 64, 500])
def test_one_module_starts_with_the_gain_of_scaled_standardization(fan_in):
  # Brock et al. 2021: the gain of a ReLU is sqrt(2 / (1 - 1 / pi)), 1.713.
  expected = 1.713 / np.sqrt(fan_in - 1)
  np.testing.assert_allclose(initial.scale(1, fan_in), expected, rtol=1e-3)


@pytest.mark.parametrize('summed', [2, 5])
def test_the_variance_is_shared_between_the_modules_that_are_summed(summed):
  np.testing.assert_allclose(
    summed * initial.scale(summed, 10) ** 2, initial.scale(1, 10) ** 2
  )


@pytest.mark.parametrize('shape', [(4, 50, 60), (3, 5, 4, 3, 40)])
def test_kernels_are_centred_and_of_the_given_scale(shape):
  kernel = initial.centred(shape, tf.float32, SEED, summed=2).numpy()
  inputs = tuple(range(1, len(shape) - 1))
  fan_in = int(np.prod(shape[1:-1]))
  np.testing.assert_allclose(kernel.mean(axis=inputs), 0.0, atol=1e-6)
  # Centring takes a `fan_in`-th of the variance. The sampling error: 2 %.
  expected = initial.scale(2, fan_in) * np.sqrt(1 - 1 / fan_in)
  np.testing.assert_allclose(kernel.std(), expected, rtol=0.05)


def test_gates_are_centred_and_give_outputs_of_variance_one():
  kernel = initial.gates((3, 40, 500), tf.float32, SEED).numpy()
  np.testing.assert_allclose(kernel.mean(axis=1), 0.0, atol=1e-6)
  inputs = np.random.default_rng(0).normal(size=(200, 40))
  for module in kernel:
    np.testing.assert_allclose((inputs @ module).var(), 1.0, rtol=0.1)


@pytest.mark.parametrize('make', [initial.gates, initial.centred])
def test_a_kernel_of_one_input_is_not_centred_away(make):
  more = {'summed': 2} if make is initial.centred else {}
  kernel = make((2, 1, 50), tf.float32, SEED, **more)
  assert variance(kernel) > 0.1


@pytest.mark.parametrize('shape', [(5, 4, 16), (3, 8, 24), (2, 6, 6)])
def test_recurrent_kernels_have_orthonormal_rows(shape):
  kernel = initial.orthogonal(shape, tf.float32, SEED).numpy()
  assert kernel.shape == shape
  for module in kernel:
    np.testing.assert_allclose(module @ module.T, np.eye(shape[1]), atol=1e-5)
  assert np.abs(kernel[0] - kernel[1]).max() > 0.1


def test_recurrent_kernels_lean_to_no_sign():
  # A QR decomposition without the signs has a diagonal of one sign.
  kernel = initial.orthogonal((400, 2, 8), tf.float32, SEED).numpy()
  positive = (kernel > 0).mean(axis=0)
  np.testing.assert_allclose(positive, 0.5, atol=0.1)


@pytest.mark.parametrize(
  'make', [initial.gates, initial.orthogonal, initial.centred]
)
def test_both_numbers_of_a_seed_count_and_may_be_large(make):
  more = {'summed': 2} if make is initial.centred else {}

  def draw(*seed) -> np.ndarray:
    return make((2, 4, 8), tf.float32, seed, **more).numpy()

  first = draw(5, 0)
  np.testing.assert_array_equal(draw(5, 0), first)
  np.testing.assert_array_equal(draw(5 + 2**31, 0), first)
  assert (draw(6, 0) != first).all()
  assert (draw(5, 1) != first).all()


@pytest.mark.parametrize('summed', [1, 3, 4, 10])
def test_a_dense_layer_keeps_the_variance(summed):
  layer = dense.GatedDense(summed, 2000, summed=summed, seed=1)
  inputs = tf.random.stateless_normal([8, 300], [1, 2])
  inputs /= np.sqrt(variance(inputs))
  # The sampling error is about 2 %.
  np.testing.assert_allclose(variance(layer(inputs)), 1.0, rtol=0.1)


def test_a_convolution_keeps_the_variance():
  layer = convolution.GatedConv2D(4, 400, 4, 4, summed=4, seed=1)
  inputs = tf.random.stateless_normal([4, 16, 16, 8], [1, 2])
  np.testing.assert_allclose(variance(layer(inputs)), 1.0, rtol=0.1)


def test_the_signal_keeps_its_size_through_many_layers():
  features = tf.random.stateless_normal([8, 300], [1, 2])
  for index in range(6):
    features = dense.GatedDense(4, 300, summed=4, seed=index)(features)
  np.testing.assert_allclose(variance(features), 1.0, rtol=0.4)


@pytest.mark.parametrize(
  'make',
  [
    lambda **more: dense.GatedDense(3, 50, **more),
    lambda **more: convolution.GatedConv2D(3, 4, 2, **more),
  ],
)
def test_a_layer_that_takes_the_mean_starts_as_one_module_would(make):
  def kernel(**changes) -> np.ndarray:
    layer = make(seed=1, **changes)
    layer.build([None, 6, 5, 2])
    return layer.stacks[0].numpy()

  mean = kernel(summed=3, combine='mean')
  np.testing.assert_array_equal(mean, kernel(summed=1))
  np.testing.assert_allclose(mean, kernel(summed=3) * np.sqrt(3), rtol=1e-5)


@pytest.mark.parametrize('seed', [0, 1])
@pytest.mark.parametrize(
  'name',
  ['dense', 'dense normalised', 'convolution', 'lstm', 'gru'],
)
def test_what_all_inputs_share_does_not_pass_at_first(kinds, name, seed):
  layer = kinds[name].make(seed=seed)
  inputs = tf.random.stateless_normal([4, *kinds[name].shape], [seed, 2])
  expected = layer(inputs)
  assert np.abs(expected).max() > 0.1
  np.testing.assert_allclose(layer(inputs + 10.0), expected, atol=1e-4)


def test_one_input_is_not_centred_away():
  layer = dense.GatedDense(2, 50, summed=2, seed=1)
  assert variance(layer(tf.ones([1, 1]))) > 0


@pytest.mark.parametrize(
  'name', ['dense normalised', 'convolution pooled', 'dense', 'convolution']
)
def test_biases_and_gains_start_at_zero(kinds, name):
  layer = kinds[name].built()
  kernel, *vectors = layer.stacks
  assert len(vectors) == (2 if layer.normalise else 1)
  assert (kernel.numpy() != 0).all()
  for vector in vectors:
    assert vector.shape.rank == 2
    assert not vector.numpy().any()


@pytest.mark.parametrize('make', [lstm.GatedLSTM, gru.GatedGRU])
def test_recurrent_layers_start_with_gates_and_orthonormal_rows(make):
  layer = make(3, 6, seed=2, summed=3)
  layer.build([None, None, 5])
  kernel, recurrent, _ = (stack.numpy() for stack in layer.stacks)
  np.testing.assert_array_equal(
    kernel, initial.gates(kernel.shape, tf.float32, (2, 0))
  )
  for module in recurrent:
    np.testing.assert_allclose(module @ module.T, np.eye(6), atol=1e-5)


def test_a_forget_gate_starts_open_and_nothing_else_is_biased():
  layer = lstm.GatedLSTM(2, 3)
  layer.build([None, None, 4])
  expected = [[0.0] * 3 + [1.0] * 3 + [0.0] * 6] * 2
  np.testing.assert_array_equal(layer.stacks[2], expected)
  layer = gru.GatedGRU(2, 3)
  layer.build([None, None, 4])
  np.testing.assert_array_equal(layer.stacks[2], np.zeros([2, 9]))
