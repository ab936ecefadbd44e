# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tasks `gym/ID`: what is refused, and what is built."""

from __future__ import annotations

import re

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from pathnet_tf.errors import UserError
from pathnet_tf.networks import inputs
from pathnet_tf.tasks import registry


@pytest.mark.parametrize(
  ('name', 'message'),
  [
    ('gym/CartPole-v9', 'did you mean CartPole-v1'),
    ('gym/cartpole-v1', 'did you mean CartPole-v1'),
    ('gym/CartPole', 'did you mean CartPole-v1'),
    ('gym', "no Gymnasium environment ''"),
    ('gym/no_such_module:Task-v0', 'cannot import no_such_module: '),
    ('gym/re:Task-v0', "no Gymnasium environment 're:Task-v0'"),
    ('gym/./x', 'no Gymnasium environment'),
    ('gym/Pendulum-v1', 'must be Discrete, as those of gym/CartPole-v1'),
    ('gym/Blackjack-v1', 'must be a Box'),
    ('gym/FrozenLake-v1', 'must be a Box'),
    ('gym/ALE/Pong-v5', 'Atari games are named atari/GAME'),
    ('gym/CartPole-v1?max_episode_steps=0', 'max_episode_steps'),
    ('gym/CartPole-v1?sticky=0.1', 'they have max_episode_steps, observed'),
    ('gym/CartPole-v1?observed=0+4', 'distinct numbers from 0 to 3'),
    ('gym/CartPole-v1?observed=0+0', 'distinct numbers from 0 to 3'),
    ('gym/CartPole-v1?observed=+', 'distinct numbers from 0 to 3'),
    ('gym/CartPole-v1?observed=-1', 'distinct numbers from 0 to 3'),
  ],
)
def test_bad_names_are_one_line_that_says_what_would_be_right(name, message):
  with pytest.raises(UserError, match=re.escape(message)) as error:
    registry.make(name)
  assert str(error.value).isprintable()
  assert name in str(error.value)


def test_an_environment_that_fails_to_start_is_one_line():
  def fail():
    raise RuntimeError('needs\n  more\n')

  gymnasium.register('Failing-v0', fail)
  try:
    with pytest.raises(UserError, match=r'can not be made: needs more$'):
      registry.make('gym/Failing-v0')
  finally:
    del gymnasium.registry['Failing-v0']


def test_the_settings_reach_the_environment():
  environment = registry.make(
    'gym/MountainCar-v0?max_episode_steps=3'
  ).make_environment(2)
  environment.reset()
  ends = [environment.step(np.zeros(2, int)).is_last().all() for _ in range(3)]
  assert ends == [False, False, True]


def test_entries_that_are_not_observed_are_left_out():
  whole = registry.make('gym/CartPole-v1')
  part = registry.make('gym/CartPole-v1?observed=2+0')
  assert part.name == 'gym/CartPole-v1?observed=0+2'
  assert part.observation_spec.shape == (2,)
  np.testing.assert_array_equal(
    part.observation_spec.maximum, whole.observation_spec.maximum[[0, 2]]
  )
  seen = []
  for task in (whole, part):
    environment = task.make_environment(3)
    environment.seed(4)
    steps = [environment.reset()]
    steps += [environment.step(np.ones(3, np.int32)) for _ in range(30)]
    seen.append(np.stack([step.observation for step in steps]))
  np.testing.assert_array_equal(seen[1], seen[0][:, :, [0, 2]])


class Pictures(gymnasium.Env):
  """Shows a picture of bytes."""

  action_space = spaces.Discrete(2)
  observation_space = spaces.Box(0, 255, (48, 40, 3), np.uint8)

  def reset(self, *, seed=None, options=None):
    super().reset(seed=seed)
    return self.observation_space.high, {}

  def step(self, action):
    return self.observation_space.high, 0.0, False, False, {}


def test_pictures_of_bytes_stay_bytes_for_the_network_of_pictures():
  gymnasium.register('Pictures-v0', Pictures)
  try:
    task = registry.make('gym/Pictures-v0')
    environment = task.make_environment(2)
  finally:
    del gymnasium.registry['Pictures-v0']
  assert task.network == 'atari'
  assert task.observation_spec.dtype == np.uint8
  assert inputs.in_words(task.observation_spec, 'unit') == 'divided by 255'
  for step in (environment.reset(), environment.step(np.zeros(2, np.int32))):
    assert step.observation.dtype == np.uint8
    assert step.observation.min() == 255
  assert registry.make('gym/CartPole-v1').network == 'vector'


def test_observations_of_nothing_are_refused():
  space = spaces.Box(0, 1, (0,))
  kind = type('Blind', (Pictures,), {'observation_space': space})
  gymnasium.register('Blind-v0', kind)
  try:
    with pytest.raises(UserError, match='nothing to see'):
      registry.make('gym/Blind-v0')
  finally:
    del gymnasium.registry['Blind-v0']


def test_a_module_of_ones_own_is_imported(tmp_path, monkeypatch):
  (tmp_path / 'own_carts.py').write_text(
    'import gymnasium\n'
    'from gymnasium.envs.classic_control import cartpole\n'
    "gymnasium.register('OwnCart-v3', cartpole.CartPoleEnv)\n"
  )
  monkeypatch.syspath_prepend(tmp_path)
  task = registry.make('gym/own_carts:OwnCart-v3')
  environment = task.make_environment(2)
  assert environment.reset().observation.shape == (2, 4)


@pytest.mark.parametrize(
  ('module', 'words'),
  [('no_such_module', 'No module named'), ('broken_carts', 'wheel is gone')],
)
def test_a_module_that_can_not_be_imported_is_one_line(
  tmp_path, monkeypatch, module, words
):
  (tmp_path / 'broken_carts.py').write_text("raise OSError('wheel\\nis gone')")
  monkeypatch.syspath_prepend(tmp_path)
  with pytest.raises(UserError, match=words) as told:
    registry.make(f'gym/{module}:OwnCart-v3')
  assert '\n' not in str(told.value)
