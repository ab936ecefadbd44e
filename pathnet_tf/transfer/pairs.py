# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Which rows of a study belong together: pairs of tasks, runs and controls.

A row is what one run gave, a JSON object: `arm`, `source` (None where the arm
has none), `target`, `seed`, `overlap`, and `tasks`, one object for each task it
trained, the target last. Of images also `solved_at` (None without a threshold)
and `generation_limit`. Of games `budget` (agent steps, None of random play),
and with a source its mean score by 20 episodes before and after the target:
`source_before`, `source_score`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pathnet_tf.errors import UserError

Row = Mapping[str, Any]

# The arm that all others are compared with.
DE_NOVO = 'de_novo'

# A study of more directions than these is shown as a whole.
MOST_DIRECTIONS = 6

RELATIONS = {
  'disjoint': 'pairs of tasks that share no class',
  'overlapping': 'pairs of tasks that share a class',
}


def target_task(row: Row) -> Mapping[str, Any]:
  """What the run made of its target task."""
  return row['tasks'][-1]


def in_order(rows: Sequence[Row]) -> list[Row]:
  """Rows in one order, whoever finished first: resampling draws by place."""
  return sorted(
    rows,
    key=lambda row: (
      row['arm'], row['source'] or '', row['target'], row['seed'],
    ),
  )  # fmt: skip


def arms_of(rows: Sequence[Row]) -> list[str]:
  """The arms that have a run, de novo first, then in alphabetical order."""
  return sorted(
    {row['arm'] for row in rows}, key=lambda arm: (arm != DE_NOVO, arm)
  )


def evolves(rows: Sequence[Row], arm: str) -> bool:
  """Whether an arm's populations ever held two unlike paths.

  The arms of one fixed path have nothing to tell of paths.
  """
  return any(
    distance > 0
    for row in rows
    if row['arm'] == arm
    for task in row['tasks']
    for moment in task['convergence']
    for distance in moment
  )


def with_controls(rows: Sequence[Row], arm: str) -> list[tuple[Row, Row]]:
  """An arm's runs that have a control: de novo's run of that target and seed.

  Args:
    rows: of all arms.
    arm: the arm's label.

  Returns:
    (run, control) pairs. Runs that differ only in their source share one.
  """
  controls = {
    (row['target'], row['seed']): row for row in rows if row['arm'] == DE_NOVO
  }
  return [
    (row, controls[row['target'], row['seed']])
    for row in rows
    if row['arm'] == arm and (row['target'], row['seed']) in controls
  ]


def classes_of(name: str) -> tuple[int, ...] | None:
  """The classes that a task of images tells apart.

  Args:
    name: e.g. `mnist/3v5?noise=0.5`, `cifar10?classes=0-4`, or `svhn`.

  Returns:
    The classes, or None for a task of another kind and for one that there is
    not.

  Raises:
    UserError: it is no task's name.
  """
  # Here, since the package of the tasks loads TensorFlow for them, which takes
  # seconds and which nothing else of the figures and tables needs.
  from pathnet_tf.tasks import classification, names

  parsed = names.parse(name)
  if parsed.family not in classification.FAMILIES:
    return None
  try:
    task = classification.make(parsed)
  except UserError:
    return None
  # Its name has one spelling, and no item where all classes are told apart.
  item = names.parse(task.name).item
  return (
    tuple(map(int, item.split('v'))) if item else tuple(range(task.classes))
  )


def relation(source: str, target: str) -> str | None:
  """Whether two tasks share a class.

  Returns:
    `disjoint` or `overlapping`; None where their classes are not of one kind or
    cannot be told.

  Raises:
    UserError: one of them is no task's name.
  """
  families = {
    name.partition('?')[0].partition('/')[0] for name in (source, target)
  }
  if len(families) > 1:
    return None
  ours, theirs = classes_of(source), classes_of(target)
  if ours is None or theirs is None:
    return None
  return 'overlapping' if set(ours) & set(theirs) else 'disjoint'


def groups(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
  """The rows by how their two tasks are related.

  Args:
    rows: of all arms.

  Returns:
    (title, rows) of all pairs, of those that share no class, and of those that
    share one, the last two only where there are any. A run without a source is
    in a group if a run of its target and seed is.
  """
  found = [('all pairs of tasks', list(rows))]
  kinds = {
    pair: relation(*pair)
    for pair in {(row['source'], row['target']) for row in rows}
    if pair[0] is not None
  }
  for kind, title in RELATIONS.items():
    keys = {
      (row['target'], row['seed'])
      for row in rows
      if kinds.get((row['source'], row['target'])) == kind
    }
    chosen = [
      row
      for row in rows
      if kinds.get((row['source'], row['target'])) == kind
      or (row['source'] is None and (row['target'], row['seed']) in keys)
    ]
    if keys:
      found.append((title, chosen))
  return found


def directions(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
  """The rows by source and target, in alphabetical order.

  Args:
    rows: of all arms.

  Returns:
    (`source → target`, rows) pairs. A run without a source is in every
    direction to its target; a target that no other run has yet comes alone.
  """
  pairs = {
    (row['source'], row['target']) for row in rows if row['source'] is not None
  }
  sourced = {target for _, target in pairs}
  found = [
    (
      f'{source} → {target}',
      [
        row
        for row in rows
        if row['target'] == target and row['source'] in (source, None)
      ],
    )
    for source, target in sorted(pairs)
  ]
  for target in sorted({row['target'] for row in rows} - sourced):
    found.append((target, [row for row in rows if row['target'] == target]))
  return found
