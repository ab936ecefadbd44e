# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.engines.local, on a real game."""

from __future__ import annotations

import functools
import threading
import time

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.agents.actor_critic import AgentConfig
from pathnet_tf.config import (
  EvolutionConfig,
  NetworkConfig,
  OptimizerConfig,
  RunConfig,
)
from pathnet_tf.engines import engine as engine_lib
from pathnet_tf.engines import local, window
from pathnet_tf.environments import minatar_game
from pathnet_tf.errors import UserError
from pathnet_tf.learner import Learner

WINDOW = 2
ENVIRONMENTS = 2
EPISODES = 2


class Game(minatar_game.MinAtar):
  """Breakout that counts its steps, and breaks at one of them if told to."""

  def __init__(self, *, breaks_at: int = -1):
    super().__init__('breakout', ENVIRONMENTS, max_episode_steps=12)
    self.steps = 0
    self.breaks_at = breaks_at
    self.closed = False
    self.seeds: list[int] = []

  def seed(self, seed):
    super().seed(seed)
    self.seeds.append(seed)

  def _step(self, action):
    if self.steps == self.breaks_at:
      raise RuntimeError('the paddle fell off')
    self.steps += 1
    return super()._step(action)

  def close(self):
    self.closed = True


class Run:
  """A learner in its first task, and an engine."""

  def __init__(
    self,
    workers: int = 1,
    episodes: int = EPISODES,
    breaks_at: int = -1,
    learning_rate: float = 0.01,
  ):
    config = RunConfig(
      tasks=('minatar/breakout',),
      steps_per_task=1000,
      seed=3,
      workers=workers,
      environments=ENVIRONMENTS,
      network=NetworkConfig(modules=5, active=2),
      evolution=EvolutionConfig(population=8, rivals=1),
      agent=AgentConfig(window=WINDOW),
      optimizer=OptimizerConfig(learning_rate=learning_rate),
    )
    self.learner = Learner(config)
    self.learner.network.freeze([np.array([4])] * 3)
    self.learner.begin()
    self.agent = self.learner.agent()
    self.updater = self.agent.updater
    self.games: list[Game] = []
    self.engine = local.LocalEngine(
      self.agent,
      functools.partial(self._make_game, breaks_at),
      workers=workers,
      episodes=episodes,
    )

  def __enter__(self):
    return self

  def __exit__(self, *_):
    self.engine.close()

  def _make_game(self, breaks_at: int) -> Game:
    self.games.append(Game(breaks_at=breaks_at))
    return self.games[-1]

  def start(self, worker: int, path, seed: int) -> None:
    path = np.array(path, np.int32)
    rows = self.learner.rows(path)
    self.engine.start(worker, engine_lib.Job(0, path, rows, seed))

  def wait(self) -> engine_lib.Result | None:
    """As the engine's, but a test that would hang fails."""
    results = []

    def get():
      try:
        results.append(self.engine.wait())
      except Exception as error:
        results.append(error)

    thread = threading.Thread(target=get, daemon=True)
    thread.start()
    thread.join(120)
    assert results, 'the engine hangs'
    if isinstance(results[0], Exception):
      raise results[0]
    return results[0]

  def state(self, state_of) -> dict[str, np.ndarray]:
    return state_of(self.learner.network, self.updater.optimizer)


PATHS = [[[0, 1]] * 3, [[2, 2]] * 3, [[0, 3]] * 3, [[1, 4]] * 3]


def play_in_order(state_of):
  """Three evaluations by one worker; what came of them."""
  with Run() as run:
    initial = run.state(state_of)
    results = []
    for seed, path in enumerate(PATHS[:3]):
      run.start(0, path, seed)
      results.append(run.wait())
    traces = run.engine._evaluate.experimental_get_tracing_count()
    return run, initial, results, traces


@pytest.fixture(scope='module')
def played(state_of):
  return play_in_order(state_of)


def test_one_worker_repeats_to_the_bit_and_traces_once(
  played, state_of, changed_rows
):
  run, initial, results, traces = played
  again, _, others, _ = play_in_order(state_of)
  for one, two in zip(results, others, strict=True):
    for field in ('worker', 'fitness', 'episodes', 'steps', 'metrics'):
      assert getattr(one, field) == getattr(two, field)
  final = run.state(state_of)
  assert not any(changed_rows(final, again.state(state_of)).values())
  assert traces == 1
  # Module 4 is frozen and always on; 0 to 3 were each on some path.
  changed = changed_rows(initial, final)
  for layer in range(3):
    assert changed[f'layer {layer} weight 0'] == [0, 1, 2, 3]
    assert changed[f'layer {layer} weight 0 slot 0'] == [0, 1, 2, 3]
  assert changed['head 0 weight 0']


def test_results_say_what_was_done(played):
  run, _, results, _ = played
  assert [result.job.seed for result in results] == [0, 1, 2]
  assert int(run.updater.steps) == sum(result.steps for result in results)
  updates = int(run.updater.updates)
  assert run.games[0].steps == WINDOW * updates
  assert sum(result.made for result in results) == updates
  assert run.games[0].closed
  assert run.games[0].seeds == [0, 1, 2]
  for result in results:
    assert result.episodes == EPISODES * ENVIRONMENTS
    assert result.skipped == 0
    assert tuple(result.metrics) == (*window.METRICS, 'dropped')
    assert result.metrics['dropped'] == 0
    assert np.isfinite(list(result.metrics.values())).all()
    assert 0 < result.metrics['entropy'] <= np.log(6) + 1e-6


def test_an_evaluation_is_the_games_played_with_its_seed():
  with Run(learning_rate=0.0) as run:
    # A policy that is far from uniform, so that its weights matter.
    kernel = run.learner.network.heads[0].kernel
    kernel.assign(tf.random.stateless_normal(kernel.shape, [0, 0]))
    for seed in (11, 12):
      run.start(0, [[0, 1], [3, 3], [2, 4]], seed)
      result = run.wait()
      game = Game()
      game.seed(seed)
      step = game.reset()
      returns = [[0.0] for _ in range(ENVIRONMENTS)]
      clock = transitions = 0
      while min(map(len, returns)) <= EPISODES or clock % WINDOW:
        rows = run.learner.rows(np.array([[0, 1], [3, 3], [2, 4]]))
        (logits, _), _ = run.learner.network(
          tf.constant(step.observation), path=rows
        )
        action = window.sample(logits, tf.constant(seed), tf.constant(clock))
        transitions += np.sum(step.step_type != 2)
        step = game.step(action.numpy())
        clock += 1
        for index, kind in enumerate(step.step_type):
          returns[index][-1] += step.reward[index]
          if kind == 2:
            returns[index].append(0.0)
      counted = [each[:EPISODES] for each in returns]
      assert result.fitness == pytest.approx(np.mean(counted))
      assert result.steps == transitions


def test_workers_share_the_weights_and_every_update_counts(
  state_of, changed_rows
):
  with Run(workers=3) as run:
    initial = run.state(state_of)
    for worker in range(3):
      run.start(worker, [[worker, worker]] * 3, seed=worker)
    results = []
    for number in range(12):
      results.append(run.wait())
      if number < 9:
        worker = results[-1].worker
        run.start(worker, [[worker, 0]] * 3, seed=3 + number)
    assert {result.worker for result in results} == {0, 1, 2}
    assert int(run.updater.steps) == sum(result.steps for result in results)
    steps = sum(game.steps for game in run.games)
    assert steps == WINDOW * int(run.updater.updates)
    assert run.engine._evaluate.experimental_get_tracing_count() == 1
    changed = changed_rows(initial, run.state(state_of))
    for layer in range(3):
      assert changed[f'layer {layer} weight 0'] == [0, 1, 2]
      assert changed[f'layer {layer} weight 0 slot 0'] == [0, 1, 2]
    # Every worker has games of its own, seeded once: seeding can be slow.
    assert [game.seeds for game in run.games] == [[0], [1], [2]]


def test_stop_ends_evaluations_without_a_result():
  with Run(workers=2, episodes=10**6) as run:
    for worker in range(2):
      run.start(worker, PATHS[worker], seed=worker)
    deadline = time.monotonic() + 120
    while min(game.steps for game in run.games) < 10:
      assert time.monotonic() < deadline
      time.sleep(0.01)
    run.engine.stop()
    assert run.wait() is None
    assert run.wait() is None
    run.start(0, PATHS[0], seed=7)
    assert run.wait() is None
  assert all(game.closed for game in run.games)


def test_close_ends_an_evaluation_that_runs():
  with Run(episodes=10**6) as run:
    run.start(0, PATHS[0], seed=0)
  assert run.games[0].closed
  assert not any(thread.is_alive() for thread in run.engine._threads)


def test_an_environment_that_fails_is_made_anew_and_its_episodes_dropped():
  with Run() as run:
    run.games[0].breaks_at = 5
    run.start(0, PATHS[0], seed=0)
    result = run.wait()
    assert len(run.games) == 2
    assert run.games[0].closed
    assert run.games[1].steps > 0
    assert result.episodes == EPISODES * ENVIRONMENTS
    assert result.metrics['dropped'] == ENVIRONMENTS
    run.start(0, PATHS[1], seed=1)
    assert run.wait().metrics['dropped'] == 0


def test_one_that_always_fails_is_one_line_and_the_worker_lives():
  with Run(breaks_at=5) as run:
    run.start(0, PATHS[0], seed=0)
    with pytest.raises(
      UserError, match=r'failed 11 times.*paddle fell'
    ) as told:
      run.wait()
    assert '\n' not in str(told.value)
    run.games[-1].breaks_at = -1
    run.start(0, PATHS[0], seed=0)
    assert run.wait().episodes == EPISODES * ENVIRONMENTS


def test_weights_that_are_not_finite_skip_every_update_and_act_all_the_same(
  state_of, changed_rows
):
  with Run() as run:
    kernel = run.learner.network.heads[0].kernel
    sound = kernel.numpy()
    kernel.assign(np.full_like(sound, np.nan))
    before = run.state(state_of)
    run.start(0, PATHS[0], seed=0)
    result = run.wait()
    assert result.made == 0
    assert result.skipped > 0
    assert result.episodes == EPISODES * ENVIRONMENTS
    assert np.isfinite([result.fitness, *result.metrics.values()]).all()
    assert not any(changed_rows(before, run.state(state_of)).values())
    kernel.assign(sound)
    run.start(0, PATHS[1], seed=1)
    assert run.wait().skipped == 0
