# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The tables of a study of games, as plain text or as Markdown."""

from __future__ import annotations

import collections
import textwrap
from collections.abc import Sequence

from pathnet_tf.reports.style import steps_text
from pathnet_tf.transfer import (
  game_lines,
  pairs,
  score_metrics,
  stratified,
  table,
)
from pathnet_tf.transfer.game_lines import Line
from pathnet_tf.transfer.games import LEARNT, Direction, Games
from pathnet_tf.transfer.pairs import Row

_SPEED_HEAD = (
  'arm', 'pairs', 'runs', 'speed-up', 'geometric', 'source', 'P(faster)',
)  # fmt: skip
_SCORE_HEAD = (
  'arm', 'forward transfer', 'final', 'test', 'jump start', 'half way',
  'forgot', 'kept',
)  # fmt: skip


def format_games(rows: Sequence[Row], markdown: bool = False) -> str:
  """The arms of a study of games side by side, as far as it has come.

  Args:
    rows: those that there are, in any order, but for a sweep's.
    markdown: GitHub's; else text of `table.WIDTH` columns.

  Returns:
    Lines joined by newlines, without one at the end.

  Raises:
    UserError: de novo has no run yet, or budgets differ.
  """
  games = Games(rows)
  layout = table.markdown_table if markdown else table.text_table
  blocks = [_counts(games)]
  lines = game_lines.lines(games)
  if lines:
    blocks += [
      layout('speed', _SPEED_HEAD, [_speed_cells(line) for line in lines]),
      layout('scores', _SCORE_HEAD, [_score_cells(line) for line in lines]),
    ]
  if repeated := game_lines.repeated(games):
    body = [_speed_cells(line) for line in repeated]
    blocks.append(layout('a game after itself', _SPEED_HEAD, body))
  if of_targets := _target_cells(games):
    head, *body = of_targets
    blocks.append(layout('speed-up on each target', head, body))
  sourced = [
    arm
    for arm in games.arms
    if any(source for source, _ in games.all_directions(arm))
  ]
  if sourced:
    head, *body = _direction_cells(games, sourced)
    blocks.append(layout('speed-up of each pair', head, body))
  notes = _notes(games)
  if markdown:
    blocks.append('\n'.join(f'- {note}' for note in notes))
  else:
    blocks[0] = textwrap.fill(blocks[0], table.WIDTH)
    blocks.append('\n'.join(textwrap.fill(n, table.WIDTH) for n in notes))
  return '\n\n'.join(blocks)


def left_out(games: Games) -> list[str]:
  """The games that de novo does not learn, each with its two scores."""
  return [
    f'{target} ({games.reference(target):.2f}, random'
    f' {games.floor[target]:.2f})'
    for target in games.targets
    if not games.learnt(target)
  ]


def _counts(games: Games) -> str:
  counts = ', '.join(
    f'{arm} {sum(row["arm"] == arm for row in games.rows)}'
    for arm in games.arms
  )
  return f'Runs of {steps_text(games.budget)} agent steps: {counts}.'


def _speed_cells(line: Line) -> tuple[str, ...]:
  counted = (line.arm, str(line.pairs), str(line.runs))
  if line.arm == pairs.DE_NOVO:
    return (*counted, '1', '1', '', '0.5')
  found = (line.speed_up, line.geometric, line.source, line.improvement)
  return counted + tuple(
    '' if x is None else table.estimate_text(x, decimals=2) for x in found
  )


def _score_cells(line: Line) -> tuple[str, ...]:
  reference = line.arm == pairs.DE_NOVO

  def cell(estimate, sign=''):
    return table.estimate_text(estimate, decimals=2, sign=sign)

  return (
    line.arm,
    '0' if reference else cell(line.forward, '+'),
    cell(line.final),
    cell(line.test),
    '0' if reference else cell(line.jump, '+'),
    cell(line.steps),
    '' if line.forgetting is None else f'{line.forgetting:+.3g}',
    '' if line.kept is None else f'{line.kept:.0%}',
  )


def _target_cells(games: Games) -> list[tuple[str, ...]]:
  """Means over the sources of each target; none where one source is most."""
  of_arm = {
    arm: found
    for arm in games.arms
    if arm != pairs.DE_NOVO and (found := games.directions(arm))
  }
  sources = collections.Counter(
    (arm, target) for arm, found in of_arm.items() for _, target in found
  )
  if max(sources.values(), default=0) < 2:
    return []
  targets = sorted({target for _, target in sources})
  lines = [('arm', *map(short, targets))]
  for arm, found in of_arm.items():
    cells = (
      table.estimate_text(
        game_lines.mean_speed_up(games, arm, same) if same else None,
        decimals=2,
      )
      for same in ([d for d in found if d[1] == target] for target in targets)
    )
    lines.append((arm, *cells))
  return lines


def _direction_cells(
  games: Games, arms: Sequence[str]
) -> list[tuple[str, ...]]:
  """The pairs one below the other, or the arms where there are more of them."""
  of_arm = {arm: games.all_directions(arm) for arm in arms}
  found = sorted({d for shown in of_arm.values() for d in shown}, key=str)
  lines = [('source → target', *arms)]
  for direction in found:
    cells = (
      table.estimate_text(
        game_lines.speed_up(games, arm, direction)
        if direction in of_arm[arm]
        else None,
        decimals=2,
      )
      for arm in arms
    )
    lines.append((direction_text(direction), *cells))
  if len(arms) > len(found):
    return list(zip(*lines, strict=True))
  return lines


def direction_text(direction: Direction) -> str:
  """`breakout → asterix`: without what stands before a slash."""
  return ' → '.join(short(name) for name in direction if name)


def short(name: str) -> str:
  """A game's name without its family."""
  return name.partition('/')[2] or name


def _notes(games: Games) -> list[str]:
  notes = [
    'speed-up: area under the score curve above the random policy, the arm over'
    ' de_novo, a mean over the pairs; geometric: their geometric mean, where a'
    f' ratio below {score_metrics.LEAST:g} counts as that; source: the same'
    ' over runs of the arm itself without a source, if it has any but those of'
    ' de_novo.'
    ' P(faster): that the area of a run is above that of a run of de_novo.',
    'forward transfer: (AUC - AUC of de_novo) / (1 - AUC of de_novo), scores'
    ' from random to the best of any arm. final: mean score in the last fifth,'
    ' random 0 and de_novo 1 (its mean over runs, held fixed), interquartile'
    ' mean over runs; test: the same of 20 episodes of the finished path, in'
    ' the same unit; jump start: in the first tenth, less that of de_novo, in'
    ' the same unit. half way: share of the budget until the middle between'
    ' random and the final score of de_novo. forgot: largest change of the'
    ' score on the source; kept: what is left of it above random, a mean over'
    ' the sources.',
    f'[low, high]: stratified bootstrap interval of 95 % over the runs of each'
    f' pair, {stratified.RESAMPLES} resamples; none where a pair has one run'
    ' only. Of these games, not of others; and too narrow of less than ten'
    ' runs.',
    f'A game is learnt where the final score of de_novo is {LEARNT:g}'
    ' standard deviations of the random episodes above their mean, and its'
    ' area above theirs.',
  ]
  if any(games.repeats(arm) for arm in games.arms):
    notes.append(
      'A game after itself shows what a source is worth at best; it is in no'
      ' other mean.'
    )
  if missing := left_out(games):
    notes.append(f'Not learnt and left out: {", ".join(missing)}.')
  return notes
