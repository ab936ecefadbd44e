# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of a study's numbers, row by row, against naive twins."""

from __future__ import annotations

import statistics

import pytest

from pathnet_tf.errors import UserError
from pathnet_tf.transfer import summary
from tests.transfer.made_up import make_row, make_study


def by_arm(lines):
  return {line.arm: line for line in lines}


def test_times_equal_a_naive_twin():
  rows = make_study(runs=12)

  lines = by_arm(summary.time_lines(rows, 500))

  times = {
    (row['arm'], row['target'], row['seed']): (
      row['tasks'][-1]['generations'] if row['tasks'][-1]['solved'] else 500
    )
    for row in rows
  }
  for arm, line in lines.items():
    own = {key[1:]: time for key, time in times.items() if key[0] == arm}
    control = {k[1:]: t for k, t in times.items() if k[0] == 'de_novo'}
    assert line.runs == line.pairs == 12
    assert line.solved == sum(
      row['tasks'][-1]['solved'] for row in rows if row['arm'] == arm
    )
    assert line.mean.value == pytest.approx(statistics.fmean(own.values()))
    assert line.mean.low < line.mean.value < line.mean.high
    assert line.median.value == statistics.median(own.values())
    if arm != 'de_novo':
      assert line.speed_up.value == pytest.approx(
        sum(control[key] for key in own) / sum(own.values())
      )
      assert line.speed_up.low < line.speed_up.value < line.speed_up.high
  assert lines['de_novo'].speed_up is None
  assert lines['pathnet'].speed_up.value > lines['fine_tuning'].speed_up.value


def test_a_comparison_rests_on_what_both_arms_have():
  rows = [
    make_row('pathnet', seed=1, generations=100),
    make_row('pathnet', seed=2, generations=300),
    make_row('pathnet', seed=3, generations=10),
    make_row('de_novo', seed=1, generations=200),
    make_row('de_novo', seed=2, generations=400),
    make_row('de_novo', seed=4, generations=490),
  ]

  lines = by_arm(summary.time_lines(rows, 500))

  assert lines['pathnet'].runs == 3
  assert lines['pathnet'].pairs == 2
  assert lines['pathnet'].speed_up.value == 600 / 400
  assert lines['pathnet'].mean.value == pytest.approx(410 / 3)


def test_an_arm_without_controls_has_no_speed_up():
  (line,) = summary.time_lines([make_row('pathnet', generations=80)], 500)

  assert (line.pairs, line.speed_up) == (0, None)
  assert not line.mean.bounded


def test_an_unsolved_run_counts_as_the_limit():
  # It ended early, as a run that ran out of steps does.
  rows = [
    make_row('de_novo', seed=seed, generations=g, solved=solved)
    for seed, (g, solved) in enumerate(
      [(100, True), (490, False), (450, True), (300, True)]
    )
  ]

  (line,) = summary.time_lines(rows, 500)
  assert line.solved == 3
  assert line.mean.value == (100 + 500 + 450 + 300) / 4
  assert not line.median_open

  # And a later solution counts as none.
  (line,) = summary.time_lines(rows, 200)
  assert line.solved == 1
  assert line.mean.value == (100 + 3 * 200) / 4
  assert line.median_open


def test_a_median_is_open_if_half_of_the_runs_are_not_solved():
  rows = [
    make_row('de_novo', seed=seed, generations=100 + seed, solved=seed < 2)
    for seed in range(4)
  ]

  assert summary.time_lines(rows, 500)[0].median_open
  assert not summary.time_lines(rows[:3], 500)[0].median_open


def test_runs_with_one_control_are_not_counted_as_independent():
  target = 'mnist/0v9'
  rows = [make_row('de_novo', None, target, seed) for seed in range(8)]
  for source in ('mnist/1v2', 'mnist/3v4', 'mnist/5v6'):
    for seed in range(8):
      rows.append(
        make_row('pathnet', source, target, seed, generations=100 + seed)
      )

  def width(some):
    interval = by_arm(summary.time_lines(some, 500))['pathnet'].speed_up
    return interval.high - interval.low

  # The runs are the same whatever the source: nothing is learnt from more.
  assert width(rows) == pytest.approx(width(rows[:16]), rel=1e-3)


def test_scores_equal_a_naive_twin():
  rows = make_study(runs=8, solved_at=None)

  lines = summary.score_lines(rows)

  assert [(line.arm, line.quantity) for line in lines] == [
    (arm, quantity)
    for arm in ('de_novo', 'fine_tuning', 'pathnet')
    for quantity in ('training', 'test')
  ]
  for line in lines:
    key = {'training': 'final_score', 'test': 'test_score'}[line.quantity]
    scores = {(row['arm'], row['seed']): row['tasks'][-1][key] for row in rows}
    own = [scores[line.arm, seed] for seed in range(8)]
    gaps = [scores[line.arm, s] - scores['de_novo', s] for s in range(8)]
    assert line.score.value == pytest.approx(statistics.fmean(own))
    assert (line.runs, line.pairs) == (8, 8)
    if line.arm == 'de_novo':
      assert line.difference is None
    else:
      assert line.difference.value == pytest.approx(statistics.fmean(gaps))
      assert min(gaps) <= line.difference.low <= line.difference.high


def test_rows_with_and_without_a_threshold_do_not_mix():
  assert summary.has_threshold([make_row('pathnet')])
  assert not summary.has_threshold([make_row('pathnet', solved_at=None)])
  with pytest.raises(UserError, match='some have none'):
    summary.has_threshold(
      [make_row('pathnet'), make_row('pathnet', solved_at=None)]
    )
  with pytest.raises(UserError, match='no run is done'):
    summary.has_threshold([])


def test_the_common_limit_is_the_lowest():
  rows = [make_row('pathnet'), {**make_row('de_novo'), 'generation_limit': 300}]

  assert summary.common_limit(rows) == 300
