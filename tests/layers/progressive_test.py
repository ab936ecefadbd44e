# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.progressive, against columns written naively."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.errors import UserError
from pathnet_tf.layers import progressive
from pathnet_tf.networks import configs

N, SPEC = 3, tf.TensorSpec([6, 5, 2])
PLAIN = 'conv(4, 3), dense(5), dense(7)'
BOTH = np.arange(2 * N)


def make(network, modules, seed=1):
  return configs.make_pathnet(
    network, SPEC, modules=modules, active=N, seed=seed
  )


@pytest.fixture(name='columns', scope='module')
def _columns():
  return make(progressive.described(PLAIN), 2 * N)


@pytest.fixture(name='observations', scope='module')
def _observations():
  drawn = np.random.default_rng(0).normal(size=(3, *SPEC.shape))
  return drawn.astype(np.float32)


def run(network, inputs, rows):
  for layer in network.gated:
    inputs = layer(inputs, tf.constant(rows))
  return inputs.numpy()


def naive_layer(inputs, kernel, bias):
  """One module on `[B, H, W, C]` or `[B, D]`, with its ReLU."""
  if kernel.ndim == 2:
    outputs = inputs.reshape(len(inputs), -1) @ kernel
  else:
    size = kernel.shape[0]
    height, width = (side - size + 1 for side in inputs.shape[1:3])
    outputs = np.zeros([len(inputs), height, width, kernel.shape[-1]])
    for y in range(height):
      for x in range(width):
        patch = inputs[:, y : y + size, x : x + size]
        outputs[:, y, x] = np.tensordot(patch, kernel, 3)
  return np.maximum(outputs + bias, 0)


def naive(network, observations):
  """Equation 1, column by column; W and U taken out of the one kernel.

  U is multiplied by the module's scalar, as in equation 2; the head reads the
  first column times the mean of the second's modules' scalars for it.
  """
  features = [[observations], [observations]]
  for index, layer in enumerate(network.gated):
    kernels, biases, *scales = (
      stack.numpy().astype(float) for stack in layer.stacks
    )
    below = [column[-1] for column in features]
    for column in (0, 1):
      outputs = 0
      for module in range(column * N, (column + 1) * N):
        kernel = kernels[module]
        if index == 0:
          total = naive_layer(below[column], kernel, biases[module])
        else:
          # Its own inputs by W, the earlier columns' by U, before the ReLU.
          channels = below[0].shape[-1]
          split = kernel.reshape(-1, 2, channels, kernel.shape[-1])
          shape = [-1, kernel.shape[-1]]
          before = biases[module]
          for j in range(column + 1):
            flat = below[j].reshape(len(observations), -1)
            scale = 1 if j == column else scales[0][module]
            before = before + scale * (flat @ split[:, j].reshape(shape))
          total = np.maximum(before, 0)
        outputs = outputs + total
      features[column].append(outputs)
  readout = network.gated[-1].stacks[-1].numpy()[N:].mean()
  return np.concatenate([features[0][-1] * readout, features[1][-1]], axis=-1)


def test_both_columns_compute_the_equations(columns, observations):
  # Every module has a scalar of its own.
  rng = np.random.default_rng(3)
  for count, layer in enumerate(columns.gated):
    scalars = layer.stacks[2:]
    assert len(scalars) == count
    for stack in scalars:
      assert stack.numpy().tolist() == [[np.float32(0.1)]] * (2 * N)
      stack.assign(rng.normal(size=(2 * N, 1)))
  found = run(columns, observations, BOTH)
  np.testing.assert_allclose(
    found, naive(columns, observations), rtol=1e-4, atol=1e-5
  )
  assert np.all(np.abs(found).max(axis=0)[[0, 1, 7, 8]] >= 0)
  assert np.ptp(found) > 0.1


def test_the_first_column_alone_gives_what_it_gives_beside_the_second(
  columns, observations
):
  alone = run(columns, observations, BOTH[:N])
  both = run(columns, observations, BOTH)
  readout = columns.gated[-1].stacks[-1].numpy()[N:].mean()
  np.testing.assert_allclose(
    alone[:, :7] * readout, both[:, :7], rtol=1e-4, atol=1e-6
  )
  assert not alone[:, 7:].any()
  assert both[:, 7:].any()


def test_what_is_learnt_in_the_second_column_leaves_the_first_as_it_was(
  columns, observations
):
  """No gradient of the first column's outputs reaches the second's weights."""
  for layer in columns.gated:
    with tf.GradientTape() as tape:
      rows = tf.constant(BOTH)
      gathered = layer.gather(rows)
      tape.watch(gathered)
      shape = layer.get_build_config()['input_shape']
      inputs = tf.ones([2, *shape[1:]]) * 0.3
      outputs, _ = layer.run(inputs, layer.merge(gathered, rows))
      half = outputs[..., : outputs.shape[-1] // 2]
      loss = tf.reduce_sum(half)
    kernel, bias, *scale = tape.gradient(loss, gathered)
    if layer is columns.gated[-1]:  # How much of it the second's head reads.
      assert np.any(scale.pop()[N:])
    assert not np.any(kernel[N:])
    assert not np.any(bias[N:])
    assert not np.any(scale)
    assert np.any(bias[:N]) or np.any(kernel[:N])


def test_the_scalars_of_what_is_read_from_the_first_column_are_learnt(
  columns, observations
):
  inputs, rows = observations, tf.constant(BOTH)
  for index, layer in enumerate(columns.gated):
    with tf.GradientTape() as tape:
      gathered = layer.gather(rows)
      tape.watch(gathered)
      outputs, _ = layer.run(inputs, layer.merge(gathered, rows))
      loss = tf.reduce_sum(outputs**2)
    gradients = tape.gradient(loss, gathered)
    assert len(gradients) == 2 + index
    for scale in gradients[2:]:
      assert not scale.numpy()[:N].any()
      assert scale.numpy()[N:].any()
    inputs = outputs


def test_a_column_taken_over_gives_what_the_plain_network_gave(observations):
  plain, columns = make(PLAIN, 5, seed=4), make(progressive.described(PLAIN), 6)
  rows = [1, 2, 4]
  for mine, theirs in zip(columns.gated, plain.gated, strict=True):
    mine.take_column(theirs, rows)
  np.testing.assert_allclose(
    run(columns, observations, BOTH[:N])[:, :7],
    run(plain, observations, rows),
    rtol=1e-5,
    atol=1e-6,
  )


def test_initial_weights_keep_the_size_of_the_signal():
  columns = make('progressive_dense(40, first=True), progressive_dense(40)', 6)
  first, second = (layer.stacks[0].numpy() for layer in columns.gated)
  # 60 observations; 40 features of a column, of two by a kernel each.
  for kernel, fan in (
    (first[:N], 60),
    (second[:N, :40], 40),
    (second[N:, :40], 40),
    (second[N:, 40:], 40),
  ):
    read = kernel[kernel != 0].reshape(N, -1)
    variance = 2 / ((fan - 1) * N * (1 - 1 / np.pi)) * (fan - 1) / fan
    np.testing.assert_allclose(read.var(axis=1), variance, rtol=0.12)
    np.testing.assert_allclose(kernel.sum(axis=1), 0, atol=1e-5)
  assert not second[:N, 40:].any()
  assert second[N:].all()
  assert (second[N:, :40] != second[N:, 40:]).all()


def test_a_mean_is_taken_over_each_column(observations):
  text = progressive.described('dense(5)')
  summed = make(text, 2 * N)
  meant = configs.make_pathnet(
    text, SPEC, modules=2 * N, active=N, seed=1, readout='mean'
  )
  for mine, theirs in zip(meant.gated, summed.gated, strict=True):
    mine.set_weights(theirs.get_weights())
  for rows in (BOTH, BOTH[:N]):
    np.testing.assert_allclose(
      N * run(meant, observations, rows),
      run(summed, observations, rows),
      rtol=1e-5,
      atol=1e-6,
    )


def test_a_network_is_described_layer_by_layer():
  assert progressive.described(PLAIN) == (
    'progressive_conv(4, 3, first=True), progressive_dense(5),'
    ' progressive_dense(7, last=True)'
  )
  assert progressive.described('dense(5)') == (
    'progressive_dense(5, first=True, last=True)'
  )


@pytest.mark.parametrize(
  'network', ['lstm(8)', 'conv(4, 3), [identity(), dense(3)]', '', 'minatar']
)
def test_other_layers_are_refused(network):
  with pytest.raises(UserError, match='conv and dense'):
    progressive.described(network)
