# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.environments.watched, on a real game that goes wrong."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from pathnet_tf.engines import stage as stage_lib
from pathnet_tf.environments import minatar_game, watched
from pathnet_tf.errors import UserError

SIZE = 3
NOTHING = np.zeros(SIZE, np.int32)


class Faulty(minatar_game.MinAtar):
  """Breakout that does something else at one of its steps, or at its reset."""

  may_hang = True

  def __init__(self, at=-1, fault=None):
    super().__init__('breakout', SIZE, max_episode_steps=9)
    self.at, self.fault = at, fault
    self.count = 0
    self.seeds: list[int] = []
    self.closed = False

  def seed(self, seed):
    super().seed(seed)
    self.seeds.append(seed)

  def close(self):
    self.closed = True

  def _reset(self):
    if self.at == 0:
      self.fault()
    return super()._reset()

  def _step(self, action):
    self.count += 1
    time_step = super()._step(action)
    if self.count == self.at:
      changed = self.fault()
      if changed is not None:
        time_step = time_step._replace(reward=changed)
    return time_step


class Factory:
  """Makes the games of a list, one after the other; then sound ones."""

  def __init__(self, *games):
    self.left = list(games)
    self.made = []

  def __call__(self):
    game = self.left.pop(0) if self.left else Faulty()
    if isinstance(game, Exception):
      raise game
    self.made.append(game)
    return game


def fall():
  raise RuntimeError('the paddle\nfell off')


def leave():
  raise SystemExit('the game is gone')


def hang():
  threading.Event().wait()  # For ever.


def infinite():
  return np.array([0, np.inf, 0], np.float32)


def not_a_number():
  return np.array([np.nan, 0, 0], np.float32)


def watch(*games, **options):
  factory = Factory(*games)
  options = {'step_seconds': 60.0} | options
  return watched.WatchedEnvironment(factory, **options), factory.made


def test_a_sound_one_steps_as_it_does_alone():
  environment, _ = watch()
  alone = Faulty()
  for one in (environment, alone):
    one.seed(3)
  steps = [(environment.reset(), alone.reset())]
  rng = np.random.default_rng(0)
  for _ in range(40):
    action = rng.integers(6, size=SIZE, dtype=np.int32)
    steps.append((environment.step(action), alone.step(action)))
  for mine, theirs in steps:
    for one, two in zip(mine, theirs, strict=True):
      np.testing.assert_array_equal(one, two)
  assert environment.failures == 0
  assert environment.batch_size == SIZE
  assert environment.observation_spec() == alone.observation_spec()
  assert environment.action_spec() == alone.action_spec()


@pytest.mark.parametrize(
  ('fault', 'words', 'seconds'),
  [
    (fall, 'the paddle fell off', 60.0),
    (leave, 'the game is gone', 60.0),
    (hang, 'longer than 1 s', 1.0),
    (infinite, 'its reward is', 60.0),
    (not_a_number, 'its reward is', 60.0),
  ],
)
def test_one_that_fails_is_cut_off_and_another_begins(
  warnings, fault, words, seconds
):
  bad = Faulty(at=4, fault=fault)
  environment, made = watch(bad, step_seconds=seconds)
  environment.seed(5)
  environment.reset()
  for _ in range(3):
    before = environment.step(NOTHING)
  cut = environment.step(NOTHING)
  assert environment.failures == 1
  assert cut.is_last().all()
  np.testing.assert_array_equal(cut.observation, before.observation)
  np.testing.assert_array_equal(cut.reward, np.zeros(SIZE))
  np.testing.assert_array_equal(cut.discount, np.ones(SIZE))
  begun = environment.step(NOTHING)
  assert begun.is_first().all()
  first, second = made
  assert second.count == 0  # The step only began its episodes.
  assert first.closed == (fault is not hang)
  assert first.seeds == [5]
  assert len(second.seeds) == 1
  assert second.seeds != first.seeds
  assert environment.step(NOTHING).is_mid().all()
  assert second.count == 1
  (line,) = warnings
  assert words in line
  assert '\n' not in line


def test_one_that_fails_and_is_slow_to_close_is_left_behind(warnings):
  closed = threading.Event()
  bad = Faulty(at=2, fault=fall)
  bad.close = closed.wait
  environment, made = watch(bad, step_seconds=1.0)
  environment.reset()
  for _ in range(2):
    environment.step(NOTHING)
  closed.set()  # What came of it is nothing to those who step on.
  assert environment.step(NOTHING).is_first().all()
  assert environment.step(NOTHING).is_mid().all()
  assert (environment.failures, len(made), len(warnings)) == (1, 2, 1)


def test_a_step_may_take_for_ever():
  environment, _ = watch(step_seconds=float('inf'))
  environment.reset()
  assert environment.step(NOTHING).is_mid().all()
  assert environment.failures == 0


@pytest.mark.parametrize('fault', [fall, hang])
def test_one_that_fails_as_it_begins_is_made_anew(warnings, fault):
  environment, made = watch(Faulty(at=0, fault=fault), step_seconds=1.0)
  assert environment.reset().is_first().all()
  assert environment.failures == 1
  assert len(made) == 2


def test_too_many_failures_are_one_line(warnings):
  games = [Faulty(at=2, fault=fall) for _ in range(3)]
  broken = RuntimeError('no more\npaddles')
  environment, made = watch(*games, broken, most_failures=3)
  environment.reset()
  for _ in range(7):  # Twice: one step, one that fails, one that begins.
    environment.step(NOTHING)
  with pytest.raises(UserError, match=r'failed 4 times.*no more') as told:
    environment.step(NOTHING)
  assert '\n' not in str(told.value)
  assert len(made) == 3


def test_failures_count_anew_in_each_evaluation(warnings):
  games = [Faulty(at=2, fault=fall) for _ in range(6)]
  environment, _ = watch(*games, most_failures=2)
  for _ in range(3):
    environment.reset()
    for _ in range(6):  # Fails at the second and the fifth.
      environment.step(NOTHING)
  assert environment.failures == 6


def test_what_follows_a_failure_depends_on_the_seed_alone(warnings):
  """And not on the failures of evaluations before, which a resume forgets."""

  def seeds_of(evaluations):
    environment, made = watch(*(Faulty(at=2, fault=fall) for _ in range(9)))
    for seed in evaluations:
      before = len(made)
      environment.seed(seed)
      for _ in range(2):
        environment.reset()
        for _ in range(6):  # Fails at the second and the fifth.
          environment.step(NOTHING)
    return [game.seeds[0] for game in made[before:]]

  found = seeds_of([4])
  assert seeds_of([3, 4]) == found
  assert len({*found}) == len(found) == 4
  assert seeds_of([5]) != found


def test_one_that_cannot_be_made_at_all_is_one_line():
  with pytest.raises(UserError, match='cannot be made: no paddles'):
    watch(RuntimeError('no\npaddles'))


def test_games_that_cannot_hang_need_no_thread():
  before = {*threading.enumerate()}
  environment = watched.WatchedEnvironment(
    lambda: minatar_game.MinAtar('breakout', SIZE)
  )
  environment.reset()
  assert {*threading.enumerate()} <= before  # Others may end meanwhile.
  environment.close()


def test_a_stage_counts_no_episode_that_a_failure_ended(warnings):
  # Longest episodes of 9 steps; the first game fails at the 14th.
  environment, _ = watch(Faulty(at=14, fault=fall))
  stage = stage_lib.Stage(environment)
  stage.reset(0, 3)
  rewards, ends = np.zeros(SIZE), [[] for _ in range(SIZE)]
  step = 0
  while not stage.complete:
    step += 1
    _, reward, _, step_type, _ = stage.step(NOTHING)
    rewards += reward
    for index in np.flatnonzero(step_type == 2):
      if step != 14:
        ends[index].append(rewards[index])
      rewards[index] = 0
  assert stage.dropped == SIZE
  expected = [value for each in ends for value in each[:3]]
  assert len(expected) == 3 * SIZE
  assert sorted(stage.returns) == sorted(expected)
  stage.reset(0, 1)
  assert stage.dropped == 0
