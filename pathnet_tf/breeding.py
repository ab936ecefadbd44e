# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The paths of one task: which is evaluated next, and what comes of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pathnet_tf import seeds
from pathnet_tf.config import RunConfig
from pathnet_tf.engines import engine as engine_lib
from pathnet_tf.evolution import (
  binary,
  fixed,
  genotype,
  search,
  tournament,
  usefulness,
)
from pathnet_tf.learner import Learner
from pathnet_tf.networks import pathnet


class Breeding:
  """Asks the search of the learner's present task for evaluations.

  Attributes:
    search: of the task, or of the first one before it has begun.
    solved: whether an evaluation has been as fit as is asked for.
  """

  def __init__(self, learner: Learner):
    """Begins with a population of its own.

    Raises:
      UserError: for settings that do not go together.
    """
    self._learner = learner
    self._config = config = learner.config
    task, modules = max(learner.task, 0), learner.network.modules
    self.search = make_search(
      config, modules, task, learner.network.frozen_rows()
    )
    self._duplication = usefulness.Duplication(
      seeds.derive(config.seed, 'duplication', task),
      modules,
      config.evolution.duplication_rate,
    )
    self._always_on = learner.always_on()
    self._started = 0
    self.solved = False  # Whatever is told later of others under way then.
    self._under_way: list[engine_lib.Job] = []

  def next_job(self) -> engine_lib.Job | None:
    """The next evaluation; None if the search waits for one under way."""
    asked = self.search.ask()
    if asked is None:
      return None
    member, path = asked
    learner = self._learner
    seed = seeds.derive(
      self._config.seed, 'evaluation', learner.task, self._started
    )
    self._started += 1
    rows = pathnet.active_rows(path, self._always_on)
    job = engine_lib.Job(member, path, rows, seed)
    self._under_way.append(job)
    return job

  def tell(self, result: engine_lib.Result) -> dict[str, Any]:
    """Holds the tournament of who has just been evaluated.

    Returns:
      What the log says of it.
    """
    job = result.job
    self._under_way = [other for other in self._under_way if other is not job]
    outcome = self.search.tell(job.member, result.fitness)
    self.solved |= self._solves(result.fitness)
    child = outcome.child
    record = {
      'rivals': list(outcome.rivals),
      'winner': outcome.winner,
      'child': None if child is None else child.tolist(),
    }
    if self._config.evolution.duplication_rate:
      record['copied'] = self._duplicate(job.path, result.fitness)
    return record

  def _duplicate(self, path: np.ndarray, fitness: float) -> list[list[int]]:
    """Copies useful modules; gives layer, source and target of each copy."""
    self._duplication.tell(path, fitness)

    def targets(layer, source):
      # A worker that trains a module would write over half of the copy.
      busy = {row for job in self._under_way for row in job.rows[layer]}
      allowed = self._learner.copies_to(layer, source)
      return [module for module in allowed if module not in busy]

    copies = self._duplication.choose(targets)
    for layer, source, target in copies:
      self._learner.copy_module(layer, source, target)
    return [list(copy) for copy in copies]

  def state(self) -> dict[str, Any]:
    """All that `restore` needs, as JSON holds it."""
    return {
      'search': self.search.state(),
      'duplication': self._duplication.state(),
      'started': self._started,
      'solved': self.solved,
    }

  def restore(self, state: dict[str, Any]) -> None:
    """Goes on from `state`, bit for bit; it may hold more.

    Raises:
      KeyError: something is missing.
      ValueError: it is of another kind of search or shape.
    """
    self.search.restore(state['search'])
    if 'duplication' in state:
      self._duplication.restore(state['duplication'])
    self._started = state['started']
    self.solved = state.get('solved', False) or any(
      fitness is not None and self._solves(fitness)
      for fitness in self.search.fitness
    )

  def _solves(self, fitness: float) -> bool:
    solved_at = self._config.solved_at
    return solved_at is not None and bool(fitness >= solved_at)


def make_search(
  config: RunConfig,
  modules: Sequence[int],
  task: int,
  frozen: Sequence[Sequence[int]] = (),
) -> search.Search:
  """A task's search, with a population of its own.

  Args:
    config: of the run.
    modules: M of every layer.
    task: index of the task.
    frozen: the frozen modules of every layer; a path that stays fixed, or that
      the others begin as mutants of, takes others, as far as there are any.

  Raises:
    UserError: for settings that do not go together.
  """
  settings, active = config.evolution, config.network.active
  path = genotype.distinct_path(modules, active, frozen)
  if settings.search == 'fixed':
    return fixed.FixedPath(modules, active, path)
  ancestor = path if settings.initial_population == 'mutants' else None
  seed = seeds.derive(config.seed, 'population', task)
  if settings.search == 'binary':
    return binary.BinaryTournament(
      seed,
      modules,
      active,
      settings.population,
      settings.mutation_rate or None,
      settings.border,
      ancestor,
    )
  return tournament.AsynchronousTournament(
    seed,
    modules,
    active,
    settings.population,
    settings.rivals,
    settings.mutation_rate or None,
    settings.border,
    ancestor,
  )
