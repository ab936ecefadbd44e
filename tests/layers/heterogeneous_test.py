# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.heterogeneous."""

from __future__ import annotations

import collections

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.layers import heterogeneous, keras_modules
from tests.mixed_layers import (
  INPUTS,
  LENGTH,
  MODULES,
  Block,
  functional,
  inputs_of,
  make,
  take_gradients,
)

# How often each module ran, by its name.
RUNS: collections.Counter[str] = collections.Counter()


def count_a_run(module: tf.keras.layers.Layer) -> None:
  """An op that counts each time it runs, not when it is traced."""

  def count() -> None:
    RUNS[module.name] += 1

  tf.py_function(count, [], [])


@tf.keras.utils.register_keras_serializable('heterogeneous_test')
class Counted(tf.keras.layers.Dense):
  """A dense module that counts its runs."""

  def call(self, inputs):
    count_a_run(self)
    return super().call(inputs)


@tf.keras.utils.register_keras_serializable('heterogeneous_test')
class CountedCell(tf.keras.layers.GRUCell):
  """A recurrent module that counts its steps."""

  def call(self, inputs, states, training=None):
    count_a_run(self)
    return super().call(inputs, states, training=training)


class Runner:
  """A layer of modules that count their runs, called by path or by mask."""

  def __init__(self, kinds, mode: str):
    self.layer = make(kinds)
    self.inputs = inputs_of(self.layer)
    by_path = tf.TensorSpec([None], tf.int32)
    self.by_path = lambda path: self.layer(self.inputs, path)
    self.by_mask = lambda: self.layer(self.inputs)
    if mode == 'graph':
      self.by_path = tf.function(self.by_path, input_signature=[by_path])
      self.by_mask = tf.function(self.by_mask, input_signature=[])

  def runs(self, function, *arguments) -> list[int]:
    """How often each module runs in a call."""
    RUNS.clear()
    np.asarray(function(*arguments))
    return [RUNS[module.name] for module in self.layer.members]


RUNNERS = {
  'dense': lambda: [Counted(4), Counted(4, 'relu'), Counted(4, 'tanh')],
  'recurrent': lambda: [CountedCell(4), Counted(4), CountedCell(4)],
}
STEPS = {
  'dense': [1] * MODULES,
  'recurrent': [LENGTH, 1, LENGTH] * 2,  # Steps of a cell, else all at once.
}


@pytest.fixture(scope='module', params=['eager', 'graph'])
def mode(request) -> str:
  return request.param


@pytest.fixture(scope='module', params=RUNNERS)
def runner(request, mode):
  """A runner, and how often each of its modules runs while it is active."""
  return Runner(RUNNERS[request.param](), mode), STEPS[request.param]


@settings(max_examples=20)
@given(path=st.lists(st.integers(0, MODULES - 1), min_size=1, max_size=8))
def test_only_the_modules_of_the_path_run(runner, path):
  counted, steps = runner
  expected = [n if m in path else 0 for m, n in enumerate(steps)]
  assert counted.runs(counted.by_path, tf.constant(path)) == expected


@settings(max_examples=5)
@given(mask=st.lists(st.booleans(), min_size=6, max_size=6).filter(any))
def test_only_the_modules_of_the_mask_run(runner, mask):
  counted, steps = runner
  counted.layer.active.assign(mask)
  expected = [n if on else 0 for n, on in zip(steps, mask, strict=True)]
  assert counted.runs(counted.by_mask) == expected


def test_a_backward_pass_runs_no_other_module_either(mode):
  layer = make(RUNNERS['dense']())
  function = take_gradients if mode == 'eager' else tf.function(take_gradients)
  RUNS.clear()
  function(layer, inputs_of(layer), tf.constant([4, 1]))
  runs = [RUNS[module.name] for module in layer.members]
  assert runs == [0, 1, 0, 0, 1, 0]


@pytest.fixture(scope='module')
def plain():
  """An identity, a dense and a residual module, two of each."""
  return make(
    [
      tf.keras.layers.Identity(),
      tf.keras.layers.Dense(4, 'relu'),
      keras_modules.ResidualDense(4),
    ]
  )


def naive(layer, inputs: np.ndarray, path) -> np.ndarray:
  """Every module of `plain` computed, times a 0/1 mask, summed."""
  total = np.zeros([len(inputs), 4])
  for m in range(MODULES):
    output = inputs
    if m % 3:
      kernel, bias = (w.astype(float) for w in layer.members[m].get_weights())
      output = np.maximum(inputs @ kernel + bias, 0.0)
      output += inputs if m % 3 == 2 else 0.0
    total += float(m in path) * output
  return total


@settings(max_examples=40)
@given(
  path=st.lists(st.integers(0, MODULES - 1), min_size=1, max_size=8),
  batch=st.integers(1, 3),
  seed=st.integers(0, 1000),
)
def test_a_path_equals_the_masked_sum_of_all_modules(plain, path, batch, seed):
  inputs = np.random.default_rng(seed).normal(size=(batch, INPUTS))
  outputs = plain(tf.constant(inputs, tf.float32), tf.constant(path))
  np.testing.assert_allclose(
    outputs, naive(plain, inputs, path), rtol=1e-4, atol=1e-4
  )


def test_kinds_repeat_in_turn_with_weights_of_their_own():
  dense = tf.keras.layers.Dense(4)
  dense.build([None, INPUTS])
  own = dense.get_weights()
  layer = heterogeneous.GatedHeterogeneous(
    5, [dense, tf.keras.layers.Identity(), keras_modules.ResidualDense(4)]
  )
  layer.build([None, INPUTS])
  assert [type(module).__name__ for module in layer.members] == [
    'Dense',
    'Identity',
    'ResidualDense',
    'Dense',
    'Identity',
  ]
  assert len(layer.stacks) == 6
  assert len({id(v) for v in (*layer.stacks, *dense.weights)}) == 8
  kernels = [layer.members[m].get_weights()[0] for m in (0, 2, 3)]
  for one, two in ((0, 1), (0, 2), (1, 2)):
    assert (kernels[one] != kernels[two]).all()
  layer.reinitialise([False] * 5, seed=4)
  for before, after in zip(own, dense.get_weights(), strict=True):
    np.testing.assert_array_equal(before, after)


def test_fewer_modules_than_kinds_take_the_first_kinds():
  kinds = [tf.keras.layers.Dense(4), tf.keras.layers.Identity(), Block(4)]
  layer = make(kinds, modules=2)
  assert [type(module).__name__ for module in layer.members] == [
    'Dense',
    'Identity',
  ]


def test_one_kind_may_stand_twice(plain):
  dense = tf.keras.layers.Dense(4)
  layer = make([dense, dense], modules=2)
  assert len({id(stack) for stack in layer.stacks}) == 4
  assert layer.copies_to(0) == []


def test_an_initialiser_with_a_seed_gives_each_module_its_own_weights():
  seeded = tf.keras.initializers.GlorotUniform(seed=1)
  layer = heterogeneous.GatedHeterogeneous(
    3, [tf.keras.layers.Dense(4, kernel_initializer=seeded)]
  )
  layer.build([None, INPUTS])
  first, second, third = (stack.numpy() for stack in layer.stacks[::2])
  assert (first != second).all()
  assert (second != third).all()
  layer.reinitialise([True, False, True], seed=5)
  assert (layer.stacks[2].numpy() != second).all()


def test_only_modules_of_the_same_kind_are_copied_over_each_other(plain):
  assert [plain.copies_to(m) for m in range(MODULES)] == [
    [3],
    [4],
    [5],
    [0],
    [1],
    [2],
  ]
  seven = make([tf.keras.layers.Dense(4), Block(4)], modules=7)
  assert seven.copies_to(2) == [0, 4, 6]
  assert seven.copies_to(5) == [1, 3]


def test_gradients_of_inactive_modules_are_zero_and_never_applied(mode):
  layer = make(
    [tf.keras.layers.Dense(4), keras_modules.ResidualDense(4), functional()]
  )
  layer.frozen.assign([False, True, False, False, False, False])
  owner = {
    id(variable): m
    for m, module in enumerate(layer.members)
    for variable in module.weights
  }

  def compute(path):
    rows, gradients = take_gradients(layer, inputs_of(layer), path)
    updates = layer.updates(rows, gradients)
    return gradients, [tuple(update[1:]) for update in updates]

  if mode == 'graph':
    spec = tf.TensorSpec([None], tf.int32)
    compute = tf.function(compute, input_signature=[spec], autograph=False)
  for path in ([0, 1, 2], [5, 5], [1], [4, 3, 0, 1]):
    gradients, updates = compute(tf.constant(path))
    assert len(gradients) == len(updates) == len(layer.stacks)
    for stack, gradient, (rows, left) in zip(
      layer.stacks, gradients, updates, strict=True
    ):
      m = owner[id(stack)]
      assert gradient.numpy().any() == (m in path)
      if m in path and m != 1:
        assert rows.numpy().tolist() == list(range(stack.shape[0]))
        np.testing.assert_array_equal(left, gradient)
      else:
        assert rows.shape == [0]
        assert left.shape == [0, *stack.shape[1:]]


def test_a_layer_without_cells_has_no_state(plain):
  assert not plain.sequences
  assert plain.state_spec == ()
  assert plain.initial_state(tf.constant([1]), 3) == ()
