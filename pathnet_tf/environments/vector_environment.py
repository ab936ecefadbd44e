# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What every batched environment of this package has in common."""

from __future__ import annotations

import abc
import math
from typing import Any

import numpy as np
from tf_agents.environments import py_environment
from tf_agents.specs import array_spec
from tf_agents.trajectories import time_step as ts

_FIRST = np.int32(ts.StepType.FIRST)
_MID = np.int32(ts.StepType.MID)
_LAST = np.int32(ts.StepType.LAST)


def action_spec(num_actions: int) -> array_spec.BoundedArraySpec:
  """The spec of one discrete action: int32 scalar, 0 .. num_actions-1."""
  return array_spec.BoundedArraySpec(
    (), np.int32, minimum=0, maximum=num_actions - 1, name='action'
  )


def checked_size(num_environments: int) -> int:
  """Returns `num_environments`.

  Raises:
    ValueError: if that is less than 1.
  """
  if num_environments < 1:
    raise ValueError(
      f'num_environments is {num_environments}, but must be at least 1'
    )
  return num_environments


def environment_seeds(seed: int, num_environments: int) -> np.ndarray:
  """A seed for each environment, hashed: neighbouring seeds share none.

  Args:
    seed: any integer from 0 on.
    num_environments: E.

  Returns:
    int64 `[E]`, each from 1 to 2**31 - 1. The seed of an environment does not
    depend on how many there are.
  """
  state = np.random.SeedSequence(seed).generate_state(num_environments)
  # ALE's seeds are signed, and not all of its versions take 0 for a seed.
  return state.astype(np.int64) % (2**31 - 1) + 1


def aligned(shape: tuple[int, ...], dtype: type) -> np.ndarray:
  """An empty array that begins where TensorFlow takes it without a copy."""
  size = math.prod(shape) * np.dtype(dtype).itemsize
  memory = np.empty(size + 63, np.uint8)
  begin = -memory.__array_interface__['data'][0] % 64
  return memory[begin : begin + size].view(dtype).reshape(shape)


class VectorEnvironment(py_environment.PyEnvironment):
  """E copies of one game, stepped together, each starting over on its own.

  A time step holds, for E environments:
    step_type: int32 `[E]`.
    reward: float32 `[E]`, raw: nothing is clipped or scaled.
    discount: float32 `[E]`, 0 where the game truly ended, 1 elsewhere. A game
      that was only cut off (a step limit) is `LAST` with discount 1, so that a
      learner bootstraps from it. The learner's own gamma is not in it.
    observation: `[E, ...]`, channels last, in the game's own dtype.

  The step after a `LAST` ignores that environment's action, and gives the first
  observation of its next episode as `FIRST` with reward 0 and discount 1: such
  a step joins no two states, and no gradient belongs to it.

  The arrays of a time step are never written again by later steps: TensorFlow
  may keep them without copying.

  A subclass implements `_restart` and `_advance`, and `_render` if there is
  something to see.

  Attributes:
    frames_per_second: steps of a game that a person plays in a second.
    may_hang: whether a step might never return; see `watched`.
  """

  frames_per_second: float = 15
  may_hang: bool = True

  def __init__(
    self,
    num_environments: int,
    num_actions: int,
    observation_spec: array_spec.BoundedArraySpec,
  ):
    """Keeps the specs.

    Args:
      num_environments: E, at least 1.
      num_actions: A; actions are 0 .. A-1.
      observation_spec: of one environment's observation, without batch.

    Raises:
      ValueError: if `num_environments` is less than 1.
    """
    super().__init__(handle_auto_reset=False)
    self._size = checked_size(num_environments)
    self._num_actions = num_actions
    self._observation_spec = observation_spec
    self._action_spec = action_spec(num_actions)
    self._seeds: np.ndarray | None = None
    self._ended = np.zeros(num_environments, bool)

  @property
  def batched(self) -> bool:
    return True

  @property
  def batch_size(self) -> int:
    return self._size

  def observation_spec(self) -> array_spec.BoundedArraySpec:
    return self._observation_spec

  def action_spec(self) -> array_spec.BoundedArraySpec:
    return self._action_spec

  def seed(self, seed: int) -> None:
    """Makes the next `reset()`, and all that follows it, repeat exactly.

    Args:
      seed: any integer from 0 on; see `environment_seeds`.
    """
    self._seeds = environment_seeds(seed, self._size)

  def render(self, mode: str = 'rgb_array') -> np.ndarray:
    """The screen of the first environment as it is now.

    Args:
      mode: 'rgb_array', there is no other.

    Returns:
      uint8 `[H, W, 3]`, of one size in all steps.

    Raises:
      NotImplementedError: for another mode, or if there is nothing to see.
    """
    if mode != 'rgb_array':
      raise NotImplementedError(f'no mode {mode!r}, only rgb_array')
    return self._render()

  def _render(self) -> np.ndarray:
    """As `render()`."""
    raise NotImplementedError(f'{type(self).__name__} was not made to be seen')

  @abc.abstractmethod
  def _restart(self, seeds: np.ndarray | None) -> np.ndarray:
    """Begins a new episode in every environment.

    Args:
      seeds: int64 `[E]` to seed them with first; None leaves their random
        states as they are.

    Returns:
      The first observations, `[E, ...]`, a fresh array.
    """

  @abc.abstractmethod
  def _advance(
    self, actions: np.ndarray, over: np.ndarray
  ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Steps the environments, or begins a new episode where one was over.

    Args:
      actions: int32 `[E]`, already checked to be in range.
      over: bool `[E]`, where the previous step was the last of its episode.

    Returns:
      Observations `[E, ...]` (a fresh array), rewards `[E]` (any real dtype),
      terminated bool `[E]`, truncated bool `[E]`. Where `over`, the last three
      are ignored.
    """

  def _reset(self) -> ts.TimeStep:
    seeds, self._seeds = self._seeds, None
    observation = self._restart(seeds)
    self._ended = np.zeros(self._size, bool)
    return ts.TimeStep(
      np.full(self._size, _FIRST),
      np.zeros(self._size, np.float32),
      np.ones(self._size, np.float32),
      observation,
    )

  def _step(self, action: Any) -> ts.TimeStep:
    over = self._ended
    observation, reward, terminated, truncated = self._advance(
      self._checked(action), over
    )
    reward = reward.astype(np.float32)
    step_type = np.full(self._size, _MID)
    discount = np.ones(self._size, np.float32)
    ended = terminated | truncated
    if over.any():
      ended &= ~over
      reward[over] = 0.0
      step_type[over] = _FIRST
    if ended.any():
      step_type[ended] = _LAST
      discount[ended & terminated] = 0.0
    self._ended = ended
    return ts.TimeStep(step_type, reward, discount, observation)

  def _checked(self, action: Any) -> np.ndarray:
    """Returns the actions as int32 `[E]`.

    Raises:
      ValueError: for any other shape, and for actions out of range. This is no
        formality: ale-py's vector environment hangs for ever on such an action.
    """
    actions = np.asarray(action)
    if actions.shape != (self._size,) or actions.dtype.kind not in 'iu':
      raise ValueError(
        f'actions are {actions.dtype} {list(actions.shape)}, but must be'
        f' integers [{self._size}]'
      )
    if actions.min() < 0 or actions.max() >= self._num_actions:
      raise ValueError(
        f'actions {actions.tolist()} are not all in 0..{self._num_actions - 1}'
      )
    return np.ascontiguousarray(actions, np.int32)
