# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Whether runs whose two paths share more modules were faster."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import (
  FuncFormatter,
  LogLocator,
  MaxNLocator,
  NullLocator,
)

from pathnet_tf.errors import UserError
from pathnet_tf.reports import style
from pathnet_tf.transfer import looks, metrics, pairs, summary, table
from pathnet_tf.transfer.pairs import Row

_JITTER = 0.16  # Modules to either side, so that equal runs lie beside another.


def with_overlaps(rows: Sequence[Row]) -> dict[str, list[tuple[Row, Row]]]:
  """Of every arm the runs that have an overlap, each with its control.

  Only of arms that evolve their paths, as the overlap of one fixed path with
  itself says nothing; none at all without a threshold.
  """
  if not summary.has_threshold(rows):
    return {}
  arms = {}
  for arm in pairs.arms_of(rows):
    matched = pairs.with_controls(rows, arm)
    matched = [pair for pair in matched if pair[0]['overlap'] is not None]
    if matched and pairs.evolves(rows, arm):
      arms[arm] = matched
  return arms


def draw_overlap(rows: Sequence[Row], path: str | os.PathLike[str]) -> Path:
  """Draws each run's speed-up against what its two paths have in common.

  The overlap is the modules that the best paths of source and target share, the
  speed-up de novo's generations on the same target and seed over the run's
  own. A hollow point: one of the two was not solved and counts as the limit.
  With each arm stands Spearman's correlation of the two. Fernando et al. 2017
  found none.

  Args:
    rows: of all arms, with a threshold.
    path: the PNG to write, 900 pixels wide.

  Returns:
    `path`.

  Raises:
    UserError: no run has a threshold, a control, and two evolved paths.
  """
  arms = with_overlaps(rows)
  if not arms:
    raise UserError(
      'no run has two evolved paths, a solved_at, and a run of de_novo with its'
      ' target and seed, so there is no overlap to draw'
    )
  limit = summary.common_limit(rows)
  arm_looks = looks.arm_looks(rows)
  figure, (axes,) = looks.panels(1, legend_lines=len(arms) + 1)
  axes.axhline(1, color=style.MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
  axes.set_yscale('log', base=2)
  rng = np.random.default_rng(0)
  handles = []
  for arm, matched in arms.items():
    look = arm_looks[arm]
    runs, controls = zip(*matched, strict=True)
    overlap = np.array([row['overlap'] for row in runs], float)
    ours, theirs = (summary.generations(x, limit) for x in (runs, controls))
    solved = np.array(
      [
        all(summary.solved_within(row, limit) for row in pair)
        for pair in matched
      ]
    )
    spread = rng.uniform(-_JITTER, _JITTER, len(overlap))
    for some, face in ((solved, look.colour), (~solved, 'none')):
      axes.plot(
        (overlap + spread)[some],
        (theirs / ours)[some],
        linestyle='none',
        marker=look.marker,
        markersize=7.5,
        markerfacecolor=face,
        markeredgecolor='white' if face != 'none' else look.colour,
        markeredgewidth=0.8 if face != 'none' else 1.4,
        alpha=0.8,
      )
    found = metrics.correlation(overlap, theirs / ours)
    told = (
      'no correlation is defined'
      if found is None
      else f'Spearman {table.estimate_text(found, decimals=2, sign="+")}'
    )
    count = f'{len(matched)} runs' if len(matched) > 1 else 'one run'
    handles.append(_handle(look, f'{arm}: {told}, {count}'))
  handles.append(
    _handle(
      looks.Look(style.MUTED, '', 'o'),
      f'hollow: run or control not solved within {limit} generations',
      hollow=True,
    )
  )
  looks.name_axes(
    axes,
    x='modules that the paths of source and target share',
    y='speed-up over de_novo',
    title='Does sharing modules go with speed?',
  )
  style.finish_axes(axes, size=12)
  axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
  axes.yaxis.set_major_locator(LogLocator(base=2))
  axes.yaxis.set_minor_locator(NullLocator())
  axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f'{y:g}'))
  low, high = axes.get_ylim()
  axes.set_ylim(min(low, 0.45), max(high, 2.2))
  shown = [run['overlap'] for runs in arms.values() for run, _ in runs]
  axes.set_xlim(min(shown) - 0.5, max(shown) + 0.5)
  looks.add_legend(figure, handles, columns=1)
  return style.save_png(figure, path)


def _handle(look: looks.Look, label: str, hollow: bool = False) -> Line2D:
  return Line2D(
    [],
    [],
    linestyle='none',
    marker=look.marker,
    markersize=8,
    color=look.colour,
    markerfacecolor='none' if hollow else look.colour,
    label=label,
  )
