# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of columns: paths of earlier tasks that run beside a later one."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.errors import UserError
from pathnet_tf.layers import stacked
from pathnet_tf.networks import adapters, configs
from pathnet_tf.networks import head as head_lib
from tests.small_networks import images_of, outputs_of, tensors

SPEC = tf.TensorSpec([4, 3, 2], tf.float32)
# What three tasks ran; the second names a module of the first one's, and the
# third nothing else in its first layer.
PATHS = [
  [[1, 4], [2], [0, 3]],
  [[0, 1], [0, 1], [2]],
  [[1, 4], [3, 4], [0, 1]],
]
KINDS = [
  'dense(5), dense(4), dense(3)',
  "conv(3, 2, padding='same', pool=2), conv(2, 1), dense(4, normalise=True)",
  'dense(5), [dense(5), identity(), residual(5)], dense(4)',
]


def make(layers=KINDS[0], modules=5, readout='sum', seed=0):
  """A network with random weights, and three heads that read all before."""
  network = configs.make_pathnet(
    layers, SPEC, modules=modules, active=2, seed=1, readout=readout
  )
  rng = np.random.default_rng(seed)
  for layer in network.gated:
    for stack in layer.stacks:
      stack.assign(rng.normal(size=stack.shape) / 2)
  for task in range(3):
    made = network.add_head(
      head_lib.ActorCriticHead, 3, 4, adapters.make('columns', PATHS[:task])
    )
    for stack in made.stacks:
      stack.assign(rng.normal(size=stack.shape))
  return network


def naive(network, task, laterals) -> np.ndarray:
  """Dense layers, column by column and module by module, in doubles.

  Args:
    network: of dense layers.
    task: whose path runs, and is read by its head.
    laterals: of each task, `[L, columns]`.
  """
  features = [images_of(network).numpy().astype(float).reshape(6, -1)] * (
    task + 1
  )
  for index, layer in enumerate(network.gated):
    weights, bias = (stack.numpy().astype(float) for stack in layer.stacks)
    after = []
    for column in range(task + 1):
      total = 0.0
      for m in PATHS[column][index]:
        if all(m not in earlier[index] for earlier in PATHS[:column]):
          total += np.maximum(features[column] @ weights[m] + bias[m], 0.0)
      if layer.combine == 'mean':
        total /= len(PATHS[column][index])
      for before in range(column):
        total += laterals[column][index, before] * after[before]
      after.append(total)
    features = after
  kernel, bias = (stack.numpy() for stack in network.heads[task].stacks[:2])
  return features[-1] @ kernel.astype(float) + bias


def laterals_of(network) -> list:
  return [None] + [h.gains.numpy().astype(float) for h in network.heads[1:]]


@pytest.mark.parametrize('task', [0, 1, 2])
@pytest.mark.parametrize('readout', ['sum', 'mean'])
def test_outputs_are_those_of_the_naive_network(task, readout):
  network = make(readout=readout)
  np.testing.assert_allclose(
    outputs_of(network, PATHS[task], task),
    naive(network, task, laterals_of(network)),
    rtol=1e-4,
    atol=1e-4,
  )


def test_gradients_are_the_naive_networks_differences():
  network = make()
  rows = tensors(PATHS[2])
  gathered = network.gather(rows, 2)
  with tf.GradientTape() as tape:  # It watches every variable that is read.
    tape.watch(gathered)
    merged = network.merge(gathered, rows, 2)
    (logits, value), _ = network.forward(
      images_of(network), merged, ((), (), ()), tf.zeros([1, 6], tf.bool), 2
    )
    loss = tf.reduce_sum(logits**2) + tf.reduce_sum(value**2)
  stacks = [layer.stacks for layer in network.gated]
  heads = [head.stacks for head in network.heads[:2]]
  gradients, *others = tape.gradient(loss, [gathered, stacks, heads])
  # Neither the columns' modules nor their heads have any.
  assert not any(g is not None for g in tf.nest.flatten(others))
  before, step = laterals_of(network), 1e-6
  for place in np.ndindex(before[2].shape):
    either = []
    for sign in (1, -1):
      moved = before[2].copy()
      moved[place] += sign * step
      outputs = naive(network, 2, [*before[:2], moved])
      either.append((outputs**2).sum())
    slope = (either[0] - either[1]) / (2 * step)
    np.testing.assert_allclose(
      gradients.head[2][place], slope, rtol=1e-3, atol=1e-2
    )
  # A module of a column's that the path names as well is not trained.
  kernel, _ = gradients.layers[0]
  assert not kernel.numpy().any()
  kernel, _ = gradients.layers[1]
  assert kernel.numpy().any(axis=(1, 2)).all()


@pytest.mark.parametrize('layers', KINDS)
def test_a_column_gives_the_bits_that_its_task_gave(layers):
  network = make(layers)
  expected = outputs_of(network, PATHS[1], 1)
  # The third path gives nothing of its own, and reads the second column alone.
  path = [[3], [4], [4]]
  for layer, rows in zip(network.gated, path, strict=True):
    if isinstance(layer, stacked.StackedLayer):  # Else it is the identity.
      for stack in layer.stacks:
        none = tf.zeros([1, *stack.shape[1:]])
        stack.scatter_update(tf.IndexedSlices(none, rows))
  third = network.heads[2]
  third.gains.assign([[0, 0], [0, 0], [0, 1]])
  third.kernel.assign(network.heads[1].kernel)
  third.bias.assign(network.heads[1].bias)
  np.testing.assert_array_equal(outputs_of(network, path, 2), expected)


@pytest.mark.parametrize('layers', KINDS)
@pytest.mark.parametrize('task', [0, 1, 2])
def test_a_path_alone_and_a_grown_network_give_the_same_bits(layers, task):
  network = make(layers)
  expected = outputs_of(network, PATHS[task], task)
  alone = network.extract(PATHS[task], task)
  np.testing.assert_array_equal(outputs_of(alone), expected)
  grown = make(layers, modules=(7, 6, 5), seed=3)
  grown.take(network)
  np.testing.assert_array_equal(outputs_of(grown, PATHS[task], task), expected)


def test_a_path_alone_has_its_modules_its_columns_and_no_others():
  network = make()
  assert network.extract(PATHS[0], 0).modules == (2, 1, 2)
  alone = network.extract(PATHS[1], 1)
  assert alone.modules == (3, 3, 3)  # Of 0, 1, 4; of 0, 1, 2; and of 0, 2, 3.
  assert [head.adapter.columns for head in alone.heads] == [
    (),
    (((1, 2), (2,), (0, 2)),),
  ]
  active = [np.flatnonzero(layer.active).tolist() for layer in alone.gated]
  assert active == [[0, 1], [0, 1], [1]]


def test_laterals_begin_at_a_tenth_and_are_trained_with_the_head():
  head = head_lib.ClassifierHead(3, adapter=adapters.Columns(PATHS[:2]))
  head.build([None, 5])
  np.testing.assert_array_equal(head.gains, np.full([3, 2], 0.1, np.float32))
  assert [stack.shape.rank for stack in head.stacks] == [2, 1, 2]
  gains = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
  found, laterals = head.adapt(
    [head.kernel, head.bias, gains], tensors([[0, 2], [1], [2, 4]]), (5, 5, 5)
  )
  assert [each.numpy().tolist() for each in laterals] == [
    [1, 2],
    [3, 4],
    [5, 6],
  ]
  # What runs in a column gives nothing in the path.
  assert [each.numpy().tolist() for each in found] == [[0, 1], [0], [0, 1]]


def test_recurrent_modules_are_refused():
  network = configs.make_pathnet(
    'dense(5), lstm(4)', SPEC, modules=5, active=2, seed=1
  )
  adapters.check('scaled', network.gated)
  with pytest.raises(UserError, match='layer_1 has recurrent modules'):
    adapters.check('columns', network.gated)
