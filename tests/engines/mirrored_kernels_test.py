# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The mirrored engines' graphs have nothing that a GPU can't run.

There is no GPU here, but TensorFlow's wheel for Linux knows the GPU's kernels,
and is asked for them. An op without one runs on the host: right, and slow.
"""

from __future__ import annotations

import dataclasses

import pytest
import tensorflow as tf
from tensorflow.python.framework import kernels, op_def_registry

from pathnet_tf.agents.classifier import ClassifierConfig
from pathnet_tf.config import (
  EvolutionConfig,
  NetworkConfig,
  OptimizerConfig,
  RunConfig,
)
from pathnet_tf.engines import mirrored_games, mirrored_images
from pathnet_tf.learner import Learner

pytestmark = pytest.mark.skipif(
  not tf.test.is_built_with_cuda(),
  reason='this build of TensorFlow does not know the kernels of GPUs',
)

SMALL = RunConfig(
  tasks=('minatar/breakout',),
  steps_per_task=10,
  environments=2,
  network=NetworkConfig('conv(4, 3), lstm(4), dense(4)', modules=3, active=2),
  evolution=EvolutionConfig(population=4, rivals=1),
  classifier=ClassifierConfig(batch_size=4, minibatches=2),
)
# What takes a variable but changes none; a collective takes a token of order.
READS = {'ReadVariableOp', 'ResourceGather', 'CollectiveReduceV2'}
# What stays with the host: the environment's own step, which is Python's, and
# the drawing of minibatches from the images and their labels.
HOSTS = {
  'minatar/breakout': {('PyFunc', None)},
  'mnist/3v5': {('GatherV2', tf.uint8)},
}


def nodes_of(function) -> list:
  """Every op of a graph and of all the functions that it calls."""
  graph = function.graph.as_graph_def()
  nodes = list(graph.node)
  for inner in graph.library.function:
    nodes += inner.node_def
  called = {function.signature.name for function in graph.library.function}
  return [node for node in nodes if node.op not in called]


def runs_on_gpu(node) -> bool:
  """Whether there is a kernel for the op with its types."""
  return any(
    all(
      node.attr[constraint.name].type in constraint.allowed_values.list.type
      for constraint in kernel.constraint
    )
    for kernel in kernels.get_registered_kernels_for_op(node.op).kernel
    if kernel.device_type in ('GPU', 'DEFAULT')
  )


def updates_of(nodes) -> set[str]:
  """The ops that change a variable."""
  changing = set()
  for node in nodes:
    arguments = op_def_registry.get(node.op).input_arg
    if any(a.type == tf.resource.as_datatype_enum for a in arguments):
      changing |= {node.op} - READS
  return changing


def graph_of(strategy, name: str, config: RunConfig):
  """The graph of a chunk of the only task."""
  optimizer = OptimizerConfig(name, learning_rate=0.1)
  learner = Learner(
    dataclasses.replace(config, optimizer=optimizer), strategy.scope
  )
  learner.begin()
  agent, task = learner.agent(), learner.tasks[0]
  if config.tasks[0].startswith('mnist'):
    images = mirrored_images.MirroredImages(agent, task.load().train, strategy)
    return images._evaluate
  games = mirrored_games.MirroredGames(
    agent, lambda: task.make_environment(2), strategy, episodes=1
  )
  games.close()
  return games._windows.get_concrete_function()


@pytest.mark.parametrize('task', ['minatar/breakout', 'mnist/3v5'])
@pytest.mark.parametrize('name', ['sgd', 'rmsprop', 'adam'])
def test_every_op_but_the_environments_has_a_kernel(
  mirrors, testdata, name, task
):
  network = SMALL.network
  if task == 'mnist/3v5':
    network = dataclasses.replace(network, name='dense(4), dense(4)')
  config = dataclasses.replace(SMALL, tasks=(task,), network=network)
  nodes = nodes_of(graph_of(mirrors(2), name, config))
  # What the updates are made of, so that a new op is looked at here.
  assert updates_of(nodes) == {'ResourceScatterUpdate', 'AssignAddVariableOp'}
  assert 'CollectiveReduceV2' in {node.op for node in nodes}
  without = {
    (node.op, tf.as_dtype(t) if (t := node.attr['Tparams'].type) else None)
    for node in nodes
    if not runs_on_gpu(node)
  }
  assert without == HOSTS[task]


def test_an_update_without_a_kernel_is_found():
  variable, slots = tf.Variable(tf.zeros([3])), tf.Variable(tf.zeros([3]))

  @tf.function
  def update(gradient, rows):
    def apply():
      tf.raw_ops.ResourceSparseApplyRMSProp(
        var=variable.handle,
        ms=slots.handle,
        mom=slots.handle,
        lr=0.1,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-5,
        grad=gradient,
        indices=rows,
      )
      return 0

    return tf.cond(tf.size(rows) > 0, apply, lambda: 0)

  nodes = nodes_of(
    update.get_concrete_function(tf.zeros([1]), tf.constant([0]))
  )
  assert updates_of(nodes) == {'ResourceSparseApplyRMSProp'}
  without = {node.op for node in nodes if not runs_on_gpu(node)}
  assert without == {'ResourceSparseApplyRMSProp'}


def test_a_kernel_for_other_types_is_none():
  graph = tf.Graph()
  with graph.as_default():
    tf.raw_ops.ArgMax(input=tf.ones([3], tf.int32), dimension=0)
    tf.raw_ops.ArgMax(input=tf.ones([3]), dimension=0)
  found = [
    runs_on_gpu(node)
    for node in graph.as_graph_def().node
    if node.op == 'ArgMax'
  ]
  assert found == [False, True]
