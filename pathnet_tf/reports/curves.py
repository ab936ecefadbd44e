# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Score against agent steps, a panel for each task, one line a run."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pathnet_tf.errors import UserError
from pathnet_tf.reports import style
from pathnet_tf.reports.history import History
from pathnet_tf.reports.task_history import TaskHistory


def draw_score_curves(
  histories_with_labels: Sequence[tuple[str, History]],
  path: str | os.PathLike[str],
  random_scores: Mapping[str, float] | None = None,
) -> Path:
  """Draws the score curves of one or several runs.

  Every evaluation is a faint point, the line is `TaskHistory.score_curve` from
  its first full window on. A diamond marks where a task was finished and its
  fittest path frozen. A task trained more than once in a run has a panel for
  each time.

  Args:
    histories_with_labels: (label, run) pairs; a label names an arm.
    path: the PNG to write: 900 pixels wide for one panel, 1600 to 1680 for two
      or three beside each other; more go below.
    random_scores: the random policy's score by task name, drawn as a level.

  Returns:
    `path`.

  Raises:
    UserError: no run has begun a task.
  """
  panels = _panels(histories_with_labels)
  if not panels:
    raise UserError('no task has begun, so there is no score curve to draw')
  columns = min(3, len(panels))
  lines = math.ceil(len(panels) / columns)
  # Inches: the panels, and a strip at the foot for the legend.
  width = {1: 9.0, 2: 16.0, 3: 16.8}[columns]
  height = 4.9 * lines + 0.6
  figure = style.new_figure(width, height)
  grid = figure.add_gridspec(
    lines,
    columns,
    left=0.85 / width,
    right=1 - 0.3 / width,
    top=1 - 0.5 / height,
    bottom=1.25 / height,
    wspace=0.16,
    hspace=0.36,
  )
  entries: dict[str, Line2D] = {}
  chance = None
  for place, ((name, turn), runs) in enumerate(panels.items()):
    axes = figure.add_subplot(grid[divmod(place, columns)])
    for index, label, task in runs:
      entries[label] = _draw_run(axes, task, index)
      entries[label].set_label(label)
    level = (random_scores or {}).get(name)
    if level is not None:
      chance = axes.axhline(
        level,
        color=style.MUTED,
        linewidth=1.4,
        linestyle=(0, (1, 3)),
        label='random policy',
      )
    again = f' (time {turn + 1})' if turn else ''
    axes.set_title(name + again, fontsize=15, color=style.INK, loc='left')
    axes.set_xlabel('steps of the task', fontsize=12, color=style.INK)
    if place % columns == 0:
      axes.set_ylabel('score of an episode', fontsize=12, color=style.INK)
    axes.set_xlim(left=0)
    axes.margins(x=0.03)
    style.finish_axes(axes, size=12, ticks=6 if columns < 3 else 4)
  handles = [*entries.values()] + ([] if chance is None else [chance])
  ends = [t.finish for runs in panels.values() for _, _, t in runs if t.finish]
  if ends:
    handles.append(_finish_mark(style.MUTED, [], []))
    froze = all(any(end.frozen) for end in ends)
    handles[-1].set_label(
      'task finished, its path frozen' if froze else 'task finished'
    )
  figure.legend(
    handles=handles,
    loc='lower center',
    ncols=min(len(handles), 2 if columns == 1 else 5),
    fontsize=12,
    frameon=False,
    handlelength=3.4,
    bbox_to_anchor=(0.5, 0.05 / height),
  )
  return style.save_png(figure, path)


def _panels(
  runs: Sequence[tuple[str, History]],
) -> dict[tuple[str, int], list[tuple[int, str, TaskHistory]]]:
  """Which runs go into which panel: by task name, and by how often it came."""
  panels: dict[tuple[str, int], list[tuple[int, str, TaskHistory]]] = {}
  for index, (label, history) in enumerate(runs):
    seen: dict[str, int] = {}
    for task in history.tasks:
      turn = seen.get(task.name, 0)
      seen[task.name] = turn + 1
      panels.setdefault((task.name, turn), []).append((index, label, task))
  return panels


def _draw_run(axes: Axes, task: TaskHistory, index: int) -> Line2D:
  colour, dashes, marker = style.RUN_LOOKS[index % len(style.RUN_LOOKS)]
  axes.plot(
    task.task_steps,
    task.fitness,
    linestyle='none',
    marker=marker,
    markersize=3.5,
    markeredgewidth=0,
    color=colour,
    # Many points may not drown the line.
    alpha=max(0.08, min(0.35, 60 / max(1, task.evaluations))),
  )
  steps, scores = task.score_curve()
  first = task.first_full()
  (line,) = axes.plot(
    steps[first:],
    scores[first:],
    color=colour,
    linestyle=dashes,
    linewidth=2.4,
    marker=marker,
    # Markers of the runs stand apart: each starts a little later.
    markevery=(0.04 + 0.03 * (index % 4), 0.16),
    markersize=6.5,
    markeredgecolor='white',
    zorder=3,
  )
  if task.finish is not None and task.evaluations:
    axes.add_line(_finish_mark(colour, [steps[-1]], [scores[-1]]))
  return line


def _finish_mark(colour: str, x: Sequence, y: Sequence) -> Line2D:
  return Line2D(
    x,
    y,
    linestyle='none',
    marker='d',
    markersize=14,
    color=colour,
    markeredgecolor='white',
    markeredgewidth=1.5,
    zorder=4,
    clip_on=False,
  )
