# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What both of the paper's searches share: P genotypes that are bred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pathnet_tf.errors import UserError
from pathnet_tf.evolution.genotype import (
  check_mutation,
  check_shape,
  first_population,
  mutate,
)
from pathnet_tf.evolution.search import Search, best_of


class PopulationSearch(Search):
  """Holds a population; who may breed with whom is a subclass's matter."""

  def __init__(
    self,
    seed: int,
    modules: Sequence[int],
    active: int,
    population: int,
    mutation_rate: float | None = None,
    border: str = 'clamp',
    ancestor: np.ndarray | None = None,
  ):
    """Draws the population.

    Args:
      seed: 0 or more; decides the population and all that follows.
      modules: M of each layer, length L.
      active: N, the genes a layer.
      population: P, the number of genotypes.
      mutation_rate: probability a gene; None is 1/(L·N).
      border: `clamp` or `wrap`, see `genotype.mutate`.
      ancestor: int32 `[L, N]`, the first path, of which the others are mutated
        copies; None: all are random, as in the paper.

    Raises:
      UserError: a setting is out of its range.
    """
    check_shape(modules, active)
    check_mutation(mutation_rate, border)
    if seed < 0:
      raise UserError(f'seed is {seed}: it must be 0 or more')
    if population < 2:
      raise UserError(
        f'population (P) is {population}: a tournament needs at least 2'
      )
    self._modules = tuple(modules)
    self._mutation_rate = mutation_rate
    self._border = border
    # Named, as default_rng() may become another generator in a later NumPy
    # and then refuse the state of a run begun with this one.
    self._rng = np.random.Generator(np.random.PCG64(seed))
    self._population = first_population(
      self._rng, modules, population, active, ancestor, mutation_rate, border
    )
    self._fitness: list[float | None] = [None] * population

  @property
  def population(self) -> list[np.ndarray]:
    return [path.copy() for path in self._population]

  @property
  def fitness(self) -> list[float | None]:
    return list(self._fitness)

  def fittest(self) -> tuple[int, np.ndarray, float]:
    return best_of(self._population, self._fitness)

  def state(self) -> dict[str, Any]:
    return {
      'rng': self._rng.bit_generator.state,
      'population': [path.tolist() for path in self._population],
      'fitness': list(self._fitness),
    }

  def restore(self, state: dict[str, Any]) -> None:
    paths = np.asarray(state['population'], np.int32)
    shape = (len(self._population), *self._population[0].shape)
    if paths.shape != shape:
      raise ValueError(
        f'the state has a population of shape {paths.shape}, not {shape}'
      )
    self._rng.bit_generator.state = state['rng']
    self._population = list(paths)
    self._fitness = list(state['fitness'])

  def _copy(self, winner: int, loser: int) -> np.ndarray:
    """The loser takes a mutated copy of the winner's path, returned."""
    child = mutate(
      self._rng,
      self._population[winner],
      self._modules,
      self._mutation_rate,
      self._border,
    )
    self._population[loser] = child
    self._fitness[loser] = None
    return child.copy()
