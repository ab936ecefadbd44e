# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of a study's table."""

from __future__ import annotations

import math
import random

import pytest

from pathnet_tf.bootstrap import Estimate
from pathnet_tf.errors import UserError
from pathnet_tf.transfer import pairs, table
from tests.transfer.made_up import make_row, make_study

LONG = 'pathnet?population=64&frozen=always_on&mutation_rate=0.25'


def sections(text):
  """Lines of cells by title; cells are what two spaces or more keep apart."""
  found = {}
  for block in text.split('\n\n')[1:-1]:
    title, *lines = block.splitlines()
    found[title] = [
      [cell.strip() for cell in line.split('  ') if cell.strip()]
      for line in lines
      if not line.startswith('-')
    ]
  return found


def test_a_study_with_a_threshold_tells_times_and_speed_ups():
  rows = [
    make_row('pathnet', 'mnist/0v1', 'mnist/2v3', seed, generations=100)
    for seed in range(3)
  ] + [
    make_row('de_novo', None, 'mnist/2v3', seed, generations=120)
    for seed in range(4)
  ]

  text = table.format_study(rows)

  assert text.startswith('Runs: de_novo 4, pathnet 3.\n')
  found = sections(text)
  assert list(found) == ['all pairs of tasks', pairs.RELATIONS['disjoint']]
  assert found['all pairs of tasks'] == [
    ['arm', 'runs', 'solved', 'mean generations', 'median', 'trained', 'pairs',
     'speed-up'],
    ['de_novo', '4', '4 of 4', '120 [120, 120]', '120 [120, 120]', 'n/a', '1'],
    ['pathnet', '3', '3 of 3', '100 [100, 100]', '100 [100, 100]', 'n/a', '3',
     '1.20 [1.20, 1.20]'],
  ]  # fmt: skip
  # The fourth run of de novo belongs to a pair that is not done yet.
  assert found[pairs.RELATIONS['disjoint']][1][:2] == ['de_novo', '3']


def test_how_long_the_best_paths_modules_were_trained_is_a_mean():
  rows = [make_row('pathnet', seed=seed, generations=100) for seed in range(3)]
  for row, share in zip(rows, (0.5, 1.0, None), strict=True):
    row['tasks'][-1]['trained'] = share

  text = table.format_study(rows)

  assert sections(text)['all pairs of tasks'][1][5] == '75.0'


def test_a_run_not_solved_counts_as_the_limit_and_it_is_said():
  rows = [
    make_row('pathnet', seed=seed, generations=480, solved=False)
    for seed in range(2)
  ]

  text = table.format_study(rows)

  assert sections(text)['all pairs of tasks'][1] == [
    'pathnet', '2', '0 of 2', '500 [500, 500]', '> 500 [500, 500]', 'n/a', '0',
    'n/a',
  ]  # fmt: skip
  assert 'a fitness of 0.998 within 500 generations' in text
  assert 'counts as 500' in text
  assert 'The limits differ' not in text
  rows[0]['generation_limit'] = 300
  text = table.format_study(rows)
  assert '300 [300, 300]' in text
  assert 'The limits differ' in text


def test_groups_are_by_classes():
  found = sections(table.format_study(make_study(runs=30)))

  assert list(found) == ['all pairs of tasks', *pairs.RELATIONS.values()]
  runs = [
    {line[0]: int(line[1]) for line in lines[1:]} for lines in found.values()
  ]
  for arm in ('de_novo', 'fine_tuning', 'pathnet'):
    assert runs[0][arm] == 30 == runs[1][arm] + runs[2][arm]


def test_a_study_without_a_threshold_tells_scores_by_direction():
  rows = [
    make_row(arm, source, target, seed, solved_at=None,
             final_score=score, test_score=score - 0.125)
    for source, target in (('cifar10', 'svhn'), ('svhn', 'cifar10'))
    for arm, score in (('pathnet', 0.5), ('de_novo', 0.25))
    for seed in range(3)
  ]  # fmt: skip

  found = sections(table.format_study(rows))

  assert list(found) == [
    'all pairs of tasks', 'cifar10 → svhn', 'svhn → cifar10'
  ]  # fmt: skip
  assert found['cifar10 → svhn'] == [
    ['arm', 'score', 'runs', 'mean', 'pairs', 'difference from de_novo'],
    ['de_novo', 'training', '3', '0.250 [0.250, 0.250]', '0'],
    ['de_novo', 'test', '3', '0.125 [0.125, 0.125]', '0'],
    ['pathnet', 'training', '3', '0.500 [0.500, 0.500]', '3',
     '+0.250 [+0.250, +0.250]'],
    ['pathnet', 'test', '3', '0.375 [0.375, 0.375]', '3',
     '+0.250 [+0.250, +0.250]'],
  ]  # fmt: skip


def test_one_direction_is_not_told_twice():
  rows = [make_row('pathnet', 'cifar10', 'svhn', solved_at=None)]

  assert list(sections(table.format_study(rows))) == ['cifar10 → svhn']


def test_many_directions_are_told_by_classes():
  found = sections(table.format_study(make_study(solved_at=None)))

  assert list(found) == ['all pairs of tasks', *pairs.RELATIONS.values()]


@pytest.mark.parametrize('solved_at', [0.998, None])
def test_the_text_fits_100_columns_even_with_long_labels(solved_at):
  rows = make_study(
    ('pathnet', 'de_novo', 'pathnet?population=64', LONG), 8, solved_at
  )

  text = table.format_study(rows)

  lines = text.splitlines()
  assert max(map(len, lines)) <= 100
  assert not any(line != line.rstrip() for line in lines)
  assert LONG in lines
  # The columns stand below each other: every line ends where its head does.
  for block in text.split('\n\n')[1:-1]:
    head = block.splitlines()[2]
    ends = [
      len(line)
      for line in block.splitlines()
      if line.startswith(('pathnet  ', 'pathnet?population=64  ', '   '))
    ]
    assert ends
    assert set(ends) == {len(head)}


@pytest.mark.parametrize('solved_at', [0.998, None])
def test_markdown_has_the_cells_of_the_text(solved_at):
  rows = make_study(runs=6, solved_at=solved_at)

  text = table.format_study(rows)
  markdown = table.format_study(rows, markdown=True)

  lines = [line for line in markdown.splitlines() if line.startswith('|')]
  assert len({line.count('|') for line in lines}) == 1
  cells = [
    [cell.strip() for cell in line.strip('|').split('|') if cell.strip()]
    for line in lines
    if '--:' not in line
  ]
  assert cells == [line for some in sections(text).values() for line in some]
  # A table begins after an empty line, or it is none.
  assert markdown.count('**\n\n| arm |') == len(sections(text))
  assert '\n\n- ' in markdown


@pytest.mark.parametrize('solved_at', [0.998, None])
def test_the_order_of_the_rows_does_not_matter(solved_at):
  rows = make_study(runs=6, solved_at=solved_at)
  shuffled = random.Random(0).sample(rows, len(rows))

  first, second = map(sections, map(table.format_study, (rows, shuffled)))

  # Intervals may differ in their last digit: other runs are drawn.
  def without_intervals(found):
    return {
      title: [[cell.partition(' [')[0] for cell in line] for line in lines]
      for title, lines in found.items()
    }

  assert without_intervals(first) == without_intervals(second)


@pytest.mark.parametrize('runs', range(1, 9))
def test_a_study_half_done_makes_a_table(runs):
  rows = make_study()[:runs]

  text = table.format_study(rows)

  counts = [
    f'{arm} {sum(row["arm"] == arm for row in rows)}'
    for arm in pairs.arms_of(rows)
  ]
  assert text.splitlines()[0] == f'Runs: {", ".join(counts)}.'
  assert 'nan' not in text
  assert 'inf' not in text


def test_without_rows_there_is_no_table():
  with pytest.raises(UserError, match='no run is done'):
    table.format_study([])


@pytest.mark.parametrize(
  ('estimate', 'options', 'text'),
  [
    (Estimate(167.4, 150.2, 190.0), {}, '167 [150, 190]'),
    (Estimate(16.74, 15.02, 19.0), {}, '16.7 [15.0, 19.0]'),
    (Estimate(0.3571, 0.35, 0.36), {}, '0.357 [0.350, 0.360]'),
    (Estimate(1.184, 1.02, 1.4), {'decimals': 2}, '1.18 [1.02, 1.40]'),
    (Estimate(0.02, -0.01, 0.05), {'sign': '+'}, '+0.020 [-0.010, +0.050]'),
    (Estimate(-1e-5, -2e-5, 0), {}, '0.000 [0.000, 0.000]'),
    (Estimate(131, -math.inf, math.inf), {}, '131'),
    (None, {}, 'n/a'),
  ],
)
def test_how_an_estimate_reads(estimate, options, text):
  assert table.estimate_text(estimate, **options) == text
