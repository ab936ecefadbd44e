# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Any `dm_env.Environment` with discrete actions and arrays to observe."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from tf_agents.specs import array_spec

from pathnet_tf.environments import vector_environment

_LAST = 2  # dm_env.StepType; TF-Agents has the same three.


def observation_spec(spec: Any) -> array_spec.BoundedArraySpec:
  """The spec of observations: bytes stay bytes, all else is float32.

  Bounds that are infinite, or not said, become the largest float32.

  Args:
    spec: a `dm_env.specs.Array`.

  Raises:
    ValueError: it is another kind of spec, or not of numbers.
  """
  if not hasattr(spec, 'shape') or not hasattr(spec, 'dtype'):
    raise ValueError(f'its observations are {spec}, but must be one array')
  dtype = np.dtype(spec.dtype)
  if dtype.kind not in 'biuf':
    raise ValueError(f'its observations are {spec}, but must be numbers')
  kept: Any = np.uint8 if dtype == np.uint8 else np.float32
  limits: Any = np.iinfo(kept) if dtype == np.uint8 else np.finfo(kept)
  low, high = (
    np.clip(getattr(spec, name, limit), limits.min, limits.max).astype(kept)
    for name, limit in (('minimum', limits.min), ('maximum', limits.max))
  )
  return array_spec.BoundedArraySpec(
    spec.shape, kept, minimum=low, maximum=high, name='observation'
  )


def actions(spec: Any) -> tuple[int, int]:
  """The first action's number, and how many there are.

  Args:
    spec: a `dm_env.specs.DiscreteArray`, or another whole scalar with bounds.

  Raises:
    ValueError: it is none.
  """
  bounded = hasattr(spec, 'minimum') and hasattr(spec, 'maximum')
  whole = bounded and spec.shape == () and np.dtype(spec.dtype).kind in 'iu'
  if not whole:
    raise ValueError(f'its actions are {spec}, but must be a DiscreteArray')
  return int(spec.minimum), int(spec.maximum) - int(spec.minimum) + 1


class DmEnvVector(vector_environment.VectorEnvironment):
  """E environments of a factory, one after another in this thread.

  `dm_env` has no way to seed an environment that is there: where the factory
  takes a `seed`, seeded environments are made anew with one of their own. Of
  others, evaluations do not repeat.

  An end with a discount of 0 is a true one, any other only a cut. Discounts
  between are the environment's own affair; the learner's gamma is not in them.
  """

  def __init__(
    self,
    factory: Callable[..., Any],
    arguments: Mapping[str, Any],
    num_environments: int,
  ):
    """Makes the environments.

    Args:
      factory: gives a `dm_env.Environment`.
      arguments: what it is called with, by name.
      num_environments: E.

    Raises:
      ValueError: if the actions are not discrete or the observations not an
        array, or `num_environments` is less than 1.
    """
    self._make, self._arguments = factory, dict(arguments)
    self._seeded = takes(factory, 'seed') and 'seed' not in self._arguments
    self._native = [
      factory(**self._arguments)
      for _ in range(vector_environment.checked_size(num_environments))
    ]
    action_spec = self._native[0].action_spec()
    self._first_action, count = actions(action_spec)
    self._action_type = np.dtype(action_spec.dtype)
    super().__init__(
      num_environments,
      count,
      observation_spec(self._native[0].observation_spec()),
    )

  def close(self) -> None:
    """Closes the environments."""
    for native in self._native:
      native.close()

  def _restart(self, seeds: np.ndarray | None) -> np.ndarray:
    if seeds is not None and self._seeded:
      self.close()
      self._native = [
        self._make(seed=int(seed), **self._arguments) for seed in seeds
      ]
    return self._seen([native.reset() for native in self._native])

  def _advance(self, actions, over):
    steps = []
    for native, action, begin in zip(
      self._native, actions + self._first_action, over, strict=True
    ):
      steps.append(
        native.reset() if begin else native.step(self._action_type.type(action))
      )
    reward = np.array([s.reward or 0.0 for s in steps], np.float32)
    last = np.array([s.step_type == _LAST for s in steps])
    true_end = np.array([s.discount == 0 for s in steps])
    return self._seen(steps), reward, last & true_end, last & ~true_end

  def _seen(self, steps) -> np.ndarray:
    spec = self._observation_spec
    observation = np.empty([self._size, *spec.shape], spec.dtype)
    for index, step in enumerate(steps):
      observation[index] = step.observation
    return observation


def takes(factory: Callable[..., Any], name: str) -> bool:
  """Whether a factory has a parameter of that name."""
  try:
    parameters = inspect.signature(factory).parameters
  except (TypeError, ValueError):  # Of compiled code.
    return False
  return name in parameters
