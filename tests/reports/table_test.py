# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the comparison of PathNet with de novo."""

from __future__ import annotations

import pytest

from pathnet_tf.errors import UserError
from pathnet_tf.reports.history import History
from pathnet_tf.reports.table import comparison, format_table


def arm(fitness, steps=100, name='minatar/asterix'):
  """A task whose evaluations take `steps` agent steps each."""
  events = [
    {
      'kind': 'begin', 'task': 0, 'name': name, 'modules': [2], 'active': 1,
      'population': [[[0]]], 'frozen': [[]], 'steps': 0,
    }
  ]  # fmt: skip
  for i, score in enumerate(fitness):
    events.append(
      {
        'kind': 'evaluation', 'task': 0, 'number': i, 'member': 0,
        'worker': 0, 'path': [[0]], 'fitness': score, 'episodes': 4,
        'steps': steps, 'task_steps': steps * (i + 1), 'rivals': [],
        'winner': None, 'child': None, 'metrics': {},
      }
    )  # fmt: skip
  return History.from_events(events).tasks[0]


def ramp(start, rise, top, count=100):
  """A score that stays, then climbs by a unit an evaluation, then stays."""
  return [float(min(top, max(start, start + i - rise))) for i in range(count)]


def by_name(rows):
  return {row.quantity.split(',')[0]: row for row in rows}


def test_numbers_equal_a_naive_twin():
  ours, theirs = ramp(1, 5, 21), ramp(1, 40, 11)
  rows = by_name(comparison(arm(ours), arm(theirs), random_score=1.0))

  final = rows['final score']
  assert final.pathnet == sum(ours[80:]) / 20
  assert final.de_novo == sum(theirs[80:]) / 20
  area = [sum(score - 1 for score in arm) for arm in (ours, theirs)]
  mean = rows['mean score above random']
  assert mean.pathnet == pytest.approx(area[0] / 100)
  assert mean.de_novo == pytest.approx(area[1] / 100)
  speed_up = rows['speed-up: ratio of areas above random']
  assert speed_up.ratio == pytest.approx(area[0] / area[1])

  # Half way between random, 1, and the final 11 of de novo is 6.
  def steps_to_six(scores):
    for i in range(4, 100):
      if sum(scores[i - 4 : i + 1]) / 5 >= 6:
        return 100 * (i + 1)

  half = rows['steps to half way']
  assert half.quantity == 'steps to half way, 6'
  assert half.pathnet == steps_to_six(ours)
  assert half.de_novo == steps_to_six(theirs)
  steps = rows['speed-up: ratio of steps to half way']
  assert steps.ratio == half.de_novo / half.pathnet > 1
  assert steps.bound == ''


def test_the_random_score_is_an_offset_of_every_ratio():
  ours, theirs = ramp(-21, 5, -5), ramp(-21, 40, -11)

  low = comparison(arm(ours), arm(theirs), -21.0)
  high = comparison(
    arm([s + 500 for s in ours]), arm([s + 500 for s in theirs]), 479.0
  )

  assert [row.ratio for row in low] == pytest.approx(
    [row.ratio for row in high], nan_ok=True
  )


def test_equal_arms_have_ratios_of_one():
  rows = by_name(comparison(arm(ramp(0, 9, 8)), arm(ramp(0, 9, 8)), 0.0))

  assert rows['speed-up: ratio of areas above random'].ratio == 1
  assert rows['speed-up: ratio of steps to half way'].ratio == 1


def test_a_level_that_pathnet_never_reached_gives_an_upper_bound():
  rows = comparison(arm([0.0] * 100), arm(ramp(0, 40, 10)), 0.0)

  steps = by_name(rows)['speed-up: ratio of steps to half way']
  assert by_name(rows)['steps to half way'].pathnet is None
  assert steps.bound == '<'
  assert steps.ratio == by_name(rows)['steps to half way'].de_novo / 10_000
  text = format_table(rows)
  assert 'not reached' in text
  assert 'PathNet did not reach 5' in text


def test_a_level_that_de_novo_smoothed_never_reached_gives_a_lower_bound():
  # It rises in its last evaluation only: the window never gets half way.
  theirs = [0.0] * 4 + [10.0]
  rows = by_name(comparison(arm([10.0] * 5), arm(theirs), 0.0))

  steps = rows['speed-up: ratio of steps to half way']
  assert rows['steps to half way'].de_novo is None
  assert (steps.bound, steps.ratio) == ('>', 1.0)
  assert 'de novo did not reach 5' in steps.note


def test_neither_reaching_the_level_gives_no_ratio():
  theirs = [0.0] * 4 + [10.0]
  rows = comparison(arm([0.0] * 5), arm(theirs), 0.0)

  steps = by_name(rows)['speed-up: ratio of steps to half way']
  assert steps.ratio is None
  assert 'neither' in steps.note


def test_de_novo_that_learnt_nothing_gives_no_ratio_and_says_why():
  rows = comparison(arm(ramp(0, 5, 9)), arm([-1.0] * 100), 0.0)

  named = by_name(rows)
  assert named['speed-up: ratio of areas above random'].ratio is None
  assert named['speed-up: ratio of steps to half way'].ratio is None
  text = format_table(rows)
  assert text.count('n/a') == 4
  assert 'not reached' not in text
  assert 'de novo was not above random on the whole' in text
  assert 'de novo ended at random' in text


def test_areas_are_taken_over_the_shorter_budget_and_it_is_said():
  ours, theirs = ramp(0, 5, 20, 200), ramp(0, 5, 20, 100)
  rows = by_name(comparison(arm(ours), arm(theirs), 0.0))

  assert rows['speed-up: ratio of areas above random'].ratio == 1
  assert '20 k and 10 k steps' in rows['final score'].note


def test_the_printed_table_fits_80_columns_and_shows_every_number():
  rows = comparison(arm(ramp(0, 5, 9), 54_321), arm([0.0] * 99 + [7.0]), 0.0)

  text = format_table(rows, title='minatar/asterix after minatar/breakout')

  lines = text.splitlines()
  assert lines[0] == 'minatar/asterix after minatar/breakout'
  assert max(map(len, lines)) <= 80
  assert not any(line != line.rstrip() for line in lines)
  assert '9.00' in text
  assert any(f'{row.ratio:.2f}' in text for row in rows if row.ratio)


def test_different_tasks_and_empty_ones_are_refused():
  with pytest.raises(UserError, match='the same task'):
    comparison(arm([1.0]), arm([1.0], name='minatar/freeway'), 0.0)
  with pytest.raises(UserError, match='de novo has no evaluation'):
    comparison(arm([1.0]), arm([]), 0.0)
