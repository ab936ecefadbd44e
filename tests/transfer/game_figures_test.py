# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the figures of a study of games."""

from __future__ import annotations

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
  score_curves,
  speed_ups,
)
from tests.transfer.made_up import make_games, make_repeated

ASTERIX, BREAKOUT = 'minatar/asterix', 'minatar/breakout'


@pytest.fixture(name='study')
def _study():
  return games.Games(make_games())


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


def test_figures_are_drawn_of_all_that_there_is(tmp_path):
  drawn = game_figures.draw_games(make_games(), tmp_path)
  assert {path.name for path in drawn} == {
    'speed_ups.png', 'score_curves.png', 'matrix.png', 'overlap.png',
  }  # fmt: skip
  for path in drawn:
    with Image.open(path) as image:
      assert np.ptp(np.array(image)) > 200


def test_of_many_arms_there_are_speed_ups_alone(tmp_path):
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


def test_there_are_no_speed_ups_of_de_novo_alone(tmp_path):
  alone = games.Games(make_games(arms=['de_novo']))
  with pytest.raises(UserError, match='beside'):
    speed_ups.draw_speed_ups(alone, tmp_path / 'none.png')


def test_the_matrix_has_the_colour_of_every_cell(tmp_path):
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


def test_the_matrix_has_its_diagonal_where_there_is_one(tmp_path):
  study = games.Games([*make_games(), *make_repeated()])
  path = matrix.draw_matrix(study, tmp_path / 'matrix.png')
  ratio = game_lines.speed_up(study, 'pathnet', (ASTERIX, ASTERIX)).value
  colour = matrix.cell_colour(ratio)
  with Image.open(path) as image:
    seen = set(map(tuple, np.array(image.convert('RGB')).reshape(-1, 3)))
  assert tuple(bytes.fromhex(colour[1:])) in seen


def test_a_curve_of_a_seed_is_the_mean_over_its_sources(study):
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


def test_points_of_overlap_are_runs_over_de_novos_mean(study):
  found = game_overlap.points(study, 'pathnet')
  assert len(found) == 12
  assert game_overlap.points(study, 'fine_tuning') == []
  rows = [r for r in make_games() if r['arm'] == 'pathnet']
  shared = sorted(
    r['overlap'] for r in rows if r['target'] in (ASTERIX, BREAKOUT)
  )
  assert sorted(overlap for _, overlap, _ in found) == shared
  assert 1 < np.mean([ratio for *_, ratio in found]) < 2
