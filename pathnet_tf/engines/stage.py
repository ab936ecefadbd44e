# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A worker's environments, for the length of one evaluation.

An evaluation's fitness is the mean raw return of a fixed number of whole
episodes of *every* environment. Counting the first episodes to end, whichever
environment they come from, would favour early deaths.
"""

from __future__ import annotations

import threading

import numpy as np
from tf_agents.environments import py_environment
from tf_agents.trajectories import time_step as ts


class Stage:
  """Steps a batched environment and keeps the score of one evaluation.

  Attributes:
    environment: E environments in one.
    returns: the raw returns of the episodes counted so far.
  """

  def __init__(
    self,
    environment: py_environment.PyEnvironment,
    stop: threading.Event | None = None,
    seeded_once: bool = False,
  ):
    """Wraps an environment.

    Args:
      environment: E environments in one.
      stop: ends evaluations early, from any thread.
      seeded_once: only the first evaluation seeds the environments, whose
        random streams go on after it. For workers that do not repeat for all
        the seeds: an Atari game takes a seed only with its ROM, in 0.2 s, as
        much as 400 steps.
    """
    self.environment = environment
    self.returns: list[float] = []
    self._stop = stop or threading.Event()
    self._seeded_once = seeded_once
    self._seeded = False
    self._batch = environment.batch_size
    self._failed_before = 0
    self._return = np.zeros(self._batch)
    self._left = np.zeros(self._batch, np.int64)

  @property
  def fitness(self) -> float:
    """Mean raw return of the counted episodes."""
    return float(np.mean(self.returns))

  @property
  def dropped(self) -> int:
    """Episodes of this evaluation that ended because something failed."""
    return (self._failures() - self._failed_before) * self._batch

  @property
  def complete(self) -> bool:
    """Whether every environment has played its episodes."""
    return not self._left.any()

  def reset(self, seed: int, episodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Begins an evaluation.

    Args:
      seed: of the environments, the same seed gives the same episodes.
      episodes: T, the whole episodes that every environment must play.

    Returns:
      The first observations `[E, ...]` and step types int32 `[E]`.
    """
    self._failed_before = self._failures()
    if not (self._seeded and self._seeded_once):
      self.environment.seed(seed)
      self._seeded = True
    time_step = self.environment.reset()
    self.returns = []
    self._return[:] = 0
    self._left[:] = episodes
    return time_step.observation, time_step.step_type

  def step(
    self, action: np.ndarray
  ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.bool_]:
    """Steps every environment once.

    Args:
      action: int32 `[E]`.

    Returns:
      Observation `[E, ...]`, raw reward float32 `[E]`, discount float32 `[E]`,
      step type int32 `[E]`, and whether the evaluation is over, a bool.
    """
    failures = self._failures()
    step_type, reward, discount, observation = self.environment.step(action)
    self._return += reward
    if self._failures() != failures:
      self._return[:] = 0
      return observation, reward, discount, step_type, self._over()
    for index in np.flatnonzero(step_type == ts.StepType.LAST):
      if self._left[index]:
        self._left[index] -= 1
        self.returns.append(float(self._return[index]))
      self._return[index] = 0
    return observation, reward, discount, step_type, self._over()

  def _over(self) -> np.bool_:
    return np.bool_(self.complete or self._stop.is_set())

  def _failures(self) -> int:
    """Of an environment that is watched."""
    return getattr(self.environment, 'failures', 0)
