# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.heterogeneous with modules that have a state."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.layers import gated
from tests.mixed_layers import (
  INPUTS,
  LENGTH,
  MODULES,
  make,
)

CELLS = {
  'lstm': lambda: tf.keras.layers.LSTMCell(4),
  'gru': lambda: tf.keras.layers.GRUCell(4),
  'stack': lambda: tf.keras.layers.StackedRNNCells(
    [tf.keras.layers.SimpleRNNCell(3), tf.keras.layers.LSTMCell(4)]
  ),
  'dense': lambda: tf.keras.layers.Dense(4),
}


@pytest.fixture(scope='module')
def recurrent():
  """An LSTM, a GRU, a stack of cells and a module without a state."""
  return make([cell() for cell in CELLS.values()])


def random_state(layer, batch: int, seed: int = 0):
  rng = np.random.default_rng(seed)
  return tf.nest.map_structure(
    lambda spec: tf.constant(rng.normal(size=(batch, *spec.shape)), spec.dtype),
    layer.state_spec,
  )


def run(layer: gated.GatedLayer, inputs, state, is_first, path):
  """Outputs `[T, B, U]` and the state after."""
  rows = layer.rows(tf.constant(path))
  outputs, after = layer.run(
    tf.reshape(inputs, [-1, INPUTS]),
    layer.merge(layer.gather(rows), rows),
    layer.select_state(state, rows),
    tf.constant(is_first, tf.bool),
  )
  after = layer.put_state(state, rows, after)
  return outputs.numpy().reshape(*inputs.shape[:2], 4), after


def time_major(batch: int, seed: int = 2) -> tf.Tensor:
  rng = np.random.default_rng(seed)
  return tf.constant(rng.normal(size=(LENGTH, batch, INPUTS)), tf.float32)


def assert_same(one, two, **tolerance) -> None:
  tf.nest.assert_same_structure(one, two)
  for first, second in zip(
    tf.nest.flatten(one), tf.nest.flatten(two), strict=True
  ):
    np.testing.assert_allclose(first, second, **tolerance)


def test_every_recurrent_module_has_its_own_state(recurrent):
  assert recurrent.sequences
  sizes = [[spec.shape[0] for spec in part] for part in recurrent.state_spec]
  assert sizes == [[4, 4], [4], [3, 4, 4], [], [4, 4], [4]]
  state = recurrent.initial_state(tf.constant([1]), 3)
  tf.nest.assert_same_structure(state, recurrent.state_spec)
  for part, spec in zip(
    tf.nest.flatten(state),
    tf.nest.flatten(recurrent.state_spec),
    strict=True,
  ):
    np.testing.assert_array_equal(part, np.zeros([3, *spec.shape]))


@pytest.mark.parametrize('m', range(4))
def test_a_module_steps_as_its_keras_cell_does(recurrent, m):
  kind = list(CELLS.values())[m]()
  kind.build([None, INPUTS])
  kind.set_weights(recurrent.members[m].get_weights())
  inputs, state = time_major(2), random_state(recurrent, 2)
  is_first = np.zeros([LENGTH, 2], bool)
  is_first[1, 0] = True
  outputs, after = run(recurrent, inputs, state, is_first, [m])
  expected, part = [], list(state[m])
  for t in range(LENGTH):
    if m == 3:
      output = kind(inputs[t])
    else:
      keep = tf.constant(1.0 - is_first[t][:, None], tf.float32)
      output, part = kind(inputs[t], [tensor * keep for tensor in part])
      part = tf.nest.flatten(part)
    expected.append(output)
  np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)
  assert_same(list(after[m]), part, rtol=1e-5, atol=1e-5)


@settings(max_examples=15)
@given(
  path=st.lists(st.integers(0, MODULES - 1), min_size=1, max_size=8),
  seed=st.integers(0, 1000),
)
def test_the_state_of_inactive_modules_stays(recurrent, path, seed):
  state = random_state(recurrent, 2, seed)
  is_first = np.random.default_rng(seed).random([LENGTH, 2]) < 0.3
  _, after = run(recurrent, time_major(2), state, is_first, path)
  tf.nest.assert_same_structure(after, state)
  for m in range(MODULES):
    for old, new in zip(state[m], after[m], strict=True):
      same = old.numpy().tobytes() == new.numpy().tobytes()
      assert same == (m not in path)


def test_steps_at_once_equal_one_step_after_another(recurrent):
  inputs, start, path = time_major(3), random_state(recurrent, 3), [3, 0, 2, 1]
  is_first = np.zeros([LENGTH, 3], bool)
  is_first[2, 1] = is_first[0, 2] = True
  expected, last = run(recurrent, inputs, start, is_first, path)
  state = start
  for t in range(LENGTH):
    step = slice(t, t + 1)
    outputs, state = run(recurrent, inputs[step], state, is_first[step], path)
    np.testing.assert_allclose(outputs[0], expected[t], rtol=1e-5, atol=1e-5)
  assert_same(state, last, rtol=1e-5, atol=1e-5)


def test_no_environment_learns_of_another(recurrent):
  path, none = [0, 1, 2, 3], np.zeros([LENGTH, 2], bool)
  inputs, start = time_major(2), random_state(recurrent, 2)
  expected, last = run(recurrent, inputs, start, none, path)
  other = tf.stack([inputs[:, 0], time_major(2, seed=8)[:, 1]], axis=1)
  first = none.copy()
  first[1, 1] = True
  state = tf.nest.map_structure(
    lambda part: tf.stack([part[0], part[1] + 1.0]), start
  )
  outputs, after = run(recurrent, other, state, first, path)
  np.testing.assert_array_equal(outputs[:, 0], expected[:, 0])
  assert (np.abs(outputs - expected)[:, 1].max(axis=1) > 1e-4).all()
  for one, two in zip(
    tf.nest.flatten(after), tf.nest.flatten(last), strict=True
  ):
    np.testing.assert_array_equal(one[0], two[0])


def test_another_path_or_batch_does_not_retrace(recurrent):
  traces = []
  state_spec = tf.nest.map_structure(
    lambda spec: tf.TensorSpec([None, *spec.shape], spec.dtype),
    tuple(tuple(part) for part in recurrent.state_spec),
  )

  def step(inputs, is_first, state, path):
    traces.append(path)
    rows = recurrent.rows(path)
    outputs, part = recurrent.run(
      tf.reshape(inputs, [-1, INPUTS]),
      recurrent.merge(recurrent.gather(rows), rows),
      recurrent.select_state(state, rows),
      is_first,
    )
    return outputs, recurrent.put_state(state, rows, part)

  compiled = tf.function(
    step,
    input_signature=[
      tf.TensorSpec([LENGTH, None, INPUTS]),
      tf.TensorSpec([LENGTH, None], tf.bool),
      state_spec,
      tf.TensorSpec([None], tf.int32),
    ],
    autograph=False,
  )
  for batch, path in ((1, [2]), (3, [4, 0, 4]), (2, [3, 1, 0, 2])):
    first = np.arange(LENGTH * batch).reshape(LENGTH, batch) % 3 == 0
    arguments = (
      time_major(batch),
      tf.constant(first),
      random_state(recurrent, batch),
      tf.constant(path),
    )
    assert_same(compiled(*arguments), step(*arguments), rtol=1e-4, atol=1e-5)
  assert len(traces) == 1 + 3  # Once compiled, and three times as it is.
