# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tasks `gym/ID`: any Gymnasium environment with discrete actions."""

from __future__ import annotations

import functools
import importlib

import gymnasium
from gymnasium import spaces

from pathnet_tf.environments import gymnasium_vector, vector_environment
from pathnet_tf.errors import UserError, in_one_line
from pathnet_tf.tasks import names, registry, settings

SETTINGS = ('max_episode_steps', 'observed')


def make(name: names.TaskName) -> registry.Task:
  """Builds the task `gym/ID?max_episode_steps=&observed=`.

  Args:
    name: of family `gym`. Its item is what `gymnasium.make` takes, also
      `module:ID` for an environment that `module` registers. `observed=0+2`
      keeps only these entries of its observations, which must be vectors.

  Raises:
    UserError: if there is no such environment, it can't be made here, its
      actions are not `Discrete` or its observations no `Box`, or a setting is
      wrong.
  """
  env_id = name.item
  read = settings.Settings(name, SETTINGS)
  max_episode_steps = read.integer(
    'max_episode_steps', least=1, most=100_000_000
  )
  module, _, registered = env_id.rpartition(':')
  if module:
    _import(module, name)
  try:
    spec = gymnasium.spec(registered)
  except (gymnasium.error.Error, ImportError, ValueError):
    raise UserError(
      f'{str(name)!r}: no Gymnasium environment {env_id!r};'
      f' {names.nearest(env_id, _known())}'
    ) from None
  if _is_atari(spec):
    raise UserError(
      f'{str(name)!r}: Atari games are named atari/GAME, e.g. atari/pong'
    )
  try:
    environment = gymnasium.make(env_id, disable_env_checker=True)
    actions, observations = (
      environment.action_space,
      environment.observation_space,
    )
    visible = 'rgb_array' in environment.metadata.get('render_modes', ())
    environment.close()
  except (Exception, SystemExit) as error:  # Its code is not ours.
    raise UserError(
      f'{str(name)!r}: the environment can not be made: {in_one_line(error)}'
    ) from error
  if not isinstance(actions, spaces.Discrete):
    raise UserError(
      f'{str(name)!r}: its actions are {actions}, but must be Discrete, as'
      ' those of gym/CartPole-v1'
    )
  if not isinstance(observations, spaces.Box):
    raise UserError(
      f'{str(name)!r}: its observations are {observations}, but must be a Box,'
      ' as those of gym/CartPole-v1'
    )
  if 0 in observations.shape:
    raise UserError(
      f'{str(name)!r}: its observations are of shape {observations.shape}:'
      ' there is nothing to see'
    )
  observed = None
  if len(observations.shape) == 1:
    observed = read.indices('observed', below=observations.shape[0])
  elif any(key == 'observed' for key, _ in name.query):
    raise UserError(
      f'{str(name)!r}: observed picks entries of a vector, but its observations'
      f' are of shape {observations.shape}'
    )
  make_environment = functools.partial(
    gymnasium_vector.GymnasiumVector,
    env_id,
    max_episode_steps=max_episode_steps,
    observed=observed,
  )
  observation = gymnasium_vector.observation_spec(observations, observed)
  return registry.Task(
    name=read.canonical,
    observation_spec=observation,
    action_spec=vector_environment.action_spec(int(actions.n)),
    network=registry.usual_network(observation.shape),
    make_environment=make_environment,
    make_visible=functools.partial(make_environment, 1, visible=True)
    if visible
    else None,
  )


def _import(module: str, name: names.TaskName) -> None:
  """Lets a module register its environments."""
  try:
    importlib.import_module(module)
  except (Exception, SystemExit) as error:  # Its code is not ours.
    raise UserError(
      f'{str(name)!r}: cannot import {module}: {in_one_line(error)}; name a'
      ' module on the Python path'
    ) from error


def _known() -> list[str]:
  return [
    env_id for env_id, spec in gymnasium.registry.items() if not _is_atari(spec)
  ]


def _is_atari(spec: gymnasium.envs.registration.EnvSpec) -> bool:
  # These would be slower than atari/GAME, and unchecked: some end the process.
  return str(spec.entry_point).startswith('ale_py')
