# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of a sweep over settings: its figure and its table."""

from __future__ import annotations

import pytest

from pathnet_tf.errors import UserError
from pathnet_tf.transfer import (
  game_figures,
  robustness,
)
from tests.transfer.made_up import make_game_row, make_games

ASTERIX, BREAKOUT = 'minatar/asterix', 'minatar/breakout'


@pytest.fixture(name='sweep')
def _sweep():
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
  sweep, tmp_path
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
