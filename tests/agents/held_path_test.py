# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.agents.held_path, against updates of the variables."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.agents import held_path, row_optimizers
from pathnet_tf.agents.updates import OptimizerConfig
from pathnet_tf.layers import dense
from pathnet_tf.networks import configs, head, pathnet

UPDATES = 4


@pytest.fixture(params=['named', 'always on'])
def path(request, partly_frozen) -> tuple[list[tf.Tensor], list[list[int]]]:
  """The rows of a path, and those of them that are free.

  Some frozen modules are named by the path, or all are on besides it.
  """
  if request.param == 'named':
    return partly_frozen.rows, partly_frozen.free
  frozen = partly_frozen.network().frozen_rows()
  rows = pathnet.active_rows([[0, 0, 2], [1, 2]], frozen)
  assert [r.tolist() for r in rows] == [[0, 2, 3, 4], [0, 1, 2, 3]]
  return [tf.constant(r) for r in rows], [[0, 2], [1, 2]]


@pytest.fixture(
  params=[(0.0, ''), (0.5, ''), (0.5, 'scaled'), (0.5, 'columns')]
)
def make(request, partly_frozen, make_updater):
  """Makes updaters that are equal to the bit, with gradients clipped or not.

  In some the frozen modules are scaled, or run as columns.
  """
  clip_norm, reads = request.param

  def make_one(name, **changes):
    config = OptimizerConfig(name, learning_rate=0.05, clip_norm=clip_norm)
    updater = make_updater(partly_frozen.network(reads), config, **changes)
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
    held = path.update(held, updater.network.lay_out(each, rows), done)
  path.put(held)


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
def test_only_free_rows_of_the_path_and_its_head_change_a_bit(
  name, path, make, state_of, assert_trained
):
  updater, (rows, free) = make(name), path
  before = state_of(updater.network, updater.optimizer)
  hold(updater, rows, random_gradients(updater, rows))
  after = state_of(updater.network, updater.optimizer)
  assert_trained(before, after, free)


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
def test_the_result_is_that_of_updates_of_the_variables(
  name, path, make, state_of
):
  mine, other = (make(name, anneal_steps=5) for _ in range(2))
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
  updater, (rows, free) = make('sgd'), path
  network = updater.network
  before = state_of(network, updater.optimizer)
  holder = held_path.HeldPath(updater, rows)
  held = holder.take()
  gathered = network.gather(rows, 1)
  for one, two in zip(
    tf.nest.flatten(held.weights),
    tf.nest.flatten(network.lay_out(gathered, rows)),
    strict=True,
  ):
    np.testing.assert_array_equal(one, two)
  (gradients,) = random_gradients(updater, rows, count=1)
  updated = holder.update(held, network.lay_out(gradients, rows), 0)
  after = state_of(network, updater.optimizer)
  assert not any(changed_rows(before, after).values())

  def moves(modules, moving, weight):
    mask = np.isin(modules, moving).reshape(-1, *[1] * (weight.shape.rank - 1))
    return tf.constant(np.broadcast_to(mask, weight.shape), tf.float32)

  # Where the weights of free rows lie, as they are laid out to be run.
  masks = [
    [moves(modules.numpy(), moving, weight) for weight in weights]
    for modules, moving, weights in zip(
      rows, free, gathered.layers, strict=True
    )
  ]
  expected = network.lay_out(gathered._replace(layers=masks), rows)
  for old, new, mask in zip(
    tf.nest.flatten(held.weights.layers),
    tf.nest.flatten(updated.weights.layers),
    tf.nest.flatten(expected.layers),
    strict=True,
  ):
    np.testing.assert_array_equal(old != new, mask == 1)
  for old, new in zip(held.weights.head, updated.weights.head, strict=True):
    assert (old.numpy() != new.numpy()).all()


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


@pytest.mark.parametrize(
  ('layers', 'fits'),
  [
    ('dense(4), dense(4, residual=True)', True),
    ('dense(4, normalise=True)', True),
    ('lstm(4), gru(4)', True),
    ('dense(4), [dense(4), identity()]', False),
    ('[gru(4), lstm(4)]', False),
  ],
)
@pytest.mark.parametrize('modules', [1, 3])
def test_stacked_layers_can_be_held_and_unlike_modules_can_not(
  layers, fits, modules
):
  spec = tf.TensorSpec([4], tf.float32)
  network = configs.make_pathnet(
    layers, spec, modules=modules, active=1, seed=0
  )
  assert held_path.HeldPath.fits(network) == fits


def test_images_networks_can_be_held(partly_frozen, told_apart):
  for example in (partly_frozen, told_apart):
    assert held_path.HeldPath.fits(example.network())


class Doubled(dense.GatedDense):
  """A user's own layer, whose weights are not what it runs."""

  def merge(self, gathered, rows):
    kernel, bias = super().merge(gathered, rows)
    return 2 * kernel, bias


def test_a_layer_that_runs_other_numbers_than_it_keeps_can_not_be_held():
  spec = tf.TensorSpec([4], tf.float32)
  for layer, fits in ((dense.GatedDense(3, 4), True), (Doubled(3, 4), False)):
    network = pathnet.PathNet(spec, [layer])
    assert held_path.HeldPath.fits(network) == fits


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
@pytest.mark.parametrize(
  'layers',
  [
    "conv(3, 2, padding='same', normalise=True), dense(4, normalise=True)",
    'lstm(4), gru(5)',
  ],
)
def test_every_kind_of_stacked_layer_is_held(
  name, layers, make_updater, state_of
):
  spec = tf.TensorSpec([4, 3, 2], tf.float32)
  found = []
  for train in (hold, step_by_step):
    network = configs.make_pathnet(layers, spec, modules=4, active=2, seed=1)
    for seed in range(2):
      network.add_head(head.ClassifierHead, 3, seed)
    network.freeze([np.array([1]), np.array([0, 2])])
    updater = make_updater(network, OptimizerConfig(name, 0.05, 0.0))
    rows = [tf.constant([1, 3]), tf.constant([0, 1, 3])]
    train(updater, rows, random_gradients(updater, rows))
    found.append(state_of(network, updater.optimizer))
  for key, array in found[1].items():
    np.testing.assert_allclose(
      found[0][key], array, rtol=1e-5, atol=1e-6, err_msg=key
    )
