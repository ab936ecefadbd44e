# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What all figures share: colours, how numbers read, how a PNG is written.

Figures are made without pyplot: no window, no global state, any thread.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

# Of the palette of Okabe and Ito, which people of any colour vision tell apart,
# darkened where thin lines on white need it.
TASK_COLOURS = ('#7A4FA3', '#0072B2', '#00916B', '#C27C00', '#C2578F')
# The same hues, nearly black: a task's fittest path, clear of the dark red.
FITTEST_COLOURS = ('#2B1049', '#002D4A', '#003326', '#3A2600', '#451030')
FROZEN_COLOUR = '#8B0000'
IDLE_COLOUR = '#C4C8CC'
INK = '#222222'
MUTED = '#6B6F73'

# What matplotlib calls a line style: solid, none, or (offset, on-off lengths).
Dashes = Literal['-', ''] | tuple[float, tuple[float, ...]]

# One look a run in the score curves; each differs in colour, dash and marker.
RUN_LOOKS: tuple[tuple[str, Dashes, str], ...] = (
  ('#0072B2', '-', 'o'),
  ('#D55E00', (0, (5, 2)), 's'),
  ('#00805E', (0, (1, 1.2)), '^'),
  ('#7A4FA3', (0, (6, 2, 1, 2)), 'D'),
  ('#C27C00', (0, (9, 2)), 'P'),
  ('#C2578F', (0, (4, 1.5, 1, 1.5, 1, 1.5)), 'X'),
  ('#222222', (0, (2, 2)), 'v'),
)


def task_colour(task: int) -> str:
  """The colour of a run's task number `task`."""
  return TASK_COLOURS[task % len(TASK_COLOURS)]


def fittest_colour(task: int) -> str:
  """The colour of that task's fittest path."""
  return FITTEST_COLOURS[task % len(FITTEST_COLOURS)]


def new_figure(width: float, height: float) -> Figure:
  """An empty white figure of `width` x `height` inches at 100 dots an inch."""
  figure = Figure(figsize=(width, height), dpi=100, facecolor='white')
  FigureCanvasAgg(figure)
  return figure


def save_png(figure: Figure, path: str | os.PathLike[str]) -> Path:
  """Writes the figure whole or not at all; makes the folder if need be.

  Returns:
    Where it was written.
  """
  path = Path(path)
  path.parent.mkdir(parents=True, exist_ok=True)
  partial = path.with_name(f'.{path.name}.partial')
  figure.savefig(partial, format='png', dpi=100)
  os.replace(partial, path)
  return path


def steps_text(steps: float) -> str:
  """Agent steps to three digits: `0`, `950`, `12.5 k`, `1.2 M`."""
  for unit, size in (('G', 1e9), ('M', 1e6), ('k', 1e3)):
    # 999.5 k would be rounded to 1000 k: say 1 M.
    if abs(steps) >= 0.9995 * size:
      return f'{steps / size:.3g} {unit}'
  return f'{steps:.0f}'


def finish_axes(axes: Axes, size: float = 11, ticks: int = 6) -> None:
  """Plain axes with agent steps along x: no box, light grid."""
  axes.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
  axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: steps_text(x)))
  axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
  axes.tick_params(labelsize=size, colors=INK, length=3)
  axes.grid(color='#E6E8EA', linewidth=0.8)
  axes.set_axisbelow(True)
  for side in ('top', 'right'):
    axes.spines[side].set_visible(False)
  for side in ('left', 'bottom'):
    axes.spines[side].set_color(MUTED)
