# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""DeepMind Lab (Labyrinth) as a `dm_env` environment with discrete actions.

Its own `dm_env` module has actions of seven numbers, and a learner of one
choice needs a list of them. Lab is in no package registry, see
https://github.com/google-deepmind/lab; this follows its documented Python API
(docs/users/python_api.md there) and was not run with it.
"""

from __future__ import annotations

import types
from typing import Any

import numpy as np
from tf_agents.specs import array_spec
from tf_agents.trajectories import time_step as ts

# As the levels are called in Fernando et al. 2017, and in Lab.
LEVELS = {
  'seekavoid_arena': 'seekavoid_arena_01',
  'stairway_to_melon': 'stairway_to_melon_01',
}

# Look left and right, look down and up (pixels a frame), strafe, move, fire,
# jump, crouch: as in Lab's own example of a random agent, less looking up and
# down and crouching, and both ways of turning fast and slow.
ACTIONS = (
  (-20, 0, 0, 0, 0, 0, 0),  # Look left.
  (20, 0, 0, 0, 0, 0, 0),  # Look right.
  (0, 0, -1, 0, 0, 0, 0),  # Strafe left.
  (0, 0, 1, 0, 0, 0, 0),  # Strafe right.
  (0, 0, 0, 1, 0, 0, 0),  # Forward.
  (0, 0, 0, -1, 0, 0, 0),  # Backward.
  (-20, 0, 0, 1, 0, 0, 0),  # Forward and left.
  (20, 0, 0, 1, 0, 0, 0),  # Forward and right.
  (0, 0, 0, 1, 0, 1, 0),  # Jump forward.
)

_PIXELS = 'RGB_INTERLEAVED'


class Labyrinth:
  """One level; an episode ends where Lab ends it."""

  def __init__(
    self,
    level: str,
    seed: int | None = None,
    width: int = 84,
    height: int = 84,
    frames: int = 4,
  ):
    """Starts Lab.

    Args:
      level: one of the paper's, e.g. `lt_chasm`, or any of Lab's.
      seed: of the levels' episodes; None: drawn anew.
      width: of an observation, pixels.
      height: of it.
      frames: for which an action is held.

    Raises:
      ImportError: there is no DeepMind Lab here.
    """
    lab = _lab()
    self._native = lab.Lab(
      LEVELS.get(level, level),
      [_PIXELS],
      config={'width': str(width), 'height': str(height), 'fps': '60'},
    )
    self._shape = (height, width, 3)
    self._frames = frames
    self._rng = np.random.default_rng(seed)
    self._seen: np.ndarray = np.zeros(self._shape, np.uint8)
    self._over = True

  def observation_spec(self) -> array_spec.BoundedArraySpec:
    """The screen, uint8 `[height, width, 3]`."""
    return array_spec.BoundedArraySpec(self._shape, np.uint8, 0, 255, 'pixels')

  def action_spec(self) -> array_spec.BoundedArraySpec:
    """Which of `ACTIONS`."""
    last = len(ACTIONS) - 1
    return array_spec.BoundedArraySpec((), np.int32, 0, last, 'action')

  def reset(self) -> ts.TimeStep:
    """Begins an episode, with a seed drawn from the environment's own."""
    self._native.reset(seed=int(self._rng.integers(2**31)))
    self._over = False
    return self._step(ts.StepType.FIRST, 0.0, 1.0)

  def step(self, action: Any) -> ts.TimeStep:
    """Holds an action for some frames; their rewards are summed."""
    if self._over:
      return self.reset()
    chosen = np.array(ACTIONS[int(action)], np.intc)
    reward = float(self._native.step(chosen, num_steps=self._frames))
    self._over = not self._native.is_running()
    if self._over:
      return self._step(ts.StepType.LAST, reward, 0.0)
    return self._step(ts.StepType.MID, reward, 1.0)

  def close(self) -> None:
    """Ends Lab."""
    self._native.close()

  def _step(self, kind, reward: float, discount: float) -> ts.TimeStep:
    if not self._over:  # Lab shows nothing once an episode has ended.
      self._seen = np.array(self._native.observations()[_PIXELS], np.uint8)
    return ts.TimeStep(kind, reward, discount, self._seen)


def _lab() -> types.ModuleType:
  try:
    import deepmind_lab
  except ImportError as error:
    raise ImportError(
      f'DeepMind Lab is needed ({error}): build its Python package as'
      ' https://github.com/google-deepmind/lab says'
    ) from error
  return deepmind_lab
