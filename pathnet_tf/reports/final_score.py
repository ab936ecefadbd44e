# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The score a task ended with, and how much its evaluations scatter."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import stats  # type: ignore[import-untyped]

from pathnet_tf.reports.task_history import TaskHistory, is_late

CONFIDENCE = 0.95
_RESAMPLES = 999


class FinalScore(NamedTuple):
  """A mean with its interval.

  Attributes:
    mean: of the episodes in the last fifth of a task's steps, a raw score.
    low: the lower end of its 95 % interval; minus infinity where that fifth is
      but one evaluation.
    high: the upper end; infinity where it is but one.
  """

  mean: float
  low: float
  high: float


def final_score(task: TaskHistory) -> FinalScore | None:
  """A task's `TaskHistory.final_score`, bootstrapped.

  The interval is of evaluations drawn anew, not of runs: another run may well
  end outside of it.

  Returns:
    The score, None where nothing was evaluated.
  """
  if not task.evaluations:
    return None
  late, mean = is_late(task.task_steps), task.final_score()
  fitness, episodes = task.fitness[late], task.episodes[late]
  if len(fitness) < 2:
    return FinalScore(mean, -math.inf, math.inf)
  interval = stats.bootstrap(
    (fitness * episodes, episodes),
    _ratio,
    paired=True,
    n_resamples=_RESAMPLES,
    confidence_level=CONFIDENCE,
    method='percentile',
    random_state=np.random.default_rng(0),
  ).confidence_interval
  return FinalScore(mean, float(interval.low), float(interval.high))


def _ratio(total: np.ndarray, count: np.ndarray, axis: int) -> np.ndarray:
  return total.sum(axis=axis) / count.sum(axis=axis)
