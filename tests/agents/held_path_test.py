# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.agents.held_path, against updates of the variables."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.agents import held_path, row_optimizers
from pathnet_tf.agents.updates import OptimizerConfig
from pathnet_tf.layers import dense, gru, heterogeneous, lstm
from pathnet_tf.networks import pathnet

UPDATES = 4


@pytest.fixture(params=['named', 'always on'])
def path(request, partly_frozen) -> tuple[list[tf.Tensor], list[list[int]]]:
  """The rows of a path, and those of them that are free.

  Some frozen modules are named by the path, or all are on besides it.
  """
  if request.param == 'named':
    return partly_frozen.rows, partly_frozen.free
  rows = partly_frozen.network().rows([[0, 0, 2], [1, 2]], frozen=True)
  assert [r.tolist() for r in rows] == [[0, 2, 3, 4], [0, 1, 2, 3]]
  return [tf.constant(r) for r in rows], [[0, 2], [1, 2]]


@pytest.fixture(params=[0.0, 0.5])
def make(request, partly_frozen, make_updater):
  """Makes updaters that are equal to the bit, with gradients clipped or not."""

  def make_one(name, **changes):
    config = OptimizerConfig(name, learning_rate=0.05, clip_norm=request.param)
    updater = make_updater(partly_frozen.network(), config, **changes)
    rng = np.random.default_rng(9)
    for owner in (*updater.network.gated, *updater.network.heads):
      for stack in owner.stacks:
        stack.assign(rng.normal(size=stack.shape))
        for slot in updater.optimizer.slots(stack):  # As if it had trained.
          slot.assign(tf.fill(slot.shape, 1.0))
    return updater

  return make_one


def random_gradients(updater, rows, count: int = UPDATES):
  """Gradients for a few updates; those of frozen rows are steep ones."""
  rng = np.random.default_rng(3)
  frozen = [layer.frozen.numpy() for layer in updater.network.gated]
  drawn = []
  for _ in range(count):
    gradients = tf.nest.map_structure(
      lambda t: rng.normal(size=t.shape).astype(np.float32),
      updater.network.gather(rows, updater.task),
    )
    for layer, mask, modules in zip(
      gradients.layers, frozen, rows, strict=True
    ):
      for gradient in layer:
        gradient[mask[modules.numpy()]] *= 100
    drawn.append(tf.nest.map_structure(tf.constant, gradients))
  return drawn


def step_by_step(updater, rows, gradients) -> None:
  for each in gradients:
    updater.update(rows, each, tf.constant(0.0), tf.constant(1, tf.int64))


def hold(updater, rows, gradients) -> None:
  path = held_path.HeldPath(updater, rows)
  held = path.take()
  for done, each in enumerate(gradients):
    held = path.update(held, each, done)
  path.put(held)


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
def test_only_free_rows_of_the_path_and_its_head_change_a_bit(
  name, path, make, state_of, changed_rows
):
  updater, (rows, free) = make(name), path
  before = state_of(updater.network, updater.optimizer)
  hold(updater, rows, random_gradients(updater, rows))
  changed = changed_rows(before, state_of(updater.network, updater.optimizer))
  for key, found in changed.items():
    kind, index, *_ = key.split()
    if kind == 'layer':
      assert found == free[int(index)], key
    else:
      assert bool(found) == (index == '1'), key


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
@pytest.mark.parametrize('anneal_steps', [0, 5])
def test_the_result_is_that_of_updates_of_the_variables(
  name, anneal_steps, path, make, state_of
):
  mine, other = (make(name, anneal_steps=anneal_steps) for _ in range(2))
  rows, _ = path
  gradients = random_gradients(mine, rows)
  hold(mine, rows, gradients)
  step_by_step(other, rows, gradients)
  found, expected = (
    state_of(each.network, each.optimizer) for each in (mine, other)
  )
  for key, array in expected.items():
    if name == 'sgd' and not mine.config.clip_norm:
      np.testing.assert_array_equal(found[key], array, err_msg=key)
    else:  # The norm is summed, and RMSProp made, in another order.
      np.testing.assert_allclose(
        found[key], array, rtol=1e-5, atol=1e-6, err_msg=key
      )


def test_what_is_held_is_not_in_the_variables_before_it_is_put_back(
  path, make, state_of, changed_rows
):
  updater, (rows, free) = make('adam'), path
  before = state_of(updater.network, updater.optimizer)
  holder = held_path.HeldPath(updater, rows)
  held = holder.take()
  for one, two in zip(
    tf.nest.flatten(held.weights),
    tf.nest.flatten(updater.network.gather(rows, 1)),
    strict=True,
  ):
    np.testing.assert_array_equal(one, two)
  (gradients,) = random_gradients(updater, rows, count=1)
  updated = holder.update(held, gradients, 0)
  after = state_of(updater.network, updater.optimizer)
  assert not any(changed_rows(before, after).values())
  for old, new, modules, moves in zip(
    held.weights.layers, updated.weights.layers, rows, free, strict=True
  ):
    for one, two in zip(old, new, strict=True):
      same = (one.numpy() == two.numpy()).reshape(len(modules), -1).all(axis=1)
      assert modules.numpy()[~same].tolist() == moves


def test_what_was_taken_comes_back_as_it_was(
  path, make, state_of, changed_rows
):
  updater, (rows, _) = make('adam'), path
  before = state_of(updater.network, updater.optimizer)
  holder = held_path.HeldPath(updater, rows)
  holder.put(holder.take())
  after = state_of(updater.network, updater.optimizer)
  assert not any(changed_rows(before, after).values())


def test_no_gradient_is_no_division_by_zero(path, make, state_of, changed_rows):
  updater, (rows, _) = make('sgd'), path
  before = state_of(updater.network, updater.optimizer)
  zeros = tf.nest.map_structure(
    tf.zeros_like, updater.network.gather(rows, updater.task)
  )
  hold(updater, rows, [zeros] * 2)
  after = state_of(updater.network, updater.optimizer)
  assert not any(changed_rows(before, after).values())


def test_one_graph_holds_whatever_path_and_frozen_set(make, state_of):
  mine, other = make('adam'), make('adam')
  traces = []

  @tf.function(
    input_signature=[
      [tf.TensorSpec([None], tf.int32)] * 2,
      tf.nest.map_structure(
        lambda t: tf.TensorSpec([None, *t.shape[1:]]),
        mine.network.gather([tf.range(1)] * 2, 1),
      ),
    ],
    autograph=False,
  )
  def held(rows, gradients):
    traces.append(1)
    hold(mine, rows, [gradients] * 2)

  for path in ([[0, 1, 3], [2, 3]], [[2], [1]], [[0, 4], [0, 1, 2, 3]]):
    rows = [tf.constant(modules) for modules in path]
    (gradients,) = random_gradients(mine, rows, count=1)
    held(rows, gradients)
    step_by_step(other, rows, [gradients] * 2)
    for updater in (mine, other):
      updater.network.freeze([np.array(modules[:1]) for modules in path])
    found, expected = (
      state_of(each.network, each.optimizer) for each in (mine, other)
    )
    for key, array in expected.items():
      np.testing.assert_allclose(
        found[key], array, rtol=1e-4, atol=1e-6, err_msg=key
      )
  assert traces == [1]


def test_stacked_layers_can_be_held_and_unlike_modules_can_not(partly_frozen):
  assert held_path.HeldPath.fits(partly_frozen.network())
  spec = tf.TensorSpec([4], tf.float32)
  memory = [dense.GatedDense(2, 4), lstm.GatedLSTM(2, 4), gru.GatedGRU(2, 4)]
  assert held_path.HeldPath.fits(pathnet.PathNet(spec, memory))
  unlike = heterogeneous.GatedHeterogeneous(2, [tf.keras.layers.Dense(4)])
  mixed = pathnet.PathNet(spec, [dense.GatedDense(2, 4), unlike])
  assert not held_path.HeldPath.fits(mixed)
