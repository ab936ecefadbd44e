# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What a study measures over its runs: pure functions of arrays.

A number comes with its bootstrap interval of 95 % over runs, the same in every
call. Means and their ratios have BCa intervals; medians and correlations, which
do not change smoothly with the runs, have percentile intervals.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats  # type: ignore[import-untyped]

from pathnet_tf.bootstrap import Estimate, estimate


def restricted_times(
  times: ArrayLike, solved: ArrayLike, limit: float
) -> np.ndarray:
  """How long each run took, up to a limit.

  Args:
    times: `[n]`, when each run was solved, or ended unsolved; any unit.
    solved: bool `[n]`.
    limit: in the unit of the times. It must not lie beyond the budget of a run
      that was not solved.

  Returns:
    float64 `[n]`: min(time, limit), and the limit for a run not solved. Its
    mean is the restricted mean survival time (Royston and Parmar 2013): the
    area under the fraction of runs not solved yet, from 0 to the limit. It
    needs no guess of when the unsolved runs would have been solved.
  """
  restricted = np.minimum(np.asarray(times, np.float64), limit)
  return np.where(np.asarray(solved, bool), restricted, limit)


def mean(values: ArrayLike, seed: int = 0) -> Estimate:
  """The mean over runs.

  Args:
    values: `[n]`, a number of each run; at least one.
    seed: of the resampling.
  """
  (values,) = _runs(values)
  return estimate(np.mean, [values], 'BCa', seed)


def median(values: ArrayLike, seed: int = 0) -> Estimate:
  """The median over runs.

  Args:
    values: `[n]`, a number of each run; at least one.
    seed: of the resampling.
  """
  (values,) = _runs(values)
  return estimate(np.median, [values], 'percentile', seed)


def mean_difference(
  values: ArrayLike,
  controls: ArrayLike,
  groups: Sequence[Hashable] | None = None,
  seed: int = 0,
) -> Estimate:
  """The mean of a value minus its control's, paired.

  Args:
    values: `[n]`, a number of each run; at least one.
    controls: `[n]`, that number of the run's control.
    groups: `[n]`, equal for runs that have one and the same control: they are
      drawn together, since they are not independent of each other. None: each
      has one of its own.
    seed: of the resampling.
  """
  values, controls = _runs(values, controls)
  sums = _group_sums(groups, values - controls, np.ones(len(values)))
  return estimate(_ratio, sums, 'BCa', seed)


def ratio_of_means(
  numerators: ArrayLike,
  denominators: ArrayLike,
  groups: Sequence[Hashable] | None = None,
  seed: int = 0,
) -> Estimate:
  """The ratio of two means, paired.

  Of de novo's generations over an arm's it is the arm's speed-up, "the ratio of
  mean generations to solution" (Fernando et al. 2017, the MNIST experiment).

  Args:
    numerators: `[n]`, at least one.
    denominators: `[n]`, positive.
    groups: as in `mean_difference`.
    seed: of the resampling.

  Raises:
    ValueError: a denominator is not positive.
  """
  numerators, denominators = _runs(numerators, denominators)
  if not np.all(denominators > 0):
    raise ValueError('a denominator is not positive')
  sums = _group_sums(groups, numerators, denominators)
  return estimate(_ratio, sums, 'BCa', seed)


def correlation(x: ArrayLike, y: ArrayLike, seed: int = 0) -> Estimate | None:
  """How two numbers of a run go together: Spearman's, from -1 to 1.

  Args:
    x: `[n]`, a number of each run.
    y: `[n]`, another one.
    seed: of the resampling.

  Returns:
    None where it is not defined: below three runs, or with all x or all y
    equal. A resample of that kind counts as a correlation of 0.
  """
  x, y = _runs(x, y)
  if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
    return None
  return estimate(_spearman, [x, y], 'percentile', seed)


def _runs(*columns: ArrayLike) -> list[np.ndarray]:
  """The columns as float64 `[n]`, all finite and of one length."""
  arrays = [np.asarray(column, np.float64) for column in columns]
  for array in arrays:
    if array.ndim != 1 or not len(array) or len(array) != len(arrays[0]):
      raise ValueError(f'not a number each of one or more runs: {array.shape}')
    if not np.all(np.isfinite(array)):
      raise ValueError('a number is not finite')
  return arrays


def _group_sums(
  groups: Sequence[Hashable] | None, *columns: np.ndarray
) -> list[np.ndarray]:
  """Sums of the columns over each group, in the order of its first run."""
  if groups is None:
    return list(columns)
  number = {group: i for i, group in enumerate(dict.fromkeys(groups))}
  index = [number[group] for group in groups]
  return [np.bincount(index, weights=column) for column in columns]


def _ratio(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
  return np.sum(a, axis=axis) / np.sum(b, axis=axis)


def _spearman(x: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
  x, y = (stats.rankdata(column, axis=axis) for column in (x, y))
  x, y = (
    column - np.mean(column, axis=axis, keepdims=True) for column in (x, y)
  )
  size = np.sqrt(np.sum(x * x, axis=axis) * np.sum(y * y, axis=axis))
  shared = np.sum(x * y, axis=axis)
  known = size > 0
  return np.clip(np.where(known, shared / np.where(known, size, 1), 0), -1, 1)
