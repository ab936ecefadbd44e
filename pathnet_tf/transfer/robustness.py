# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""How much a game's score depends on the settings: a sweep, arm by arm."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pathnet_tf.errors import UserError
from pathnet_tf.reports import style
from pathnet_tf.transfer import arms, looks, pairs, score_metrics, table
from pathnet_tf.transfer.game_table import short
from pathnet_tf.transfer.pairs import Row


def split(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
  """The runs of a sweep, and the others; none if these were not trained."""
  swept = [row for row in rows if any(arms.swept(row['arm'])[1])]
  others = [row for row in rows if not any(arms.swept(row['arm'])[1])]
  if swept and all(row['budget'] is None for row in others):
    others = []  # Random play.
  return swept, others


def sorted_scores(
  rows: Sequence[Row], target: str
) -> dict[str, list[tuple[float, arms.Setting]]]:
  """Of every arm the final scores on a game, the best setting first.

  Args:
    rows: of a sweep; a setting's seeds are averaged.
    target: the game.
  """
  found: dict[str, dict[arms.Setting, list[float]]] = {}
  for row in rows:
    if row['target'] == target:
      label, setting = arms.swept(row['arm'])
      score = score_metrics.final_score(pairs.target_task(row)['curve'])
      found.setdefault(label, {}).setdefault(setting, []).append(float(score))
  return {
    label: sorted(
      ((float(np.mean(s)), setting) for setting, s in scores.items()),
      reverse=True,
    )
    for label, scores in sorted(found.items())
  }


def format_sweep(rows: Sequence[Row], markdown: bool = False) -> str:
  """How final scores are spread over the settings of a sweep.

  Args:
    rows: of a sweep.
    markdown: GitHub's; else plain text.

  Returns:
    A table for each game: an arm a line, its settings' scores in quarters.
  """
  layout = table.markdown_table if markdown else table.text_table
  head = ('arm', 'settings', 'best', 'upper', 'median', 'lower', 'worst')
  blocks = []
  for target in sorted({row['target'] for row in rows}):
    body = [
      (
        label,
        str(len(scores)),
        *(
          f'{np.quantile([score for score, _ in scores], share):.2f}'
          for share in (1, 0.75, 0.5, 0.25, 0)
        ),
      )
      for label, scores in sorted_scores(rows, target).items()
    ]
    title = f'{target}: final scores over {" and ".join(arms.SWEPT)}'
    blocks.append(layout(title, head, body))
  return '\n\n'.join(blocks)


def draw_robustness(rows: Sequence[Row], path: str | os.PathLike[str]) -> Path:
  """Draws the final score of every setting of a sweep, the best one first.

  After the figures of Mnih et al. 2016 of A3C's robustness to the learning
  rate, with the settings in the order of their scores; a flat line is an arm
  that any setting suits. A panel a game.

  Args:
    rows: of all arms; those that sweep nothing are left out.
    path: the PNG to write.

  Returns:
    `path`.

  Raises:
    UserError: no run is of a sweep.
  """
  rows = pairs.in_order(split(rows)[0])
  if not rows:
    raise UserError(f'no run is of a sweep over {" and ".join(arms.SWEPT)}')
  targets = sorted({row['target'] for row in rows})
  labels = sorted({arms.swept(row['arm'])[0] for row in rows})
  of_label = looks.arm_looks(
    [{**row, 'arm': arms.swept(row['arm'])[0]} for row in rows]
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
