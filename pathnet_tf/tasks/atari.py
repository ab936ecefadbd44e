# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tasks `atari/GAME`: the Atari 2600 games that come with ale-py."""

from __future__ import annotations

import functools

import ale_py
from ale_py import roms

from pathnet_tf.environments import (
  atari_single,
  atari_vector,
  vector_environment,
)
from pathnet_tf.errors import UserError
from pathnet_tf.tasks import names, registry, settings

# Found by starting every ROM of the wheel in a process of its own, in ale-py
# 0.12.1: on these ALE writes "ROM unsupported" and ends the whole process.
TWO_PLAYER = frozenset({'combat', 'joust', 'maze_craze', 'warlords'})

# Found by starting modes and difficulties of every ROM: in these, of two
# players as well, the game is over as soon as it begins.
_OVER_AT_ONCE = {'demon_attack': frozenset({3, 5, 7})}

SETTINGS = ('mode', 'difficulty', 'sticky', 'max_episode_steps')


def games() -> tuple[str, ...]:
  """The games that can be played, in alphabetical order."""
  return tuple(sorted(set(roms.get_all_rom_ids()) - TWO_PLAYER))


def make(name: names.TaskName) -> registry.Task:
  """Builds the task `atari/GAME?mode=&difficulty=&sticky=&max_episode_steps=`.

  Args:
    name: of family `atari`. Game modes and difficulties are those of Machado et
      al. 2018 (section 5.2); without any of the two, the game runs in ale-py's
      faster vector environment.

  Raises:
    UserError: if there is no such game for one player, or a setting is wrong.
  """
  game = name.item
  if game in TWO_PLAYER:
    raise UserError(
      f'{str(name)!r}: {game} is a game for two players, which ALE does not'
      f' run; choose another, e.g. atari/pong'
    )
  if game not in games():
    raise UserError(
      f'{str(name)!r}: no Atari game {game!r}; {names.nearest(game, games())}'
    )
  ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
  console = ale_py.ALEInterface()
  console.loadROM(str(roms.get_rom_path(game)))

  read = settings.Settings(name, SETTINGS)
  over_at_once = _OVER_AT_ONCE.get(game, frozenset())
  mode = read.choice(
    'mode',
    [m for m in console.getAvailableModes() if m not in over_at_once],
  )
  difficulty = read.choice('difficulty', console.getAvailableDifficulties())
  sticky = read.probability('sticky') or 0.0
  max_episode_steps = (
    read.integer('max_episode_steps', least=1, most=100_000_000) or 27000
  )

  def make_environment(num_environments: int, visible: bool = False):
    if mode is None and difficulty is None:
      return atari_vector.AtariVector(
        game,
        num_environments,
        sticky=sticky,
        max_episode_steps=max_episode_steps,
        visible=visible,
      )
    return atari_single.AtariSingle(
      game,
      num_environments,
      mode=mode,
      difficulty=difficulty,
      sticky=sticky,
      max_episode_steps=max_episode_steps,
    )

  return registry.Task(
    name=read.canonical,
    observation_spec=atari_vector.OBSERVATION_SPEC,
    action_spec=vector_environment.action_spec(
      len(console.getMinimalActionSet())
    ),
    network='atari',
    make_environment=make_environment,
    make_visible=functools.partial(make_environment, 1, visible=True),
  )
