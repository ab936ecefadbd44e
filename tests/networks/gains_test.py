# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of gains: what a head multiplies the outputs of frozen modules by."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.config import FROZEN
from pathnet_tf.networks import adapters, configs, pathnet
from pathnet_tf.networks import head as head_lib
from tests.small_networks import images_of, outputs_of, tensors

SPEC = tf.TensorSpec([4, 3, 2], tf.float32)
# Modules 1 and 4 of the first layer and 2 of the second were frozen.
SCALED = ((1, 4), (2,))
PATHS = [((0, 1, 3, 4), (1, 2)), ((2, 4), (0,)), ((0,), (0, 1, 2))]
KINDS = [
  'dense(5), dense(4)',
  "conv(3, 2, padding='same', pool=2), dense(4, normalise=True)",
  'dense(5), lstm(4)',
  'gru(5), [dense(4), gru(4)]',
  'dense(5), [identity(), dense(5), residual(5)]',
  'progressive_dense(5, first=True), progressive_dense(4)',
]


def make(layers=KINDS[0], modules=5, scaled=SCALED, readout='sum', seed=0):
  """A network with random weights, and a head without gains, then with."""
  network = configs.make_pathnet(
    layers, SPEC, modules=modules, active=2, seed=1, readout=readout
  )
  network.add_head(head_lib.ActorCriticHead, 3, 4)
  network.add_head(head_lib.ActorCriticHead, 3, 4, adapters.Scaled(scaled))
  rng = np.random.default_rng(seed)
  for layer in network.gated:
    for stack in layer.stacks:
      stack.assign(rng.normal(size=stack.shape) / 2)
  for kernel in (head.kernel for head in network.heads):
    kernel.assign(np.random.default_rng(seed).normal(size=kernel.shape))
  network.heads[1].gains.assign(
    np.linspace(-1.2, 1.7, sum(map(len, scaled))).astype(np.float32)
  )
  return network


def naive(network, path, gains) -> np.ndarray:
  """Two dense layers, module by module, in double precision."""
  named = {}
  for layer, modules in enumerate(SCALED):
    for m in modules:
      named[layer, m] = gains[len(named)]
  features = images_of(network).numpy().astype(np.float64).reshape(6, -1)
  for index, (layer, rows) in enumerate(zip(network.gated, path, strict=True)):
    weights, bias = (stack.numpy().astype(float) for stack in layer.stacks)
    outputs = [
      named.get((index, m), 1.0)
      * np.maximum(features @ weights[m] + bias[m], 0.0)
      for m in rows
    ]
    features = sum(outputs)
    if layer.combine == 'mean':
      features = features / len(rows)
  kernel, bias = (stack.numpy() for stack in network.heads[1].stacks[:2])
  return features @ kernel.astype(float) + bias


@pytest.mark.parametrize('path', PATHS)
@pytest.mark.parametrize('readout', ['sum', 'mean'])
def test_outputs_are_those_of_the_naive_network(path, readout):
  network = make(readout=readout)
  gains = network.heads[1].gains.numpy().astype(float)
  np.testing.assert_allclose(
    outputs_of(network, path, 1),
    naive(network, path, gains),
    rtol=1e-4,
    atol=1e-4,
  )


@pytest.mark.parametrize('path', PATHS)
def test_gradients_are_the_naive_networks_differences(path):
  network = make()
  head, rows = network.heads[1], tensors(path)
  gathered = network.gather(rows, 1)
  with tf.GradientTape() as tape:
    tape.watch(gathered)
    merged = network.merge(gathered, rows, 1)
    (logits, value), _ = network.forward(
      images_of(network), merged, ((), ()), tf.zeros([1, 6], tf.bool), 1
    )
    loss = tf.reduce_sum(logits**2) + tf.reduce_sum(value**2)
  gradients = tape.gradient(
    loss, gathered, unconnected_gradients=tf.UnconnectedGradients.ZERO
  )
  gains, step = head.gains.numpy().astype(float), 1e-6
  for place in range(len(gains)):
    either = []
    for sign in (1, -1):
      moved = gains.copy()
      moved[place] += sign * step
      either.append((naive(network, path, moved) ** 2).sum())
    slope = (either[0] - either[1]) / (2 * step)
    np.testing.assert_allclose(
      gradients.head[2][place], slope, rtol=1e-3, atol=1e-3
    )
  # Those of modules that do not run have none.
  flat = [(k, m) for k, modules in enumerate(SCALED) for m in modules]
  ran = [m in path[k] for k, m in flat]
  np.testing.assert_array_equal(gradients.head[2].numpy() != 0, ran)


@pytest.mark.parametrize('layers', KINDS)
def test_a_module_without_gain_has_one_of_1_and_of_0_it_is_not_there(layers):
  network = make(layers)
  full, without = ((0, 1, 4), (1, 2)), ((0,), (1,))
  for gain, path in ((1.0, full), (0.0, without)):
    network.heads[1].gains.assign([gain] * 3)
    np.testing.assert_allclose(
      outputs_of(network, full, 1),
      outputs_of(network, path, task=0),
      rtol=1e-4,
      atol=1e-5,
    )


@pytest.mark.parametrize('layers', KINDS)
def test_each_gain_belongs_to_its_module(layers):
  network = make(layers)
  before = outputs_of(network, ((0, 1), (1,)), 1)
  gains = network.heads[1].gains
  first, *_ = gains.numpy()
  gains.assign([first, 9.0, 9.0])  # Of modules that do not run.
  np.testing.assert_array_equal(outputs_of(network, ((0, 1), (1,)), 1), before)
  gains.assign([first + 1, 9.0, 9.0])
  assert (outputs_of(network, ((0, 1), (1,)), 1) != before).any()


@pytest.mark.parametrize('layers', KINDS)
def test_a_head_without_gains_gives_the_bits_it_gave(layers):
  network = make(layers)
  rows = tensors(((0, 1, 4), (1, 2)))
  gathered = network.gather(rows, 0)
  assert len(gathered.head) == 2
  merged = network.merge(gathered, rows, 0)
  assert merged.gains == ()
  # And no op more, whatever later tasks do with what is frozen.
  graphs = []
  for adapter in (None, *(adapters.make(frozen, []) for frozen in FROZEN)):
    other = make(layers)
    other.add_head(head_lib.ActorCriticHead, 3, 4, adapter)

    @tf.function(autograph=False)
    def run(inputs, other=other):
      return other(inputs, path=rows)[0]

    graph = run.get_concrete_function(images_of(other)).graph
    graphs.append([op.type for op in graph.get_operations()])
  assert all(graph == graphs[0] for graph in graphs)


@pytest.mark.parametrize('layers', KINDS)
@pytest.mark.parametrize('path', [PATHS[0], PATHS[1]])
def test_a_path_alone_and_a_grown_network_give_the_same_bits(layers, path):
  network = make(layers)
  expected = outputs_of(network, path, 1)
  alone = network.extract(path, 1)
  assert len(alone.heads) == 1
  everything = [range(layer.modules) for layer in alone.gated]
  np.testing.assert_array_equal(outputs_of(alone, everything, 0), expected)
  grown = make(layers, modules=(7, 6), seed=3)
  grown.take(network)
  np.testing.assert_array_equal(outputs_of(grown, path, 1), expected)


def test_gains_begin_at_a_tenth_and_are_trained_with_the_head():
  adapter = adapters.Scaled([[4], [], [0, 2]])
  head = head_lib.ClassifierHead(3, adapter=adapter)
  head.build([None, 5])
  np.testing.assert_array_equal(head.gains, np.float32([0.1, 0.1, 0.1]))
  assert [stack.shape.rank for stack in head.stacks] == [2, 1, 1]
  found, laterals = head.adapt(
    [head.kernel, head.bias, tf.constant([2.0, 3.0, 4.0])],
    tensors(([0, 4], [1], [0, 1, 2])),
    (5, 2, 3),
  )
  assert [each.numpy().tolist() for each in found] == [[1, 2], [1], [3, 1, 4]]
  assert laterals == ()


@pytest.mark.parametrize('frozen', FROZEN)
def test_a_first_task_has_no_gains(frozen):
  adapter = adapters.make(frozen, [])
  head = head_lib.ClassifierHead(3, adapter=adapter)
  head.build([None, 5])
  assert len(head.stacks) == 2
  found = head.adapt(head.gather(), tensors(([0], [1])), (2, 2))
  assert found == ((), ())


def test_all_that_earlier_tasks_ran_is_scaled():
  past = [[[1, 4], [2]], [[0, 1], [3]]]
  assert adapters.make('scaled', past).modules == ((0, 1, 4), (2, 3))


def test_weights_of_another_head_are_refused():
  network = make()
  rows = tensors(PATHS[0])
  with pytest.raises(ValueError, match='another head'):
    network.merge(network.gather(rows, 0), rows, 1)


def test_modules_that_a_task_trains_have_no_gain():
  network = make()
  rows = pathnet.active_rows(PATHS[0])
  (first, second) = network.merge(
    network.gather(rows, 1), tensors(rows), 1
  ).gains
  assert first.numpy()[[0, 2]].tolist() == [1, 1]
  assert second.numpy()[0] == 1
