# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A study in numbers: how fast each arm solved its targets, or how well."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from pathnet_tf.bootstrap import Estimate
from pathnet_tf.errors import UserError
from pathnet_tf.transfer import metrics, pairs
from pathnet_tf.transfer.pairs import Row

# What is reported of runs without a threshold: its name, and its key.
SCORES = {'training': 'final_score', 'test': 'test_score'}


@dataclasses.dataclass(frozen=True)
class TimeLine:
  """How fast an arm solved its target tasks.

  Attributes:
    arm: its label.
    runs: how many there are.
    solved: how many of them reached the threshold.
    mean: restricted mean of the generations on the target.
    median: of the generations on the target.
    median_open: whether the median run was not solved, and the true median is
      above `median`.
    trained: for how many generations a module of the best path was trained, a
      mean over its modules and the runs; None if the rows don't tell.
    pairs: runs that have a control, which the speed-up rests on.
    speed_up: mean generations of the controls over those of the runs, above 1
      where the arm is faster; None of de novo itself, and without controls.
  """

  arm: str
  runs: int
  solved: int
  mean: Estimate
  median: Estimate
  median_open: bool
  trained: float | None
  pairs: int
  speed_up: Estimate | None


@dataclasses.dataclass(frozen=True)
class ScoreLine:
  """How well an arm did its target tasks in the end.

  Attributes:
    arm: its label.
    quantity: a key of `SCORES`.
    runs: how many there are.
    score: the mean over runs.
    pairs: runs that have a control, which the difference rests on.
    difference: the mean of score less the control's; None of de novo itself,
      and without controls.
  """

  arm: str
  quantity: str
  runs: int
  score: Estimate
  pairs: int
  difference: Estimate | None


def has_threshold(rows: Sequence[Row]) -> bool:
  """Whether the runs ended when they had solved their task.

  Raises:
    UserError: some did and some did not, or there is no row.
  """
  if not rows:
    raise UserError('no run is done yet, so there is nothing to compare')
  kinds = {row['solved_at'] is not None for row in rows}
  if len(kinds) > 1:
    raise UserError(
      'some runs have a solved_at and some have none: compare the ones and the'
      ' others by themselves'
    )
  return kinds.pop()


def common_limit(rows: Sequence[Row]) -> int:
  """The generations up to which all runs can be compared."""
  return min(row['generation_limit'] for row in rows)


def generations(rows: Sequence[Row], limit: int) -> np.ndarray:
  """Generations on the target task.

  Args:
    rows: n runs.
    limit: what an unsolved run counts as, and a later solution too.

  Returns:
    float64 `[n]`.
  """
  tasks = [pairs.target_task(row) for row in rows]
  return metrics.restricted_times(
    [task['generations'] for task in tasks],
    [task['solved'] for task in tasks],
    limit,
  )


def solved_within(row: Row, limit: int) -> bool:
  """Whether the target was solved after at most `limit` generations."""
  task = pairs.target_task(row)
  return bool(task['solved'] and task['generations'] <= limit)


def time_lines(rows: Sequence[Row], limit: int) -> list[TimeLine]:
  """How fast each arm was.

  Args:
    rows: of all arms, with a threshold.
    limit: see `common_limit`.

  Returns:
    A line for each arm that has a run, de novo's first.
  """
  lines = []
  for arm in pairs.arms_of(rows):
    own = [row for row in rows if row['arm'] == arm]
    times = generations(own, limit)
    solved = sum(solved_within(row, limit) for row in own)
    matched = pairs.with_controls(rows, arm)
    speed_up = None
    if matched and arm != pairs.DE_NOVO:
      runs, controls = zip(*matched, strict=True)
      speed_up = metrics.ratio_of_means(
        generations(controls, limit), generations(runs, limit), _shared(runs)
      )
    lines.append(
      TimeLine(
        arm=arm,
        runs=len(own),
        solved=solved,
        mean=metrics.mean(times),
        median=metrics.median(times),
        median_open=2 * solved <= len(own),
        trained=_trained(own, times),
        pairs=len(matched),
        speed_up=speed_up,
      )
    )
  return lines


def _trained(rows: Sequence[Row], times: np.ndarray) -> float | None:
  shares = [pairs.target_task(row).get('trained') for row in rows]
  trained = [
    share * time
    for share, time in zip(shares, times, strict=True)
    if share is not None
  ]
  return float(np.mean(trained)) if trained else None


def score_lines(rows: Sequence[Row]) -> list[ScoreLine]:
  """How well each arm did.

  Args:
    rows: of all arms.

  Returns:
    A line for each arm that has a run and each of `SCORES`, de novo's first.
  """
  lines = []
  for arm in pairs.arms_of(rows):
    own = [row for row in rows if row['arm'] == arm]
    matched = pairs.with_controls(rows, arm)
    for quantity, key in SCORES.items():
      difference = None
      if matched and arm != pairs.DE_NOVO:
        runs, controls = zip(*matched, strict=True)
        difference = metrics.mean_difference(
          [pairs.target_task(row)[key] for row in runs],
          [pairs.target_task(row)[key] for row in controls],
          _shared(runs),
        )
      lines.append(
        ScoreLine(
          arm=arm,
          quantity=quantity,
          runs=len(own),
          score=metrics.mean([pairs.target_task(row)[key] for row in own]),
          pairs=len(matched),
          difference=difference,
        )
      )
  return lines


def _shared(runs: Sequence[Row]) -> list[tuple[str, int]]:
  """What tells the runs' controls apart."""
  return [(row['target'], row['seed']) for row in runs]
