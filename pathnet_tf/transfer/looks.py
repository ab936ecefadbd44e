# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What the figures of a study share: how an arm looks, panels, a legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pathnet_tf.reports import style
from pathnet_tf.transfer import pairs

# Inches; of a figure by how many panels lie beside each other.
_WIDTHS = {1: 9.0, 2: 14.0, 3: 16.8}
_EDGE = 0.3
_LEFT = 0.85
LEGEND_LINE = 0.27
# About so many letters of a legend go into an inch, and into its handle's room.
_LETTERS = 10
_HANDLE = 9


class Look(NamedTuple):
  """How something is drawn: no two differ by colour alone."""

  colour: str
  dashes: style.Dashes
  marker: str


_LOOKS = [Look(*look) for look in style.RUN_LOOKS]


def arm_looks(rows: Sequence[pairs.Row]) -> dict[str, Look]:
  """How each arm looks; de novo, which all are compared with, is black.

  Args:
    rows: all rows of the study, so that an arm looks alike in all figures.
  """
  *others, control = _LOOKS
  looks = {}
  for arm in pairs.arms_of(rows):
    if arm == pairs.DE_NOVO:
      looks[arm] = control
    else:
      number = len(looks) - (pairs.DE_NOVO in looks)
      looks[arm] = _combined(others, number)
  return looks


def layer_look(layer: int) -> Look:
  """How a layer of the network looks, in figures without arms."""
  return _combined(_LOOKS, layer)


def _combined(looks: Sequence[Look], number: int) -> Look:
  """One of the looks; when they are used up, colours with other dashes."""
  again, place = divmod(number, len(looks))
  shape = looks[(place + again) % len(looks)]
  return Look(looks[place].colour, shape.dashes, shape.marker)


def panels(count: int, legend_lines: int = 1) -> tuple[Figure, list[Axes]]:
  """A figure of panels, at most three beside each other, a legend's room below.

  Args:
    count: of panels, at least 1.
    legend_lines: that the legend takes.

  Returns:
    The figure, 900, 1400 or 1680 pixels wide, and its panels' axes.
  """
  columns = min(3, count)
  lines = math.ceil(count / columns)
  width = _WIDTHS[columns]
  foot = 0.75 + LEGEND_LINE * legend_lines
  height = 4.2 * lines + foot + 0.2
  figure = style.new_figure(width, height)
  grid = figure.add_gridspec(
    lines,
    columns,
    left=_LEFT / width,
    right=1 - _EDGE / width,
    top=1 - 0.5 / height,
    bottom=foot / height,
    wspace=0.14,
    hspace=0.36,
  )
  return figure, [
    figure.add_subplot(grid[divmod(place, columns)]) for place in range(count)
  ]


def legend_columns(labels: Sequence[str], count: int) -> int:
  """How many labels of a legend fit beside each other.

  Args:
    labels: at least one.
    count: of the figure's panels.
  """
  room = _LETTERS * _WIDTHS[min(3, count)]
  fit = int(room // (max(map(len, labels)) + _HANDLE))
  return max(1, min(fit, len(labels)))


def name_axes(axes: Axes, x: str = '', y: str = '', title: str = '') -> None:
  """Names what the axes show, in the sizes of all figures."""
  axes.set_xlabel(x, fontsize=12, color=style.INK)
  axes.set_ylabel(y, fontsize=12, color=style.INK)
  # About so many letters of that size go over the narrowest panel.
  size = min(14.0, 14 * 42 / max(1, len(title)))
  axes.set_title(title, fontsize=size, color=style.INK, loc='left')


def add_legend(figure: Figure, handles: Sequence, columns: int) -> None:
  """A legend along the figure's foot, smaller where a label is very long."""
  longest = max(len(handle.get_label()) for handle in handles)
  room = _LETTERS * figure.get_figwidth() / columns
  figure.legend(
    handles=handles,
    loc='lower center',
    ncols=columns,
    fontsize=12 * min(1.0, room / (longest + _HANDLE)),
    frameon=False,
    handlelength=3.4,
    bbox_to_anchor=(0.5, 0.05 / figure.get_figheight()),
  )
