# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""MinAtar against plain loops over the library's own environments."""

from __future__ import annotations

import minatar
import numpy as np
import pytest

from pathnet_tf.environments import minatar_game, vector_environment


@pytest.mark.parametrize('sticky', [0.0, 0.1])
@pytest.mark.parametrize('game', minatar_game.GAMES)
def test_it_equals_a_naive_loop(game, sticky):
  size, steps, limit = 3, 300, 70
  environment = minatar_game.MinAtar(
    game, size, sticky=sticky, max_episode_steps=limit
  )
  environment.seed(9)
  actions = np.random.default_rng(0).integers(0, 6, (steps, size))
  got = [environment.reset(), *(environment.step(row) for row in actions)]

  ends = []
  for index, seed in enumerate(vector_environment.environment_seeds(9, size)):
    naive = minatar.Environment(game, sticky_action_prob=sticky)
    naive.seed(int(seed))
    naive.reset()
    wanted = [(0, 0.0, 1.0, naive.state())]
    length = 0
    for action in actions[:, index]:
      if wanted[-1][0] == 2:
        naive.reset()
        length = 0
        wanted.append((0, 0.0, 1.0, naive.state()))
        continue
      reward, over = naive.act(int(action))
      length += 1
      last = over or length == limit
      ends += [over] if last else []
      wanted.append(
        (2 if last else 1, reward, 0.0 if over else 1.0, naive.state())
      )
    for step, (kind, reward, discount, state) in zip(got, wanted, strict=True):
      assert step.step_type[index] == kind
      assert step.reward[index] == reward
      assert step.discount[index] == discount
      observation = step.observation[index]
      np.testing.assert_array_equal(observation[..., : state.shape[2]], state)
      assert not observation[..., state.shape[2] :].any()
  assert ends


def test_a_cut_off_game_keeps_discount_1():
  environment = minatar_game.MinAtar('freeway', 4, max_episode_steps=20)
  environment.reset()
  steps = [environment.step(np.zeros(4, int)) for _ in range(20)]
  assert steps[-1].is_last().all()
  np.testing.assert_array_equal(steps[-1].discount, 1.0)


def test_freeway_ends_by_itself_before_the_usual_limit():
  environment = minatar_game.MinAtar('freeway', 1)
  environment.reset()
  for _ in range(2501):
    step = environment.step(np.zeros(1, int))
  assert step.is_last().all()
  np.testing.assert_array_equal(step.discount, 0.0)


def test_all_games_share_their_specs():
  specs = {
    str((env.observation_spec(), env.action_spec()))
    for env in (minatar_game.MinAtar(game, 1) for game in minatar_game.GAMES)
  }
  assert len(specs) == 1


def test_an_unknown_game_is_refused():
  with pytest.raises(ValueError, match='not one of asterix'):
    minatar_game.MinAtar('pong', 1)
