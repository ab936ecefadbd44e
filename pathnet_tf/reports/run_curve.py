# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The score over a whole run, task after task, with moments marked on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpecFromSubplotSpec, SubplotSpec
from matplotlib.lines import Line2D

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
  widths = panel_widths(history)
  names = history.short_names()
  grid = GridSpecFromSubplotSpec(
    1, len(widths), place, width_ratios=widths, wspace=0.05 * len(widths)
  )
  for index, task in enumerate(history.tasks):
    axes = figure.add_subplot(grid[index])
    numbers = {
      number: moment.evaluations
      for number, moment in enumerate(marked, start=1)
      if moment.task == index
    }
    draw_task_curve(axes, task, style.task_colour(index))
    _mark(axes, task, style.task_colour(index), numbers)
    axes.set_title(
      f'score of {names[index]}', fontsize=13, color=style.INK, loc='left'
    )
    axes.margins(x=0.04, y=0.14)
    style.finish_axes(axes, size=11, ticks=max(2, 10 // len(widths)))


def panel_widths(history: History) -> np.ndarray:
  """Relative widths of the tasks' panels: their steps, but none too narrow."""
  steps = np.array([task.total_steps for task in history.tasks], np.float64)
  return np.maximum(steps, max(steps.sum(), 1) * 0.4 / len(steps))


def draw_task_curve(axes: Axes, task: TaskHistory, colour: str) -> list[Line2D]:
  """Draws a task's evaluations as faint points, its `score_curve` as a line.

  Args:
    axes: of agent steps of the run and scores.
    task: the task.
    colour: of both.

  Returns:
    The points and the line.
  """
  steps, scores = task.score_curve()
  x = task.steps_before + steps
  first = task.first_full()
  return [
    *axes.plot(
      x,
      task.fitness,
      linestyle='none',
      marker='.',
      markersize=5,
      markeredgewidth=0,
      color=colour,
      alpha=max(0.1, min(0.4, 80 / max(1, task.evaluations))),
    ),
    *axes.plot(x[first:], scores[first:], color=colour, linewidth=2.2),
  ]


def _mark(
  axes: Axes, task: TaskHistory, colour: str, numbers: Mapping[int, int]
) -> None:
  """The numbers of moments, at their evaluation counts."""
  steps, scores = task.score_curve()
  x = task.steps_before + np.append(0, steps)
  y = np.append(0.0, scores)
  # Moments before the first full window stand at its height.
  first = task.first_full()
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
