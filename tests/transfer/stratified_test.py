# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.transfer.stratified."""

from __future__ import annotations

import numpy as np
import pytest

from pathnet_tf.transfer import stratified


def mean_of_means(strata):
  return np.mean([np.mean(runs, axis=1) for runs in strata.values()], axis=0)


def drawn(seed, *sizes):
  rng = np.random.default_rng(seed)
  return {
    str(place): rng.normal(10 * place, 1 + place, size)
    for place, size in enumerate(sizes)
  }


def test_the_interval_is_what_naive_resampling_gives():
  strata = drawn(0, 5, 8)
  rng = np.random.default_rng(1)
  naive = [
    np.mean([np.mean(rng.choice(runs, len(runs))) for runs in strata.values()])
    for _ in range(4000)
  ]
  found = stratified.estimate(mean_of_means, strata)
  assert found.value == pytest.approx(mean_of_means_of(strata))
  spread = np.std(naive)
  ends = np.quantile(naive, [0.025, 0.975])
  np.testing.assert_allclose([found.low, found.high], ends, atol=0.15 * spread)


def mean_of_means_of(strata):
  return np.mean([np.mean(runs) for runs in strata.values()])


def test_what_differs_between_strata_alone_leaves_nothing_open():
  strata = {'a': np.full(4, 1.0), 'b': np.full(6, 100.0)}
  found = stratified.estimate(mean_of_means, strata)
  assert tuple(found) == (50.5, 50.5, 50.5)


def test_a_stratum_of_one_run_leaves_everything_open():
  found = stratified.estimate(mean_of_means, drawn(0, 5, 1))
  assert not found.bounded
  assert found.value == pytest.approx(mean_of_means_of(drawn(0, 5, 1)))


def test_the_same_seed_gives_the_same_interval():
  strata = drawn(3, 4, 4)
  first, second, other = (
    stratified.estimate(mean_of_means, strata, seed) for seed in (0, 0, 1)
  )
  assert first == second
  assert first.low != other.low


def test_a_run_is_drawn_whole():
  """Both columns of a run go together: their difference never changes."""
  drawn = np.random.default_rng(0).normal(size=[6, 1])
  runs = np.concatenate([drawn, drawn + 2], axis=1)

  def difference(strata):
    (drawn,) = strata.values()
    return np.mean(drawn[..., 1] - drawn[..., 0], axis=1)

  found = stratified.estimate(difference, {'a': runs})
  np.testing.assert_allclose(tuple(found), 2)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
  held = 0
  for seed in range(60):
    found = stratified.estimate(mean_of_means, drawn(seed, 12, 12, 12))
    held += found.low <= 10 <= found.high
  assert held >= 48  # 0.8; of 57 expected ones fewer than that are a fault.
