# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The transfer matrix: which game helps which."""

from __future__ import annotations

import math
import os
import textwrap
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.patches import Rectangle

from pathnet_tf.bootstrap import Estimate
from pathnet_tf.errors import UserError
from pathnet_tf.reports import style
from pathnet_tf.transfer import game_lines
from pathnet_tf.transfer.game_table import short
from pathnet_tf.transfer.games import Games

_DEEPEST = 2.0  # Of log2: a quarter, or four times, has the full colour.
_COLOURS = LinearSegmentedColormap.from_list(
  'transfer', ['#0B5FA5', '#A9CBE6', '#FFFFFF', '#F3BE8E', '#C4540A']
)
# Inches.
_CELL = 1.12
_GAP = 0.35
_MARGIN = 1.15
_HEAD, _FOOT = 1.1, 0.55
_LETTER = 0.1  # Of a title.
_NOTE_LINE, _NOTE_LETTER = 0.2, 0.066
_NOTE = (
  'speed-up over de_novo: ratio of areas above random, 95 % interval over'
  ' seeds. Blue: below 1, orange: above; bold: the interval leaves out 1;'
  ' grey: not learnt'
)


def draw_matrix(games: Games, path: str | os.PathLike[str]) -> Path:
  """Draws every arm's speed-up from each source (row) to each target (column).

  Blue below 1, orange above it, with the interval below the number, which is
  bold where the interval leaves out 1. Games that de novo does not learn are
  grey. The diagonal is a game learnt twice, where there are such runs.

  Args:
    games: the study.
    path: the PNG to write.

  Returns:
    `path`.

  Raises:
    UserError: no run has a source.
  """
  sourced = [
    arm
    for arm in games.arms
    if any(r['source'] and r['arm'] == arm for r in games.rows)
  ]
  if not sourced:
    raise UserError('no run with a source is done yet: no matrix to draw')
  used = [row for row in games.rows if row['source']]
  sources = sorted({row['source'] for row in used})
  targets = sorted({row['target'] for row in used})
  width = _GAP + max(_CELL * len(targets), _LETTER * max(map(len, sourced)))
  height = _CELL * 0.72 * len(sources)
  total = _MARGIN + max(len(sourced) * width, _CELL * 3)
  note = textwrap.wrap(_NOTE, int((total - 2 * _GAP) / _NOTE_LETTER))
  foot = _FOOT + _NOTE_LINE * len(note)
  whole = _HEAD + height + foot
  figure = style.new_figure(total, whole)
  for place, arm in enumerate(sourced):
    axes = figure.add_axes(
      (
        (_MARGIN + place * width) / total,
        foot / whole,
        _CELL * len(targets) / total,
        height / whole,
      )
    )
    _draw_arm(axes, games, arm, sources, targets)
    if place:
      axes.set_yticklabels([])
    else:
      axes.text(
        0, -0.1, 'from (rows) to (columns)', fontsize=10, color=style.MUTED
      )
  figure.text(
    0.15 / total,
    0.12 / whole,
    '\n'.join(note),
    fontsize=10,
    color=style.MUTED,
  )
  return style.save_png(figure, path)


def _draw_arm(
  axes: Axes,
  games: Games,
  arm: str,
  sources: Sequence[str],
  targets: Sequence[str],
) -> None:
  directions = games.all_directions(arm)
  for y, source in enumerate(sources):
    for x, target in enumerate(targets):
      known = target in games.targets and games.learnt(target)
      estimate = None
      if (source, target) in directions:
        estimate = game_lines.speed_up(games, arm, (source, target))
      colour = 'white'
      if source != target and not known:
        colour = style.IDLE_COLOUR
      elif estimate is not None:
        colour = cell_colour(estimate.value)
      axes.add_patch(
        Rectangle((x, y), 1, 1, facecolor=colour, edgecolor='#FFFFFF', lw=2)
      )
      if estimate is not None:
        _write(axes, x + 0.5, y + 0.5, estimate, colour)
  axes.set_xlim(0, len(targets))
  axes.set_ylim(len(sources), 0)
  axes.set_xticks([x + 0.5 for x in range(len(targets))])
  axes.set_xticklabels([_broken(t) for t in targets])
  axes.set_yticks([y + 0.5 for y in range(len(sources))])
  axes.set_yticklabels([_broken(s) for s in sources])
  axes.tick_params(length=0, labelsize=10.5, colors=style.INK)
  axes.set_title(arm, fontsize=13, color=style.INK, loc='left', pad=24)
  for side in axes.spines.values():
    side.set_visible(False)


def _write(
  axes: Axes, x: float, y: float, estimate: Estimate, colour: str
) -> None:
  red, green, blue = to_rgb(colour)
  bright = 0.299 * red + 0.587 * green + 0.114 * blue
  ink = style.INK if bright > 0.55 else 'white'
  lift = 0.12 if estimate.bounded else 0
  sure = estimate.bounded and not estimate.low <= 1 <= estimate.high
  axes.text(
    x, y - lift, f'{estimate.value:.2f}', ha='center', va='center',
    fontsize=13, fontweight='bold' if sure else 'normal', color=ink,
  )  # fmt: skip
  if estimate.bounded:
    axes.text(
      x, y + 0.25, f'{estimate.low:.2f} – {estimate.high:.2f}', ha='center',
      va='center', fontsize=9, color=ink,
    )  # fmt: skip


def cell_colour(ratio: float) -> str:
  """A speed-up's colour: blue below 1, white at 1, orange above."""
  depth = _DEEPEST if ratio >= 2**_DEEPEST else -_DEEPEST
  if 2**-_DEEPEST < ratio < 2**_DEEPEST:
    depth = math.log2(ratio)
  rgb = _COLOURS((depth + _DEEPEST) / (2 * _DEEPEST))[:3]
  return '#' + ''.join(f'{round(255 * part):02X}' for part in rgb)


def _broken(name: str) -> str:
  return short(name).replace('_', '\n')
