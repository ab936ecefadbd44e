# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Atari in the vector environment, with real ROMs."""

from __future__ import annotations

import numpy as np
import pytest

from pathnet_tf.environments import atari_vector


def random_play(environment, steps, seed=0):
  rng = np.random.default_rng(seed)
  environment.seed(seed)
  yield environment.reset()
  for _ in range(steps):
    yield environment.step(
      rng.integers(
        0, environment.action_spec().maximum + 1, environment.batch_size
      )
    )


def test_rewards_are_raw():
  # Alien pays 10 points for an egg; a clipped reward would be 1.
  environment = atari_vector.AtariVector('alien', 2)
  rewards = np.stack([step.reward for step in random_play(environment, 60)])
  assert rewards.max() == 10


def test_actions_are_the_games_own():
  for game, number in (('pong', 6), ('freeway', 3), ('alien', 18)):
    environment = atari_vector.AtariVector(game, 1)
    assert environment.action_spec().maximum == number - 1


def test_the_step_limit_counts_agent_steps_and_keeps_discount_1():
  environment = atari_vector.AtariVector(
    'pong', 3, noop_max=30, max_episode_steps=25
  )
  environment.seed(0)
  environment.reset()
  for number in range(1, 26):
    step = environment.step(np.zeros(3, int))
    assert step.is_last().tolist() == [number == 25] * 3
  np.testing.assert_array_equal(step.discount, 1.0)
  assert environment.step(np.zeros(3, int)).is_first().all()


def test_the_end_of_a_game_has_discount_0():
  environment = atari_vector.AtariVector('breakout', 2)
  for step in random_play(environment, 400):
    if step.is_last().any():
      break
  ended = step.is_last()
  assert ended.any()
  np.testing.assert_array_equal(step.discount, np.where(ended, 0.0, 1.0))


def test_a_new_episode_begins_with_one_frame_over_black_ones():
  environment = atari_vector.AtariVector('breakout', 2, max_episode_steps=9)
  newest = None
  for number, step in enumerate(random_play(environment, 30)):
    if number % 10 == 0:
      assert step.is_first().all()
      assert not step.observation[..., :3].any()
      assert step.observation[..., 3].any()
    else:
      # Each frame moves one channel on: channel 3 is the newest.
      np.testing.assert_array_equal(step.observation[..., :3], newest[..., 1:])
    newest = step.observation


def test_starts_differ_by_their_number_of_no_ops():
  def first_frames(noop_max):
    environment = atari_vector.AtariVector('breakout', 5, noop_max=noop_max)
    environment.seed(0)
    return {f.tobytes() for f in environment.reset().observation}

  assert len(first_frames(30)) > 1
  assert len(first_frames(1)) == 1


def test_sticky_actions_change_the_game():
  def frames(sticky):
    environment = atari_vector.AtariVector('pong', 1, sticky=sticky, noop_max=1)
    return [step.observation for step in random_play(environment, 40)]

  pairs = zip(frames(0.0), frames(0.9), strict=True)
  assert any(not np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize('threads', [1, 2])
def test_frames_do_not_depend_on_the_number_of_threads(threads):
  def frames(num_threads):
    environment = atari_vector.AtariVector(
      'pong', 3, sticky=0.25, num_threads=num_threads
    )
    return [step.observation for step in random_play(environment, 30)]

  for a, b in zip(frames(threads), frames(3), strict=True):
    np.testing.assert_array_equal(a, b)


def test_an_unknown_rom_is_refused():
  with (
    pytest.warns(UserWarning, match='not supported'),
    pytest.raises(AssertionError, match='not a ROM name'),
  ):
    atari_vector.AtariVector('ping', 1)
