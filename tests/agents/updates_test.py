# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.agents.updates."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.agents import row_optimizers, updates
from pathnet_tf.agents.updates import OptimizerConfig

PLAIN = OptimizerConfig('sgd', learning_rate=1.0, clip_norm=0.0)
NO_LOSS = tf.constant(0.0)


@pytest.fixture
def make(partly_frozen, make_updater):
  """Makes the updater of the second of three tasks on a new network."""

  def make_one(config=None, **changes) -> updates.Updater:
    return make_updater(partly_frozen.network(), config, **changes)

  return make_one


def filled(updater, rows, scale: float):
  """Gradients that are all `scale`, of the weights gathered for the rows."""
  gathered = updater.network.gather(rows, updater.task)
  return tf.nest.map_structure(lambda t: tf.fill(t.shape, scale), gathered)


def numbers(updater, free) -> int:
  """How many numbers an update changes: of the free rows and the head."""
  layers = sum(
    len(rows) * int(np.prod(stack.shape[1:]))
    for layer, rows in zip(updater.network.gated, free, strict=True)
    for stack in layer.stacks
  )
  head = updater.network.heads[updater.task]
  return layers + sum(int(tf.size(stack)) for stack in head.stacks)


def one(updater, rows, gradients, loss=NO_LOSS, steps=1) -> tf.Tensor:
  steps = tf.constant(steps, tf.int64)
  return updater.update(rows, gradients, loss, steps)[0]


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
def test_an_update_moves_free_rows_of_the_path_and_its_head_only(
  name, make, partly_frozen, state_of, assert_trained
):
  updater = make(OptimizerConfig(name, learning_rate=0.01))
  rows = partly_frozen.rows
  before = state_of(updater.network, updater.optimizer)
  for scale in (1.0, 0.5):
    one(updater, rows, filled(updater, rows, scale))
  after = state_of(updater.network, updater.optimizer)
  assert_trained(before, after, partly_frozen.free)


def test_plain_descent_subtracts_the_gradients(make, partly_frozen):
  updater = make(dataclasses.replace(PLAIN, learning_rate=0.5))
  rows, rng = partly_frozen.rows, np.random.default_rng(0)
  gathered = updater.network.gather(rows, 1)
  gradients = tf.nest.map_structure(
    lambda t: tf.constant(rng.normal(size=t.shape), tf.float32), gathered
  )
  one(updater, rows, gradients)
  after = updater.network.gather(rows, 1)
  for layer, free in enumerate(partly_frozen.free):
    mask = np.isin(partly_frozen.active[layer], free)
    for new, old, gradient in zip(
      after.layers[layer],
      gathered.layers[layer],
      gradients.layers[layer],
      strict=True,
    ):
      column = mask.reshape(-1, *[1] * (old.shape.rank - 1))
      expected = old - 0.5 * gradient * column
      np.testing.assert_allclose(new, expected, rtol=1e-6, atol=1e-7)
  for new, old, gradient in zip(
    after.head, gathered.head, gradients.head, strict=True
  ):
    np.testing.assert_allclose(new, old - 0.5 * gradient, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize('loss', [np.nan, np.inf])
def test_finite_gradients_of_a_loss_that_is_not_are_left_out(
  loss, make, partly_frozen, state_of, changed_rows
):
  updater, rows = make(), partly_frozen.rows
  before = state_of(updater.network, updater.optimizer)
  one(updater, rows, filled(updater, rows, 1.0), tf.constant(loss), steps=7)
  after = state_of(updater.network, updater.optimizer)
  assert not any(changed_rows(before, after).values())
  assert (int(updater.steps), int(updater.updates)) == (7, 1)


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_gradients_that_are_not_finite_are_left_out(
  value, make, partly_frozen, state_of, changed_rows
):
  updater, rows = make(), partly_frozen.rows
  before = state_of(updater.network, updater.optimizer)
  gradients = filled(updater, rows, 1.0)
  gradients.head[1] = tf.constant([0.0, value, 0.0, 0.0])
  norm = one(updater, rows, gradients, steps=7)
  assert not np.isfinite(norm)
  after = state_of(updater.network, updater.optimizer)
  assert not any(changed_rows(before, after).values())
  assert (int(updater.steps), int(updater.updates)) == (7, 1)


@pytest.mark.parametrize(
  ('clip_norm', 'clipped'), [(0.5, True), (1000.0, False), (0.0, False)]
)
def test_the_norm_of_what_is_changed_is_clipped(
  clip_norm, clipped, make, partly_frozen
):
  updater = make(dataclasses.replace(PLAIN, clip_norm=clip_norm))
  rows, free = partly_frozen.rows, partly_frozen.free
  gradients = filled(updater, rows, 2.0)
  # Frozen rows have no say in it, however steep they are.
  steep = gradients.layers[0][0].numpy()
  steep[partly_frozen.active[0].index(3)] = 1e6
  gradients.layers[0][0] = tf.constant(steep)
  before = [layer.stacks[0].numpy() for layer in updater.network.gated]
  norm = one(updater, rows, gradients)
  count = numbers(updater, free)
  np.testing.assert_allclose(norm, 2.0 * np.sqrt(count), rtol=1e-5)
  step = clip_norm / np.sqrt(count) if clipped else 2.0
  for layer, old, moves in zip(
    updater.network.gated, before, free, strict=True
  ):
    moved = old[moves] - layer.stacks[0].numpy()[moves]
    np.testing.assert_allclose(moved, step, rtol=1e-3)


def test_no_gradient_is_no_division_by_zero(
  make, partly_frozen, state_of, changed_rows
):
  updater, rows = make(OptimizerConfig('sgd')), partly_frozen.rows
  before = state_of(updater.network, updater.optimizer)
  one(updater, rows, filled(updater, rows, 0.0))
  after = state_of(updater.network, updater.optimizer)
  assert not any(changed_rows(before, after).values())


def test_the_learning_rate_falls_to_zero_over_the_task(make):
  updater = make(OptimizerConfig(learning_rate=0.5), anneal_steps=1000)
  rates = []
  for steps in (0, 250, 999, 1000, 5000):
    updater.steps.assign(steps)
    rates.append(float(updater.learning_rate()))
  np.testing.assert_allclose(
    rates, [0.5, 0.375, 0.0005, 0.0, 0.0], rtol=1e-3, atol=1e-9
  )


@pytest.mark.parametrize('anneal_steps', [0, 1000])
def test_the_learning_rate_ahead_is_the_one_that_will_be(make, anneal_steps):
  updater = make(OptimizerConfig(learning_rate=0.5), anneal_steps=anneal_steps)
  updater.steps.assign(100)
  ahead = [
    updater.learning_rate(steps) for steps in (0, tf.constant(7), 900, 5000)
  ]
  for steps, rate in zip((100, 107, 1000, 5100), ahead, strict=True):
    updater.steps.assign(steps)
    assert float(updater.learning_rate()) == float(rate)


def test_without_annealing_the_learning_rate_stays(make):
  updater = make(OptimizerConfig(learning_rate=0.5))
  updater.steps.assign(10**9)
  assert float(updater.learning_rate()) == 0.5


def test_an_update_has_the_annealed_length_in_one_graph(make, partly_frozen):
  updater, rows = make(PLAIN, anneal_steps=1000), partly_frozen.rows
  kernel = updater.network.heads[1].kernel
  gradients = filled(updater, rows, 0.25)
  traces = []

  @tf.function(autograph=False)
  def update():
    traces.append(1)
    return one(updater, rows, gradients)

  for steps, length in ((0, 0.25), (500, 0.125), (1000, 0.0)):
    kernel.assign(tf.ones_like(kernel))
    updater.steps.assign(steps)
    update()
    np.testing.assert_allclose(1.0 - kernel.numpy(), length, atol=1e-6)
    assert int(updater.steps) == steps + 1
  assert traces == [1]


def test_steps_and_updates_are_counted(make):
  updater = make()
  updater.count(tf.constant(5, tf.int64), 1)
  updater.count(tf.constant(50, tf.int64), tf.constant(10))
  assert (int(updater.steps), int(updater.updates)) == (55, 11)


def test_every_optimizer_is_made_by_its_name():
  for name, kind in row_optimizers.OPTIMIZERS.items():
    assert type(updates.make_optimizer(OptimizerConfig(name))) is kind


def test_rmsprop_is_made_with_its_settings():
  config = OptimizerConfig('rmsprop', decay=0.9, epsilon=0.01)
  optimizer = updates.make_optimizer(config)
  change, (square,) = optimizer.step(
    [tf.constant([[1.0]])], tf.constant([[0.1]]), tf.constant(0.5)
  )
  np.testing.assert_allclose(square, [[0.9 + 0.1 * 0.1**2]])
  np.testing.assert_allclose(
    change, [[0.5 * 0.1 / np.sqrt(0.901 + 0.01)]], rtol=1e-5
  )


def test_the_settings_are_a3cs():
  assert dataclasses.asdict(OptimizerConfig()) == {
    'name': 'rmsprop',
    'learning_rate': 7e-4,
    'clip_norm': 0.5,
    'decay': 0.99,
    'epsilon': 1e-5,
  }
