# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The paper's search for classification: serial binary tournaments."""

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
from pathnet_tf.evolution.search import (
  Outcome,
  Search,
  best_of,
  checked_fitness,
)


class BinaryTournament(Search):
  """Two genotypes are drawn and evaluated; the loser becomes a mutated copy.

  One such tournament is a generation. The winner keeps its score, of equals
  the one drawn first wins, and a copy has no fitness until it is drawn itself.

  Source: Fernando et al. 2017, the MNIST, CIFAR and SVHN experiments.
  """

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
    if population < 2:
      raise UserError(
        f'population (P) is {population}: a tournament needs at least 2'
      )
    self._modules = tuple(modules)
    self._mutation_rate = mutation_rate
    self._border = border
    self._rng = np.random.Generator(np.random.PCG64(seed))
    self._population = first_population(
      self._rng, modules, population, active, ancestor, mutation_rate, border
    )
    self._fitness: list[float | None] = [None] * population
    self._pair: list[int] = []  # The two of this generation, as drawn.
    self._waiting: list[int] = []  # Of them, who has not been asked for.
    self._told: list[int] = []

  @property
  def population(self) -> list[np.ndarray]:
    return [path.copy() for path in self._population]

  @property
  def fitness(self) -> list[float | None]:
    return list(self._fitness)

  def ask(self) -> tuple[int, np.ndarray] | None:
    if not self._pair:
      drawn = self._rng.choice(len(self._population), size=2, replace=False)
      self._pair = drawn.tolist()
      self._waiting = list(self._pair)
    if not self._waiting:
      return None
    member = self._waiting.pop(0)
    return member, self._population[member].copy()

  def tell(self, member: int, fitness: float) -> Outcome:
    in_flight = member in self._pair and member not in self._waiting
    if not in_flight or member in self._told:
      raise ValueError(f'member {member} is not in flight')
    self._fitness[member] = checked_fitness(fitness)
    self._told.append(member)
    (rival,) = (other for other in self._pair if other != member)
    if len(self._told) < 2:
      return Outcome((rival,))
    # Of equals max() takes the first drawn; both have a fitness by now.
    scores = {m: self._fitness[m] or 0.0 for m in self._pair}
    winner = max(self._pair, key=scores.__getitem__)
    (loser,) = (other for other in self._pair if other != winner)
    child = mutate(
      self._rng,
      self._population[winner],
      self._modules,
      self._mutation_rate,
      self._border,
    )
    self._population[loser] = child
    self._fitness[loser] = None
    self._pair, self._waiting, self._told = [], [], []
    return Outcome((rival,), winner, child.copy(), loser)

  def fittest(self) -> tuple[int, np.ndarray, float]:
    return best_of(self._population, self._fitness)

  def state(self) -> dict[str, Any]:
    return {
      'rng': self._rng.bit_generator.state,
      'population': [path.tolist() for path in self._population],
      'fitness': list(self._fitness),
      'pair': list(self._pair),
      'told': list(self._told),
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
    self._pair = list(state['pair'])
    self._told = list(state['told'])
    self._waiting = [m for m in self._pair if m not in self._told]
