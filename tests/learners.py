# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Learners of three real games or image tasks, for the tests of the learner."""

from __future__ import annotations

import functools
import re

import numpy as np
import tensorflow as tf

from pathnet_tf.agents.actor_critic import AgentConfig
from pathnet_tf.config import (
  EvolutionConfig,
  NetworkConfig,
  OptimizerConfig,
  RunConfig,
)
from pathnet_tf.engines import engine as engine_lib
from pathnet_tf.engines import local, minibatches
from pathnet_tf.layers import heterogeneous
from pathnet_tf.learner import Learner
from pathnet_tf.networks import configs, pathnet

MODULES = 6
GAMES = tuple(
  f'minatar/{game}?max_episode_steps=12'
  for game in ('breakout', 'asterix', 'space_invaders')
)
# Task by task the best path, and another one that is trained beside it. With
# 'available', the second task's path holds a frozen module of the first.
PATHS = [
  ([[0, 1], [1, 1], [5, 2]], [[2, 3], [0, 4], [1, 3]]),
  ([[1, 3], [0, 1], [5, 4]], [[4, 5], [2, 2], [0, 0]]),
  ([[4, 2], [3, 0], [1, 0]], [[0, 5], [5, 5], [3, 4]]),
]
# Three layers of every kind there is.
KINDS = {
  'plain': 'conv(4, 3), dense(8), dense(8)',
  'pooled': 'conv(4, 3, pool=2, normalise=True), dense(8, normalise=True),'
  ' dense(8)',
  'residual': "conv(10, 3, padding='same', residual=True), dense(8),"
  ' dense(8, residual=True)',
  'lstm': 'dense(8), lstm(8), dense(8)',
  'gru': 'dense(8), gru(8), dense(8)',
  'unlike': 'conv(4, 3), [identity(), dense(4), residual(4)], dense(8)',
  'unlike cells': 'dense(8), [gru(8), dense(8), lstm(8)], dense(8)',
}
SEED = 5
# Freezes 1, 3 and 2 modules.
GROWTH_PATH = np.array([[1, 1, 1], [0, 3, 5], [2, 6, 2]])
IMAGES = ('mnist/3v5', 'mnist/0v6v8', 'mnist/1v7')


def make(frozen: str = 'always_on', **changes) -> Learner:
  """Of three games, unless `changes` say otherwise."""
  arguments = {
    'tasks': GAMES,
    'steps_per_task': 1000,
    'seed': SEED,
    'workers': 1,
    'environments': 2,
    'network': NetworkConfig(modules=MODULES, active=2, frozen=frozen),
    'evolution': EvolutionConfig(population=2, rivals=1),
    'agent': AgentConfig(window=2),
    'optimizer': OptimizerConfig(learning_rate=0.01),
  }
  return Learner(RunConfig(**(arguments | changes)))


def train(learner: Learner, paths) -> None:
  """An evaluation of each path, in real games of the present task."""
  task = learner.tasks[learner.task]
  engine = local.LocalEngine(
    learner.agent(),
    functools.partial(task.make_environment, 2),
    workers=1,
    episodes=1,
  )
  for seed, path in enumerate(paths):
    path = np.array(path, np.int32)
    engine.start(0, engine_lib.Job(0, path, learner.rows(path), seed))
    assert engine.wait().steps > 0
  engine.close()


def bits_of(array: np.ndarray) -> np.ndarray:
  """Of a float32 array."""
  return array.view(np.uint32)  # So that even -0 is not 0.


def outputs_of(learner: Learner, task: int, by_mask=False) -> list[np.ndarray]:
  """Policy and value of a finished task on three fixed observations in a row.

  Along its path, or along the `active` masks.
  """
  images = np.random.default_rng(0).integers(0, 2, (3, 8, 10, 10, 10))
  rows = [tf.constant(rows, tf.int32) for rows in learner.finished[task].rows]
  outputs, state = [], ()
  for image in images:
    (logits, value), state = learner.network(
      tf.constant(image, tf.uint8),
      network_state=state,
      path=None if by_mask else rows,
      task=task,
    )
    outputs += [bits_of(logits.numpy()), bits_of(value.numpy())]
  return outputs


def assert_same(some, others) -> None:
  for one, two in zip(some, others, strict=True):
    np.testing.assert_array_equal(one, two)


def owners_of(layer, weight: int) -> np.ndarray:
  """The module that each row of one of the layer's weights belongs to."""
  if isinstance(layer, heterogeneous.GatedHeterogeneous):
    module, variable = layer._owned()[weight]
    return np.full(variable.shape[0], module)
  return np.arange(layer.modules)


def modules_in(network, changed, slots: bool) -> list[set[int]]:
  """For every layer the modules that any changed row belongs to."""
  modules: list[set[int]] = [set() for _ in network.gated]
  for name, rows in changed.items():
    match = re.fullmatch(r'layer (\d+) weight (\d+)( slot \d+)?', name)
    if match and bool(match[3]) == slots:
      layer = int(match[1])
      owners = owners_of(network.gated[layer], int(match[2]))
      modules[layer] |= set(owners[rows].tolist())
  return modules


def with_weights(network) -> list[set[int]]:
  """For every layer the modules that have any: an identity has none."""
  found = []
  for layer in network.gated:
    owners = [owners_of(layer, index) for index in range(len(layer.stacks))]
    found.append(set(np.concatenate(owners).tolist()))
  return found


def network_of(
  kind: str, seed: int, modules=MODULES, active: int = 2
) -> pathnet.PathNet:
  """As a seed makes it, to compare weights with."""
  spec = make().network.input_tensor_spec
  return configs.make_pathnet(
    KINDS[kind], spec, modules=modules, active=active, seed=seed
  )


def scramble(learner: Learner, seed: int = 0) -> None:
  """Other weights and slots everywhere, as if after a long training."""
  rng = np.random.default_rng(seed)
  for owner in (*learner.network.gated, *learner.network.heads):
    for stack in owner.stacks:
      stack.assign(rng.normal(size=stack.shape) / 2)
      for slot in learner.optimizer.slots(stack):
        slot.assign(rng.uniform(1, 2, size=slot.shape))


def growing(kind: str, free: int = 7, **changes) -> Learner:
  """One whose seven modules a layer grow where fewer than `free` are free."""
  return make(
    **{
      'network': NetworkConfig(
        KINDS[kind], modules=7, active=3, free_modules=free
      ),
      'optimizer': OptimizerConfig('adam'),  # It has slots of all shapes.
      **changes,
    }
  )


def learn_images(learner: Learner, path) -> None:
  """Three minibatches of the first images of the present task."""
  split = learner.tasks[learner.task].load().train
  inputs = learner.network.prepare(tf.constant(split.images[:12]))
  tally = minibatches.run(
    learner.agent(),
    [tf.constant(r) for r in learner.rows(np.array(path))],
    tf.reshape(inputs, [3, 4, 28, 28, 1]),
    tf.reshape(split.labels[:12], [3, 4]),
  )
  assert float(tally.updates) == 3
