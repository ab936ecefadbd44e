# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""One run of a study: what it is, how it is trained, and the row it gives."""

from __future__ import annotations

import dataclasses
import re
import zlib
from typing import Any

import numpy as np

from pathnet_tf import coordinator, evaluation, local_engines, run_folder
from pathnet_tf.config import RunConfig
from pathnet_tf.evolution import genotype
from pathnet_tf.learner import Learner
from pathnet_tf.reports import history
from pathnet_tf.reports.task_history import TaskHistory
from pathnet_tf.transfer import arms

BINS = 50  # Of a task's steps, for its learning curve.
MOMENTS = 21  # Of a task's evaluations, for how alike the paths are.


@dataclasses.dataclass(frozen=True)
class Run:
  """One run of one arm.

  Attributes:
    arm: what is trained.
    source: the first task; None for an arm without one.
    target: the task that is compared.
    seed: of the run.
  """

  arm: arms.Arm
  source: str | None
  target: str
  seed: int

  @property
  def key(self) -> tuple[str, str | None, str, int]:
    """What tells a study's runs, and their rows, apart."""
    return self.arm.label, self.source, self.target, self.seed

  @property
  def origins(self) -> tuple[Run, ...]:
    """The runs that must be done before: none, of images."""
    return ()

  @property
  def folder(self) -> str:
    """A name for its folder that any file system takes."""
    text = '-'.join(str(part) for part in self.key if part is not None)
    readable = re.sub('[^A-Za-z0-9]+', '-', text)[:100]
    return f'{readable}-{zlib.crc32(repr(self.key).encode()):08x}'

  def configure(self, base: RunConfig) -> RunConfig:
    """Its configuration, from the study's settings."""
    tasks = [self.target] if self.source is None else [self.source, self.target]
    return self.arm.configure(base, *tasks, seed=self.seed)


def key_of(row: dict[str, Any]) -> tuple[str, str | None, str, int]:
  """The key of the run that a row is of."""
  return row['arm'], row['source'], row['target'], row['seed']


def train(run: Run, base: RunConfig, path: str) -> dict[str, Any]:
  """Trains a run to its end, from wherever it stands; gives its row.

  Args:
    run: what to train.
    base: the study's settings.
    path: of the run's folder.

  Raises:
    UserError: for a configuration, or a folder, that cannot be run.
  """
  config = run.configure(base)
  with run_folder.RunFolder(path) as folder:
    done = coordinator.Coordinator(config, folder, local_engines.make_engine)
    done.run()
    return _row(run, config, done.learner, history.read_history(path))


def _row(
  run: Run, config: RunConfig, learner: Learner, told: history.History
) -> dict[str, Any]:
  """What a study keeps of a run.

  The test scores are of the end of the run: fine-tuning's on its source are of
  after the target, and tell what it has forgotten.
  """
  label, source, target, seed = run.key
  paths = [np.array(task.path) for task in learner.finished]
  return {
    'arm': label,
    'source': source,
    'target': target,
    'seed': seed,
    'solved_at': config.solved_at,
    'generation_limit': config.steps_per_task
    // (2 * config.classifier.minibatches),
    'overlap': genotype.overlap(*paths) if len(paths) == 2 else None,
    'tasks': [
      {
        **_summary(task, config),
        'test_score': evaluation.accuracy(
          evaluation.path_classifier(learner.network, finished.rows, index),
          learner.tasks[index].load().test,
        ),
      }
      for index, (task, finished) in enumerate(
        zip(told.tasks, learner.finished, strict=True)
      )
    ],
  }


def _summary(task: TaskHistory, config: RunConfig) -> dict[str, Any]:
  """What the log tells of one task, in numbers of four digits."""
  assert task.finish is not None
  limit = config.steps_per_task
  edges = np.linspace(0, limit, BINS + 1)
  bins = np.clip(np.searchsorted(edges, task.task_steps) - 1, 0, BINS - 1)
  curve = [
    _short(np.mean(task.fitness[bins == b])) if np.any(bins == b) else None
    for b in range(BINS)
  ]
  counts = np.linspace(0, task.evaluations, MOMENTS).round().astype(int)
  convergence = [
    [_short(d) for d in genotype.layer_diversity(task.population_at(count))]
    for count in counts.tolist()
  ]
  best = float(np.max(task.fitness))
  return {
    'name': task.name,
    'evaluations': task.evaluations,
    'generations': -(-task.evaluations // 2),
    'steps': task.total_steps,
    'solved': config.solved_at is not None and best >= config.solved_at,
    'fitness': best,
    'final_score': _short(task.final_score()),
    'path': task.finish.path.tolist(),
    'trained': trained(task),
    'curve': curve,
    'convergence': convergence,
  }


def trained(task: TaskHistory) -> float | None:
  """The share of the evaluations that trained a module of the best path.

  A mean over its modules that were not frozen before; None if all were. One
  fixed path has 1; a population trains what it does not keep, too.
  """
  assert task.finish is not None
  shares = [
    np.mean(np.any(task.paths[:, layer] == module, axis=1))
    for layer, genes in enumerate(task.finish.path)
    for module in np.setdiff1d(genes, task.frozen_before[layer])
  ]
  return _short(np.mean(shares)) if shares else None


def _short(value: float) -> float:
  return round(float(value), 4)
