# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""PathNet against de novo on the same task, in numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pathnet_tf.errors import UserError
from pathnet_tf.reports.style import steps_text
from pathnet_tf.reports.task_history import LAST, TaskHistory

# Budgets that differ by more than this fraction are worth a word.
_SAME_BUDGET = 0.05


@dataclasses.dataclass(frozen=True)
class Row:
  """One line of the comparison.

  Attributes:
    quantity: what it is.
    unit: `score`, `steps`, `ratio`: how the numbers are to be written; `none`
      where the quantity does not exist.
    pathnet: PathNet's value; None where there is none.
    de_novo: the value of de novo; None where there is none.
    ratio: above 1, PathNet is better; None where there is no such number.
    bound: `<` or `>` when the true ratio is below or above `ratio`.
    note: what a reader must know of this line; may be empty.
  """

  quantity: str
  unit: str
  pathnet: float | None = None
  de_novo: float | None = None
  ratio: float | None = None
  bound: str = ''
  note: str = ''


def comparison(
  pathnet: TaskHistory, de_novo: TaskHistory, random_score: float
) -> list[Row]:
  """Compares what PathNet and a network that starts anew made of one task.

  Scores are taken above the random policy's before any ratio. The speed-up is
  the ratio of the areas under the two score curves, PathNet's over de novo's
  (Fernando et al. 2017, as remembered), over the agent steps that both have
  done. Half way is the score between random and the final one of de novo; the
  final score is the mean over the last 20 % of the steps.

  Args:
    pathnet: the task as learnt after other tasks.
    de_novo: the same task, learnt from nothing with the same budget.
    random_score: mean raw score of the random policy.

  Returns:
    Rows: random score, final score, mean score above random, steps to half
    way, speed-up by area, speed-up by steps.

  Raises:
    UserError: the tasks differ, or one of them has no evaluation.
  """
  if pathnet.name != de_novo.name:
    raise UserError(
      f'cannot compare {pathnet.name} with {de_novo.name}: name two runs of'
      ' the same task'
    )
  for arm, task in (('PathNet', pathnet), ('de novo', de_novo)):
    if not task.evaluations:
      raise UserError(
        f'{arm} has no evaluation of {task.name} yet: let it train longer'
      )
  steps = min(pathnet.total_steps, de_novo.total_steps)
  areas = [task.auc(random_score, steps) for task in (pathnet, de_novo)]
  final = [task.final_score() for task in (pathnet, de_novo)]
  budgets = [pathnet.total_steps, de_novo.total_steps]
  unequal = max(budgets) > (1 + _SAME_BUDGET) * min(budgets)
  half, by_steps = _half_way(pathnet, de_novo, random_score, final[1])
  return [
    Row('random score', 'score', random_score, random_score),
    Row(
      f'final score, last {LAST:.0%} of steps',
      'score',
      final[0],
      final[1],
      note=_budget_note(budgets) if unequal else '',
    ),
    Row('mean score above random', 'score', areas[0] / steps, areas[1] / steps),
    half,
    Row(
      'speed-up: ratio of areas above random',
      'ratio',
      ratio=areas[0] / areas[1] if areas[1] > 0 else None,
      note=''
      if areas[1] > 0
      else 'de novo was not above random on the whole: no ratio of areas',
    ),
    by_steps,
  ]


def _budget_note(budgets: Sequence[int]) -> str:
  texts = ' and '.join(steps_text(budget) for budget in budgets)
  return f'budgets of {texts} steps: areas are over the shorter one'


def _half_way(
  pathnet: TaskHistory,
  de_novo: TaskHistory,
  random_score: float,
  final: float,
) -> tuple[Row, Row]:
  """The steps to half way, and their ratio or a bound on it."""
  speed_up = 'speed-up: ratio of steps to half way'
  if final <= random_score:
    return (
      Row('steps to half way', 'none'),
      Row(speed_up, 'ratio', note='de novo ended at random: no half way'),
    )
  level = random_score + (final - random_score) / 2
  ours, theirs = pathnet.steps_to(level), de_novo.steps_to(level)
  ratio, bound, note = None, '', ''
  if ours is not None and theirs is not None:
    ratio = theirs / ours
  elif theirs is not None:
    ratio, bound = theirs / pathnet.total_steps, '<'
    note = f'PathNet did not reach {level:.4g}'
  elif ours is not None:
    ratio, bound = de_novo.total_steps / ours, '>'
    note = f'the smoothed score of de novo did not reach {level:.4g}'
  else:
    note = f'neither smoothed score reached {level:.4g}'
  return (
    Row(f'steps to half way, {level:.4g}', 'steps', ours, theirs),
    Row(speed_up, 'ratio', ratio=ratio, bound=bound, note=note),
  )


def format_table(rows: Sequence[Row], title: str = '') -> str:
  """The rows as plain text of at most 80 columns, notes below.

  Args:
    rows: as `comparison` returns them.
    title: a first line; none if empty. The caller keeps it to 80 columns.

  Returns:
    Lines joined by newlines, without one at the end.
  """
  head = f'{"":40}{"PathNet":>12}{"de novo":>12}{"ratio":>12}'
  lines = [title] if title else []
  lines += [head.rstrip(), '-' * len(head)]
  notes = []
  for row in rows:
    mark = ''
    if row.note:
      notes.append(row.note)
      mark = ' ' + '*' * len(notes)
    ratio = 'n/a' if row.ratio is None else f'{row.bound} {row.ratio:.2f}'
    values = (
      ('', '', ratio)
      if row.unit == 'ratio'
      else (_text(row.pathnet, row.unit), _text(row.de_novo, row.unit), '')
    )
    cells = ''.join(f'{value.strip():>12}' for value in values)
    lines.append(f'{row.quantity + mark:40}{cells}'.rstrip())
  lines.append('-' * len(head))
  lines += [f'{"*" * (i + 1)} {note}' for i, note in enumerate(notes)]
  lines.append('A ratio above 1: PathNet is the faster one.')
  return '\n'.join(lines)


def _text(value: float | None, unit: str) -> str:
  if value is None:
    return 'not reached' if unit == 'steps' else 'n/a'
  return steps_text(value) if unit == 'steps' else f'{value:.2f}'
