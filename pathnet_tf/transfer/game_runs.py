# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""One run of a study of games: a task, learnt from nothing or after a source.

A source is a run of its own. Every run that needs it goes on from the
checkpoint of its end, so that nothing is trained twice.
"""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any

import numpy as np

from pathnet_tf import (
  coordinator,
  durable_files,
  evaluation,
  local_engines,
  run_folder,
)
from pathnet_tf.config import RunConfig
from pathnet_tf.evolution import genotype
from pathnet_tf.learner import Learner
from pathnet_tf.reports import history
from pathnet_tf.reports.task_history import TaskHistory
from pathnet_tf.tasks import registry
from pathnet_tf.transfer import arms, branch, runs

EPISODES = 20  # Played with a finished path.
RANDOM_EPISODES = 200
_ROW = 'row.json'  # In a run's folder, for those that go on from it.


@dataclasses.dataclass(frozen=True)
class GameRun(runs.Run):
  """One run of one arm on one game.

  Attributes:
    origin: the run that learns its source; None for an arm without one.
  """

  origin: GameRun | None = None

  @property
  def origins(self) -> tuple[runs.Run, ...]:
    """The run that learns its source, if there is one."""
    return () if self.origin is None else (self.origin,)


def make(
  arm: arms.Arm, source: str | None, target: str, seed: int, base: RunConfig
) -> GameRun:
  """A run, with the one that learns its source.

  Args:
    arm: what is trained.
    source: the first task; not looked at for an arm without one.
    target: the task that is compared.
    seed: of both runs.
    base: the study's settings.
  """
  if arm.origin is None or source is None:
    return GameRun(arm, None, target, seed)
  origin = make(arms.parse(arm.origin, base), None, source, seed, base)
  return GameRun(arm, source, target, seed, origin)


def train(
  run: GameRun, base: RunConfig, path: str, origin: str | None
) -> dict[str, Any]:
  """Trains a run to its end, from wherever it stands; gives its row.

  Args:
    run: what to train.
    base: the study's settings.
    path: of the run's folder.
    origin: of the folder of the run that has learnt its source.

  Raises:
    UserError: for a configuration, or a folder, that cannot be run.
  """
  if run.arm.name == arms.RANDOM:
    return _random_row(run)
  config = run.configure(base)
  if run.origin is not None and origin is not None:
    learnt = run.origin.configure(base)
    untrained = run.arm.name == arms.UNTRAINED
    branch.begin(path, config, origin, learnt, untrained)
  with run_folder.RunFolder(path) as folder:
    done = coordinator.Coordinator(config, folder, local_engines.make_engine)
    done.run()
    row = _row(run, config, done.learner, history.read_history(path))
  if origin is not None:
    row['source_before'] = _row_of(origin)['tasks'][-1]['test_score']
  text = json.dumps(row)
  durable_files.write_durably(os.path.join(path, _ROW), text.encode())
  return row


def is_learnt(path: str) -> bool:
  """Whether a run has ended in a folder, so that others can go on from it."""
  return branch.source_of(path) is not None and os.path.exists(
    os.path.join(path, _ROW)
  )


def _row_of(path: str) -> dict[str, Any]:
  with open(os.path.join(path, _ROW), encoding='utf-8') as file:
    return json.load(file)


def _random_row(run: GameRun) -> dict[str, Any]:
  """The floor of a game's scores: the uniformly random policy."""
  task = registry.make(run.target)
  policy = evaluation.random_policy(task, run.seed)
  scores = evaluation.play(task, policy, RANDOM_EPISODES, run.seed)
  return {
    **_named(run),
    'budget': None,
    'tasks': [
      {
        'name': task.name,
        'test_score': _short(np.mean(scores)),
        'deviation': _short(np.std(scores, ddof=1)),
      }
    ],
  }


def _row(
  run: GameRun, config: RunConfig, learner: Learner, told: history.History
) -> dict[str, Any]:
  """What a study keeps of a run: its target, and what is left of the source."""
  task, finished = told.tasks[-1], learner.finished[-1]
  last = len(learner.finished) - 1
  row = {
    **_named(run),
    'budget': config.steps_per_task,
    'tasks': [_summary(task, config) | {'test_score': _play(learner, last)}],
  }
  if run.source is None:
    return row
  first = learner.finished[0]
  evolved = config.evolution.search != 'fixed'
  return row | {
    'source_score': _play(learner, 0),
    'overlap': genotype.overlap(np.array(first.path), np.array(finished.path))
    if evolved
    else None,
  }


def _named(run: GameRun) -> dict[str, Any]:
  return dict(zip(('arm', 'source', 'target', 'seed'), run.key, strict=True))


def _play(learner: Learner, index: int) -> float:
  """The mean raw return of a finished task's path, on episodes of its own.

  They are the same before and after a later task: what is frozen plays them
  alike to the last bit.
  """
  finished, seed = learner.finished[index], learner.config.seed
  policy = evaluation.path_policy(learner.network, finished.rows, index, seed)
  played = evaluation.play(learner.tasks[index], policy, EPISODES, seed)
  return _short(np.mean(played))


def _summary(task: TaskHistory, config: RunConfig) -> dict[str, Any]:
  """What the log tells of the target, in numbers of four digits."""
  assert task.finish is not None
  return {
    'name': task.name,
    'evaluations': task.evaluations,
    'steps': task.total_steps,
    'fitness': _short(task.finish.fitness),
    'final_score': _short(task.final_score()),
    'path': task.finish.path.tolist(),
    'trained': runs.trained(task),
    'curve': score_bins(
      task.task_steps, task.fitness, config.steps_per_task, runs.BINS
    ),
  }


def score_bins(
  task_steps: np.ndarray, fitness: np.ndarray, budget: int, bins: int
) -> list[float]:
  """A learning curve: the mean score in each part of the budget.

  An evaluation's score holds for the agent steps it took, as in
  `TaskHistory.auc`; the mean of the parts is the area over the budget.

  Args:
    task_steps: `[E]`, agent steps of the task after each evaluation; the last
      one is the budget or more.
    fitness: `[E]`, raw scores.
    budget: agent steps; what comes after does not count.
    bins: parts of equal length.
  """
  edges = np.linspace(0, budget, bins + 1)
  # The area up to a moment, which is linear within an evaluation.
  moments = np.concatenate([[0], task_steps])
  areas = np.cumsum(fitness * np.diff(moments))
  at_edges = np.interp(edges, moments, np.concatenate([[0], areas]))
  return [_short(mean) for mean in np.diff(at_edges) / np.diff(edges)]


def _short(value: Any) -> float:
  return round(float(value), 4)
