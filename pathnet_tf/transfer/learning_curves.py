# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""An arm's mean learning curve on the target task."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pathnet_tf.errors import UserError
from pathnet_tf.reports import style
from pathnet_tf.transfer import looks, pairs
from pathnet_tf.transfer.pairs import Row

_NORMAL_95 = 1.96
_SOLVED = 'solves the task'


def draw_learning_curves(
  rows: Sequence[Row], path: str | os.PathLike[str]
) -> Path:
  """Draws the mean fitness on the target over generations, arm by arm.

  The band is the mean's normal interval of 95 % (1.96 standard errors), where
  there is more than one run. A panel for each source and target; of more than
  `pairs.MOST_DIRECTIONS` of them one panel for all.

  Args:
    rows: of all arms.
    path: the PNG to write: 900 pixels wide for one panel, 1400 to 1680 for
      more.

  Returns:
    `path`.

  Raises:
    UserError: there is no row.
  """
  if not rows:
    raise UserError('no run is done yet, so there is no learning curve to draw')
  shown = pairs.directions(rows)
  if len(shown) > pairs.MOST_DIRECTIONS:
    shown = [(f'{len(shown)} pairs of source and target', list(rows))]
  arm_looks = looks.arm_looks(rows)
  labels = [*arm_looks, _SOLVED]
  columns = looks.legend_columns(labels, len(shown))
  figure, panels = looks.panels(len(shown), -(-len(labels) // columns))
  handles: dict[str, Line2D] = {}
  for place, (axes, (title, some)) in enumerate(
    zip(panels, shown, strict=True)
  ):
    for level in {row['solved_at'] for row in some} - {None}:
      handles[_SOLVED] = axes.axhline(
        level,
        color=style.MUTED,
        linewidth=1.4,
        linestyle=(0, (1, 3)),
        label=_SOLVED,
      )
    for arm in pairs.arms_of(some):
      rows = [row for row in some if row['arm'] == arm]
      handles[arm] = draw_arm(
        axes,
        np.stack([held_curve(row) for row in rows]),
        max(row['generation_limit'] for row in rows),
        arm_looks[arm],
        # Markers of the arms stand apart: each starts a little later.
        (2 * (list(arm_looks).index(arm) % 4), 8),
      )
      handles[arm].set_label(arm)
    looks.name_axes(
      axes,
      x='generations on the target task',
      y='' if place % 3 else 'mean fitness of an evaluation',
      title=title,
    )
    style.finish_axes(axes, size=12, ticks=5)
    axes.set_xlim(0, max(row['generation_limit'] for row in some))
  looks.add_legend(
    figure, [handles[label] for label in labels if label in handles], columns
  )
  return style.save_png(figure, path)


def draw_arm(
  axes: Axes,
  curves: np.ndarray,
  limit: float,
  look: looks.Look,
  markers: tuple[int, int],
) -> Line2D:
  """Draws an arm's mean and its normal band of 95 %.

  Args:
    axes: where.
    curves: `[runs, bins]`, over a budget of `limit`.
    limit: where the last bin ends.
    look: the arm's.
    markers: the bin of the first marker, and how many bins lie between two.

  Returns:
    The mean's line.
  """
  middle, error = mean_and_error(curves)
  bins = curves.shape[1]
  at = (np.arange(bins) + 0.5) / bins * limit
  axes.fill_between(
    at,
    middle - _NORMAL_95 * error,
    middle + _NORMAL_95 * error,
    color=look.colour,
    alpha=0.16,
    linewidth=0,
  )
  (line,) = axes.plot(
    at,
    middle,
    color=look.colour,
    linestyle=look.dashes,
    linewidth=2.2,
    marker=look.marker,
    markersize=6,
    markeredgecolor='white',
    markevery=markers,
  )
  return line


def held_curve(row: Row) -> np.ndarray:
  """The target's learning curve, with its gaps filled.

  A part of the budget without an evaluation has the value of the part before
  it. So has all that follows a solution: were the solved runs left out, the
  mean would fall back to that of the slow ones.

  Args:
    row: of one run.

  Returns:
    float64 `[bins]`; NaN before the first evaluation.
  """
  # None becomes NaN.
  held = np.array(pairs.target_task(row)['curve'], float)
  for place in range(1, len(held)):
    if np.isnan(held[place]):
      held[place] = held[place - 1]
  return held


def mean_and_error(curves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
  """The mean over runs and its standard error, where there are numbers.

  Args:
    curves: `[runs, bins]`, NaN where a run has none.

  Returns:
    float64 `[bins]` each: NaN where no run has a number; an error of 0 where
    only one has.
  """
  count = np.sum(np.isfinite(curves), axis=0)
  with warnings.catch_warnings():
    warnings.simplefilter('ignore', RuntimeWarning)  # Means of nothing.
    middle = np.nanmean(curves, axis=0)
    deviation = np.nanstd(curves, axis=0, ddof=1)
  error = np.where(count > 1, deviation / np.sqrt(np.maximum(count, 1)), 0)
  return middle, np.where(count > 0, error, np.nan)
