# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Whether runs whose two paths share more modules learnt a game faster."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator

from pathnet_tf.errors import UserError
from pathnet_tf.reports import style
from pathnet_tf.transfer import looks, metrics, score_metrics, table
from pathnet_tf.transfer.game_table import short
from pathnet_tf.transfer.games import Games

_JITTER = 0.16
_LOW, _HIGH = 1 / 16, 16.0


def points(games: Games, arm: str) -> list[tuple[str, int, float]]:
  """An arm's runs with two evolved paths, of games that are learnt.

  Returns:
    Target, modules shared, and speed-up: the ratio of the run's area to de
    novo's mean area on the target, held between 1/16 and 16.
  """
  found = []
  for source, target in games.directions(arm):
    floor = games.floor[target]
    control = float(np.mean(score_metrics.area(games.controls(target), floor)))
    for row in games.runs(arm, (source, target)):
      if row.get('overlap') is not None and control > 0:
        curve = row['tasks'][-1]['curve']
        ratio = float(score_metrics.area(curve, floor)) / control
        found.append((target, row['overlap'], min(max(ratio, _LOW), _HIGH)))
  return found


def draw_game_overlap(games: Games, path: str | os.PathLike[str]) -> Path:
  """Draws each run's speed-up against what its two paths have in common.

  Args:
    games: the study.
    path: the PNG to write, 900 pixels wide.

  Returns:
    `path`.

  Raises:
    UserError: no run has two evolved paths and a control.
  """
  found = {arm: points(games, arm) for arm in games.arms}
  found = {arm: runs for arm, runs in found.items() if runs}
  if not found:
    raise UserError('no run has two evolved paths: no overlap to draw')
  figure, (axes,) = looks.panels(1, legend_lines=len(found) + 1)
  axes.axhline(1, color=style.MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
  axes.set_yscale('log', base=2)
  rng = np.random.default_rng(0)
  targets = sorted({target for runs in found.values() for target, *_ in runs})
  handles = [
    _handle(looks.layer_look(place), short(target))
    for place, target in enumerate(targets)
  ]
  notes = []
  for arm, runs in found.items():
    for target, overlap, ratio in runs:
      look = looks.layer_look(targets.index(target))
      axes.plot(
        [overlap + rng.uniform(-_JITTER, _JITTER)],
        [ratio],
        linestyle='none',
        marker=look.marker,
        markersize=8,
        color=look.colour,
        markeredgecolor='white',
        alpha=0.85,
      )
    _, overlaps, ratios = zip(*runs, strict=True)
    known = metrics.correlation(overlaps, ratios)
    told = (
      'no correlation is defined'
      if known is None
      else f'Spearman {table.estimate_text(known, decimals=2, sign="+")}'
    )
    notes.append(f'{arm}: {told}, {len(runs)} runs')
  looks.name_axes(
    axes,
    x='modules that the paths of source and target share (points lie beside)',
    y='speed-up over de_novo, within 1/16 and 16',
    title='; '.join(notes),
  )
  style.finish_axes(axes, size=12)
  axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
  axes.yaxis.set_major_locator(LogLocator(base=2))
  axes.yaxis.set_major_formatter(
    lambda y, _: f'{y:g}' if y >= 1 else f'1/{1 / y:g}'
  )
  low, high = axes.get_ylim()
  axes.set_ylim(min(low, 0.45), max(high, 2.2))
  looks.add_legend(figure, handles, columns=min(5, len(handles)))
  return style.save_png(figure, path)


def _handle(look: looks.Look, label: str) -> Line2D:
  return Line2D(
    [], [], linestyle='none', marker=look.marker, markersize=8,
    color=look.colour, label=label,
  )  # fmt: skip
