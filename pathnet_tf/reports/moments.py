# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Which moments of a run to show, and the network at each of them."""

from __future__ import annotations

import dataclasses

import numpy as np

from pathnet_tf.reports.history import History
from pathnet_tf.reports.network_drawing import Snapshot
from pathnet_tf.reports.task_history import LayerSets, TaskHistory

BOXES = 9


@dataclasses.dataclass(frozen=True)
class Moment:
  """After `evaluations` evaluations of the run's task number `task`."""

  task: int
  evaluations: int


def moments(history: History, boxes: int = BOXES) -> list[Moment]:
  """Chooses the moments to show, in the order of training.

  Every task gets its share of boxes, later ones the remainder: its beginning,
  its end, and moments between them that are even in agent steps. With more
  tasks than boxes, ends of tasks spread evenly over the run.

  Args:
    history: the run.
    boxes: how many to choose; fewer come back if no more differ.

  Returns:
    Moments, all different.
  """
  tasks = history.tasks
  if len(tasks) > boxes:
    chosen = np.unique(
      np.linspace(0, len(tasks) - 1, boxes).round().astype(int)
    )
    return [Moment(int(i), tasks[i].evaluations) for i in chosen]
  rooms = [task.evaluations + 1 for task in tasks]
  shares = [0] * len(tasks)
  for _ in range(min(boxes, sum(rooms))):
    open_tasks = [i for i in range(len(tasks)) if shares[i] < rooms[i]]
    # The least served, the later one of equals.
    shares[min(open_tasks, key=lambda i: (shares[i], -i))] += 1
  return [
    Moment(i, count)
    for i, share in enumerate(shares)
    for count in _spread(tasks[i], share)
  ]


def timeline(history: History, frames: int) -> list[Moment]:
  """A moment for each frame of a film, even in agent steps over all tasks.

  A task that took few steps has a few frames all the same, so that there may be
  up to a quarter more of them than asked for.

  Args:
    history: the run.
    frames: about how many.

  Returns:
    Moments in the order of training, each task's from its beginning to its end.
    A long evaluation repeats the moment before it.
  """
  tasks = history.tasks
  total = max(1, sum(task.total_steps for task in tasks))
  least = max(2, frames // (4 * max(1, len(tasks))))
  film = []
  for number, task in enumerate(tasks):
    share = max(least, round(frames * task.total_steps / total))
    wanted = np.linspace(0, task.total_steps, share)
    counts = np.searchsorted(task.task_steps, wanted, side='right')
    film += [Moment(number, int(count)) for count in counts]
  return film


def snapshot(history: History, moment: Moment) -> Snapshot:
  """The network at a moment: population, frozen paths, fittest if finished."""
  task = history.tasks[moment.task]
  ended = moment.evaluations == task.evaluations and task.finish is not None
  return Snapshot(
    modules=task.modules,
    population=task.population_at(moment.evaluations),
    frozen_paths=[
      earlier.finish.path
      for earlier in history.tasks[: moment.task]
      if earlier.finish is not None
      and _is_frozen(earlier.finish.path, task.frozen_before)
    ],
    task=moment.task,
    fittest=task.finish.path if ended and task.finish else None,
  )


def _is_frozen(path: np.ndarray, frozen: LayerSets) -> bool:
  # An arm that freezes nothing finishes with a path all the same.
  return all(
    set(genes.tolist()) <= set(layer)
    for genes, layer in zip(path, frozen, strict=True)
  )


def _spread(task: TaskHistory, share: int) -> list[int]:
  """Evaluation counts, even in agent steps; the first is 0, the last E."""
  end = task.evaluations
  if share <= 1:
    return [end] * share
  wanted = np.linspace(0, task.total_steps, share)
  counts = np.searchsorted(np.append(0, task.task_steps), wanted)
  # One long evaluation may hold several of the wanted steps: move apart.
  for i in range(1, share):
    counts[i] = max(counts[i], counts[i - 1] + 1)
  for i in range(share):
    counts[i] = min(counts[i], end - (share - 1 - i))
  return [int(count) for count in counts]
