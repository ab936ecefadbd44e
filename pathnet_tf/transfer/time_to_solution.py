# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""How many of an arm's runs had solved their target by when."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pathnet_tf.bootstrap import Estimate
from pathnet_tf.errors import UserError
from pathnet_tf.reports import style
from pathnet_tf.transfer import looks, pairs, summary, table
from pathnet_tf.transfer.pairs import Row


def draw_time_to_solution(
  rows: Sequence[Row], path: str | os.PathLike[str]
) -> Path:
  """Draws the distribution of the generations to solve the target task.

  Above, for each arm, the fraction of its runs that had solved the target by a
  generation: a step a run. Runs that never did keep the curve below 1. Below,
  each arm's restricted mean with its interval.

  Args:
    rows: of all arms, with a threshold.
    path: the PNG to write, 900 pixels wide.

  Returns:
    `path`.

  Raises:
    UserError: there is no row, or one without a threshold.
  """
  if not summary.has_threshold(rows):
    raise UserError(
      'the runs have no solved_at, so there is no time to a solution to draw'
    )
  limit = summary.common_limit(rows)
  lines = summary.time_lines(rows, limit)
  arm_looks = looks.arm_looks(rows)
  # Inches: the curves, a strip for each arm, and the legend below.
  strips = 0.3 * len(lines) + 0.2
  foot = 0.75 + looks.LEGEND_LINE * len(lines)
  height = 4.3 + strips + foot
  figure = style.new_figure(9, height)
  grid = figure.add_gridspec(
    2,
    1,
    height_ratios=[3.7, strips],
    left=0.095,
    right=0.967,
    top=1 - 0.5 / height,
    bottom=foot / height,
    hspace=0.06,
  )
  upper = figure.add_subplot(grid[0])
  lower = figure.add_subplot(grid[1], sharex=upper)
  handles = []
  for place, line in enumerate(lines):
    look = arm_looks[line.arm]
    own = [row for row in rows if row['arm'] == line.arm]
    _draw_steps(upper, own, limit, look)
    _draw_mean(lower, place, line.mean, look)
    handles.append(
      Line2D(
        [],
        [],
        color=look.colour,
        linestyle=look.dashes,
        linewidth=2.2,
        marker=look.marker,
        markersize=8,
        markeredgecolor='white',
        label=f'{line.arm}: {line.solved} of {line.runs} solved,'
        f' mean {table.estimate_text(line.mean)}',
      )
    )
  looks.name_axes(
    upper,
    y='fraction of runs that solved',
    title=f'Solved by when, means up to {limit}',
  )
  looks.name_axes(lower, x='generations on the target task', y='mean')
  style.finish_axes(upper, size=12)
  upper.set_xlim(0, _last_shown(rows, limit))
  upper.set_ylim(0, 1.03)
  upper.tick_params(labelbottom=False)
  style.finish_axes(lower, size=12)
  lower.set_yticks([])
  lower.set_ylim(len(lines) - 0.4, -0.6)
  looks.add_legend(figure, handles, columns=1)
  return style.save_png(figure, path)


def _last_shown(rows: Sequence[Row], limit: int) -> float:
  """The limit, or a little after the last solution if every run has one."""
  if not all(summary.solved_within(row, limit) for row in rows):
    return limit
  last = max(pairs.target_task(row)['generations'] for row in rows)
  return min(limit, 1.1 * last)


def _draw_steps(
  axes: Axes, rows: Sequence[Row], limit: int, look: looks.Look
) -> None:
  """One arm's fraction of solved runs: a step up at each solution."""
  times, fraction = solved_by(rows, limit)
  axes.step(
    [0, *times, limit],
    [0, *fraction, fraction[-1] if len(fraction) else 0],
    where='post',
    color=look.colour,
    linestyle=look.dashes,
    linewidth=2.2,
  )


def solved_by(rows: Sequence[Row], limit: int) -> tuple[np.ndarray, np.ndarray]:
  """When runs solved their target.

  Args:
    rows: n runs of one arm.
    limit: later solutions are left out.

  Returns:
    Generations `[k]` of the k runs that did, ascending, and the fraction of all
    n that had by then, float64 `[k]`.
  """
  times = np.sort(
    [
      pairs.target_task(row)['generations']
      for row in rows
      if summary.solved_within(row, limit)
    ]
  )
  return times, np.arange(1, len(times) + 1) / len(rows)


def _draw_mean(
  axes: Axes, place: int, mean: Estimate, look: looks.Look
) -> None:
  """One arm's mean in its strip, with the interval where there is one."""
  if mean.bounded:
    axes.plot(
      [mean.low, mean.high],
      [place, place],
      color=look.colour,
      linewidth=2.2,
      marker='|',
      markersize=9,
      clip_on=False,
    )
  axes.plot(
    [mean.value],
    [place],
    linestyle='none',
    marker=look.marker,
    markersize=8,
    color=look.colour,
    markeredgecolor='white',
    clip_on=False,
  )
