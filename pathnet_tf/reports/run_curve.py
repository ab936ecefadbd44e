# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The score over a whole run, task after task, with moments marked on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpecFromSubplotSpec, SubplotSpec

from pathnet_tf.reports import style
from pathnet_tf.reports.history import History
from pathnet_tf.reports.moments import Moment
from pathnet_tf.reports.task_history import TaskHistory


def draw_run_curve(
  figure: Figure,
  place: SubplotSpec,
  history: History,
  marked: Sequence[Moment],
) -> None:
  """Draws a panel a task, as wide as its agent steps, each with its own scale.

  Args:
    figure: what to draw on.
    place: the part of it to fill.
    history: the run.
    marked: moments whose numbers, counted from 1, are put on the curve.
  """
  steps = np.array([task.total_steps for task in history.tasks], np.float64)
  widths = np.maximum(steps, max(steps.sum(), 1) * 0.4 / len(steps))
  names = history.short_names()
  grid = GridSpecFromSubplotSpec(
    1, len(steps), place, width_ratios=widths, wspace=0.05 * len(steps)
  )
  for index, task in enumerate(history.tasks):
    axes = figure.add_subplot(grid[index])
    numbers = {
      number: moment.evaluations
      for number, moment in enumerate(marked, start=1)
      if moment.task == index
    }
    _draw_task(axes, task, style.task_colour(index), numbers)
    axes.set_title(
      f'score of {names[index]}', fontsize=13, color=style.INK, loc='left'
    )
    axes.margins(x=0.04, y=0.14)
    style.finish_axes(axes, size=11, ticks=max(2, 10 // len(steps)))


def _draw_task(
  axes: Axes, task: TaskHistory, colour: str, numbers: Mapping[int, int]
) -> None:
  """Points, line, and the numbers at their evaluation counts."""
  steps, scores = task.score_curve()
  x = task.steps_before + steps
  axes.plot(
    x,
    task.fitness,
    linestyle='none',
    marker='.',
    markersize=5,
    markeredgewidth=0,
    color=colour,
    alpha=max(0.1, min(0.4, 80 / max(1, task.evaluations))),
  )
  first = task.first_full()
  axes.plot(x[first:], scores[first:], color=colour, linewidth=2.2)
  # Moments before the first full window stand at its height.
  x = np.append(task.steps_before, x)
  y = np.append(0.0, scores)
  y[: first + 1] = scores[first] if len(scores) else 0.0
  for number, count in numbers.items():
    axes.plot(
      x[count],
      y[count],
      marker='o',
      markersize=18,
      color='white',
      markeredgecolor=colour,
      markeredgewidth=1.8,
      zorder=4,
      clip_on=False,
    )
    axes.annotate(
      str(number),
      (x[count], y[count]),
      ha='center',
      va='center_baseline',
      fontsize=11,
      fontweight='bold',
      color=style.INK,
      zorder=5,
      annotation_clip=False,
    )
