# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What a learning curve of a game is worth: pure functions of arrays.

A curve `[..., bins]` holds the mean raw score in equal parts of the budget of
agent steps. Scores are taken above the random policy's, the `floor`, before any
ratio: Atari's begin far from zero, and below it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats  # type: ignore[import-untyped]

EARLY = 0.1  # Of the budget, for the jump start.
LATE = 0.2  # Of the budget, for the final score.
LEAST = (
  0.01  # Below it no ratio counts, as a geometric mean needs them above 0.
)
SMOOTHED = 3  # Parts of the budget, for the steps to a threshold.


def area(curve: ArrayLike, floor: float) -> np.ndarray:
  """Mean score above the floor: the area under the curve over the budget.

  The ratio of two arms' areas is the speed-up (Fernando et al. 2017, their
  reinforcement learning figures, as remembered).

  Args:
    curve: `[..., bins]`.
    floor: the random policy's score.
  """
  return np.mean(np.asarray(curve, np.float64), axis=-1) - floor


def early_score(curve: ArrayLike) -> np.ndarray:
  """Mean score in the first tenth; less the control's it is the jump start.

  Taylor and Stone 2009, section 2.1.1: the gain in initial performance.

  Args:
    curve: `[..., bins]`.
  """
  curve = np.asarray(curve, np.float64)
  return np.mean(curve[..., : _parts(curve, EARLY)], axis=-1)


def final_score(curve: ArrayLike) -> np.ndarray:
  """Mean score in the last fifth (asymptotic performance, Taylor and Stone).

  Args:
    curve: `[..., bins]`.
  """
  curve = np.asarray(curve, np.float64)
  return np.mean(curve[..., -_parts(curve, LATE) :], axis=-1)


def normalised(score: ArrayLike, floor: float, reference: float) -> np.ndarray:
  """(score - floor) / (reference - floor): 0 is random, 1 the reference.

  As human-normalised scores (Mnih et al. 2015), with de novo's final score in
  the human's place.

  Args:
    score: of any shape.
    floor: the random policy's score.
    reference: what counts as 1, above the floor.

  Raises:
    ValueError: it is not above the floor.
  """
  if not reference > floor:
    raise ValueError(f'the reference {reference} is not above {floor}')
  return (np.asarray(score, np.float64) - floor) / (reference - floor)


def share_to(curve: ArrayLike, level: float) -> np.ndarray:
  """The share of the budget until the smoothed curve reaches a level.

  Time to threshold (Taylor and Stone 2009). Smoothed over the last `SMOOTHED`
  parts, so that one lucky evaluation does not count.

  Args:
    curve: `[..., bins]`.
    level: a raw score.

  Returns:
    float64 `[...]` in (0, 1]; 1 also where the level is not reached, so that
    means are restricted means.
  """
  curve = np.asarray(curve, np.float64)
  bins = curve.shape[-1]
  sums = np.cumsum(curve, axis=-1)
  smooth = (sums[..., SMOOTHED:] - sums[..., :-SMOOTHED]) / SMOOTHED
  smooth = np.concatenate(
    [sums[..., SMOOTHED - 1 : SMOOTHED] / SMOOTHED, smooth], axis=-1
  )
  reached = smooth >= level
  first = np.argmax(reached, axis=-1) + SMOOTHED
  return np.where(np.any(reached, axis=-1), first / bins, 1.0)


def forward_transfer(
  curve: ArrayLike, control: ArrayLike, floor: float, best: float
) -> np.ndarray:
  """FT = (AUC - AUC_b) / (1 - AUC_b), of scores brought to [0, 1].

  Continual World (Wolczyk et al. 2021), section 4.2: AUC of the arm, AUC_b of
  the control that begins anew. 0: no transfer; 1: all that could be gained.

  Args:
    curve: `[..., bins]`, the arm's.
    control: `[..., bins]`, de novo's.
    floor: the score that becomes 0.
    best: the score that becomes 1, above the floor; beyond it scores are cut.
  """
  ours, theirs = (
    np.mean(np.clip(normalised(c, floor, best), 0, 1), axis=-1)
    for c in (curve, control)
  )
  return (ours - theirs) / np.maximum(1 - theirs, 1e-9)


def interquartile_mean(values: ArrayLike) -> np.ndarray:
  """The mean of the middle half (Agarwal et al. 2021, section 4.3).

  Args:
    values: `[..., n]`; the lowest and the highest quarter are left out.
  """
  return stats.trim_mean(np.asarray(values, np.float64), 0.25, axis=-1)


def geometric_mean(ratios: ArrayLike) -> np.ndarray:
  """The geometric mean of ratios, which treats 2 and 1/2 alike.

  Fleming and Wallace 1986: the only mean for normalised numbers.

  Args:
    ratios: `[..., n]`; what is below `LEAST` counts as that.
  """
  return np.exp(np.mean(np.log(np.maximum(ratios, LEAST)), axis=-1))


def probability_of_improvement(x: ArrayLike, y: ArrayLike) -> np.ndarray:
  """P(X > Y) of a run of one arm and a run of another; a tie counts half.

  Agarwal et al. 2021, section 4.3; the Mann-Whitney statistic over n m.

  Args:
    x: `[..., n]`, the arm's runs.
    y: `[..., m]`, the control's.
  """
  difference = np.asarray(x)[..., :, None] - np.asarray(y)[..., None, :]
  return np.mean(0.5 * (np.sign(difference) + 1), axis=(-2, -1))


def _parts(curve: np.ndarray, share: float) -> int:
  return max(1, round(share * curve.shape[-1]))
