# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The figures of a study of games: those that its rows suffice for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pathnet_tf.transfer import pairs, robustness
from pathnet_tf.transfer.game_overlap import draw_game_overlap, points
from pathnet_tf.transfer.games import Games
from pathnet_tf.transfer.matrix import draw_matrix
from pathnet_tf.transfer.pairs import Row
from pathnet_tf.transfer.score_curves import draw_score_curves
from pathnet_tf.transfer.speed_ups import draw_speed_ups

# Nobody could follow the curves of more arms than these, nor find a matrix.
MOST_ARMS = 8


def draw_games(
  rows: Sequence[Row], folder: str | os.PathLike[str]
) -> list[Path]:
  """Draws what a study of games has to show so far.

  Of more than `MOST_ARMS` arms their speed-ups alone.

  Args:
    rows: those that there are, in any order.
    folder: where the PNGs go; made if need be.

  Returns:
    The files written.

  Raises:
    UserError: de novo has no run yet, or budgets differ.
  """
  folder = Path(folder)
  drawn = []
  swept, rows = robustness.split(rows)
  if swept:
    drawn.append(robustness.draw_robustness(swept, folder / 'robustness.png'))
    if not rows:
      return drawn
  games = Games(rows)
  if any(games.directions(arm) for arm in games.arms if arm != pairs.DE_NOVO):
    drawn.append(draw_speed_ups(games, folder / 'speed_ups.png'))
  if len(games.arms) > MOST_ARMS:
    return drawn
  if games.targets:
    drawn.append(draw_score_curves(games, folder / 'score_curves.png'))
  if any(row['source'] for row in games.rows):
    drawn.append(draw_matrix(games, folder / 'matrix.png'))
  if any(points(games, arm) for arm in games.arms):
    drawn.append(draw_game_overlap(games, folder / 'overlap.png'))
  return drawn
