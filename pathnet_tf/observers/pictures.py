# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Pictures of a population, as pixels: its paths, and the modules in use."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pathnet_tf.reports import style
from pathnet_tf.reports.network_drawing import Snapshot, draw_network

# Of a heat map, in pixels: where its cells begin, and how large each is.
LEFT, TOP, CELL = 70, 68, 44
_RIGHT, _BOTTOM = 16, 62
_WIDTH = 560  # At least: TensorBoard shows them at about 350.
_DARK = 0.55  # From this share of the darkest colour on numbers are white.


def draw_paths(snapshot: Snapshot, when: str) -> np.ndarray:
  """The network with the paths of a population through it.

  Args:
    snapshot: what to draw.
    when: a short line below the title.

  Returns:
    uint8 `[H, W, 3]`.
  """
  inner = max(240, 30 * max(snapshot.modules))
  height = TOP + inner + _BOTTOM
  width = max(_WIDTH, 110 * len(snapshot.modules))
  figure = style.new_figure(width / 100, height / 100)
  axes = figure.add_axes((0.02, _BOTTOM / height, 0.96, inner / height))
  draw_network(axes, snapshot)
  layers = range(len(snapshot.modules))
  axes.set_xticks(layers, [f'layer {layer + 1}' for layer in layers])
  axes.tick_params(length=0, labelsize=11, labelcolor=style.MUTED)
  for spine in axes.spines.values():
    spine.set_color(style.task_colour(snapshot.task))
    spine.set_linewidth(1.4)
  paths = len(snapshot.population)
  notes = ['thick: in many paths', 'ring: in none'] if paths > 1 else []
  if snapshot.frozen_paths:
    notes.append('red square: frozen')
  if snapshot.fittest is not None:
    notes.append('dark: the fittest' if paths > 1 else 'dark: finished')
  title = f'the {paths} paths of the population' if paths > 1 else 'the path'
  _add_words(figure, title, when, notes)
  return _pixels(figure)


def draw_usage(
  counts: Sequence[np.ndarray],
  most: int,
  frozen: Sequence[Sequence[int]],
  title: str,
  when: str,
) -> np.ndarray:
  """A heat map: a row a layer, a column a module, a number in each cell.

  Args:
    counts: per layer int64 `[M]`, how often each module is used.
    most: the count that is darkest.
    frozen: per layer the modules to mark as frozen.
    title: what is counted, a short line.
    when: a short line below it.

  Returns:
    uint8 `[H, W, 3]`. The cell of layer l and module m has its upper left
    corner at the pixel `[TOP + CELL l, LEFT + CELL m]`.
  """
  rows, columns = len(counts), max(map(len, counts))
  width = max(LEFT + CELL * columns + _RIGHT, _WIDTH)
  height = TOP + CELL * rows + _BOTTOM
  shares = np.full((rows, columns), np.nan)  # NaN: there is no such module.
  for row, layer in zip(shares, counts, strict=True):
    row[: len(layer)] = layer / max(most, 1)

  figure = style.new_figure(width / 100, height / 100)
  axes = figure.add_axes(
    (
      LEFT / width,
      _BOTTOM / height,
      CELL * columns / width,
      CELL * rows / height,
    )
  )
  axes.pcolormesh(
    shares,
    cmap=matplotlib.colormaps['Blues'],
    vmin=0,
    vmax=1,
    edgecolors='white',
    linewidth=1.5,
  )
  axes.invert_yaxis()
  for row, layer in enumerate(counts):
    for column, count in enumerate(layer):
      axes.annotate(
        style.steps_text(count),
        (column + 0.5, row + 0.56),
        ha='center',
        va='center',
        fontsize=9,
        color='white' if shares[row, column] > _DARK else style.INK,
      )
  marks = [(m, row) for row, indices in enumerate(frozen) for m in indices]
  if marks:
    x, y = np.array(marks).T
    axes.scatter(
      x + 0.84,
      y + 0.17,
      s=34,
      marker='s',
      color=style.FROZEN_COLOUR,
      edgecolors='white',
      linewidths=0.8,
      zorder=3,
    )
  axes.set_xticks(np.arange(columns) + 0.5, [str(m) for m in range(columns)])
  axes.set_yticks(
    np.arange(rows) + 0.5, [f'layer {row + 1}' for row in range(rows)]
  )
  axes.tick_params(length=0, labelsize=10, labelcolor=style.MUTED)
  for spine in axes.spines.values():
    spine.set_visible(False)
  notes = ['columns: modules']
  if marks:
    notes.append('red square: frozen')
  _add_words(figure, title, when, notes)
  return _pixels(figure)


def _add_words(
  figure: Figure, title: str, when: str, notes: Sequence[str]
) -> None:
  """Two lines above, and what the marks mean below."""
  width, height = 100 * figure.get_size_inches()
  for text, top, size, weight, colour in (
    (title, 22, 13, 'bold', style.INK),
    (when, 47, 11, 'normal', style.INK),
    ('  ·  '.join(notes), height - 16, 10, 'normal', style.MUTED),
  ):
    figure.text(
      16 / width,
      1 - top / height,
      text,
      fontsize=size,
      fontweight=weight,
      color=colour,
      va='center',
    )


def _pixels(figure: Figure) -> np.ndarray:
  canvas = FigureCanvasAgg(figure)
  canvas.draw()
  return np.asarray(canvas.buffer_rgba())[..., :3]
