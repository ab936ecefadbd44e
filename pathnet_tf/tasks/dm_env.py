# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tasks `dm_env/module:factory`: any `dm_env` environment."""

from __future__ import annotations

import functools
import importlib
import inspect
from typing import Any

from pathnet_tf.environments import dm_env_vector, vector_environment
from pathnet_tf.errors import UserError, in_one_line
from pathnet_tf.tasks import names, registry

_METHODS = ('reset', 'step', 'action_spec', 'observation_spec', 'close')


def make(name: names.TaskName) -> registry.Task:
  """Builds the task `dm_env/module:factory?key=value`.

  The settings are the factory's arguments, by name: whole numbers, numbers,
  `true`, `false`, or else text.

  Args:
    name: of family `dm_env`. Its item names a callable of a module on Python's
      path, which is imported: a class of environments, or a function.

  Raises:
    UserError: there is no such module or factory, it takes no such argument,
      what it makes is no `dm_env.Environment`, or its actions are not discrete
      or its observations not an array.
  """
  factory = _factory(name)
  arguments = {key: _value(text) for key, text in name.query}
  try:
    inspect.signature(factory).bind(**arguments)
  except TypeError as error:
    raise UserError(
      f'{str(name)!r}: {name.item} {error}; it takes'
      f' {inspect.signature(factory)}'
    ) from None
  except ValueError:  # Compiled code may not say what it takes.
    pass
  try:
    environment = factory(**arguments)
  except (Exception, SystemExit) as error:  # Its code is not ours.
    raise UserError(
      f'{str(name)!r}: the environment can not be made: {in_one_line(error)}'
    ) from error
  missing = [m for m in _METHODS if not callable(getattr(environment, m, None))]
  if missing:
    raise UserError(
      f'{str(name)!r}: {name.item} gives a {type(environment).__name__}, which'
      f' is no dm_env.Environment: it has no {missing[0]}()'
    )
  try:
    _, count = dm_env_vector.actions(environment.action_spec())
    observation = dm_env_vector.observation_spec(environment.observation_spec())
  except Exception as error:  # Its code is not ours: anything may be raised.
    raise UserError(f'{str(name)!r}: {in_one_line(error)}') from error
  finally:
    environment.close()
  return registry.Task(
    name=str(name),
    observation_spec=observation,
    action_spec=vector_environment.action_spec(count),
    network=registry.usual_network(observation.shape),
    make_environment=functools.partial(
      dm_env_vector.DmEnvVector, factory, arguments
    ),
  )


def _factory(name: names.TaskName) -> Any:
  """The callable that a task's name names."""
  module_name, colon, attribute = name.item.partition(':')
  if not (colon and module_name and attribute):
    raise UserError(
      f'{str(name)!r}: a dm_env task names a factory, as'
      ' dm_env/bsuite.environments.catch:Catch'
    )
  try:
    module = importlib.import_module(module_name)
  except (Exception, SystemExit) as error:  # Its code is not ours.
    raise UserError(
      f'{str(name)!r}: the module {module_name!r} can not be imported:'
      f' {in_one_line(error)}'
    ) from error
  factory = getattr(module, attribute, None)
  if not callable(factory):
    known = [
      key
      for key, value in vars(module).items()
      if callable(value) and not key.startswith('_')
    ]
    raise UserError(
      f'{str(name)!r}: {module_name} has no factory {attribute!r};'
      f' {names.nearest(attribute, known)}'
    )
  return factory


def _value(text: str) -> int | float | bool | str:
  """A setting as the factory gets it."""
  if text in ('true', 'false'):
    return text == 'true'
  for kind in (int, float):
    try:
      return kind(text)
    except ValueError:
      pass
  return text
