# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The table of a study, as plain text or as Markdown."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from pathnet_tf.bootstrap import RESAMPLES, Estimate
from pathnet_tf.transfer import pairs, summary
from pathnet_tf.transfer.pairs import Row
from pathnet_tf.transfer.summary import ScoreLine, TimeLine

WIDTH = 100

# A longer label has a line of its own.
_LABEL = 16
_FEW = 10

_TIME_HEAD = (
  'arm', 'runs', 'solved', 'mean generations', 'median', 'trained', 'pairs',
  'speed-up',
)  # fmt: skip
_SCORE_HEAD = (
  'arm', 'score', 'runs', 'mean', 'pairs', 'difference from de_novo',
)  # fmt: skip


def format_study(rows: Sequence[Row], markdown: bool = False) -> str:
  """The arms of a study side by side, as far as it has come.

  With a threshold: how many runs solved the target task, in how many
  generations, and the speed-up over de novo (Fernando et al. 2017: the ratio of
  mean generations to solution), for all pairs of tasks, for those that share no
  class, and for those that share one. Without: the mean training and test score
  and the difference from de novo, for each source and target, and for all
  pairs; of more than `pairs.MOST_DIRECTIONS` directions only by classes. Every
  comparison is of runs with the same target and seed.

  Args:
    rows: those that there are, in any order; see `pairs`.
    markdown: GitHub's, with no limit to a line; else text of `WIDTH` columns.

  Returns:
    Lines joined by newlines, without one at the end.

  Raises:
    UserError: there is no row, or only some have a threshold.
  """
  rows = pairs.in_order(rows)
  counts = {
    arm: sum(row['arm'] == arm for row in rows) for arm in pairs.arms_of(rows)
  }
  if summary.has_threshold(rows):
    limit = summary.common_limit(rows)
    head: tuple[str, ...] = _TIME_HEAD
    sections = [
      (title, [_time_cells(line) for line in summary.time_lines(some, limit)])
      for title, some in pairs.groups(rows)
    ]
    notes = _time_notes(rows, limit)
  else:
    head = _SCORE_HEAD
    sections = [
      (title, [_score_cells(line) for line in summary.score_lines(some)])
      for title, some in _score_groups(rows)
    ]
    notes = [
      'training: mean fitness over the last fifth of the steps; test: of the'
      ' best path, on the test set.',
      'difference: the mean of run minus de_novo, over the pairs: runs of the'
      ' same target and seed.',
    ]
  notes.append(
    f'[low, high]: bootstrap interval of 95 %, {RESAMPLES} resamples of the'
    f' runs; too narrow below {_FEW} runs, and none of a single one.'
  )
  runs = ', '.join(f'{arm} {count}' for arm, count in counts.items())
  blocks = [f'Runs: {runs}.']
  layout = markdown_table if markdown else text_table
  for title, body in sections:
    blocks.append(layout(title, head, body))
  blocks.append(
    '\n'.join(f'- {note}' for note in notes)
    if markdown
    else '\n'.join(textwrap.fill(note, WIDTH) for note in notes)
  )
  if not markdown:
    blocks[0] = textwrap.fill(blocks[0], WIDTH)
  return '\n\n'.join(blocks)


def _score_groups(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
  found = pairs.directions(rows)
  if len(found) > pairs.MOST_DIRECTIONS:
    return pairs.groups(rows)
  return found if len(found) == 1 else [*pairs.groups(rows)[:1], *found]


def _time_notes(rows: Sequence[Row], limit: int) -> list[str]:
  levels = sorted({row['solved_at'] for row in rows})
  notes = [
    f'solved: a fitness of {" or ".join(f"{x:g}" for x in levels)} within'
    f' {limit} generations; a run that was not counts as {limit}.',
    'trained: for how many of them a module of the best path was trained that'
    ' was not frozen before; a mean.',
    'speed-up: mean generations of de_novo over those of the arm, over the'
    ' pairs: runs of the same target and seed. Above 1 the arm is the faster'
    ' one.',
  ]
  if any(row['generation_limit'] != limit for row in rows):
    notes.append('The limits differ: all runs are looked at up to the lowest.')
  return notes


def _time_cells(line: TimeLine) -> tuple[str, ...]:
  reference = line.arm == pairs.DE_NOVO
  median = estimate_text(line.median)
  return (
    line.arm,
    str(line.runs),
    f'{line.solved} of {line.runs}',
    estimate_text(line.mean),
    f'> {median}' if line.median_open else median,
    'n/a' if line.trained is None else f'{line.trained:.1f}',
    '' if reference else str(line.pairs),
    '1' if reference else estimate_text(line.speed_up, decimals=2),
  )


def _score_cells(line: ScoreLine) -> tuple[str, ...]:
  reference = line.arm == pairs.DE_NOVO
  return (
    line.arm,
    line.quantity,
    str(line.runs),
    estimate_text(line.score),
    '' if reference else str(line.pairs),
    '0' if reference else estimate_text(line.difference, sign='+'),
  )


def estimate_text(
  estimate: Estimate | None, decimals: int | None = None, sign: str = ''
) -> str:
  """How an estimate reads: `1.18 [1.02, 1.37]`.

  Args:
    estimate: None reads `n/a`; one without an interval is a number alone.
    decimals: None: as many as its size calls for.
    sign: `+` writes a plus before what is not negative.
  """
  if estimate is None:
    return 'n/a'
  shown = estimate if estimate.bounded else estimate[:1]
  if decimals is None:
    decimals = _decimals(max(abs(x) for x in shown if math.isfinite(x)))
  # No zero below zero.
  rounded = [round(number, decimals) + 0.0 for number in shown]
  value, *ends = (f'{number:{sign}.{decimals}f}' for number in rounded)
  return f'{value} [{", ".join(ends)}]' if ends else value


def _decimals(size: float) -> int:
  """How many let a number of that size be read: three digits or so."""
  return 0 if size >= 100 else 1 if size >= 10 else 2 if size > 1 else 3


def text_table(
  title: str, head: Sequence[str], body: Sequence[Sequence[str]]
) -> str:
  """Columns: the first to the left, the others to the right."""
  lines = [head, *body]
  short = [line[0] for line in lines if len(line[0]) <= _LABEL]
  widths = [max(map(len, short))]
  widths += [
    max(map(len, column)) for column in list(zip(*lines, strict=True))[1:]
  ]
  rule = '-' * (sum(widths) + 2 * (len(widths) - 1))
  drawn = [title, rule]
  for number, (label, *cells) in enumerate(lines):
    if len(label) > _LABEL:
      drawn.append(label)
      label = ''
    drawn.append(
      '  '.join(
        [
          label.ljust(widths[0]),
          *(cell.rjust(w) for cell, w in zip(cells, widths[1:], strict=True)),
        ]
      ).rstrip()
    )
    if number == 0:
      drawn.append(rule)
  return '\n'.join([*drawn, rule])


def markdown_table(
  title: str, head: Sequence[str], body: Sequence[Sequence[str]]
) -> str:
  """As `text_table`, in GitHub's Markdown."""
  dashes = [':--', *['--:'] * (len(head) - 1)]
  lines = [
    '| ' + ' | '.join(cell.replace('|', '\\|') for cell in line) + ' |'
    for line in (head, dashes, *body)
  ]
  return '\n'.join([f'**{title}**', '', *lines])
