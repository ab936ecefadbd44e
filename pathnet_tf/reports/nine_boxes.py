# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The nine boxes: a run's network at nine moments, its score curve below.

The figure that PathNet is known by (Fernando et al. 2017, figure 2).
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pathnet_tf.errors import UserError
from pathnet_tf.reports import style
from pathnet_tf.reports.history import History
from pathnet_tf.reports.moments import Moment, moments, snapshot
from pathnet_tf.reports.network_drawing import FROZEN_DASHES, draw_network
from pathnet_tf.reports.run_curve import draw_run_curve


def draw_nine_boxes(history: History, path: str | os.PathLike[str]) -> Path:
  """Draws the nine boxes of a run, the score curves of its tasks below.

  Args:
    history: the run, finished or not.
    path: the PNG to write, 1600 x 1400 pixels.

  Returns:
    `path`.

  Raises:
    UserError: no task has begun.
  """
  if not history.tasks:
    raise UserError('no task has begun, so there are no boxes to draw')
  chosen = moments(history)
  figure = style.new_figure(16, 14)
  lines = _add_words(figure, history)
  boxes = figure.add_gridspec(
    3,
    3,
    left=0.045,
    right=0.985,
    top=0.904 - 0.0185 * lines,
    bottom=0.32,
    wspace=0.07,
    hspace=0.2,
  )
  rows = [
    max(task.modules[layer] for task in history.tasks)
    for layer in range(len(history.tasks[0].modules))
  ]
  for number, moment in enumerate(chosen):
    axes = figure.add_subplot(boxes[divmod(number, 3)])
    _draw_box(axes, history, moment, number, rows, number + 3 >= len(chosen))
  place = figure.add_gridspec(
    1, 1, left=0.045, right=0.985, top=0.25, bottom=0.057
  )[0]
  draw_run_curve(figure, place, history, chosen)
  return style.save_png(figure, path)


def _draw_box(
  axes: Axes,
  history: History,
  moment: Moment,
  number: int,
  rows: Sequence[int],
  lowest: bool,
) -> None:
  """One moment, with its number and what it is above it."""
  task = history.tasks[moment.task]
  shown = snapshot(history, moment)
  draw_network(axes, shown, rows)
  colour = style.task_colour(moment.task)
  for spine in axes.spines.values():
    spine.set_color(colour)
    spine.set_linewidth(1.6)
  when = style.steps_text(task.steps_after(moment.evaluations)) + ' steps'
  if moment.evaluations == 0:
    when = 'new population'
  elif shown.fittest is not None:
    when += ', finished'
  axes.annotate(
    f'{history.short_names()[moment.task]}  ·  {when}',
    (0, 1),
    xycoords='axes fraction',
    xytext=(27, 14),
    textcoords='offset points',
    va='center',
    fontsize=13,
    color=style.INK,
  )
  if lowest:
    for layer in range(len(task.modules)):
      axes.annotate(
        f'layer {layer + 1}',
        (layer, 0),
        xycoords=axes.get_xaxis_transform(),
        xytext=(0, -7),
        textcoords='offset points',
        ha='center',
        va='top',
        fontsize=11,
        color=style.MUTED,
      )
  axes.annotate(
    str(number + 1),
    (0, 1),
    xycoords='axes fraction',
    xytext=(11, 14),
    textcoords='offset points',
    ha='center',
    va='center',
    fontsize=13,
    fontweight='bold',
    color='white',
    bbox={'boxstyle': 'circle,pad=0.25', 'facecolor': colour, 'linewidth': 0},
  )


def _add_words(figure: Figure, history: History) -> int:
  """Title, legend, what the axes are; returns the lines of the legend."""
  title = ' → '.join(task.name for task in history.tasks)
  names = history.short_names()
  first = history.tasks[0]
  size = len(first.population)
  population = f'{size} paths' if size > 1 else 'one path'
  figure.text(
    0.045,
    0.975,
    title,
    fontsize=min(19, 19 * 84 / len(title)),
    fontweight='bold',
    color=style.INK,
    va='center',
  )
  figure.text(
    0.045,
    0.948,
    f'{len(first.modules)} layers (left to right) of'
    f' {"/".join(map(str, dict.fromkeys(first.modules)))} modules;'
    f' {population} of at most {first.active} modules a layer.'
    ' The thicker a line, the more paths share it.',
    fontsize=13,
    color=style.MUTED,
    va='center',
  )
  figure.text(
    0.515,
    0.016,
    'steps of the run',
    fontsize=13,
    color=style.INK,
    ha='center',
    va='center',
  )
  paths = 'population' if size > 1 else 'path'
  handles = [
    _handle(f'{paths}: {name}', style.task_colour(i), 'o', 2.4)
    for i, name in enumerate(names)
  ]
  if any(task.finish for task in history.tasks):
    last = 'fittest path at the end' if size > 1 else 'finished'
    handles.append(_handle(f'{last} (dark)', style.INK, 'o', 3.2))
  handles += [
    _handle(f'frozen: {names[i]}', style.FROZEN_COLOUR, 's', 2.2, dashes)
    for i, (task, dashes) in enumerate(
      zip(history.tasks[:-1], itertools.cycle(FROZEN_DASHES), strict=False)
    )
    if task.finish and any(task.finish.frozen)
  ]
  handles.append(_handle('in no path', 'white', 'o', 0, '', style.IDLE_COLOUR))
  # About 150 letters go into a line, a handle taking the room of ten.
  letters = sum(len(str(handle.get_label())) + 10 for handle in handles)
  lines = math.ceil(letters / 165)
  figure.legend(
    handles=handles,
    loc='upper left',
    bbox_to_anchor=(0.038, 0.94),
    ncols=math.ceil(len(handles) / lines),
    fontsize=12,
    frameon=False,
    handlelength=2.6,
    columnspacing=1.6,
    borderaxespad=0.2,
  )
  return lines


def _handle(
  label: str,
  colour: str,
  marker: str,
  width: float,
  dashes: style.Dashes = '-',
  edge: str = 'white',
) -> Line2D:
  return Line2D(
    [],
    [],
    color=colour,
    marker=marker,
    markersize=7,
    markeredgecolor=edge,
    markeredgewidth=1.2,
    linewidth=width,
    linestyle=dashes,
    label=label,
  )
