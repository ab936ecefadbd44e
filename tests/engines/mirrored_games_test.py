# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.engines.mirrored_games, on a real game."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from tf_agents.trajectories import trajectory

from pathnet_tf.agents.actor_critic import AgentConfig
from pathnet_tf.config import (
  EvolutionConfig,
  NetworkConfig,
  OptimizerConfig,
  RunConfig,
)
from pathnet_tf.engines import engine as engine_lib
from pathnet_tf.engines import local, mirrored_games, window
from pathnet_tf.environments import minatar_game
from pathnet_tf.learner import Learner

WINDOW, ENVIRONMENTS, EPISODES = 2, 2, 2
SMALL = RunConfig(
  tasks=('minatar/breakout',),
  steps_per_task=1000,
  seed=3,
  environments=ENVIRONMENTS,
  network=NetworkConfig('conv(4, 3), lstm(8)', modules=5, active=2),
  evolution=EvolutionConfig(population=8, rivals=1),
  agent=AgentConfig(window=WINDOW),
  optimizer=OptimizerConfig(learning_rate=0.01),
)
PATHS = [[[0, 1]] * 2, [[2, 2]] * 2, [[0, 3]] * 2, [[1, 4]] * 2]


class Game(minatar_game.MinAtar):
  """Breakout that keeps its steps and actions, and breaks if told to."""

  def __init__(self, breaks_at: int = -1):
    super().__init__('breakout', ENVIRONMENTS, max_episode_steps=12)
    self.breaks_at = breaks_at
    self.closed = False
    self.seeds: list[int] = []
    self.seen: list = []
    self.actions: list[np.ndarray] = []

  def seed(self, seed):
    super().seed(seed)
    self.seeds.append(seed)

  def _keep(self, step):
    self.seen.append(tf.nest.map_structure(np.copy, step))
    return step

  def _reset(self):
    return self._keep(super()._reset())

  def _step(self, action):
    if len(self.actions) == self.breaks_at:
      raise RuntimeError('the paddle fell off')
    self.actions.append(np.copy(action))
    return self._keep(super()._step(action))

  def close(self):
    self.closed = True


class Run:
  """A learner in its first task, with one frozen module, and an engine."""

  def __init__(self, strategy, config=SMALL, chunk: int = 2, **options):
    self.strategy = strategy
    self.learner = Learner(config, strategy.scope)
    self.learner.network.freeze([np.array([4])] * 2)
    self.learner.begin()
    self.agent = self.learner.agent()
    self.games: list[Game] = []

    def make_game():
      self.games.append(Game(**options))
      return self.games[-1]

    self.engine = mirrored_games.MirroredGames(
      self.agent, make_game, strategy, episodes=EPISODES, chunk=chunk
    )

  def __enter__(self):
    return self

  def __exit__(self, *_):
    self.engine.close()

  def start(self, worker: int, path, seed: int) -> None:
    path = np.array(path, np.int32)
    rows = self.learner.rows(path)
    self.engine.start(worker, engine_lib.Job(0, path, rows, seed))

  def state(self, state_of):
    return state_of(self.learner.network, self.learner.optimizer)


def told(result: engine_lib.Result) -> tuple:
  """All of a result but its job, whose arrays do not compare."""
  shown = {f.name: getattr(result, f.name) for f in dataclasses.fields(result)}
  return result.job.seed, *(v for k, v in shown.items() if k != 'job')


def play(run: Run, evaluations: int) -> list[tuple]:
  """So many evaluations, who is done being given the next one at once."""
  for worker in range(run.engine.workers):
    run.start(worker, PATHS[worker], seed=worker)
  results = []
  while len(results) < evaluations:
    results.append(told(run.engine.wait()))
    seed = run.engine.workers + len(results)
    run.start(results[-1][1], PATHS[seed % 4], seed)
  return results


@pytest.mark.parametrize(
  'replicas', [1, 2, pytest.param(4, marks=pytest.mark.slow)]
)
def test_a_run_repeats_to_the_bit_and_so_do_its_replicas(
  mirrors,
  state_of,
  changed_rows,
  assert_replicas_equal,
  assert_same_state,
  replicas,
):
  states, results = [], []
  for _ in range(2):
    with Run(mirrors(replicas)) as run:
      before = run.state(state_of)
      results.append(play(run, 3 + replicas))
      assert_replicas_equal(run.strategy, run.agent.updater)
      states.append(run.state(state_of))
      assert run.engine._windows.experimental_get_tracing_count() == 1
  assert results[0] == results[1]
  assert_same_state(*states)
  changed = changed_rows(before, states[0])
  # Module 4 is frozen and always on; the others were on some path or on none.
  seeds = [seed for seed, *_ in results[0]]
  done = {m for seed in seeds for m in PATHS[seed % 4][0]} - {4}
  for layer in range(2):
    for name in (f'layer {layer} weight 0', f'layer {layer} weight 0 slot 0'):
      assert done <= set(changed[name]) <= {0, 1, 2, 3}


def test_results_say_what_was_done(mirrors):
  with Run(mirrors(2)) as run:
    for worker in range(2):
      run.start(worker, PATHS[worker], seed=worker)
    results = sorted(
      (run.engine.wait() for _ in range(2)), key=lambda r: r.worker
    )
  played = [len(game.actions) for game in run.games]
  # A lockstep: who is done first, without another job, plays on.
  assert played[0] == played[1] == WINDOW * run.agent.updater.updates.numpy()
  for worker, result in enumerate(results):
    assert result.job.seed == worker
    assert result.episodes == EPISODES * ENVIRONMENTS
    assert result.skipped == 0
    assert tuple(result.metrics) == (*window.METRICS, 'dropped')
    assert np.isfinite(list(result.metrics.values())).all()
    # The first whole episodes of every environment, added up by hand.
    returns = [[0.0] for _ in range(ENVIRONMENTS)]
    for step in run.games[worker].seen[1:]:
      for index in range(ENVIRONMENTS):
        returns[index][-1] += step.reward[index]
        if step.step_type[index] == 2:
          returns[index].append(0.0)
    counted = [each[:EPISODES] for each in returns]
    assert result.fitness == pytest.approx(np.mean(counted))
  assert run.agent.updater.steps.numpy() == sum(r.steps for r in results)
  assert [game.seeds for game in run.games] == [[0], [1]]
  assert all(game.closed for game in run.games)


@pytest.mark.parametrize('name', ['sgd', 'rmsprop', 'adam'])
def test_two_replicas_on_one_path_are_one_with_twice_the_environments(
  mirrors, state_of, name
):
  optimizer = OptimizerConfig(name, learning_rate=0.01, clip_norm=0.0)
  # Without recurrent modules: a trajectory holds none of their states.
  network = dataclasses.replace(SMALL.network, name='conv(4, 3), dense(8)')
  config = dataclasses.replace(SMALL, optimizer=optimizer, network=network)
  with Run(mirrors(2), config, chunk=1) as run:
    before = run.state(state_of)
    for worker in range(2):
      run.start(worker, PATHS[2], seed=worker)
    run.engine.run_chunk()
  steps = [
    tf.nest.map_structure(
      lambda *parts: np.concatenate(parts),
      *(game.seen[t] for game in run.games),
    )
    for t in range(WINDOW + 1)
  ]
  actions = [
    np.concatenate([game.actions[t] for game in run.games])
    for t in range(WINDOW)
  ]
  # Each replica has a mean over its own steps, so that theirs make a mean.
  assert all((step.step_type < 2).all() for step in steps)

  def batched(columns):
    return tf.constant(np.stack(columns, axis=1))

  experience = trajectory.Trajectory(
    step_type=batched([s.step_type for s in steps]),
    observation=batched([s.observation for s in steps]),
    action=batched([*actions, actions[-1]]),
    policy_info=(),
    next_step_type=batched([s.step_type for s in (*steps[1:], steps[-1])]),
    reward=batched([s.reward for s in (*steps[1:], steps[-1])]),
    discount=batched([s.discount for s in (*steps[1:], steps[-1])]),
  )
  one = Learner(config)
  one.network.freeze([np.array([4])] * 2)
  one.begin()
  agent = one.agent()
  one.network.set_active(one.rows(np.array(PATHS[2])))
  update = agent.updater.update

  def doubled(rows, gradients, *rest):
    # The replicas' two means are summed.
    return update(
      rows, tf.nest.map_structure(lambda g: 2 * g, gradients), *rest
    )

  agent.updater.update = doubled
  agent.train(experience)
  after, expected = run.state(state_of), state_of(one.network, one.optimizer)
  moved = 0.0
  for key, array in expected.items():
    np.testing.assert_allclose(
      after[key], array, rtol=1e-4, atol=1e-6, err_msg=key
    )
    moved = max(moved, np.abs(array - before[key]).max())
  assert moved > 1e-4
  assert run.agent.updater.steps.numpy() == agent.updater.steps.numpy()


def test_one_replica_learns_as_the_local_engine_does(mirrors, state_of):
  local_run = Learner(SMALL)
  local_run.network.freeze([np.array([4])] * 2)
  local_run.begin()
  engine = local.LocalEngine(
    local_run.agent(), Game, workers=1, episodes=EPISODES
  )
  with Run(mirrors(1), chunk=1) as run:
    for seed, path in enumerate(PATHS[:2]):
      run.start(0, path, seed)
      mine = run.engine.wait()
      engine.start(0, mine.job)
      other = engine.wait()
      assert (mine.fitness, mine.steps) == (other.fitness, other.steps)
  engine.close()
  expected = state_of(local_run.network, local_run.optimizer)
  for key, array in run.state(state_of).items():
    np.testing.assert_allclose(
      array, expected[key], rtol=1e-3, atol=1e-4, err_msg=key
    )


def test_a_replica_without_a_job_changes_nothing(
  mirrors, state_of, assert_same_state, assert_replicas_equal
):
  states = []
  for replicas, worker in ((1, 0), (2, 0), (2, 1)):
    with Run(mirrors(replicas), chunk=1) as run:
      run.start(worker, PATHS[0], seed=7)
      result = run.engine.wait()
      assert result.worker == worker
      assert_replicas_equal(run.strategy, run.agent.updater)
      states.append(run.state(state_of))
  assert_same_state(states[0], states[1])
  assert_same_state(states[0], states[2])


def test_after_stop_there_are_no_results(mirrors):
  with Run(mirrors(2)) as run:
    run.start(0, PATHS[0], seed=0)
    run.engine.stop()
    assert run.engine.wait() is None
