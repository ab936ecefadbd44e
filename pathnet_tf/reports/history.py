# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What happened in a run, read back from its evolution log.

Everything that is drawn or printed after a run is a function of this: the log
holds every evaluation, so the population of any moment can be replayed.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pathnet_tf import event_log
from pathnet_tf.errors import UserError
from pathnet_tf.reports.task_history import Finish, LayerSets, TaskHistory


@dataclasses.dataclass(frozen=True, eq=False)
class History:
  """A run: its tasks, in the order they were trained."""

  tasks: list[TaskHistory]

  def short_names(self) -> list[str]:
    """The tasks' names, without the part before the slash if all share it."""
    names = [task.name for task in self.tasks]
    families = {name.partition('/')[0] for name in names}
    if len(families) > 1 or not all('/' in name for name in names):
      return names
    return [name.partition('/')[2] for name in names]

  @classmethod
  def from_events(cls, events: Iterable[Mapping[str, Any]]) -> History:
    """Gathers the log's events into tasks.

    Args:
      events: the log's lines as dicts, in order; unknown kinds are skipped.

    Raises:
      UserError: the events are not a run's, or do not follow each other as
        those do.
    """
    try:
      return cls._from_events(events)
    except (
      ArithmeticError,
      AttributeError,
      LookupError,
      TypeError,
      ValueError,
    ) as error:
      reason = ' '.join(f'{type(error).__name__}: {error}'.split())
      raise UserError(
        f'evolution.jsonl holds something other than a run ({reason}): restore'
        ' it from a copy'
      ) from error

  @classmethod
  def _from_events(cls, events: Iterable[Mapping[str, Any]]) -> History:
    begins: list[Mapping[str, Any]] = []
    rows: list[list[Mapping[str, Any]]] = []
    ends: list[Mapping[str, Any] | None] = []
    for event in events:
      kind = event.get('kind')
      if kind == 'begin':
        if event['task'] != len(begins):
          raise _out_of_order(event, f'task {len(begins)}')
        begins.append(event)
        rows.append([])
        ends.append(None)
      elif kind in ('evaluation', 'finish'):
        if event['task'] != len(begins) - 1 or ends[-1] is not None:
          raise _out_of_order(event, 'events of the task that is open')
        if kind == 'finish':
          ends[-1] = event
        elif event['number'] != len(rows[-1]):
          raise _out_of_order(event, f'evaluation {len(rows[-1])}')
        else:
          rows[-1].append(event)
    return cls(
      [_task(*parts) for parts in zip(begins, rows, ends, strict=True)]
    )


def read_history(run_dir: str | os.PathLike[str]) -> History:
  """Reads `evolution.jsonl` of a run folder.

  Raises:
    UserError: the folder has no log, or its lines are out of order.
  """
  path = Path(run_dir) / 'evolution.jsonl'
  if not path.is_file():
    raise UserError(
      f'no evolution.jsonl in {run_dir}: name the run folder of a training'
    )
  return History.from_events(event_log.read(path))


def _out_of_order(event: Mapping[str, Any], expected: str) -> UserError:
  return UserError(
    f'evolution.jsonl is out of order: {event["kind"]} of task'
    f' {event["task"]!r} where {expected} should come; restore the file'
  )


def _sets(layers: Iterable[Iterable[int]]) -> LayerSets:
  return tuple(tuple(int(module) for module in layer) for layer in layers)


def _loser(row: Mapping[str, Any]) -> int | None:
  """Whom the child replaced; in tournaments of two it may be the rival."""
  if row['child'] is None:
    return None
  if row['winner'] != row['member']:
    return row['member']
  (rival,) = row['rivals']
  return rival


def _task(
  begin: Mapping[str, Any],
  rows: list[Mapping[str, Any]],
  end: Mapping[str, Any] | None,
) -> TaskHistory:
  modules = tuple(int(count) for count in begin['modules'])
  shape = (-1, len(modules), int(begin['active']))

  def column(key: str, dtype: type) -> np.ndarray:
    return np.array([row[key] for row in rows], dtype)

  def genotypes(paths: Any) -> np.ndarray:
    return np.array(paths, np.int32).reshape(shape)

  return TaskHistory(
    task=int(begin['task']),
    name=str(begin['name']),
    modules=modules,
    active=int(begin['active']),
    population=genotypes(begin['population']),
    frozen_before=_sets(begin['frozen']),
    steps_before=int(begin['steps']),
    task_steps=column('task_steps', np.int64),
    steps=column('steps', np.int64),
    episodes=column('episodes', np.int64),
    fitness=column('fitness', np.float64),
    member=column('member', np.int32),
    worker=column('worker', np.int32),
    paths=genotypes([row['path'] for row in rows]),
    winners=tuple(row['winner'] for row in rows),
    losers=tuple(_loser(row) for row in rows),
    children=tuple(
      None if row['child'] is None else genotypes(row['child'])[0]
      for row in rows
    ),
    finish=None
    if end is None
    else Finish(
      path=genotypes(end['path'])[0],
      fitness=float(end['fitness']),
      frozen=_sets(end['frozen']),
      task_steps=int(end['task_steps']),
    ),
  )
