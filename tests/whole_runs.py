# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Whole runs in one process, for the tests of the coordinator."""

from __future__ import annotations

import numpy as np

from pathnet_tf import config, coordinator, local_engines, run_folder
from pathnet_tf.agents.actor_critic import AgentConfig

TINY = config.RunConfig(
  tasks=('minatar/breakout', 'minatar/freeway?max_episode_steps=100'),
  steps_per_task=1500,
  seed=3,
  workers=1,
  environments=2,
  network=config.NetworkConfig(modules=6, active=2),
  evolution=config.EvolutionConfig(population=4, rivals=2),
  agent=AgentConfig(window=2),
)


class StopAfter:
  """An observer that stops the run at its n-th record."""

  def __init__(self, records):
    self.left = records
    self.run = None

  def resume(self, records):
    pass

  def observe(self, record, search):
    self.left -= 1
    if self.left == 0:
      self.run.stop()


class BreakAfter(StopAfter):
  """An observer at whose n-th record the run ends as if it were killed."""

  def observe(self, record, search):
    self.left -= 1
    if self.left == 0:
      raise InterruptedError


def train(
  settings,
  path,
  stop_after=None,
  checkpoint_seconds=0.0,
  observers=(),
  export=None,
  **options,
):
  """Runs to the end, or to where it is stopped; gives the coordinator."""
  observers = [*observers, *([StopAfter(stop_after)] if stop_after else [])]
  with run_folder.RunFolder(path) as folder:
    run = coordinator.Coordinator(
      settings,
      folder,
      local_engines.make_engine,
      observers,
      checkpoint_seconds,
      export,
      **options,
    )
    for observer in observers:
      observer.run = run
    run.run()
  return run


def weights(run):
  """Every variable that a checkpoint holds, in a fixed order."""
  learner = run.learner
  layers = learner.network.gated
  stacks = [
    s for layer in [*layers, *learner.network.heads] for s in layer.stacks
  ]
  masks = [m for layer in layers for m in (layer.active, layer.frozen)]
  slots = [s for stack in stacks for s in learner.optimizer.slots(stack)]
  return [v.numpy() for v in [*stacks, *masks, *slots]]


def assert_same(a, b):
  for x, y in zip(weights(a), weights(b), strict=True):
    np.testing.assert_array_equal(x, y)


# Two tasks of real images, by serial tournaments; 12 evaluations each.
IMAGES = config.RunConfig(
  tasks=('mnist/3v5', 'mnist/6v7'),
  steps_per_task=58,
  seed=3,
  workers=1,
  network=config.NetworkConfig(
    'dense(8), dense(8)',
    modules=5,
    active=2,
    frozen='available',
    readout='mean',
  ),
  evolution=config.EvolutionConfig('binary', population=4),
  classifier=config.ClassifierConfig(batch_size=8, minibatches=5),
  optimizer=config.OptimizerConfig('rmsprop', learning_rate=0.01),
)
