# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""An estimate: a number with its bootstrap interval of 95 %.

With less than some ten numbers any bootstrap interval is too narrow.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats  # type: ignore[import-untyped]

CONFIDENCE = 0.95
RESAMPLES = 9999

# Resamples held in memory at a time.
_BATCH = 1000


class Estimate(NamedTuple):
  """A number and what its sample, say of runs, leaves open of it.

  Attributes:
    value: the estimate.
    low: the lower end of its 95 % interval; minus infinity where there is but
      one run, which says nothing of the others.
    high: the upper end; infinity where there is but one run, or where a ratio
      may be to next to nothing.
  """

  value: float
  low: float
  high: float

  @property
  def bounded(self) -> bool:
    """Whether there were enough runs for an interval."""
    return math.isfinite(self.low)


def estimate(
  statistic: Callable[..., np.ndarray],
  columns: Sequence[np.ndarray],
  method: str = 'BCa',
  seed: int = 0,
  resamples: int = RESAMPLES,
) -> Estimate:
  """A statistic of the runs' numbers, with its interval.

  Args:
    statistic: of columns `[..., n]` and `axis=-1`, in float64 `[...]`.
    columns: float64 `[n]` each, at least one number; what belongs to one run is
      drawn together, so that numbers paired in a run stay so.
    method: `BCa`, bias-corrected and accelerated (Efron 1987), which suits
      skewed numbers, of a statistic that changes smoothly with them; or
      `percentile`.
    seed: of the resampling: the same one gives the same interval.
    resamples: drawn of the runs, each as many as there are.

  Returns:
    The estimate. Where every resample gives the same number, as with equal
    runs, the interval is that number.
  """
  value = float(statistic(*columns, axis=-1))
  if len(columns[0]) < 2:
    return Estimate(value, -math.inf, math.inf)
  with warnings.catch_warnings(), np.errstate(all='ignore'):
    warnings.simplefilter('ignore', stats.DegenerateDataWarning)
    result = stats.bootstrap(
      columns,
      statistic,
      n_resamples=resamples,
      batch=_BATCH,
      vectorized=True,
      paired=True,
      axis=-1,
      confidence_level=CONFIDENCE,
      method=method,
      random_state=np.random.default_rng(seed),
    )
  low, high = result.confidence_interval
  if not (math.isfinite(low) and math.isfinite(high)):
    # Nothing to accelerate: every run left out in turn gives the same number.
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(result.bootstrap_distribution, [tail, 1 - tail])
  # Of numbers equal but for rounding the ends may come out crossed.
  low, high = sorted((float(low), float(high)))
  return Estimate(value, low, high)
