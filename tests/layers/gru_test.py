# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.gru."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.layers import gru

MODULES, UNITS, INPUTS = 5, 3, 4


@functools.cache
def random_layer() -> gru.GatedGRU:
  layer = gru.GatedGRU(MODULES, UNITS)
  layer.build([None, None, INPUTS])
  rng = np.random.default_rng(1)
  for stack in layer.stacks:
    stack.assign(rng.normal(size=stack.shape))
  return layer


def sigmoid(values: np.ndarray) -> np.ndarray:
  return 1 / (1 + np.exp(-values))


def naive(layer, inputs, is_first, state, path):
  """Every module computed, times a 0/1 mask, summed: the public way."""
  kernel, recurrent, bias = (
    stack.numpy().astype(np.float64) for stack in layer.stacks
  )
  state = state.copy()
  total = np.zeros([*inputs.shape[:2], UNITS])
  for module in range(MODULES):
    mask = float(module in path)
    for env in range(inputs.shape[1]):
      output = state[0, env, module]
      for t in range(len(inputs)):
        if is_first[t, env]:
          output = np.zeros(UNITS)
        signals = (inputs[t, env] @ kernel[module] + bias[module]).reshape(
          3, -1
        )
        ours = recurrent[module].reshape(UNITS, 3, UNITS)
        update = sigmoid(signals[0] + output @ ours[:, 0])
        reset = sigmoid(signals[1] + output @ ours[:, 1])
        candidate = np.tanh(signals[2] + (reset * output) @ ours[:, 2])
        output = update * output + (1 - update) * candidate
        total[t, env] += mask * output
      if mask:
        state[0, env, module] = output
  return total, state


@settings(max_examples=40)
@given(
  path=st.lists(st.integers(0, MODULES - 1), min_size=1, max_size=7),
  length=st.integers(1, 4),
  batch=st.integers(1, 3),
  seed=st.integers(0, 1000),
)
def test_a_path_equals_the_masked_sum_of_all_modules(path, length, batch, seed):
  layer = random_layer()
  rng = np.random.default_rng(seed)
  inputs = rng.normal(size=(length, batch, INPUTS))
  is_first = rng.random([length, batch]) < 0.3
  state = rng.normal(size=(layer.STATES, batch, MODULES, UNITS))
  rows = layer.rows(tf.constant(path))
  whole = tuple(tf.constant(part, tf.float32) for part in state)
  outputs, part = layer.run(
    tf.constant(inputs.reshape(-1, INPUTS), tf.float32),
    layer.merge(layer.gather(rows), rows),
    layer.select_state(whole, rows),
    tf.constant(is_first),
  )
  expected, after = naive(layer, inputs, is_first, state, path)
  np.testing.assert_allclose(
    tf.reshape(outputs, expected.shape), expected, rtol=1e-4, atol=1e-4
  )
  found = layer.put_state(whole, rows, part)
  np.testing.assert_allclose(found, after, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('module', [0, 3])
def test_one_module_equals_the_cell_of_keras(module):
  layer = random_layer()
  cell = tf.keras.layers.GRUCell(UNITS, reset_after=False)
  cell.build([None, INPUTS])
  cell.set_weights([stack.numpy()[module] for stack in layer.stacks])
  rng = np.random.default_rng(module)
  inputs = rng.normal(size=(5, 2, INPUTS)).astype(np.float32)
  state = rng.normal(size=(layer.STATES, 2, UNITS)).astype(np.float32)
  rows = tf.constant([module])
  outputs, after = layer.run(
    tf.constant(inputs.reshape(-1, INPUTS)),
    layer.merge(layer.gather(rows), rows),
    tuple(tf.constant(part[:, None]) for part in state),
    tf.zeros([5, 2], tf.bool),
  )
  expected, keras = [], [tf.constant(part) for part in state]
  for step in inputs:
    output, keras = cell(step, keras)
    keras = tf.nest.flatten(keras)
    expected.append(output)
  np.testing.assert_allclose(
    tf.reshape(outputs, [5, 2, UNITS]), expected, rtol=1e-5, atol=1e-5
  )
  for one, two in zip(after, keras, strict=True):
    np.testing.assert_allclose(one[:, 0], two, rtol=1e-5, atol=1e-5)


def test_weights_are_stacked():
  layer = gru.GatedGRU(MODULES, UNITS)
  assert layer(tf.zeros([2, 6, INPUTS])).shape == [2, 6, UNITS]
  assert [stack.shape.as_list() for stack in layer.stacks] == [
    [MODULES, INPUTS, 3 * UNITS],
    [MODULES, UNITS, 3 * UNITS],
    [MODULES, 3 * UNITS],
  ]


def test_images_are_flattened_in_the_order_of_memory():
  layer = gru.GatedGRU(MODULES, UNITS, seed=1)
  images = tf.random.stateless_normal([2, 3, 2, 3, 2], [0, 0])
  outputs = layer(images)
  assert np.abs(outputs).max() > 0.01
  np.testing.assert_array_equal(outputs, layer(tf.reshape(images, [2, 3, 12])))
