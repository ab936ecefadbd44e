# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.transfer.score_metrics, each against a naive twin."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathnet_tf.transfer import score_metrics

SCORES = st.floats(-50, 50)
CURVE = st.lists(SCORES, min_size=3, max_size=60)


@given(CURVE, SCORES)
def test_the_area_is_the_sum_of_the_parts_above_the_floor(curve, floor):
  naive = sum(score - floor for score in curve) / len(curve)
  assert score_metrics.area(curve, floor) == pytest.approx(naive, abs=1e-9)


def test_fifty_parts_have_five_early_and_ten_late_ones():
  curve = np.arange(50.0)
  assert score_metrics.early_score(curve) == np.mean([0, 1, 2, 3, 4])
  assert score_metrics.final_score(curve) == np.mean(range(40, 50))
  # Of several runs, a number each.
  assert score_metrics.final_score([curve, curve + 1]).tolist() == [44.5, 45.5]


def test_a_short_curve_has_at_least_one_part_of_each():
  assert score_metrics.early_score([3.0, 4, 5]) == 3
  assert score_metrics.final_score([3.0, 4, 5]) == 5


def test_normalised_scores_are_0_at_the_floor_and_1_at_the_reference():
  found = score_metrics.normalised([-21, -3, 0, 15], -21.0, -3.0)
  np.testing.assert_allclose(found, [0, 1, 21 / 18, 2])
  for reference in (-21.0, -30.0, math.nan):
    with pytest.raises(ValueError, match='not above'):
      score_metrics.normalised(0.0, -21.0, reference)


def naive_share(curve, level):
  for end in range(3, len(curve) + 1):
    if sum(curve[end - 3 : end]) / 3 >= level:
      return end / len(curve)
  return 1.0


@given(
  st.lists(st.integers(-9, 9), min_size=3, max_size=40), st.integers(-9, 9)
)
def test_a_threshold_is_reached_when_three_parts_mean_it(curve, level):
  curve, level = [float(score) for score in curve], level + 0.17
  assert score_metrics.share_to(curve, level) == naive_share(curve, level)
  several = score_metrics.share_to([curve, curve[::-1]], level)
  assert several[1] == naive_share(curve[::-1], level)


@given(CURVE, st.floats(-20, 20), st.floats(0.5, 30))
def test_forward_transfer_is_the_continual_worlds(curve, floor, height):
  control = curve[::-1][: len(curve) // 2] + [floor] * 3

  def auc(scores):
    return sum(min(max((s - floor) / height, 0), 1) for s in scores) / len(
      scores
    )

  if auc(control) > 0.999:
    return
  naive = (auc(curve) - auc(control)) / (1 - auc(control))
  found = score_metrics.forward_transfer(curve, control, floor, floor + height)
  assert found == pytest.approx(naive, abs=1e-6)


def test_forward_transfer_of_the_same_is_0_and_of_the_best_1():
  assert score_metrics.forward_transfer([0.0, 4], [0.0, 4], 0, 8) == 0
  assert score_metrics.forward_transfer([8.0, 8], [0.0, 4], 0, 8) == 1
  assert score_metrics.forward_transfer([0.0, 0], [0.0, 8], 0, 8) == -1


@given(st.lists(SCORES, min_size=1, max_size=40))
def test_the_interquartile_mean_leaves_a_quarter_out_at_each_end(values):
  cut = len(values) // 4
  kept = sorted(values)[cut : len(values) - cut]
  assert score_metrics.interquartile_mean(values) == pytest.approx(
    sum(kept) / len(kept), abs=1e-9
  )


@given(st.lists(st.floats(0.02, 50), min_size=1, max_size=12))
def test_the_geometric_mean_is_the_root_of_the_product(ratios):
  naive = math.prod(ratios) ** (1 / len(ratios))
  assert score_metrics.geometric_mean(ratios) == pytest.approx(naive)


def test_of_a_ratio_below_zero_the_geometric_mean_takes_the_least():
  assert score_metrics.geometric_mean([-3, 1]) == pytest.approx(0.1)
  assert score_metrics.geometric_mean([2, 0.5]) == pytest.approx(1)


NUMBERS = st.lists(st.integers(-3, 3), min_size=1, max_size=8)


@given(NUMBERS, NUMBERS)
def test_the_probability_of_improvement_counts_pairs(x, y):
  wins = sum((a > b) + 0.5 * (a == b) for a in x for b in y)
  found = score_metrics.probability_of_improvement(x, y)
  assert found == pytest.approx(wins / (len(x) * len(y)))
