# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Gymnasium environments against plain loops over single ones."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from pathnet_tf.environments import gymnasium_vector, vector_environment


def test_cart_pole_equals_a_naive_loop():
  size, steps, limit = 3, 200, 15
  environment = gymnasium_vector.GymnasiumVector(
    'CartPole-v1', size, max_episode_steps=limit
  )
  environment.seed(9)
  actions = np.random.default_rng(0).integers(0, 2, (steps, size))
  got = [environment.reset(), *(environment.step(row) for row in actions)]

  terminations, truncations = 0, 0
  for index, seed in enumerate(vector_environment.environment_seeds(9, size)):
    naive = gymnasium.make('CartPole-v1', max_episode_steps=limit)
    observation, _ = naive.reset(seed=int(seed))
    wanted = [(0, 0.0, 1.0, observation)]
    for action in actions[:, index]:
      if wanted[-1][0] == 2:
        observation, _ = naive.reset()
        wanted.append((0, 0.0, 1.0, observation))
        continue
      observation, reward, over, cut, _ = naive.step(int(action))
      terminations += over
      truncations += cut and not over
      wanted.append(
        (2 if over or cut else 1, reward, 0.0 if over else 1.0, observation)
      )
    for step, (kind, reward, discount, observation) in zip(
      got, wanted, strict=True
    ):
      assert step.step_type[index] == kind
      assert step.reward[index] == reward
      assert step.discount[index] == discount
      np.testing.assert_array_equal(step.observation[index], observation)
  assert terminations
  assert truncations


def test_the_registered_limit_holds_if_none_is_given():
  environment = gymnasium_vector.GymnasiumVector('MountainCar-v0', 1)
  environment.reset()
  for _ in range(200):
    step = environment.step(np.zeros(1, int))
  assert step.is_last().all()
  np.testing.assert_array_equal(step.discount, 1.0)


class Shifted(gymnasium.Env):
  """Actions begin at 5, and the reward is the action; integer observations."""

  action_space = spaces.Discrete(3, start=5)
  observation_space = spaces.Box(-np.inf, 9, (2,), np.int32)

  def reset(self, *, seed=None, options=None):
    super().reset(seed=seed)
    return np.array([3, 4], np.int32), {}

  def step(self, action):
    assert self.action_space.contains(action)
    return np.array([3, 4], np.int32), float(action), False, False, {}


def test_actions_count_from_0_and_observations_are_float32():
  gymnasium.register('Shifted-v0', Shifted)
  try:
    environment = gymnasium_vector.GymnasiumVector('Shifted-v0', 3)
    environment.reset()
    step = environment.step(np.array([0, 1, 2]))
  finally:
    del gymnasium.registry['Shifted-v0']
  assert environment.action_spec().maximum == 2
  np.testing.assert_array_equal(step.reward, [5, 6, 7])
  assert step.observation.dtype == np.float32
  np.testing.assert_array_equal(step.observation, [[3, 4]] * 3)


@pytest.mark.parametrize(
  ('env_id', 'message'),
  [('Pendulum-v1', 'not Discrete'), ('FrozenLake-v1', 'no Box')],
)
def test_other_spaces_are_refused(env_id, message):
  with pytest.raises(ValueError, match=message):
    gymnasium_vector.GymnasiumVector(env_id, 1)
