# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A search that does not search: the controls train one path throughout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pathnet_tf.errors import UserError
from pathnet_tf.evolution.genotype import check_shape, distinct_path
from pathnet_tf.evolution.search import (
  Outcome,
  Search,
  best_of,
  checked_fitness,
)


class FixedPath(Search):
  """One path for all workers at once, never changed.

  By default it is of maximal size, N distinct modules in each layer, as in the
  paper's two controls: de novo and fine-tuning.
  """

  def __init__(
    self,
    modules: Sequence[int],
    active: int,
    path: np.ndarray | None = None,
  ):
    """Takes the path, by default modules 0..N-1 of each layer.

    Args:
      modules: M of each layer, length L.
      active: N, the genes a layer.
      path: `[L, N]` integers, row l in 0..modules[l]-1.

    Raises:
      UserError: N > M in some layer, or the path does not fit `modules` and
        `active`.
    """
    check_shape(modules, active)
    shape = (len(modules), active)
    if path is None:
      path = distinct_path(modules, active)
    path = np.array(path, np.int32)
    if path.shape != shape:
      raise UserError(f'path has shape {path.shape}: it must be {shape}')
    if np.any((path < 0) | (path >= np.asarray(modules)[:, np.newaxis])):
      raise UserError(
        f'path is {path.tolist()}: its modules must be from 0 to M-1, with M'
        f' of each layer {tuple(modules)}'
      )
    self._path = path
    self._fitness: float | None = None

  @property
  def population(self) -> list[np.ndarray]:
    return [self._path.copy()]

  @property
  def fitness(self) -> list[float | None]:
    return [self._fitness]

  def ask(self) -> tuple[int, np.ndarray]:
    """Member 0 and a copy of the path, however many are in flight."""
    return 0, self._path.copy()

  def tell(self, member: int, fitness: float) -> Outcome:
    if member != 0:
      raise ValueError(f'member {member} does not exist: there is only 0')
    self._fitness = checked_fitness(fitness)
    return Outcome(())

  def fittest(self) -> tuple[int, np.ndarray, float]:
    return best_of(self.population, self.fitness)

  def state(self) -> dict[str, Any]:
    return {'population': [self._path.tolist()], 'fitness': [self._fitness]}

  def restore(self, state: dict[str, Any]) -> None:
    paths = np.asarray(state['population'], np.int32)
    if paths.shape != (1, *self._path.shape):
      raise ValueError(
        f'the state has a population of shape {paths.shape}, not'
        f' {(1, *self._path.shape)}'
      )
    self._path = paths[0]
    (self._fitness,) = state['fitness']
