# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""How much a game's score depends on the settings: a sweep, arm by arm."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pathnet_tf.errors import UserError
from pathnet_tf.reports import style
from pathnet_tf.transfer import looks, pairs, score_metrics
from pathnet_tf.transfer.game_table import short
from pathnet_tf.transfer.pairs import Row

SWEPT = ('learning_rate', 'entropy_cost')

Setting = tuple[str, ...]


def setting_of(row: Row) -> tuple[str, Setting]:
  """An arm's label without what is swept, and the values of that."""
  name, _, query = row['arm'].partition('?')
  parts = [part for part in query.split('&') if part]
  swept = {}
  kept = []
  for part in parts:
    key, _, value = part.partition('=')
    field = key.rpartition('.')[2]
    if field in SWEPT:
      swept[field] = value
    else:
      kept.append(part)
  label = '?'.join([name, *(['&'.join(kept)] if kept else [])])
  return label, tuple(swept.get(field, '') for field in SWEPT)


def is_swept(row: Row) -> bool:
  """Whether a run is of a sweep."""
  return any(setting_of(row)[1])


def sorted_scores(
  rows: Sequence[Row], target: str
) -> dict[str, list[tuple[float, Setting]]]:
  """Of every arm the final scores on a game, the best setting first.

  Args:
    rows: of a sweep; a setting's seeds are averaged.
    target: the game.
  """
  found: dict[str, dict[Setting, list[float]]] = {}
  for row in rows:
    if row['target'] == target:
      label, setting = setting_of(row)
      score = score_metrics.final_score(pairs.target_task(row)['curve'])
      found.setdefault(label, {}).setdefault(setting, []).append(float(score))
  return {
    label: sorted(
      ((float(np.mean(s)), setting) for setting, s in scores.items()),
      reverse=True,
    )
    for label, scores in sorted(found.items())
  }


def draw_robustness(rows: Sequence[Row], path: str | os.PathLike[str]) -> Path:
  """Draws the final score of every setting of a sweep, the best one first.

  Mnih et al. 2016 show A3C's robustness so, over learning rates; a flat line
  is an arm that any setting suits. A panel a game.

  Args:
    rows: of all arms; those that sweep nothing are left out.
    path: the PNG to write.

  Returns:
    `path`.

  Raises:
    UserError: no run is of a sweep.
  """
  rows = pairs.in_order([row for row in rows if is_swept(row)])
  if not rows:
    raise UserError(f'no run is of a sweep over {" and ".join(SWEPT)}')
  targets = sorted({row['target'] for row in rows})
  labels = sorted({setting_of(row)[0] for row in rows})
  of_label = looks.arm_looks(
    [{**row, 'arm': setting_of(row)[0]} for row in rows]
  )
  columns = looks.legend_columns(labels, len(targets))
  figure, panels = looks.panels(len(targets), -(-len(labels) // columns))
  handles = {}
  for place, (axes, target) in enumerate(zip(panels, targets, strict=True)):
    for label, scores in sorted_scores(rows, target).items():
      look = of_label[label]
      (handles[label],) = axes.plot(
        np.arange(1, len(scores) + 1),
        [score for score, _ in scores],
        color=look.colour,
        linestyle=look.dashes,
        linewidth=2.0,
        marker=look.marker,
        markersize=8,
        markeredgecolor='white',
        label=label,
      )
    looks.name_axes(
      axes,
      x='settings, learning rate × entropy cost, the best first',
      y='' if place % 3 else 'final score',
      title=short(target),
    )
    style.finish_axes(axes, size=12)
  looks.add_legend(figure, list(handles.values()), columns)
  return style.save_png(figure, path)
