# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Atari with modes and difficulties; the vector environment is its twin."""

from __future__ import annotations

import numpy as np
import pytest

from pathnet_tf.environments import atari_single, atari_vector


# Screens of 210 and of 250 lines; games with and without FIRE; sticky actions;
# episodes that are cut off, and in Breakout (at 400 steps) some that end.
@pytest.mark.parametrize(
  ('game', 'limit'),
  [('breakout', 400), ('freeway', 20), ('air_raid', 20), ('seaquest', 20)],
)
def test_it_equals_the_vector_environment_to_the_bit(game, limit):
  settings = {'sticky': 0.25, 'noop_max': 1, 'max_episode_steps': limit}
  one = atari_single.AtariSingle(game, 2, **settings)
  other = atari_vector.AtariVector(game, 2, **settings)
  assert one.action_spec() == other.action_spec()
  rng = np.random.default_rng(0)
  one.seed(5)
  other.seed(5)
  left, right = one.reset(), other.reset()
  ends = 0
  for _ in range(limit + 30):
    for a, b in zip(left, right, strict=True):
      np.testing.assert_array_equal(a, b)
    ends += left.is_last().sum()
    action = rng.integers(0, one.action_spec().maximum + 1, 2)
    left, right = one.step(action), other.step(action)
  assert ends >= 2


def frames(steps=8, **settings):
  environment = atari_single.AtariSingle(
    'freeway', 1, noop_max=1, max_episode_steps=3, **settings
  )
  environment.seed(3)
  environment.reset()
  return [environment.step(np.zeros(1, int)).observation for _ in range(steps)]


def test_modes_and_difficulties_change_the_game_in_every_episode():
  usual = frames()
  for settings in ({'mode': 1}, {'mode': 3}):
    for a, b in zip(usual, frames(**settings), strict=True):
      assert not np.array_equal(a, b)
  for a, b in zip(usual, frames(mode=0, difficulty=0), strict=True):
    np.testing.assert_array_equal(a, b)


def test_a_difficulty_reaches_the_emulator():
  environment = atari_single.AtariSingle('freeway', 1, mode=2, difficulty=1)
  environment.reset()
  state = environment._consoles[0]._ale.cloneState()
  assert (state.getCurrentMode(), state.getDifficulty()) == (2, 1)


def test_starts_differ_by_their_number_of_no_ops():
  environment = atari_single.AtariSingle('breakout', 5, difficulty=0)
  environment.seed(0)
  assert len({f.tobytes() for f in environment.reset().observation}) > 1


def test_the_end_of_a_game_has_discount_0_and_a_cut_off_one_1():
  environment = atari_single.AtariSingle('breakout', 2, difficulty=0)
  rng = np.random.default_rng(0)
  environment.seed(0)
  step = environment.reset()
  for _ in range(400):
    step = environment.step(rng.integers(0, 4, 2))
    if step.is_last().any():
      break
  assert step.is_last().any()
  np.testing.assert_array_equal(step.discount, ~step.is_last())

  environment = atari_single.AtariSingle(
    'breakout', 2, difficulty=0, max_episode_steps=5
  )
  environment.reset()
  kinds = [environment.step(np.zeros(2, int)) for _ in range(6)]
  assert [step.is_last().all() for step in kinds] == [False] * 4 + [True, False]
  np.testing.assert_array_equal(kinds[4].discount, 1.0)


@pytest.mark.parametrize(
  ('settings', 'message'),
  [
    ({'mode': 8}, r'mode 8 is not one of \[0, 1, 2, 3, 4, 5, 6, 7\]'),
    ({'difficulty': 2}, r'difficulty 2 is not one of \[0, 1\]'),
  ],
)
def test_unknown_modes_and_difficulties_are_refused(settings, message):
  with pytest.raises(ValueError, match=message):
    atari_single.AtariSingle('freeway', 1, **settings)


def test_an_unknown_rom_is_refused():
  with (
    pytest.warns(UserWarning, match='not supported'),
    pytest.raises(ValueError, match='no ROM'),
  ):
    atari_single.AtariSingle('ping', 1)
