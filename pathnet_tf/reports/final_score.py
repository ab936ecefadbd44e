# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The score a task ended with, and how much its evaluations scatter."""

from __future__ import annotations

import numpy as np

from pathnet_tf import bootstrap
from pathnet_tf.reports.task_history import TaskHistory, is_late

_RESAMPLES = 999  # A page shows but a few digits of many tasks.


def final_score(task: TaskHistory) -> bootstrap.Estimate | None:
  """A task's `TaskHistory.final_score`, bootstrapped.

  The interval is of evaluations drawn anew, not of runs: another run may well
  end outside of it.

  Returns:
    The score, None where nothing was evaluated.
  """
  if not task.evaluations:
    return None
  late = is_late(task.task_steps)
  episodes = task.episodes[late]
  return bootstrap.estimate(
    _ratio,
    (task.fitness[late] * episodes, episodes),
    method='percentile',
    resamples=_RESAMPLES,
  )


def _ratio(total: np.ndarray, count: np.ndarray, axis: int) -> np.ndarray:
  return total.sum(axis=axis) / count.sum(axis=axis)
