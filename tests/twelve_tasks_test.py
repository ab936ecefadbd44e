# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Twelve real games in a row on one network that grows."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf import coordinator, run_folder
from pathnet_tf.config import EvolutionConfig, NetworkConfig, RunConfig
from pathnet_tf.local_engines import make_engine

GAMES = ('breakout', 'asterix', 'freeway', 'space_invaders')
FREE = 5


def outputs_of(learner, task: int) -> list[np.ndarray]:
  """Policy and value of a finished task on fixed observations."""
  bits = np.random.default_rng(0).integers(0, 2, (16, 10, 10, 10))
  path = [tf.constant(rows, tf.int32) for rows in learner.finished[task].rows]
  (logits, value), _ = learner.network(
    tf.constant(bits, tf.uint8), path=path, task=task
  )
  return [logits.numpy(), value.numpy()]


class Watch:
  """Takes down every task's outputs as it is finished, and the network's M."""

  def __init__(self):
    self.run: coordinator.Coordinator | None = None
    self.outputs: list[list[np.ndarray]] = []
    self.modules: list[tuple[int, ...]] = []

  def resume(self, records) -> None:
    del records

  def observe(self, record, state) -> None:
    del state
    learner = self.run.learner
    if record['kind'] == 'begin':
      self.modules.append(learner.network.modules)
      for layer in learner.network.gated:
        assert np.sum(~layer.frozen.numpy()) >= FREE
    if record['kind'] == 'finish':
      self.outputs.append(outputs_of(learner, record['task']))


@pytest.mark.slow
@pytest.mark.parametrize(
  'network',
  ['minatar', 'conv(4, 3), dense(9), [identity(), dense(9)], lstm(8)'],
)
def test_no_task_is_forgotten(tmp_path, network):
  config = RunConfig(
    tasks=tuple(
      f'minatar/{GAMES[k % len(GAMES)]}?max_episode_steps={20 + k}'
      for k in range(12)
    ),
    steps_per_task=300,
    workers=1,
    environments=2,
    network=NetworkConfig(
      name=network, modules=6, active=3, frozen='available', free_modules=FREE
    ),
    evolution=EvolutionConfig(population=3, rivals=1),
  )
  watch = Watch()
  with run_folder.RunFolder(tmp_path) as folder:
    watch.run = coordinator.Coordinator(config, folder, make_engine, [watch])
    watch.run.run()
    learner = watch.run.learner
  assert len(learner.finished) == 12
  assert min(watch.modules[-1]) > 6  # It has grown.
  for task, then in enumerate(watch.outputs):
    for one, two in zip(then, outputs_of(learner, task), strict=True):
      np.testing.assert_array_equal(one, two)
  # Reading the run again from its checkpoint gives the same.
  with run_folder.RunFolder(tmp_path) as folder:
    again = coordinator.Coordinator(config, folder, make_engine).learner
  assert again.network.modules == learner.network.modules
  for task, then in enumerate(watch.outputs):
    for one, two in zip(then, outputs_of(again, task), strict=True):
      np.testing.assert_array_equal(one, two)
