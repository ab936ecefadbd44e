# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.seeds."""

from __future__ import annotations

import numpy as np

from pathnet_tf import seeds


def test_a_stream_has_the_same_seed_every_time():
  assert seeds.derive(7, 'evaluation', 0, 12) == seeds.derive(
    7, 'evaluation', 0, 12
  )


def test_streams_and_runs_have_seeds_of_their_own():
  drawn = {
    seeds.derive(run, name, task, number)
    for run in range(4)
    for name in ('evaluation', 'head', 'population')
    for task in range(4)
    for number in range(50)
  }
  assert len(drawn) == 4 * 3 * 4 * 50


def test_seeds_are_spread_over_31_bits():
  drawn = np.array([seeds.derive(0, 'evaluation', n) for n in range(2000)])
  assert drawn.min() >= 0
  assert drawn.max() < 2**31
  assert abs(drawn.mean() / 2**30 - 1) < 0.05
