# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the parameter server engine on a cluster of one process.

Its twin is the local engine. tests/launch/cluster_test.py has real processes.
"""

from __future__ import annotations

import dataclasses
import threading
import types

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf import local_engines
from pathnet_tf.agents.actor_critic import AgentConfig
from pathnet_tf.agents.classifier import ClassifierConfig
from pathnet_tf.agents.updates import OptimizerConfig
from pathnet_tf.config import EvolutionConfig, NetworkConfig, RunConfig
from pathnet_tf.engines import engine as engine_lib
from pathnet_tf.engines import parameter_server, worker_side
from pathnet_tf.errors import UserError
from pathnet_tf.learner import Learner

pytestmark = pytest.mark.usefixtures('testdata')

GAME = 'minatar/breakout?max_episode_steps=30'
IMAGES = 'mnist/3v5'
PATHS = [[[0, 1], [2, 2], [3, 1]], [[2, 1], [0, 4], [1, 0]]]


class OneProcess:
  """Stands for a cluster: closures run here, one after the other."""

  def __init__(self, config: RunConfig, learner: Learner, **options):
    self.side = worker_side.WorkerSide(
      learner.tasks,
      worker=0,
      environments=config.environments,
      episodes=config.evolution.episodes,
      minibatches=config.classifier.minibatches,
      batch_size=config.classifier.batch_size,
      **options,
    )
    self.tokens = self.side.tokens
    self.fences = [tf.Variable(0, dtype=tf.int64)]
    self.stop = self.side.stop
    self.delay = threading.Event()
    self.delay.set()

  def schedule(self, function, args):
    return Scheduled(function, args, self.delay)


class Scheduled:
  """What a closure returns, when it is asked for."""

  def __init__(self, function, args, delay):
    self._call = lambda: function(*args)
    self._delay = delay

  def fetch(self):
    self._delay.wait()
    return self._call().numpy()


def make(task: str):
  """A learner in its first task, and its configuration."""
  config = RunConfig(
    tasks=(task,),
    steps_per_task=1000,
    seed=3,
    workers=1,
    environments=2,
    network=NetworkConfig(modules=5, active=2),
    evolution=EvolutionConfig(population=8, rivals=1, episodes=2),
    agent=AgentConfig(window=2),
    classifier=ClassifierConfig(batch_size=4, minibatches=6),
    optimizer=OptimizerConfig(learning_rate=0.01),
  )
  learner = Learner(config)
  learner.network.freeze([np.array([4])] * 3)
  learner.begin()
  return config, learner


def make_remote(config, learner, **options):
  cluster = OneProcess(config, learner, **options)
  engine = parameter_server.ParameterServerEngine(
    cluster,
    learner.agent(),
    learner.tasks[0],
    workers=1,
    environments=config.environments,
  )
  return cluster, engine


def job(learner, path, seed):
  path = np.array(path, np.int32)
  return engine_lib.Job(0, path, learner.rows(path), seed)


@pytest.mark.parametrize('task', [GAME, IMAGES])
def test_evaluations_are_those_of_the_local_engine(task, state_of):
  results, states = [], []
  for remote in (False, True):
    config, learner = make(task)
    for seed, path in enumerate(PATHS):
      # Another engine each time: a worker's games are seeded when they are new.
      if remote:
        _, engine = make_remote(config, learner)
      else:
        engine = local_engines.make_engine(
          config, learner.tasks[0], learner.agent()
        )
      engine.start(0, job(learner, path, seed))
      results.append(engine.wait())
      engine.close()
    states.append(state_of(learner.network, learner.optimizer))
  for plain, remote in zip(results[:2], results[2:], strict=True):
    assert remote.fitness == plain.fitness
    assert (remote.episodes, remote.steps) == (plain.episodes, plain.steps)
    assert (remote.worker, remote.skipped) == (0, 0)
    assert remote.metrics.keys() == plain.metrics.keys()
    for name, value in plain.metrics.items():
      np.testing.assert_allclose(remote.metrics[name], value, 1e-4, 1e-5)
  for name, value in states[0].items():
    np.testing.assert_allclose(states[1][name], value, 1e-4, 1e-6)


def test_frozen_rows_stay_bit_identical(state_of, changed_rows):
  config, learner = make(GAME)
  before = state_of(learner.network, learner.optimizer)
  _, engine = make_remote(config, learner)
  engine.start(0, job(learner, [[4, 0], [4, 1], [4, 2]], 0))
  engine.wait()
  engine.close()
  changed = changed_rows(before, state_of(learner.network, learner.optimizer))
  for layer in range(3):
    assert changed[f'layer {layer} weight 0'] == [layer]


def test_an_evaluation_that_is_stopped_has_no_result():
  config, learner = make(GAME)
  cluster, engine = make_remote(config, learner)
  cluster.delay.clear()
  engine.start(0, job(learner, PATHS[0], 0))
  engine.stop()
  cluster.delay.set()
  assert engine.wait() is None
  engine.close()


def test_the_fence_is_open_while_the_engine_is(state_of, changed_rows):
  config, learner = make(GAME)
  cluster, engine = make_remote(config, learner)
  assert int(cluster.fences[0]) == 1
  engine.close()
  assert int(cluster.fences[0]) == 0
  before = state_of(learner.network, learner.optimizer)
  # A worker that was given up for lost still has this closure.
  late = engine._evaluate(
    tf.constant(0), [tf.constant(r) for r in job(learner, PATHS[0], 0).rows]
  )
  assert late.shape[0] > 0
  after = state_of(learner.network, learner.optimizer)
  assert not any(changed_rows(before, after).values())


def test_a_game_that_takes_too_long_for_a_step_is_made_anew():
  config, learner = make(GAME)
  task = learner.tasks[0]
  made = []

  def make_environment(size):
    game = task.make_environment(size)
    if not made:
      game.may_hang = True
      game.step = lambda action: threading.Event().wait()  # For ever.
    made.append(game)
    return game

  learner.tasks = [dataclasses.replace(task, make_environment=make_environment)]
  _, engine = make_remote(config, learner, step_seconds=1.0)
  engine.start(0, job(learner, PATHS[0], 0))
  result = engine.wait()
  engine.close()
  assert len(made) == 2
  assert result.metrics['dropped'] == config.environments


def test_a_worker_is_stuck_with_the_games_of_now_alone(monkeypatch):
  config, learner = make(GAME)
  side = OneProcess(config, learner).side
  assert side.stuck_for == 0
  games = types.SimpleNamespace(failures=0)
  side._stage = types.SimpleNamespace(environment=games)
  side._busy_since = 100.0
  monkeypatch.setattr(worker_side.time, 'monotonic', lambda: clock)
  clock = 160.0
  assert side.stuck_for == 60
  games.failures += 1  # What hung was made anew.
  assert side.stuck_for == 0
  clock = 190.0
  assert side.stuck_for == 30


@pytest.mark.parametrize(
  ('raised', 'seen'),
  [(RuntimeError, tf.errors.OpError), (UserError, UserError)],
)
def test_what_a_closure_raises_comes_out_of_wait(monkeypatch, raised, seen):
  config, learner = make(GAME)
  cluster, engine = make_remote(config, learner)

  def broken(self, action):
    raise raised('the paddle fell off')

  monkeypatch.setattr(worker_side.stage_lib.Stage, 'step', broken, raising=True)
  engine.start(0, job(learner, PATHS[0], 0))
  with pytest.raises(seen, match='the paddle fell off'):
    engine.wait()
  assert cluster.side.stuck_for >= 0
  engine.close()
