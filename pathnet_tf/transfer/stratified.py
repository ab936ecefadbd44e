# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Intervals over seeds of what is made of many tasks' runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping

import numpy as np

from pathnet_tf.bootstrap import CONFIDENCE, Estimate

RESAMPLES = 2000

Strata = Mapping[Hashable, np.ndarray]


def estimate(
  statistic: Callable[[Strata], np.ndarray], strata: Strata, seed: int = 0
) -> Estimate:
  """A statistic with its stratified bootstrap interval of 95 %.

  Agarwal et al. 2021, section 4.1: in every resample the runs of each stratum
  (an arm on one pair of tasks) are drawn anew among themselves, so that every
  pair keeps its weight. The ends are percentiles. What several pairs have in
  common, as the runs of their control, is a stratum of its own and is drawn
  once for all of them.

  Args:
    statistic: of strata `[R, n, ...]` in `[R]`; infinity is a number too.
    strata: `[n, ...]` each, n runs.
    seed: of the drawing.

  Returns:
    The estimate, without an interval where a stratum has but one run.
  """
  value = float(statistic({key: runs[None] for key, runs in strata.items()})[0])
  if any(len(runs) < 2 for runs in strata.values()):
    return Estimate(value, -math.inf, math.inf)
  rng = np.random.default_rng(seed)
  drawn = {
    key: runs[rng.integers(len(runs), size=(RESAMPLES, len(runs)))]
    for key, runs in strata.items()
  }
  tail = (1 - CONFIDENCE) / 2
  with np.errstate(invalid='ignore'):  # Between infinities it finds no number.
    ends = np.quantile(statistic(drawn), [tail, 1 - tail])
  low, high = np.where(np.isnan(ends), np.inf, ends)
  return Estimate(value, float(low), float(high))
