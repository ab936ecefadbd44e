# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of estimates with intervals against naive twins."""

from __future__ import annotations

import math
import statistics
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.bootstrap import Estimate, estimate

METHODS = ('BCa', 'percentile')
SKEWED = np.random.default_rng(5).exponential(100.0, 25)


def resampled_means(values, count=20_000):
  """Means of resamples, drawn one by one from another generator."""
  rng = np.random.default_rng(99)
  return np.array(
    [
      np.mean([values[i] for i in rng.integers(0, len(values), len(values))])
      for _ in range(count)
    ]
  )


def test_a_percentile_interval_equals_a_naive_twin():
  means = resampled_means(SKEWED)

  found = estimate(np.mean, [SKEWED], 'percentile')

  width = found.high - found.low
  assert found.value == pytest.approx(sum(SKEWED) / len(SKEWED))
  assert found.low == pytest.approx(np.quantile(means, 0.025), abs=width / 20)
  assert found.high == pytest.approx(np.quantile(means, 0.975), abs=width / 20)


def test_a_bca_interval_equals_a_naive_twin():
  # Efron 1987, equations 2.3 and 6.6, written down once more.
  means = resampled_means(SKEWED)
  normal = statistics.NormalDist()
  bias = normal.inv_cdf(np.mean(means < np.mean(SKEWED)))
  left_out = [
    np.mean([v for j, v in enumerate(SKEWED) if j != i])
    for i in range(len(SKEWED))
  ]
  gaps = np.mean(left_out) - np.array(left_out)
  pace = np.sum(gaps**3) / (6 * np.sum(gaps**2) ** 1.5)
  ends = []
  for tail in (0.025, 0.975):
    z = bias + normal.inv_cdf(tail)
    ends.append(np.quantile(means, normal.cdf(bias + z / (1 - pace * z))))

  found = estimate(np.mean, [SKEWED], 'BCa')

  width = found.high - found.low
  assert found.low == pytest.approx(ends[0], abs=width / 20)
  assert found.high == pytest.approx(ends[1], abs=width / 20)
  # A long tail to the right, and so the interval.
  assert found.high - found.value > 1.1 * (found.value - found.low)


def test_intervals_hold_the_truth_as_often_as_they_say():
  rng = np.random.default_rng(0)
  hits = 0
  for _ in range(200):
    found = estimate(np.mean, [rng.exponential(1.0, 40)])
    hits += found.low <= 1 <= found.high

  # 95 % of 200 less what skew costs; three standard deviations are 9.
  assert 176 <= hits <= 199


@pytest.mark.parametrize('method', METHODS)
@given(values=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12))
@settings(max_examples=40)
def test_an_interval_of_a_mean_lies_among_the_numbers(method, values):
  with warnings.catch_warnings():
    warnings.simplefilter('error')
    found = estimate(np.mean, [np.array(values)], method)

  assert not any(map(math.isnan, found))
  assert found.low <= found.high
  if len(values) > 1:
    assert min(values) - 1e-9 <= found.low
    assert found.high <= max(values) + 1e-9


@pytest.mark.parametrize('method', METHODS)
def test_equal_runs_leave_nothing_open(method):
  found = estimate(np.mean, [np.full(7, 0.1)], method)

  assert found == pytest.approx((0.1, 0.1, 0.1))


def test_one_run_leaves_everything_open():
  found = estimate(np.mean, [np.array([3.0])])

  assert found == (3.0, -math.inf, math.inf)
  assert not found.bounded
  assert Estimate(3.0, 2.0, 4.0).bounded


def test_the_seed_decides_the_interval():
  assert estimate(np.mean, [SKEWED]) == estimate(np.mean, [SKEWED])
  assert estimate(np.mean, [SKEWED]) != estimate(np.mean, [SKEWED], seed=1)
