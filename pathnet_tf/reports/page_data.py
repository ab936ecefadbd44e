# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Runs as the report page's script takes them: few and flat lists.

The page replays populations from a task's first one and the children after it,
as `TaskHistory.population_at` does. Of some 20,000 evaluations that is a MB or
two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pathnet_tf.reports.history import History
from pathnet_tf.reports.moments import moments
from pathnet_tf.reports.task_history import TaskHistory

# Families of tasks that tell images apart: a step is a minibatch, a score the
# share of images that were told right.
IMAGES = ('cifar10', 'fashion_mnist', 'mnist', 'svhn')


def of_images(name: str) -> bool:
  """Whether a task's name is that of images to tell apart."""
  return name.partition('?')[0].partition('/')[0] in IMAGES


def run_data(history: History, always_on: bool) -> dict[str, Any]:
  """A run for the script, as JSON holds it.

  Args:
    history: the run.
    always_on: whether frozen modules run in every later path.

  Returns:
    `tasks`, and `boxes`: task and evaluations of the moments to show.
  """
  return {
    'alwaysOn': always_on,
    'boxes': [[m.task, m.evaluations] for m in moments(history)],
    'tasks': [
      _task_data(task, short)
      for task, short in zip(history.tasks, history.short_names(), strict=True)
    ],
  }


def common_tasks(histories: Sequence[History]) -> list[dict[str, Any]]:
  """The tasks that several runs have, for one figure of all runs.

  Returns:
    For each a `title`, and `lines`: run and task of each of its curves. A task
    trained twice in a run is matched with the second time of the others; one
    without an evaluation has no curve.
  """
  lines: dict[tuple[str, int], list[list[int]]] = {}
  for run, history in enumerate(histories):
    names: list[str] = []
    for task in history.tasks:
      turn = names.count(task.name)
      names.append(task.name)
      if task.evaluations:
        lines.setdefault((task.name, turn), []).append([run, task.task])
  return [
    {
      'title': name + (f' (time {turn + 1})' if turn else ''),
      'lines': pairs,
    }
    for (name, turn), pairs in lines.items()
    if len(pairs) > 1
  ]


def _task_data(task: TaskHistory, short: str) -> dict[str, Any]:
  _, scores = task.score_curve()
  children: list[int] = []
  for number, (loser, child) in enumerate(
    zip(task.losers, task.children, strict=True)
  ):
    if loser is not None and child is not None:
      children += [number, loser, *child.ravel().tolist()]
  return {
    'name': task.name,
    'short': short,
    'images': of_images(task.name),
    'modules': task.modules,
    'active': task.active,
    'population': task.population.ravel().tolist(),
    'frozen': task.frozen_before,
    'member': task.member.tolist(),
    'fitness': task.fitness.tolist(),
    'steps': task.task_steps.tolist(),
    'window': task.default_window,
    'score': [float(f'{score:.5g}') for score in scores],
    # Number of the evaluation, the loser, its L x N new genes; and so on.
    'children': children,
    'finish': task.finish
    and {
      'path': task.finish.path.ravel().tolist(),
      'frozen': task.finish.frozen,
    },
  }
