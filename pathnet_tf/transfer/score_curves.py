# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The arms' learning curves on every target game."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from matplotlib.lines import Line2D

from pathnet_tf.reports import style
from pathnet_tf.transfer import looks
from pathnet_tf.transfer.game_table import short
from pathnet_tf.transfer.games import Games
from pathnet_tf.transfer.learning_curves import draw_arm

_RANDOM = 'random policy'


def draw_score_curves(games: Games, path: str | os.PathLike[str]) -> Path:
  """Draws the mean score over agent steps, a panel a target, arm by arm.

  A mean over all sources and seeds, with its normal interval of 95 % over the
  seeds' means, where there are several.

  Args:
    games: the study.
    path: the PNG to write.

  Returns:
    `path`.
  """
  arm_looks = looks.arm_looks(
    [row for row in games.rows if row['arm'] in games.arms]
  )
  labels = [*arm_looks, _RANDOM]
  columns = looks.legend_columns(labels, len(games.targets))
  figure, panels = looks.panels(len(games.targets), -(-len(labels) // columns))
  handles: dict[str, Line2D] = {}
  for place, (axes, target) in enumerate(
    zip(panels, games.targets, strict=True)
  ):
    handles[_RANDOM] = axes.axhline(
      games.floor[target],
      color=style.MUTED,
      linewidth=1.4,
      linestyle=(0, (1, 3)),
      label=_RANDOM,
    )
    for number, (arm, look) in enumerate(arm_looks.items()):
      curves = seed_curves(games, arm, target)
      if len(curves):
        # Markers of the arms stand apart: each starts a little later.
        handles[arm] = draw_arm(
          axes, curves, games.budget, look, (2 * number, 12)
        )
        handles[arm].set_label(arm)
    looks.name_axes(
      axes,
      x='agent steps on the target',
      y='' if place % 3 else 'score of an episode',
      title=short(target) + ('' if games.learnt(target) else ' (not learnt)'),
    )
    style.finish_axes(axes, size=12, ticks=5)
    axes.set_xlim(0, games.budget)
  looks.add_legend(
    figure, [handles[label] for label in labels if label in handles], columns
  )
  return style.save_png(figure, path)


def seed_curves(games: Games, arm: str, target: str) -> np.ndarray:
  """An arm's curves on a game, of each seed a mean over its sources.

  The game itself is no source here.

  Returns:
    float64 `[seeds, bins]`.
  """
  found: dict[int, list] = {}
  for row in games.rows:
    if (row['arm'], row['target']) == (arm, target) and row['source'] != target:
      found.setdefault(row['seed'], []).append(row['tasks'][-1]['curve'])
  return np.array([np.mean(curves, axis=0) for curves in found.values()])
