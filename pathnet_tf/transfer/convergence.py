# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""How the population's paths grow alike, layer by layer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pathnet_tf.errors import UserError
from pathnet_tf.reports import style
from pathnet_tf.transfer import looks
from pathnet_tf.transfer.pairs import Row

_ROW = 6  # Layers in a line of the legend.


def draw_convergence(
  rows: Sequence[Row], path: str | os.PathLike[str], arm: str = 'pathnet'
) -> Path:
  """Draws the mean distance of two paths of a population, layer by layer.

  Of each layer the median over runs with the quartiles around it, over a task's
  own time from its first evaluation to its last; a panel for each task of the
  runs, the target's last. At 0 all paths of the population hold the same
  modules of that layer; at 1 no two share one.

  Args:
    rows: of all arms.
    path: the PNG to write.
    arm: whose runs are drawn.

  Returns:
    `path`.

  Raises:
    UserError: the arm has no run.
  """
  runs = [row for row in rows if row['arm'] == arm]
  if not runs:
    raise UserError(
      f'no run of {arm!r} is done yet, so there is no convergence to draw'
    )
  tasks = max(len(row['tasks']) for row in runs)
  # Counted from the target: every run has one.
  stages = [
    [
      np.array(row['tasks'][-place]['convergence'], float)
      for row in runs
      if len(row['tasks']) >= place
    ]
    for place in range(tasks, 0, -1)
  ]
  layers = max(run.shape[1] for stage in stages for run in stage)
  figure, panels = looks.panels(tasks, -(-layers // _ROW))
  lines = []
  for place, (axes, stage) in enumerate(zip(panels, stages, strict=True)):
    lines = [_draw_layer(axes, stage, layer) for layer in range(layers)]
    source = 'source' if tasks == 2 else f'source {place + 1}'
    kind = 'target' if place == tasks - 1 else source
    count = f'{len(stage)} runs' if len(stage) > 1 else 'one run'
    looks.name_axes(
      axes,
      x="part of the task's evaluations",
      y='' if place else 'mean distance of two paths',
      title=f'{arm}, {kind} task: {count}',
    )
    style.finish_axes(axes, size=12)
    axes.xaxis.set_major_formatter(lambda x, _: f'{x:g}')
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
  looks.add_legend(figure, lines, columns=min(layers, _ROW))
  return style.save_png(figure, path)


def _draw_layer(axes: Axes, stage: Sequence[np.ndarray], layer: int) -> Line2D:
  """One layer's median and quartiles over the runs that have the layer."""
  look = looks.layer_look(layer)
  distance = np.stack([run[:, layer] for run in stage if layer < run.shape[1]])
  low, middle, high = np.quantile(distance, [0.25, 0.5, 0.75], axis=0)
  time = np.linspace(0, 1, len(middle))
  axes.fill_between(time, low, high, color=look.colour, alpha=0.16, linewidth=0)
  (line,) = axes.plot(
    time,
    middle,
    color=look.colour,
    linestyle=look.dashes,
    linewidth=2.2,
    marker=look.marker,
    markersize=6,
    markeredgecolor='white',
    markevery=(layer % 4, 4),
    label=f'layer {layer + 1}',
  )
  return line
