# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.local_engines, with a real game and real images."""

from __future__ import annotations

import contextlib
import dataclasses

import numpy as np
import pytest

from pathnet_tf import config, local_engines
from pathnet_tf.datasets import arrays
from pathnet_tf.engines import engine as engine_lib
from pathnet_tf.errors import UserError
from pathnet_tf.learner import Learner

SETTINGS = config.RunConfig(
  tasks=('mnist/3v5',),
  steps_per_task=100,
  workers=2,
  environments=3,
  network=config.NetworkConfig('dense(8), dense(8)', modules=3, active=2),
  evolution=config.EvolutionConfig(population=2, rivals=1, episodes=2),
  agent=config.AgentConfig(window=1),
  classifier=config.ClassifierConfig(batch_size=7, minibatches=5),
)
PATH = np.array([[0, 1]] * 2, np.int32)


@contextlib.contextmanager
def engine_of(settings, load=None):
  """The engine of the only task; `load` gives other images than its own."""
  learner = Learner(settings)
  learner.begin()
  task = learner.tasks[0]
  if load is not None:
    task = dataclasses.replace(task, load=load)
  engine = local_engines.make_engine(settings, task, learner.agent())
  try:
    yield learner, engine
  finally:
    engine.close()


def evaluate(learner, engine, worker: int) -> engine_lib.Result:
  rows = learner.rows(PATH)
  engine.start(worker, engine_lib.Job(0, PATH, rows, seed=1))
  return engine.wait()


def test_images_are_told_apart_by_minibatches(testdata):
  with engine_of(SETTINGS) as (learner, engine):
    assert engine.workers == 2
    for worker in range(2):
      result = evaluate(learner, engine, worker)
      assert result.worker == worker
      assert (result.episodes, result.steps) == (35, 5)
      assert 0 <= result.fitness <= 1


def test_games_are_played_in_whole_episodes_of_every_environment():
  game = 'minatar/breakout?max_episode_steps=10'
  settings = dataclasses.replace(SETTINGS, tasks=(game,))
  with engine_of(settings) as (learner, engine):
    assert engine.workers == 2
    for worker in range(2):
      result = evaluate(learner, engine, worker)
      assert result.worker == worker
      assert result.episodes == 2 * 3
      assert 'entropy' in result.metrics


def test_only_training_images_are_trained_on(testdata):
  image = np.zeros((1, 28, 28, 1), np.uint8)

  def load() -> arrays.DataSet:
    train, test = (
      arrays.Split(image, np.array([label], np.int32)) for label in (1, 0)
    )
    return arrays.DataSet(train, test, 2)

  with engine_of(SETTINGS, load) as (learner, engine):
    for _ in range(30):
      result = evaluate(learner, engine, 0)
    assert result.fitness == 1.0
    head = learner.network.heads[0].bias.numpy()
    assert head[1] > head[0]


def test_images_that_are_not_to_be_had_are_a_users_error(tmp_path, monkeypatch):
  monkeypatch.setenv('PATHNET_DATA_DIR', str(tmp_path / 'absent'))
  settings = dataclasses.replace(SETTINGS, tasks=('svhn/3v5',))
  with pytest.raises(UserError, match='no data folder'), engine_of(settings):
    pass
