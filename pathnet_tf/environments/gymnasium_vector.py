# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Any Gymnasium environment with discrete actions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces, vector
from tf_agents.specs import array_spec

from pathnet_tf.environments import vector_environment


def observation_spec(
  space: spaces.Box, observed: Sequence[int] | None = None
) -> array_spec.BoundedArraySpec:
  """The spec of observations from `space`: bytes stay, all else is float32.

  Infinite bounds become the largest float32, which specs can be sampled with.

  Args:
    space: of one environment.
    observed: which entries of its vectors are kept; None: all there is.
  """
  kept: Any = np.uint8 if space.dtype == np.uint8 else np.float32
  limits = np.finfo(np.float32)
  low, high = (
    np.clip(bound, limits.min, limits.max).astype(kept)
    for bound in (space.low, space.high)
  )
  if observed is not None:
    low, high = low[list(observed)], high[list(observed)]
  return array_spec.BoundedArraySpec(
    low.shape, kept, minimum=low, maximum=high, name='observation'
  )


class GymnasiumVector(vector_environment.VectorEnvironment):
  """E copies of a Gymnasium environment, one after another in this thread.

  An observation is the environment's own in its own shape, as float32 if it is
  not of bytes. Actions
  are 0 .. A-1, whatever number the environment's first action has.
  """

  def __init__(
    self,
    env_id: str,
    num_environments: int,
    *,
    max_episode_steps: int | None = None,
    observed: Sequence[int] | None = None,
    visible: bool = False,
  ):
    """Makes the environments.

    Args:
      env_id: as `gymnasium.make` takes it, e.g. `CartPole-v1`.
      num_environments: E.
      max_episode_steps: steps after which an episode is cut off; None keeps
        the limit that the environment was registered with.
      observed: which entries of its vectors are kept; None: all there is.
      visible: whether `render` is going to be called; for environments that
        have the mode 'rgb_array'.

    Raises:
      ValueError: if the actions are not `Discrete` or the observations no
        `Box`, or `num_environments` is less than 1.
      gymnasium.error.Error: if there is no such environment, or it can't be
        made.
    """

    mode: dict[str, Any] = {}  # Not all know of modes.
    if visible:
      mode = {'render_mode': 'rgb_array'}
      # Most are drawn with pygame: without a window, and without its greeting.
      os.environ.setdefault('SDL_VIDEODRIVER', 'dummy')
      os.environ.setdefault('SDL_AUDIODRIVER', 'dummy')
      os.environ.setdefault('PYGAME_HIDE_SUPPORT_PROMPT', '1')

    def make():
      # The checker would look at every step, and warns in many lines.
      return gymnasium.make(
        env_id,
        max_episode_steps=max_episode_steps,
        disable_env_checker=True,
        **mode,
      )

    self._native: Any = vector.SyncVectorEnv(
      [make] * vector_environment.checked_size(num_environments),
      autoreset_mode=vector.AutoresetMode.NEXT_STEP,
    )
    actions = self._native.single_action_space
    observations = self._native.single_observation_space
    if not isinstance(actions, spaces.Discrete):
      raise ValueError(f'the actions of {env_id} are {actions}, not Discrete')
    if not isinstance(observations, spaces.Box):
      raise ValueError(f'the observations of {env_id} are no Box')
    super().__init__(
      num_environments, int(actions.n), observation_spec(observations, observed)
    )
    self._observed = None if observed is None else list(observed)
    self._first_action = int(actions.start)
    self._visible = visible
    self.frames_per_second = self._native.metadata.get('render_fps') or 30

  def close(self) -> None:
    """Closes the environments."""
    self._native.close()

  def _restart(self, seeds: np.ndarray | None) -> np.ndarray:
    observation: np.ndarray = self._native.reset(
      seed=None if seeds is None else seeds.tolist()
    )[0]
    return self._seen(observation)

  def _advance(self, actions, over):
    # The next-step autoreset does what `over` asks for.
    del over
    observation, reward, terminated, truncated, _ = self._native.step(
      actions + self._first_action
    )
    return self._seen(observation), reward, terminated, truncated

  def _render(self) -> np.ndarray:
    return self._native.envs[0].render() if self._visible else super()._render()

  def _seen(self, observation: np.ndarray) -> np.ndarray:
    if self._observed is not None:
      observation = observation[:, self._observed]
    return observation.astype(self.observation_spec().dtype)
