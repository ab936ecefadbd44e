# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tasks `atari/GAME`: what is refused, and what is built."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
from ale_py import roms

from pathnet_tf.environments import atari_single, atari_vector
from pathnet_tf.errors import UserError
from pathnet_tf.tasks import atari, registry


@pytest.mark.parametrize(
  ('name', 'message'),
  [
    ('atari/Pong', "no Atari game 'Pong'; did you mean pong"),
    ('atari/mspacman', 'did you mean ms_pacman'),
    ('atari/zzzz', 'choose from adventure, air_raid'),
    ('atari', "no Atari game ''"),
    ('atari/pong/easy', "no Atari game 'pong/easy'"),
    ('atari/../pong', "no Atari game '../pong'"),
    ('atari/joust', 'joust is a game for two players'),
    ('atari/combat?mode=1', 'combat is a game for two players'),
    ('atari/pong?mode=2', "mode is '2', but must be one of 0, 1"),
    ('atari/pong?difficulty=4', 'one of 0, 1, 2, 3'),
    ('atari/pong?mode=fast', "mode is 'fast', but must be one of 0, 1"),
    ('atari/demon_attack?mode=3', 'must be one of 1'),
    ('atari/pong?sticky=1', 'sticky'),
    ('atari/pong?sticky=-0.25', 'sticky'),
    ('atari/pong?max_episode_steps=0', 'max_episode_steps'),
    ('atari/pong?max_episode_steps=1e3', 'max_episode_steps'),
    (
      'atari/pong?modes=1',
      "no setting 'modes'; they have difficulty, max_episode_steps, mode,"
      ' sticky',
    ),
  ],
)
def test_bad_names_are_one_line_that_says_what_would_be_right(name, message):
  with pytest.raises(UserError, match=re.escape(message)) as error:
    registry.make(name)
  assert str(error.value).isprintable()
  assert name in str(error.value)


def test_settings_reach_the_environment():
  task = registry.make('atari/freeway?max_episode_steps=03')
  assert task.name == 'atari/freeway?max_episode_steps=3'
  environment = task.make_environment(2)
  assert isinstance(environment, atari_vector.AtariVector)
  environment.reset()
  ends = [environment.step(np.zeros(2, int)).is_last().all() for _ in range(3)]
  assert ends == [False, False, True]


def test_sticky_actions_reach_the_environment():
  def frames(name):
    environment = registry.make(name).make_environment(1)
    environment.seed(0)
    environment.reset()
    return [environment.step(np.array([t % 6])).observation for t in range(30)]

  def differ(one, other):
    return any(
      not np.array_equal(a, b)
      for a, b in zip(frames(one), frames(other), strict=True)
    )

  assert not differ('atari/pong', 'atari/pong?sticky=0')
  assert differ('atari/pong', 'atari/pong?sticky=.9')
  assert differ('atari/pong?mode=1', 'atari/pong?mode=1&sticky=.9')


@pytest.mark.parametrize(
  ('query', 'state'), [('mode=3', (3, 0)), ('difficulty=1', (0, 1))]
)
def test_a_mode_or_a_difficulty_asks_for_single_emulators(query, state):
  environment = registry.make(f'atari/freeway?{query}').make_environment(1)
  assert isinstance(environment, atari_single.AtariSingle)
  environment.reset()
  emulator = environment._consoles[0]._ale.cloneState()
  assert (emulator.getCurrentMode(), emulator.getDifficulty()) == state


def test_games_are_the_roms_for_one_player():
  assert set(roms.get_all_rom_ids()) >= atari.TWO_PLAYER
  assert 'pong' in atari.games()
  assert len(atari.games()) == len(set(atari.games())) >= 100
  assert not set(atari.games()) & atari.TWO_PLAYER


@pytest.mark.slow
@pytest.mark.parametrize('game', sorted(atari.TWO_PLAYER))
def test_games_for_two_players_end_a_process(game):
  code = (
    'import sys, ale_py; from ale_py import roms;'
    ' ale_py.ALEInterface().loadROM(roms.get_rom_path(sys.argv[1]))'
  )
  result = subprocess.run(
    [sys.executable, '-c', code, game], capture_output=True, text=True
  )
  assert result.returncode == 1
  assert 'Traceback' not in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize('game', atari.games())
def test_every_other_game_can_be_played(game):
  environment = registry.make(f'atari/{game}').make_environment(1)
  environment.seed(0)
  environment.reset()
  rng = np.random.default_rng(0)
  # Some games show nothing for a while.
  assert any(
    environment.step(
      rng.integers(0, environment.action_spec().maximum + 1, 1)
    ).observation.any()
    for _ in range(60)
  )
