# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""How much faster than de novo each arm is, one below the other."""

from __future__ import annotations

import math
import os
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from pathnet_tf.bootstrap import Estimate
from pathnet_tf.errors import UserError
from pathnet_tf.reports import style
from pathnet_tf.transfer import game_lines, pairs, table
from pathnet_tf.transfer.games import Games

_TICKS = (1 / 8, 1 / 4, 1 / 2, 0.75, 1, 1.33, 2, 3, 4, 8)
# Inches.
_LINE = 0.36
_HEAD, _FOOT = 0.2, 0.9
_WIDTH, _LETTER, _NUMBERS = 5.4, 0.085, 1.7


def draw_speed_ups(games: Games, path: str | os.PathLike[str]) -> Path:
  """Draws every arm's mean speed-up over all pairs, with its interval.

  A circle for each pair of tasks shows what the mean is made of (a triangle at
  1/8 what lies there or further left), a square the mean of games after
  themselves. Where arms differ in their settings, a dotted line stands at the
  arm without any.

  Args:
    games: the study.
    path: the PNG to write.

  Returns:
    `path`.

  Raises:
    UserError: no arm but de novo has a run of a game that is learnt.
  """
  arms = [
    arm for arm in games.arms if arm != pairs.DE_NOVO and games.directions(arm)
  ]
  if not arms:
    raise UserError('de novo has nothing beside it yet: no speed-up to draw')
  left = 0.3 + _LETTER * max(map(len, arms))
  width = left + _WIDTH + _NUMBERS
  height = _HEAD + _LINE * len(arms) + _FOOT
  figure = style.new_figure(width, height)
  axes = figure.add_axes(
    (
      left / width,
      _FOOT / height,
      _WIDTH / width,
      _LINE * len(arms) / height,
    )
  )
  axes.set_xscale('log', base=2)
  axes.axvline(1, color=style.MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
  notes = [
    'speed-up over de_novo: mean over the pairs (circles), 95 % interval'
  ]
  if any(games.repeats(arm) for arm in arms):
    notes.append('red squares: a game after itself')
  plain = {arm.partition('?')[0] for arm in arms if '?' in arm}
  if plain & set(arms):
    notes.append('dotted: an arm without a changed setting')
  for place, arm in enumerate(arms):
    found = _draw_arm(axes, place, games, arm)
    if arm in plain:
      axes.axvline(
        found.value, color=style.INK, linewidth=1, linestyle=(0, (1, 2))
      )
  axes.set_ylim(len(arms) - 0.4, -0.6)
  axes.set_yticks(range(len(arms)))
  axes.set_yticklabels(arms)
  axes.tick_params(labelsize=11, colors=style.INK, length=0)
  low, high = axes.get_xlim()
  axes.set_xlim(min(low, 0.7), max(high, 1.4))
  axes.xaxis.set_major_locator(FixedLocator(_TICKS))
  axes.xaxis.set_minor_locator(NullLocator())
  axes.xaxis.set_major_formatter(lambda x, _: f'{x:g}')
  axes.set_xlabel('\n'.join(notes), fontsize=11, color=style.INK)
  axes.grid(axis='x', color='#E6E8EA', linewidth=0.8)
  axes.set_axisbelow(True)
  for side in axes.spines.values():
    side.set_visible(False)
  return style.save_png(figure, path)


def _draw_arm(axes: Axes, place: int, games: Games, arm: str) -> Estimate:
  """Draws an arm's line; gives its mean."""
  if repeats := games.repeats(arm):
    axes.plot(
      [game_lines.mean_speed_up(games, arm, repeats).value], [place],
      marker='s', markersize=7, markerfacecolor='none',
      markeredgecolor=style.FROZEN_COLOUR,
    )  # fmt: skip
  directions = games.directions(arm)
  ratios = [game_lines.speed_up(games, arm, d).value for d in directions]
  edge = _TICKS[0]
  for marker, shown in (
    ('o', [ratio for ratio in ratios if ratio > edge]),
    ('<', [edge for ratio in ratios if ratio <= edge]),
  ):
    axes.plot(
      shown,
      [place] * len(shown),
      linestyle='none', marker=marker, markersize=6, markerfacecolor='none',
      markeredgecolor=style.MUTED, alpha=0.55,
    )  # fmt: skip
  found = game_lines.mean_speed_up(games, arm, directions)
  if found.bounded:
    axes.plot(
      [
        max(found.low, _TICKS[0]),
        found.high if math.isfinite(found.high) else _TICKS[-1],
      ],
      [place] * 2,
      color=style.INK,
      linewidth=2.2,
    )
  axes.plot(
    [max(found.value, _TICKS[0])], [place],
    marker='D', markersize=8, color=style.INK,
    markeredgecolor='white',
  )  # fmt: skip
  axes.annotate(
    table.estimate_text(found, decimals=2),
    (1, place), (8, 0), ('axes fraction', 'data'), 'offset points',
    va='center_baseline', fontsize=11, color=style.INK,
    annotation_clip=False,
  )  # fmt: skip
  return found
