# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tasks `minatar/GAME`: what is refused, and what is built."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pathnet_tf.environments import minatar_game
from pathnet_tf.errors import UserError
from pathnet_tf.tasks import registry


@pytest.mark.parametrize(
  ('name', 'message'),
  [
    ('minatar/breakuot', 'did you mean breakout'),
    ('minatar/pong', 'choose from asterix, breakout, freeway, seaquest'),
    ('minatar', "no MinAtar game ''"),
    ('minatar/breakout?sticky=1.5', 'sticky'),
    ('minatar/breakout?sticky=x', 'sticky'),
    ('minatar/breakout?max_episode_steps=-1', 'max_episode_steps'),
    ('minatar/breakout?mode=1', 'they have max_episode_steps, sticky'),
  ],
)
def test_bad_names_are_one_line_that_says_what_would_be_right(name, message):
  with pytest.raises(UserError, match=re.escape(message)) as error:
    registry.make(name)
  assert str(error.value).isprintable()
  assert name in str(error.value)


@pytest.mark.parametrize('game', minatar_game.GAMES)
def test_every_game_can_be_played(game):
  environment = registry.make(f'minatar/{game}').make_environment(2)
  environment.reset()
  assert environment.step(np.array([2, 5])).observation.any()


def observations(name, steps=40):
  environment = registry.make(name).make_environment(2)
  environment.seed(0)
  got = [environment.reset()]
  for t in range(steps):
    got.append(environment.step(np.full(2, 1 + 2 * (t % 2))))
  return np.stack([step.observation for step in got])


def test_the_settings_reach_the_environment():
  usual = observations('minatar/freeway')
  np.testing.assert_array_equal(
    usual, observations('minatar/freeway?sticky=0.1&max_episode_steps=5000')
  )
  breakout = [
    observations(f'minatar/breakout?sticky={sticky}')
    for sticky in ('0', '0.1', '0.5')
  ]
  assert not np.array_equal(breakout[0], breakout[2])
  np.testing.assert_array_equal(breakout[1], observations('minatar/breakout'))

  task = registry.make('minatar/freeway?max_episode_steps=2')
  environment = task.make_environment(1)
  environment.reset()
  ends = [environment.step(np.zeros(1, int)).is_last()[0] for _ in range(2)]
  assert ends == [False, True]
