# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.recurrent, on both kinds: whose state is whose."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.layers import gru, lstm, recurrent

MODULES, UNITS, INPUTS = 5, 3, 4

paths = st.lists(st.integers(0, MODULES - 1), min_size=1, max_size=7)


@functools.cache
def random_layer(kind) -> recurrent.GatedRecurrent:
  layer = kind(MODULES, UNITS)
  layer.build([None, None, INPUTS])
  rng = np.random.default_rng(1)
  for stack in layer.stacks:
    stack.assign(rng.normal(size=stack.shape))
  return layer


@pytest.fixture(scope='module', params=[lstm.GatedLSTM, gru.GatedGRU])
def layer(request) -> recurrent.GatedRecurrent:
  """A layer of random weights that no test changes."""
  return random_layer(request.param)


def random_state(layer, count: int, batch: int, seed: int = 0):
  rng = np.random.default_rng(seed)
  return tuple(
    tf.constant(rng.normal(size=(batch, count, UNITS)), tf.float32)
    for _ in range(layer.STATES)
  )


def random_inputs(length: int, batch: int, seed: int = 0) -> np.ndarray:
  rng = np.random.default_rng(seed)
  return rng.normal(size=(length, batch, INPUTS)).astype(np.float32)


def run(layer, inputs, state, is_first, path=(4, 1, 2)):
  """Outputs `[T, B, U]` and the state after."""
  rows = layer.rows(tf.constant(path))
  outputs, state = layer.run(
    tf.constant(inputs.reshape(-1, INPUTS)),
    layer.merge(layer.gather(rows), rows),
    state,
    tf.constant(is_first, tf.bool),
  )
  return outputs.numpy().reshape(*inputs.shape[:2], UNITS), state


def test_the_state_spec_is_of_all_modules_and_one_environment(layer):
  assert len(layer.state_spec) == layer.STATES
  for spec in layer.state_spec:
    assert spec.shape == [MODULES, UNITS]
    assert spec.dtype == tf.float32


def test_the_first_state_is_zero_and_of_the_active_modules(layer):
  state = layer.initial_state(tf.constant([1, 4]), 3)
  assert len(state) == layer.STATES
  for part in state:
    np.testing.assert_array_equal(part, np.zeros([3, 2, UNITS]))


def test_steps_at_once_equal_one_step_after_another(layer):
  inputs = random_inputs(4, 3)
  is_first = np.zeros([4, 3], bool)
  is_first[2, 1] = is_first[0, 2] = True
  start = random_state(layer, 3, 3)
  expected, last = run(layer, inputs, start, is_first)
  state = start
  for t in range(4):
    outputs, state = run(layer, inputs[t : t + 1], state, is_first[t : t + 1])
    np.testing.assert_allclose(outputs[0], expected[t], rtol=1e-5, atol=1e-6)
  for one, two in zip(state, last, strict=True):
    np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)


def test_a_call_takes_sequences_that_begin_at_zero(layer):
  inputs = random_inputs(3, 2)
  rows = tf.constant([0, 3])
  expected, _ = run(
    layer,
    inputs,
    layer.initial_state(rows, 2),
    np.zeros([3, 2], bool),
    rows.numpy(),
  )
  outputs = layer(tf.constant(inputs.swapaxes(0, 1)), tf.constant([3, 0, 3]))
  np.testing.assert_array_equal(outputs.numpy().swapaxes(0, 1), expected)


def test_what_was_before_counts(layer):
  inputs = random_inputs(3, 2)
  other = inputs.copy()
  other[0, 0] += 1.0
  start, none = random_state(layer, 3, 2), np.zeros([3, 2], bool)
  outputs, _ = run(layer, inputs, start, none)
  changed, _ = run(layer, other, start, none)
  assert (np.abs(changed - outputs)[:, 0].max(axis=1) > 1e-4).all()


def test_no_environment_learns_of_another(layer):
  inputs, none = random_inputs(3, 3), np.zeros([3, 3], bool)
  start = random_state(layer, 3, 3)
  expected, last = run(layer, inputs, start, none)
  others = inputs.copy()
  others[:, 1] = random_inputs(3, 1, seed=5)[:, 0]
  first = none.copy()
  first[1, 1] = True
  state = tuple(
    tf.concat([part[:1], part[1:2] + 1.0, part[2:]], axis=0) for part in start
  )
  outputs, after = run(layer, others, state, first)
  np.testing.assert_array_equal(outputs[:, [0, 2]], expected[:, [0, 2]])
  assert (np.abs(outputs[:, 1] - expected[:, 1]).max(axis=1) > 1e-4).all()
  for one, two in zip(after, last, strict=True):
    np.testing.assert_array_equal(one.numpy()[[0, 2]], two.numpy()[[0, 2]])
    assert np.abs(one[1] - two[1]).max() > 1e-4


def test_an_episode_begins_with_nothing_of_the_one_before(layer):
  inputs = random_inputs(3, 2)
  is_first = np.array([[True, False], [False, False], [False, True]])
  outputs, _ = run(layer, inputs, random_state(layer, 3, 2), is_first)
  again, _ = run(layer, inputs, random_state(layer, 3, 2, seed=9), is_first)
  np.testing.assert_array_equal(again[:, 0], outputs[:, 0])
  np.testing.assert_array_equal(again[2, 1], outputs[2, 1])
  assert np.abs(again[:2, 1] - outputs[:2, 1]).max() > 1e-4
  fresh, _ = run(
    layer,
    inputs[2:],
    layer.initial_state(tf.range(3), 2),
    np.zeros([1, 2], bool),
  )
  np.testing.assert_allclose(fresh[0, 1], outputs[2, 1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize('kind', [lstm.GatedLSTM, gru.GatedGRU])
@settings(max_examples=20)
@given(path=paths, batch=st.integers(1, 3), seed=st.integers(0, 1000))
def test_putting_a_state_back_changes_the_active_modules_only(
  kind, path, batch, seed
):
  layer = random_layer(kind)
  rows = layer.rows(tf.constant(path))
  active = np.isin(np.arange(MODULES), path)
  whole = random_state(layer, MODULES, batch, seed)
  part = random_state(layer, int(active.sum()), batch, seed + 1)
  selected = layer.select_state(whole, rows)
  for chosen, old in zip(selected, whole, strict=True):
    np.testing.assert_array_equal(chosen, old.numpy()[:, active])
  unchanged = layer.put_state(whole, rows, selected)
  put = layer.put_state(whole, rows, part)
  for same, now, old, new in zip(unchanged, put, whole, part, strict=True):
    np.testing.assert_array_equal(same, old)
    np.testing.assert_array_equal(now.numpy()[:, active], new)
    np.testing.assert_array_equal(
      now.numpy()[:, ~active], old.numpy()[:, ~active]
    )
  for one, two in zip(layer.select_state(put, rows), part, strict=True):
    np.testing.assert_array_equal(one, two)


def test_another_path_or_batch_does_not_retrace(layer):
  traces = []
  spec = [
    tf.TensorSpec([2, None, INPUTS]),
    tf.TensorSpec([2, None], tf.bool),
    (tf.TensorSpec([None, MODULES, UNITS]),) * layer.STATES,
    tf.TensorSpec([None], tf.int32),
  ]

  def step(inputs, is_first, whole, path):
    traces.append(path)
    rows = layer.rows(path)
    outputs, part = layer.run(
      tf.reshape(inputs, [-1, INPUTS]),
      layer.merge(layer.gather(rows), rows),
      layer.select_state(whole, rows),
      is_first,
    )
    return outputs, layer.put_state(whole, rows, part)

  compiled = tf.function(step, input_signature=spec, autograph=False)
  for batch, path in ((1, [2]), (3, [4, 0, 4]), (2, [3, 1, 0, 2])):
    arguments = (
      tf.constant(random_inputs(2, batch)),
      tf.constant(np.arange(2 * batch).reshape(2, batch) % 3 == 0),
      random_state(layer, MODULES, batch),
      tf.constant(path),
    )
    found = tf.nest.flatten(compiled(*arguments))
    for one, two in zip(found, tf.nest.flatten(step(*arguments)), strict=True):
      assert np.abs(two).max() > 1e-3
      np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-5)
  assert len(traces) == 1 + 3  # Once compiled, and three times as it is.
