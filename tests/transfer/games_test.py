# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of a study of games: its numbers and its tables."""

from __future__ import annotations

import json
import random
import statistics

import numpy as np
import pytest

from pathnet_tf.errors import UserError
from pathnet_tf.transfer import (
  game_lines,
  game_overlap,
  game_table,
  games,
  score_curves,
)
from tests.transfer.made_up import (
  make_game_row,
  make_games,
  make_repeated,
  make_study,
)

ASTERIX, BREAKOUT = 'minatar/asterix', 'minatar/breakout'
SEAQUEST = 'minatar/seaquest'


@pytest.fixture(name='study')
def _study():
  return games.Games(make_games())


def line_of(study, arm):
  (line,) = (line for line in game_lines.lines(study) if line.arm == arm)
  return line


def naive_area(row, floor):
  curve = row['tasks'][-1]['curve']
  return sum(score - floor for score in curve) / len(curve)


def naive_ratio(rows, arm, source, target, reference='de_novo'):
  """By the definition: areas of the arm's runs over those of de novo."""
  (floor,) = (
    row['tasks'][0]['test_score']
    for row in rows
    if (row['arm'], row['target']) == ('random', target)
  )
  ours, theirs = (
    statistics.mean(
      naive_area(row, floor)
      for row in rows
      if (row['arm'], row['source'], row['target']) == key
    )
    for key in ((arm, source, target), (reference, None, target))
  )
  return ours / theirs


def test_games_are_told_from_images():
  assert games.are_games(make_games())
  assert not games.are_games(make_study(runs=1))


@pytest.mark.parametrize('arm', ['pathnet', 'fine_tuning', 'progressive'])
def test_the_speed_up_is_the_mean_ratio_of_areas(study, arm):
  rows = make_games()
  naive = [
    naive_ratio(rows, arm, source, target)
    for source, target in (
      (ASTERIX, BREAKOUT),
      (BREAKOUT, ASTERIX),
      (SEAQUEST, ASTERIX),
      (SEAQUEST, BREAKOUT),
    )
  ]
  line = line_of(study, arm)
  assert (line.pairs, line.runs) == (4, 12)
  assert line.speed_up.value == pytest.approx(statistics.mean(naive))
  assert line.geometric.value == pytest.approx(statistics.geometric_mean(naive))
  assert line.speed_up.low < line.speed_up.value < line.speed_up.high
  single = game_lines.speed_up(study, arm, (BREAKOUT, ASTERIX))
  assert single.value == pytest.approx(naive[1])


def test_what_a_source_adds_is_measured_by_the_arm_itself(study):
  rows = make_games()
  naive = [
    naive_ratio(rows, 'pathnet', source, target, 'pathnet_alone')
    for source in (ASTERIX, BREAKOUT, SEAQUEST)
    for target in (ASTERIX, BREAKOUT)
    if source != target
  ]
  found = line_of(study, 'pathnet').source
  assert found.value == pytest.approx(statistics.geometric_mean(naive))
  assert found.low < found.value < found.high
  assert line_of(study, 'pathnet_alone').source is None
  # Measured by de novo it would be the geometric mean again.
  assert line_of(study, 'fine_tuning').source is None
  fewer = games.Games([row for row in rows if row['arm'] != 'pathnet_alone'])
  assert line_of(fewer, 'pathnet').source is None


def test_an_arm_without_a_source_is_compared_on_its_targets(study):
  line = line_of(study, 'de_novo_wide')
  assert line.pairs == 2
  naive = [
    naive_ratio(make_games(), 'de_novo_wide', None, target)
    for target in (ASTERIX, BREAKOUT)
  ]
  assert line.speed_up.value == pytest.approx(statistics.mean(naive))
  assert line.forgetting is None


def test_de_novo_is_what_all_is_measured_by(study):
  line = line_of(study, 'de_novo')
  assert line.speed_up.value == line.geometric.value == 1
  assert line.final.value == pytest.approx(1, abs=0.05)
  assert line.forward.value == line.jump.value == 0
  assert line.improvement.value == 0.5


def test_what_de_novo_does_not_learn_is_left_out_as_a_target(study):
  assert [study.learnt(t) for t in study.targets] == [True, True, False]
  assert (BREAKOUT, SEAQUEST) not in study.directions('pathnet')
  assert (SEAQUEST, BREAKOUT) in study.directions('pathnet')
  (left,) = game_table.left_out(study)
  assert SEAQUEST in left
  assert left in game_table.format_games(study.rows).replace('\n', ' ')


@pytest.mark.parametrize(('final', 'learnt'), [(1.85, False), (1.95, True)])
def test_a_game_is_learnt_two_deviations_above_random(final, learnt):
  """Asterix is 0.5 at random, with a deviation of 0.7."""
  row = make_game_row('de_novo', None, ASTERIX, 1)
  row['tasks'][0]['curve'] = [final] * 50
  floor = [r for r in make_games() if r['arm'] == 'random']
  assert games.Games([row, *floor]).learnt(ASTERIX) is learnt


def test_what_is_frozen_forgets_nothing_and_fine_tuning_does(study):
  assert line_of(study, 'pathnet').forgetting == 0
  assert line_of(study, 'progressive').forgetting == 0
  assert line_of(study, 'fine_tuning').forgetting == 0.25


def test_who_takes_over_nothing_forgets_and_keeps_nothing():
  rows = games.complete(make_games())
  for row in rows:
    if row['arm'] == 'fine_tuning':
      row['arm'] = 'progressive_untrained'
  line = line_of(games.Games(rows), 'progressive_untrained')
  assert line.speed_up.value > 0
  assert line.forgetting is line.kept is None


def test_what_is_kept_is_a_share_of_the_score_above_random(study):
  assert line_of(study, 'pathnet').kept == 1
  assert line_of(study, 'de_novo').kept is None
  # Seeds 1 to 3 score 1 + seed; fine-tuning loses a quarter of a point.
  naive = statistics.mean(
    (3 - 0.25 - study.floor[game]) / (3 - study.floor[game])
    for game in (ASTERIX, BREAKOUT, SEAQUEST)
  )
  assert line_of(study, 'fine_tuning').kept == pytest.approx(naive)
  both = games.Games([*make_games(), *make_repeated()])
  assert line_of(both, 'fine_tuning').kept == pytest.approx(naive)
  worse = [{**row} for row in make_games()]
  for row in worse:
    if row['source'] is not None:
      row['source_before'] = -1.0
  assert line_of(games.Games(worse), 'fine_tuning').kept is None


def test_what_the_finished_path_scores_is_in_the_unit_of_the_final_score():
  rows = make_games()
  for row in rows:
    if row['arm'] == 'pathnet':
      row['tasks'][0]['test_score'] = 2.0 + row['seed'] % 2
  found = games.Games(rows)
  scores = [
    (2.0 + seed % 2 - found.floor[t]) / (found.reference(t) - found.floor[t])
    for _, t in found.directions('pathnet')
    for seed in (1, 2, 3)
  ]
  middle = sorted(scores)[len(scores) // 4 : len(scores) - len(scores) // 4]
  assert line_of(found, 'pathnet').test.value == pytest.approx(
    statistics.mean(middle)
  )


def test_what_is_forgotten_stays_where_the_rows_of_sources_are_left_out():
  rows = games.complete(make_games())
  left = [row for row in rows if row['target'] != ASTERIX]
  assert line_of(games.Games(left), 'fine_tuning').forgetting == 0.25


def rows_of_late(late, soon=0):
  """De novo's runs that are below random at first, and some that are not."""
  rows = [r for r in make_games() if r['arm'] == 'random']
  floor = games.Games(make_games()).floor[ASTERIX]
  for seed in range(late + soon):
    for arm in ('de_novo', 'pathnet'):
      row = make_game_row(arm, BREAKOUT, ASTERIX, seed)
      if arm == 'de_novo':
        early = -0.5 if seed < late else 1.0
        row['tasks'][0]['curve'] = [floor + early] * 40 + [floor + 1.9] * 10
      rows.append(row)
  return rows


def test_a_game_that_de_novo_learns_too_late_for_an_area_is_left_out():
  study = games.Games(rows_of_late(late=3))
  assert study.reference(ASTERIX) > study.floor[ASTERIX] + 1
  assert not study.learnt(ASTERIX)
  assert game_table.left_out(study)[0].startswith(ASTERIX)


def test_an_interval_is_open_where_a_draw_has_no_area():
  study = games.Games(rows_of_late(late=3, soon=1))
  found = line_of(study, 'pathnet').speed_up
  assert 0 < found.low < found.value < 100
  assert found.high == np.inf
  table = game_table.format_games(study.rows, markdown=True)
  assert f'| {found.value:.2f} [{found.low:.2f}, inf] |' in table


def test_what_is_forgotten_is_told_by_the_source_that_was_gone_on_from():
  """It may have been trained again, and not be the one that has the row."""
  rows = make_games()
  for row in rows:
    if row['arm'] == 'pathnet':
      row['source_before'] = row['source_score'] = 7.5
  study = games.Games(rows)
  assert line_of(study, 'pathnet').forgetting == 0
  assert line_of(study, 'fine_tuning').forgetting == 0.25


def test_a_game_played_at_random_twice_has_the_floor_of_the_first_seed():
  again = [
    {**row, 'seed': 3, 'tasks': [{**row['tasks'][0], 'test_score': 9.0}]}
    for row in make_games()
    if row['arm'] == 'random'
  ]
  found = games.Games([*again, *make_games()])
  assert found.floor == games.Games(make_games()).floor


def test_the_targets_have_a_table_of_means_over_their_sources():
  rows = make_games()
  table = game_table.format_games(rows, markdown=True)
  (block,) = (
    b for b in table.split('\n\n') if 'breakout |' in b and '→' not in b
  )
  head, _, *lines = [
    [cell.strip() for cell in line.strip('|').split('|')]
    for line in block.splitlines()
  ]
  assert head == ['arm', 'asterix', 'breakout']
  cells = {line[0]: line[1:] for line in lines}
  assert 'de_novo' not in cells
  naive = statistics.mean(
    naive_ratio(rows, 'pathnet', source, ASTERIX)
    for source in (BREAKOUT, SEAQUEST)
  )
  assert cells['pathnet'][0].startswith(f'{naive:.2f} [')


def test_a_sure_gain_and_a_sure_loss_are_told_apart(study):
  assert line_of(study, 'pathnet').improvement.value > 0.95
  assert line_of(study, 'progressive').improvement.value < 0.2
  assert line_of(study, 'pathnet').forward.value > 0.1
  assert line_of(study, 'progressive').forward.value < 0


def test_without_a_second_seed_there_is_no_interval():
  study = games.Games(make_games(seeds=(1,)))
  assert not line_of(study, 'pathnet').speed_up.bounded


def test_order_of_rows_does_not_matter_and_seeds_may_be_missing():
  rows = make_games()
  shuffled = rows.copy()
  random.Random(0).shuffle(shuffled)
  text = game_table.format_games(rows)
  assert game_table.format_games(shuffled) == text
  less = [r for r in rows if (r['arm'], r['seed']) != ('pathnet', 3)]
  assert line_of(games.Games(less), 'pathnet').runs == 8


def test_rows_that_can_not_be_compared_are_refused():
  with pytest.raises(UserError, match='de_novo'):
    games.Games([r for r in make_games() if r['arm'] != 'de_novo'])
  other = make_game_row('pathnet', ASTERIX, BREAKOUT, 9, budget=100)
  with pytest.raises(UserError, match='100 and 300000'):
    games.Games([*make_games(), other])


def test_tables_have_a_line_an_arm_and_a_pair():
  rows = make_games()
  text = game_table.format_games(rows)
  assert 'breakout → asterix' in text
  assert 'seaquest → breakout' in text
  for line in game_lines.lines(games.Games(rows)):
    # Speed and scores; targets, but of what they are measured by.
    times = 2 if line.arm == 'de_novo' else 3
    assert text.count(f'\n{line.arm}  ') == times
  markdown = game_table.format_games(rows, markdown=True)
  assert '| breakout → asterix | 1.' in markdown


def test_a_study_that_has_just_begun_has_its_table():
  rows = [r for r in make_games() if r['arm'] in ('random', 'de_novo')]
  assert 'de_novo' in game_table.format_games(rows)


def test_a_game_after_itself_is_told_apart(study):
  rows = [*make_games(), *make_repeated()]
  both = games.Games(rows)
  assert [line.arm for line in game_lines.repeated(both)] == [
    'fine_tuning', 'pathnet',
  ]  # fmt: skip
  naive = [
    naive_ratio(rows, 'pathnet', game, game) for game in (ASTERIX, BREAKOUT)
  ]
  line = game_lines.repeated(both)[1]
  assert (line.pairs, line.runs) == (2, 4)
  assert line.speed_up.value == pytest.approx(statistics.mean(naive))
  assert 2 < line.speed_up.low < line.speed_up.high < 4
  # And changes nothing of what is told of two games.
  for arm in ('pathnet', 'fine_tuning', 'pathnet_alone'):
    assert line_of(both, arm) == line_of(study, arm)
  np.testing.assert_array_equal(
    score_curves.seed_curves(both, 'pathnet', BREAKOUT),
    score_curves.seed_curves(study, 'pathnet', BREAKOUT),
  )
  assert game_overlap.points(both, 'pathnet') == game_overlap.points(
    study, 'pathnet'
  )
  text = game_table.format_games(rows)
  assert 'a game after itself\n' in text
  assert 'asterix → asterix' in text
  assert 'seaquest → seaquest' not in text
  assert 'after itself' not in game_table.format_games(make_games())


def test_rows_go_through_json():
  rows = [json.loads(json.dumps(row)) for row in make_games()]
  assert game_table.format_games(rows) == game_table.format_games(make_games())
