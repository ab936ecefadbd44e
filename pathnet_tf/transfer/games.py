# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The runs of a study of games, and which of them can be compared."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from pathnet_tf.errors import UserError
from pathnet_tf.transfer import arms, pairs, score_metrics
from pathnet_tf.transfer.pairs import DE_NOVO, Row

LEARNT = 2.0  # Standard deviations of the random policy's episodes.

Direction = tuple[str | None, str]  # Source, None without one, and target.


def are_games(rows: Sequence[Row]) -> bool:
  """Whether the rows are of games, and not of images."""
  return any('budget' in row for row in rows)


def complete(rows: Sequence[Row]) -> list[dict[str, Any]]:
  """Rows of before `source_before` was kept, with it.

  It is taken from the row of the source, whose run may have been another one,
  trained again for want of its folder.
  """
  ends = {
    (row['arm'], row['target'], row['seed']): pairs.target_task(row)
    for row in rows
    if row['source'] is None
  }
  found = []
  for row in rows:
    found.append(dict(row))
    if row['source'] is not None and 'source_before' not in row:
      origin = arms.origin_of(row['arm'])
      end = ends.get((origin, row['source'], row['seed']))
      if end is not None:
        found[-1]['source_before'] = end['test_score']
  return found


class Games:
  """The runs of a study of games, by arm and pair of tasks.

  Attributes:
    rows: all, in one order.
    budget: agent steps on the target, of every run.
    arms: those that were trained, de novo first.
    floor: the random policy's score of each game that has been played so.
  """

  def __init__(self, rows: Sequence[Row]):
    """Sorts the rows.

    Raises:
      UserError: there is no run of de novo yet, or budgets differ.
    """
    self.rows = pairs.in_order(complete(rows))
    trained = [row for row in self.rows if row['arm'] != arms.RANDOM]
    budgets = {row['budget'] for row in trained}
    if len(budgets) > 1:
      raise UserError(
        f'the runs have budgets of {" and ".join(map(str, sorted(budgets)))}'
        ' agent steps: compare those of one budget'
      )
    if not any(row['arm'] == DE_NOVO for row in trained):
      raise UserError(
        'no run of de_novo is done yet, so there is nothing to compare with'
      )
    self.budget: int = budgets.pop()
    self.arms = pairs.arms_of(trained)
    floors = {
      row['target']: pairs.target_task(row)
      for row in reversed(self.rows)  # The lowest seed counts.
      if row['arm'] == arms.RANDOM
    }
    self.floor = {name: task['test_score'] for name, task in floors.items()}
    self._spread = {name: task['deviation'] for name, task in floors.items()}

  def runs(self, arm: str, direction: Direction) -> list[Row]:
    """An arm's runs of a source and target, by seed."""
    return [
      row
      for row in self.rows
      if (row['arm'], row['source'], row['target']) == (arm, *direction)
    ]

  def curves(self, arm: str, direction: Direction) -> np.ndarray:
    """Their learning curves `[n, bins]`."""
    return np.array(
      [pairs.target_task(row)['curve'] for row in self.runs(arm, direction)]
    )

  def test_scores(self, arm: str, direction: Direction) -> np.ndarray:
    """What their finished paths score `[n]`, each a mean over episodes."""
    return np.array(
      [
        pairs.target_task(row)['test_score']
        for row in self.runs(arm, direction)
      ]
    )

  def controls(self, target: str) -> np.ndarray:
    """De novo's learning curves on a game, `[n, bins]`."""
    return self.curves(DE_NOVO, (None, target))

  @functools.cached_property
  def targets(self) -> list[str]:
    """The games that de novo and the random policy have been on."""
    names = {row['target'] for row in self.rows if row['arm'] == DE_NOVO}
    return sorted(names & set(self.floor))

  def reference(self, target: str) -> float:
    """De novo's final score on a game, a mean over its runs."""
    return float(np.mean(score_metrics.final_score(self.controls(target))))

  def learnt(self, target: str) -> bool:
    """Whether de novo learns a game in the budget; else it can't be compared.

    The rule, fixed before the study: its mean final score is more than
    `LEARNT` standard deviations of the random policy's episodes above their
    mean. So is its mean area above their mean, else no ratio to it says
    anything.
    """
    floor, spread = self.floor[target], self._spread[target]
    areas = score_metrics.area(self.controls(target), floor)
    learnt = self.reference(target) > floor + LEARNT * spread
    return learnt and float(np.mean(areas)) > 0

  def directions(self, arm: str) -> list[Direction]:
    """Sources and targets that an arm has runs of, of games that are learnt.

    Without `repeats`, which are a control: what is told of an arm is of two
    games, or of one that nothing came before.
    """
    return [d for d in self.all_directions(arm) if d[0] != d[1]]

  def repeats(self, arm: str) -> list[Direction]:
    """The same of games that were learnt twice, one after the other."""
    return [d for d in self.all_directions(arm) if d[0] == d[1]]

  def all_directions(self, arm: str) -> list[Direction]:
    """Both, in one order."""
    found = {
      (row['source'], row['target']) for row in self.rows if row['arm'] == arm
    }
    return sorted(
      (d for d in found if d[1] in self.targets and self.learnt(d[1])),
      key=lambda d: (d[0] or '', d[1]),
    )

  def best(self, target: str) -> float:
    """The highest score in any arm's mean curve of a game, not of `repeats`."""
    groups = {
      (row['arm'], row['source'])
      for row in self.rows
      if row['target'] == target and row['arm'] != arms.RANDOM
      if row['source'] != target
    }
    return max(
      float(np.mean(self.curves(arm, (source, target)), axis=0).max())
      for arm, source in groups
    )
