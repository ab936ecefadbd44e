# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of a study of games: its numbers, its tables and its figures."""

from __future__ import annotations

import json
import random
import statistics

import numpy as np
import pytest
from PIL import Image

from pathnet_tf.errors import UserError
from pathnet_tf.transfer import (
  game_figures,
  game_lines,
  game_overlap,
  game_table,
  games,
  matrix,
  robustness,
  score_curves,
  speed_ups,
)

ASTERIX, BREAKOUT = 'minatar/asterix', 'minatar/breakout'
SEAQUEST = 'minatar/seaquest'


@pytest.fixture(name='study')
def _study(make_games):
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


def test_games_are_told_from_images(make_games, make_study):
  assert games.are_games(make_games())
  assert not games.are_games(make_study(runs=1))


@pytest.mark.parametrize('arm', ['pathnet', 'fine_tuning', 'progressive'])
def test_the_speed_up_is_the_mean_ratio_of_areas(make_games, study, arm):
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


def test_what_a_source_adds_is_measured_by_the_arm_itself(make_games, study):
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


def test_an_arm_without_a_source_is_compared_on_its_targets(make_games, study):
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
def test_a_game_is_learnt_two_deviations_above_random(
  make_games, make_game_row, final, learnt
):
  """Asterix is 0.5 at random, with a deviation of 0.7."""
  row = make_game_row('de_novo', None, ASTERIX, 1)
  row['tasks'][0]['curve'] = [final] * 50
  floor = [r for r in make_games() if r['arm'] == 'random']
  assert games.Games([row, *floor]).learnt(ASTERIX) is learnt


def test_what_is_frozen_forgets_nothing_and_fine_tuning_does(study):
  assert line_of(study, 'pathnet').forgetting == 0
  assert line_of(study, 'progressive').forgetting == 0
  assert line_of(study, 'fine_tuning').forgetting == 0.25


def test_what_is_forgotten_is_told_by_the_source_that_was_gone_on_from(
  make_games,
):
  """It may have been trained again, and not be the one that has the row."""
  rows = make_games()
  for row in rows:
    if row['arm'] == 'pathnet':
      row['source_before'] = row['source_score'] = 7.5
  study = games.Games(rows)
  assert line_of(study, 'pathnet').forgetting == 0
  assert line_of(study, 'fine_tuning').forgetting == 0.25


def test_a_game_played_at_random_twice_has_the_floor_of_the_first_seed(
  make_games,
):
  again = [
    {**row, 'seed': 3, 'tasks': [{**row['tasks'][0], 'test_score': 9.0}]}
    for row in make_games()
    if row['arm'] == 'random'
  ]
  found = games.Games([*again, *make_games()])
  assert found.floor == games.Games(make_games()).floor


def test_the_targets_have_a_table_of_means_over_their_sources(make_games):
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


def test_without_a_second_seed_there_is_no_interval(make_games):
  study = games.Games(make_games(seeds=(1,)))
  assert not line_of(study, 'pathnet').speed_up.bounded


def test_order_of_rows_does_not_matter_and_seeds_may_be_missing(make_games):
  rows = make_games()
  shuffled = rows.copy()
  random.Random(0).shuffle(shuffled)
  text = game_table.format_games(rows)
  assert game_table.format_games(shuffled) == text
  less = [r for r in rows if (r['arm'], r['seed']) != ('pathnet', 3)]
  assert line_of(games.Games(less), 'pathnet').runs == 8


def test_rows_that_can_not_be_compared_are_refused(make_games, make_game_row):
  with pytest.raises(UserError, match='de_novo'):
    games.Games([r for r in make_games() if r['arm'] != 'de_novo'])
  other = make_game_row('pathnet', ASTERIX, BREAKOUT, 9, budget=100)
  with pytest.raises(UserError, match='100 and 300000'):
    games.Games([*make_games(), other])


def test_tables_have_a_line_an_arm_and_a_pair(make_games):
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


def test_a_study_that_has_just_begun_has_its_table(make_games):
  rows = [r for r in make_games() if r['arm'] in ('random', 'de_novo')]
  assert 'de_novo' in game_table.format_games(rows)


def test_cells_below_1_are_blue_and_above_it_orange():
  def channels(ratio):
    text = matrix.cell_colour(ratio)
    return [int(text[i : i + 2], 16) for i in (1, 3, 5)]

  for ratio in (0.01, 0.3, 0.8):
    red, _, blue = channels(ratio)
    assert blue > red
  for ratio in (1.2, 3, 100):
    red, _, blue = channels(ratio)
    assert red > blue
  assert min(channels(1)) >= 254
  assert channels(-2) == channels(0.01)


def test_figures_are_drawn_of_all_that_there_is(make_games, tmp_path):
  drawn = game_figures.draw_games(make_games(), tmp_path)
  assert {path.name for path in drawn} == {
    'speed_ups.png', 'score_curves.png', 'matrix.png', 'overlap.png',
  }  # fmt: skip
  for path in drawn:
    with Image.open(path) as image:
      assert np.ptp(np.array(image)) > 200


def test_of_many_arms_there_are_speed_ups_alone(make_games, tmp_path):
  arms = ['de_novo', 'pathnet', *(f'pathnet?active={n}' for n in range(1, 9))]
  rows = make_games(arms=arms)
  drawn = game_figures.draw_games(rows, tmp_path)
  assert [path.name for path in drawn] == ['speed_ups.png']
  with (
    Image.open(drawn[0]) as image,
    Image.open(game_figures.draw_games(make_games(), tmp_path)[0]) as fewer,
  ):
    assert image.height > fewer.height
  # A line an arm, since there are more arms than pairs.
  text = game_table.format_games(rows, markdown=True)
  for arm in arms[1:]:
    assert text.count(f'\n| {arm} | ') == 4


def test_there_are_no_speed_ups_of_de_novo_alone(make_games, tmp_path):
  alone = games.Games(make_games(arms=['de_novo']))
  with pytest.raises(UserError, match='beside'):
    speed_ups.draw_speed_ups(alone, tmp_path / 'none.png')


def test_the_matrix_has_the_colour_of_every_cell(make_games, tmp_path):
  rows = make_games(arms=('de_novo', 'pathnet'))
  study = games.Games(rows)
  path = matrix.draw_matrix(study, tmp_path / 'matrix.png')
  with Image.open(path) as image:
    seen = set(map(tuple, np.array(image.convert('RGB')).reshape(-1, 3)))
  for direction in study.directions('pathnet'):
    colour = matrix.cell_colour(
      game_lines.speed_up(study, 'pathnet', direction).value
    )
    assert tuple(bytes.fromhex(colour[1:])) in seen


@pytest.fixture(name='twice')
def _twice(make_game_row):
  return [
    make_game_row(arm, game, game, seed, gain=3)
    for arm in ('pathnet', 'fine_tuning')
    for game in (ASTERIX, BREAKOUT, SEAQUEST)
    for seed in (1, 2)
  ]


def test_a_game_after_itself_is_told_apart(make_games, study, twice):
  rows = [*make_games(), *twice]
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


def test_the_matrix_has_its_diagonal_where_there_is_one(
  make_games, twice, tmp_path
):
  study = games.Games([*make_games(), *twice])
  path = matrix.draw_matrix(study, tmp_path / 'matrix.png')
  ratio = game_lines.speed_up(study, 'pathnet', (ASTERIX, ASTERIX)).value
  colour = matrix.cell_colour(ratio)
  with Image.open(path) as image:
    seen = set(map(tuple, np.array(image.convert('RGB')).reshape(-1, 3)))
  assert tuple(bytes.fromhex(colour[1:])) in seen


def test_a_curve_of_a_seed_is_the_mean_over_its_sources(make_games, study):
  found = score_curves.seed_curves(study, 'pathnet', BREAKOUT)
  assert found.shape == (3, 50)
  naive = np.mean(
    [
      row['tasks'][0]['curve']
      for row in make_games()
      if (row['arm'], row['target'], row['seed']) == ('pathnet', BREAKOUT, 2)
    ],
    axis=0,
  )
  np.testing.assert_allclose(found[1], naive)


def test_points_of_overlap_are_runs_over_de_novos_mean(make_games, study):
  found = game_overlap.points(study, 'pathnet')
  assert len(found) == 12
  assert game_overlap.points(study, 'fine_tuning') == []
  rows = [r for r in make_games() if r['arm'] == 'pathnet']
  shared = sorted(
    r['overlap'] for r in rows if r['target'] in (ASTERIX, BREAKOUT)
  )
  assert sorted(overlap for _, overlap, _ in found) == shared
  assert 1 < np.mean([ratio for *_, ratio in found]) < 2


@pytest.fixture(name='sweep')
def _sweep(make_game_row):
  return [
    make_game_row(
      f'{arm}?learning_rate={rate}&entropy_cost={cost}&population=8',
      None,
      BREAKOUT,
      seed,
      gain=gain,
    )
    for arm, gains in (('de_novo', (1, 0.2)), ('pathnet_alone', (0.9, 0.8)))
    for rate, gain in zip(('1e-3', '1e-4'), gains, strict=True)
    for cost in ('0.01', '0.001')
    for seed in (1, 2)
  ]


def test_a_sweep_is_sorted_setting_by_setting(sweep):
  found = robustness.sorted_scores(sweep, BREAKOUT)
  assert set(found) == {'de_novo?population=8', 'pathnet_alone?population=8'}
  for scores in found.values():
    assert len({setting for _, setting in scores}) == len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    # Two seeds each, the better rate first.
    assert [rate for _, (rate, _) in scores] == ['1e-3'] * 2 + ['1e-4'] * 2


def test_a_sweep_has_a_figure_and_stays_out_of_the_tables_figures(
  sweep, make_games, tmp_path
):
  drawn = game_figures.draw_games([*make_games(), *sweep], tmp_path)
  assert drawn[0].name == 'robustness.png'
  assert len(drawn) == 5
  with pytest.raises(UserError, match='sweep'):
    robustness.draw_robustness(make_games(), tmp_path / 'none.png')


def test_a_sweep_alone_has_its_figure_and_says_what_it_is(sweep, tmp_path):
  rows = [row for row in sweep if '1e-4' in row['arm']]
  (drawn,) = game_figures.draw_games(rows, tmp_path)
  assert drawn.name == 'robustness.png'
  text = robustness.format_sweep(rows, markdown=True)
  assert text.startswith('**minatar/breakout: final scores over learning_rate')
  scores = {
    label: [score for score, _ in found]
    for label, found in robustness.sorted_scores(rows, BREAKOUT).items()
  }
  for label, found in scores.items():
    best, worst = max(found), min(found)
    assert f'| {label} | 2 | {best:.2f} |' in text
    assert f'| {worst:.2f} |\n' in text + '\n'


def test_rows_go_through_json(make_games):
  rows = [json.loads(json.dumps(row)) for row in make_games()]
  assert game_table.format_games(rows) == game_table.format_games(make_games())
