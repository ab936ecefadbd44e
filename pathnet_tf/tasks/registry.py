# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""From a task's name to the task."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from tf_agents.environments import py_environment
from tf_agents.specs import array_spec

from pathnet_tf.environments import vector_environment
from pathnet_tf.errors import UserError
from pathnet_tf.tasks import names


@dataclasses.dataclass(frozen=True)
class Task:
  """A reinforcement task: something to build environments from.

  Attributes:
    name: canonical: one order and spelling of its settings.
    observation_spec: of one environment, without a batch dimension.
    action_spec: int32 scalar, 0 .. A-1.
    network: the named network that suits it: 'atari', 'minatar' or 'vector'.
    make_environment: builds that many copies as one batched `PyEnvironment`
      (see `environments/vector_environment.py`); each call builds new ones.
    make_visible: builds one copy that plays the same and that `render()` shows;
      None: there is nothing to see.
  """

  name: str
  observation_spec: array_spec.BoundedArraySpec
  action_spec: array_spec.BoundedArraySpec
  network: str
  make_environment: Callable[[int], py_environment.PyEnvironment]
  make_visible: Callable[[], vector_environment.VectorEnvironment] | None = None

  def check(self) -> None:
    """Raises `UserError` if a run can't begin: its factory has seen to it."""


_ATARI_SIDE = 36  # Pixels that the network for Atari needs at least.


def usual_network(shape: Sequence[int]) -> str:
  """The named network that suits an environment of observations `shape`."""
  picture = len(shape) == 3 and min(shape[:2]) >= _ATARI_SIDE
  return 'atari' if picture else 'vector'


# A `Task`, or a `classification.ClassificationTask`.
AnyTask = Any
Factory = Callable[[names.TaskName], AnyTask]

_factories: dict[str, Factory] = {}


def register(family: str, factory: Factory) -> None:
  """Makes a family of tasks known, or replaces it.

  Args:
    family: what stands before the slash in the names of its tasks.
    factory: builds a task from a name of the family. It checks the whole name
      and raises `UserError` before anything slow or dangerous is done.

  Raises:
    UserError: if `family` can't be part of a name.
  """
  _factories[names.TaskName(family).family] = factory


def families() -> tuple[str, ...]:
  """The families that are known, in alphabetical order."""
  return tuple(sorted(_factories))


def make(name: str) -> AnyTask:
  """Builds a task.

  Args:
    name: e.g. `atari/pong`, `minatar/breakout`, `gym/CartPole-v1` or
      `mnist/3v5`.

  Raises:
    UserError: if there is no such task, or a setting of it is wrong.
  """
  parsed = names.parse(name)
  if parsed.family not in _factories:
    raise UserError(
      f'no task {name!r}: no family {parsed.family!r};'
      f' {names.nearest(parsed.family, _factories)}'
    )
  return _factories[parsed.family](parsed)
