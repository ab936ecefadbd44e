# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What the records of a run add up to; no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pathnet_tf.reports.network_drawing import Snapshot, module_counts
from pathnet_tf.reports.task_history import late_score


class Tally:
  """Takes record after record, and keeps their sums rather than them.

  Attributes:
    task: number of the present task, from 0.
    name: its name.
    modules: M of each layer.
    frozen: per layer the modules that were frozen when the task began.
    steps: agent steps of the run.
    task_steps: agent steps of the task.
    evaluations: of the task.
    trained: per layer int64 `[M]`, the evaluations of the task whose path held
      the module. Modules that are always on do not count as held.
    tournaments: of the run, those that ended with a copy.
  """

  def __init__(self) -> None:
    self.task = 0
    self.name = ''
    self.modules: tuple[int, ...] = ()
    self.frozen: list[list[int]] = []
    self.steps = self.task_steps = self.evaluations = 0
    self.trained: list[np.ndarray] = []
    self.tournaments = 0
    self._before = 0
    self._scores: list[tuple[int, float, int]] = []
    self._fittest: np.ndarray | None = None
    self._frozen_paths: list[np.ndarray] = []

  def take(self, record: Mapping[str, Any]) -> None:
    """Counts the log's next record in."""
    kind = record['kind']
    if kind == 'begin':
      self._begin(record)
    elif kind == 'evaluation':
      self.evaluations += 1
      self.task_steps = record['task_steps']
      self.steps = self._before + self.task_steps
      self.tournaments += record['winner'] is not None
      path = np.array([record['path']], np.int32)
      for total, held in zip(
        self.trained, module_counts(path, self.modules), strict=True
      ):
        total += held
      self._scores.append(
        (record['task_steps'], record['fitness'], record['episodes'])
      )
    elif kind == 'finish':
      self._fittest = np.array(record['path'], np.int32)

  def final_score(self) -> float:
    """The task's mean score in its last fifth, as tables of runs have it.

    Returns:
      A raw score; NaN before the first evaluation.
    """
    steps, fitness, episodes = np.array(self._scores).reshape(-1, 3).T
    return late_score(steps, fitness, episodes)

  def snapshot(self, population: Sequence[np.ndarray]) -> Snapshot:
    """The network now.

    Args:
      population: P genotypes, int32 `[L, N]` each.
    """
    return Snapshot(
      self.modules,
      np.stack(population),
      list(self._frozen_paths),
      self.task,
      self._fittest,
    )

  def _begin(self, record: Mapping[str, Any]) -> None:
    # A control that freezes nothing finishes with a path all the same.
    if self._fittest is not None and any(record['frozen']):
      self._frozen_paths.append(self._fittest)
    self._fittest = None
    self.task = record['task']
    self.name = record['name']
    self.modules = tuple(record['modules'])
    self.frozen = record['frozen']
    self.steps = self._before = record['steps']
    self.task_steps = self.evaluations = 0
    self.trained = [np.zeros(count, np.int64) for count in self.modules]
    self._scores = []
