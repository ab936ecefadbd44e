# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tasks `minatar/GAME`: the five MinAtar games."""

from __future__ import annotations

import functools

from pathnet_tf.environments import minatar_game, vector_environment
from pathnet_tf.errors import UserError
from pathnet_tf.tasks import names, registry, settings

SETTINGS = ('sticky', 'max_episode_steps')


def make(name: names.TaskName) -> registry.Task:
  """Builds the task `minatar/GAME?sticky=&max_episode_steps=`.

  Args:
    name: of family `minatar`.

  Raises:
    UserError: if there is no such game, or a setting is wrong.
  """
  game = name.item
  if game not in minatar_game.GAMES:
    raise UserError(
      f'{str(name)!r}: no MinAtar game {game!r};'
      f' {names.nearest(game, minatar_game.GAMES)}'
    )
  read = settings.Settings(name, SETTINGS)
  sticky = read.probability('sticky')
  max_episode_steps = read.integer(
    'max_episode_steps', least=1, most=100_000_000
  )
  make_environment = functools.partial(
    minatar_game.MinAtar,
    game,
    sticky=0.1 if sticky is None else sticky,
    max_episode_steps=max_episode_steps or 5000,
  )
  return registry.Task(
    name=read.canonical,
    observation_spec=minatar_game.OBSERVATION_SPEC,
    action_spec=vector_environment.action_spec(minatar_game.NUM_ACTIONS),
    network='minatar',
    make_environment=make_environment,
    make_visible=functools.partial(make_environment, 1),
  )
