# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of a study's numbers against naive twins."""

from __future__ import annotations

import itertools
import math
import statistics
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.transfer import metrics

RUNS = st.lists(
  st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=20
)
NUMBERS = st.lists(
  st.tuples(st.integers(0, 9), st.floats(0.1, 9)), min_size=3, max_size=12
)


@given(RUNS, st.integers(1, 70))
def test_the_restricted_mean_is_the_area_under_the_unsolved_fraction(
  runs, limit
):
  times, solved = zip(*runs, strict=True)

  area = 0.0
  for generation in range(limit):
    left = [t > generation or not done for t, done in runs]
    area += sum(left) / len(left)

  found = metrics.restricted_times(times, solved, limit)
  assert metrics.mean(found).value == pytest.approx(area)


@given(RUNS, st.integers(1, 70))
def test_restricted_times_equal_a_loop(runs, limit):
  times, solved = zip(*runs, strict=True)

  expected = [min(t, limit) if done else limit for t, done in runs]

  found = metrics.restricted_times(times, solved, limit)
  assert found.tolist() == expected


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=9))
@settings(max_examples=30)
def test_mean_and_median_equal_those_of_the_standard_library(values):
  assert metrics.mean(values).value == pytest.approx(statistics.fmean(values))
  median = metrics.median(values)
  assert median.value == pytest.approx(statistics.median(values))
  if len(values) > 1:
    assert min(values) - 1e-9 <= median.low <= median.high
    assert median.high <= max(values) + 1e-9


def test_the_medians_interval_equals_that_of_all_resamples():
  values = [1.0, 2.0, 4.0, 8.0, 16.0]
  medians = [
    statistics.median(drawn) for drawn in itertools.product(values, repeat=5)
  ]

  found = metrics.median(values)

  assert found.low == np.quantile(medians, 0.025)
  assert found.high == np.quantile(medians, 0.975)


def test_a_ratio_is_of_means_and_not_a_mean_of_ratios():
  found = metrics.ratio_of_means([10, 90], [20, 30])

  assert found.value == 2.0
  assert found.low >= 0.5
  assert found.high <= 3.0


def test_a_ratios_interval_equals_a_paired_twin():
  rng = np.random.default_rng(3)
  base = rng.lognormal(5, 0.5, 30)
  theirs, ours = base * rng.uniform(1.0, 1.6, 30), base
  drawn = [rng.integers(0, 30, 30) for _ in range(20_000)]
  ratios = [theirs[i].mean() / ours[i].mean() for i in drawn]

  found = metrics.ratio_of_means(theirs, ours)

  width = found.high - found.low
  assert found.value == pytest.approx(theirs.mean() / ours.mean())
  # BCa against percentiles: alike, though not equal.
  assert found.low == pytest.approx(np.quantile(ratios, 0.025), abs=width / 8)
  assert found.high == pytest.approx(np.quantile(ratios, 0.975), abs=width / 8)
  # What the arms have in common cancels out; of other partners it would not.
  other = metrics.ratio_of_means(rng.permutation(theirs), ours)
  assert other.high - other.low > 2 * width


def test_numbers_in_proportion_leave_nothing_open():
  values = np.array([3.0, 5.0, 11.0, 2.0])
  with warnings.catch_warnings():
    warnings.simplefilter('error')
    ratio = metrics.ratio_of_means(1.5 * values, values)
    difference = metrics.mean_difference(values + 2, values)

  assert ratio == pytest.approx((1.5, 1.5, 1.5))
  assert difference == pytest.approx((2, 2, 2))


@given(NUMBERS)
@settings(max_examples=30)
def test_a_difference_is_the_mean_of_pair_by_pair(numbers):
  values, controls = zip(*numbers, strict=True)

  found = metrics.mean_difference(values, controls)

  gaps = [a - b for a, b in numbers]
  assert found.value == pytest.approx(sum(gaps) / len(gaps), abs=1e-9)
  assert min(gaps) - 1e-9 <= found.low <= found.high <= max(gaps) + 1e-9
  assert found == metrics.mean_difference(values, controls, range(len(gaps)))


def test_runs_that_share_a_control_are_drawn_together():
  rng = np.random.default_rng(2)
  values, controls = rng.lognormal(1, 1, 12), rng.lognormal(1, 1, 12)
  thrice = np.repeat(values, 3), np.repeat(controls, 3)
  groups = np.repeat(np.arange(12), 3).tolist()

  for metric in (metrics.ratio_of_means, metrics.mean_difference):
    once = metric(values, controls)
    # Each run written thrice tells no more than once.
    assert tuple(metric(*thrice, groups)) == pytest.approx(tuple(once), 1e-3)
    loose = metric(*thrice)
    assert loose.high - loose.low < 0.75 * (once.high - once.low)


@given(NUMBERS)
@settings(max_examples=30)
def test_correlations_equal_naive_twins(numbers):
  x, y = zip(*numbers, strict=True)

  def ranks(column):
    return [
      sum(b < a for b in column) + (sum(b == a for b in column) + 1) / 2
      for a in column
    ]

  found = metrics.correlation(x, y)
  if len(set(x)) == 1 or len(set(y)) == 1:
    assert found is None
    return
  expected = statistics.correlation(ranks(x), ranks(y))
  assert found.value == pytest.approx(expected, abs=1e-6)
  assert -1 <= found.low <= found.high <= 1


def test_a_correlations_interval_tells_something_from_nothing():
  rng = np.random.default_rng(1)
  x = rng.integers(0, 6, 60)
  y = rng.normal(size=60)

  nothing = metrics.correlation(x, y)
  assert nothing.low < 0 < nothing.high
  something = metrics.correlation(x, x + 0.5 * y)
  assert 0.8 < something.low < something.high < 1
  # Ranks know no scale.
  assert metrics.correlation(x, y) == metrics.correlation(x, np.exp(y))


def test_correlations_of_next_to_nothing_are_not_defined():
  for x, y in (
    ([1, 2], [3, 5]),
    ([4, 4, 4], [1, 2, 3]),
    ([1, 2, 3], [4, 4, 4]),
  ):
    assert metrics.correlation(x, y) is None
  with warnings.catch_warnings():
    warnings.simplefilter('error')
    # Most resamples of it have but one x.
    found = metrics.correlation([0, 0, 0, 0, 0, 1], [1, 2, 3, 4, 5, 6])
  assert not any(map(math.isnan, found))


def test_a_resample_of_equal_numbers_has_no_correlation():
  # A third of the resamples.
  found = metrics.correlation([0.1] * 5 + [0.2], [1, 2, 3, 4, 5, 99])

  ranks = [3, 3, 3, 3, 3, 6], [1, 2, 3, 4, 5, 6]
  assert found.value == pytest.approx(statistics.correlation(*ranks))
  assert found.low == 0


def test_wrong_arguments_are_refused():
  with pytest.raises(ValueError, match='denominator'):
    metrics.ratio_of_means([1, 2], [1, 0])
  for values in ([], [[1.0]]):
    with pytest.raises(ValueError, match='not a number each'):
      metrics.mean(values)
  with pytest.raises(ValueError, match='not a number each'):
    metrics.mean_difference([1, 2], [1])
  with pytest.raises(ValueError, match='finite'):
    metrics.median([1, math.nan])
