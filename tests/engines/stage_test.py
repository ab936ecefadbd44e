# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.engines.stage."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tf_agents.specs import array_spec

from pathnet_tf.engines import stage as stage_lib
from pathnet_tf.environments import minatar_game, vector_environment

NOTHING = np.zeros(1, np.int32)


class Scripted(vector_environment.VectorEnvironment):
  """Plays lists of episodes over and over; an episode is its rewards.

  An episode of k rewards is k steps long. Observations are `[E, 1]`, steps of
  the episode so far.
  """

  def __init__(self, episodes: list[list[list[float]]]):
    spec = array_spec.BoundedArraySpec((1,), np.float32, 0.0, 1000.0)
    super().__init__(len(episodes), 1, spec)
    self.episodes = episodes
    self.seeds: list[int] = []

  def seed(self, seed: int) -> None:
    super().seed(seed)
    self.seeds.append(seed)

  def _restart(self, seeds):
    self._episode = np.zeros(self._size, int)
    self._at = np.zeros(self._size, int)
    return self._observe()

  def _advance(self, actions, over):
    reward = np.zeros(self._size)
    terminated = np.zeros(self._size, bool)
    for index, script in enumerate(self.episodes):
      if over[index]:
        self._episode[index] += 1
        self._at[index] = 0
        continue
      episode = script[self._episode[index] % len(script)]
      reward[index] = episode[self._at[index]]
      self._at[index] += 1
      terminated[index] = self._at[index] == len(episode)
    # Whether an episode terminates or is cut off is all the same here.
    truncated = terminated & (self._episode % 2 == 1)
    return self._observe(), reward, terminated & ~truncated, truncated

  def _observe(self):
    return self._at[:, np.newaxis].astype(np.float32)


def play(stage: stage_lib.Stage, size: int) -> int:
  """Steps until the stage says that it is over; returns the steps."""
  for count in range(1, 10_000):
    *_, over = stage.step(np.zeros(size, np.int32))
    if over:
      return count
    assert not stage.complete
  raise AssertionError('never over')


scripts = st.lists(  # Environments; small integers, so that sums are exact.
  st.lists(  # Episodes.
    st.lists(st.integers(-9, 9), min_size=1, max_size=12),
    min_size=1,
    max_size=4,
  ),
  min_size=1,
  max_size=5,
)


@settings(max_examples=150)
@given(script=scripts, episodes=st.integers(1, 4))
def test_fitness_is_the_mean_of_the_first_episodes_of_every_environment(
  script, episodes
):
  stage = stage_lib.Stage(Scripted(script))
  stage.reset(0, episodes)
  steps = play(stage, len(script))
  returns, lengths = [], []
  for environment in script:
    played = [environment[k % len(environment)] for k in range(episodes)]
    returns += [sum(rewards) for rewards in played]
    # One more step between two episodes, which is no transition.
    lengths.append(sum(map(len, played)) + episodes - 1)
  assert stage.complete
  assert sorted(stage.returns) == sorted(returns)
  np.testing.assert_allclose(stage.fitness, np.mean(returns), atol=1e-9)
  assert steps == max(lengths)


def test_an_environment_of_short_episodes_is_not_counted_more_often():
  stage = stage_lib.Stage(Scripted([[[-1.0]], [[1.0] * 30], [[0.5] * 4]]))
  stage.reset(0, 1)
  assert play(stage, 3) == 30  # The first one has played 15 episodes.
  assert stage.returns == [-1.0, 2.0, 30.0]
  assert stage.fitness == pytest.approx(31 / 3)


def test_rewards_are_counted_raw_and_passed_on_raw():
  stage = stage_lib.Stage(Scripted([[[250.0, -30.0]]]))
  stage.reset(0, 1)
  _, reward, discount, step_type, over = stage.step(NOTHING)
  assert (reward, discount, step_type, over) == (250.0, 1.0, 1, False)
  observation, reward, discount, step_type, over = stage.step(NOTHING)
  assert (reward, discount, step_type, over) == (-30.0, 0.0, 2, True)
  assert observation.tolist() == [[2.0]]
  assert stage.fitness == 220.0


def test_an_evaluation_forgets_the_one_before():
  stage = stage_lib.Stage(Scripted([[[1.0], [2.0, 3.0]], [[7.0] * 3]]))
  stage.reset(0, 2)
  for _ in range(2):  # In the middle of episodes, one of them counted.
    stage.step(np.zeros(2, np.int32))
  stage.reset(0, 2)
  assert stage.returns == []
  assert not stage.complete
  play(stage, 2)
  assert sorted(stage.returns) == [1.0, 5.0, 21.0, 21.0]


@pytest.mark.parametrize(('once', 'seeds'), [(False, [5, 6, 7]), (True, [5])])
def test_the_environment_is_seeded_before_it_is_reset(once, seeds):
  environment = Scripted([[[1.0]]])
  stage = stage_lib.Stage(environment, seeded_once=once)
  for seed in (5, 6, 7):
    stage.reset(seed, 1)
    assert not stage.complete
  assert environment.seeds == seeds


def test_a_seed_repeats_an_evaluation_of_a_real_game():
  stage = stage_lib.Stage(minatar_game.MinAtar('breakout', 3))
  outcomes = []
  for seed in (1, 1, 2):
    rng = np.random.default_rng(0)
    observation, step_type = stage.reset(seed, 2)
    assert step_type.tolist() == [0, 0, 0]
    trace, over = [observation], False
    while not over:
      action = rng.integers(0, 6, 3, np.int32)
      observation, *_, over = stage.step(action)
      trace.append(observation)
    outcomes.append((len(trace), stage.fitness, np.stack(trace).tobytes()))
  assert outcomes[0] == outcomes[1]
  assert outcomes[0] != outcomes[2]


def test_stop_ends_an_evaluation_without_making_it_complete():
  stop = threading.Event()
  stage = stage_lib.Stage(Scripted([[[1.0] * 50]]), stop)
  stage.reset(0, 1)
  assert not stage.step(NOTHING)[-1]
  stop.set()
  assert stage.step(NOTHING)[-1]
  assert not stage.complete


def test_over_is_what_tensorflow_takes_for_a_bool():
  stage = stage_lib.Stage(Scripted([[[1.0]]]))
  stage.reset(0, 1)
  observation, reward, discount, step_type, over = stage.step(NOTHING)
  assert over.dtype == np.bool_
  assert observation.dtype == reward.dtype == discount.dtype == np.float32
  assert step_type.dtype == np.int32
