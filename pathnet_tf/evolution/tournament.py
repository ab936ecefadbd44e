# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The paper's search for reinforcement learning: asynchronous tournaments."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from pathnet_tf.errors import UserError
from pathnet_tf.evolution.population import PopulationSearch
from pathnet_tf.evolution.search import Outcome, checked_fitness


class AsynchronousTournament(PopulationSearch):
  """P genotypes take turns; who has been evaluated holds a tournament at once.

  Against it B others are drawn. If the best of them that has a fitness is at
  least as fit, the evaluated member takes a mutated copy of that one's path;
  otherwise it keeps its own. Only the evaluated member ever changes, so paths
  are copied downhill only and the fittest is never lost to a copy. A copy has
  no fitness until it is evaluated itself.

  Source: Fernando et al. 2017, the asynchronous evolution of its Atari and
  Labyrinth experiments. There each of the 64 workers owns one genotype; here
  any number of workers serves the population, first in, first out.
  """

  def __init__(
    self,
    seed: int,
    modules: Sequence[int],
    active: int,
    population: int,
    rivals: int,
    mutation_rate: float | None = None,
    border: str = 'clamp',
    ancestor: np.ndarray | None = None,
  ):
    """As `PopulationSearch`, and the tournaments.

    Args:
      seed: 0 or more; decides the population and all that follows.
      modules: M of each layer, length L.
      active: N, the genes a layer.
      population: P, the number of genotypes.
      rivals: B, how many others a member meets in its tournament.
      mutation_rate: probability a gene; None is 1/(L·N).
      border: `clamp` or `wrap`, see `genotype.mutate`.
      ancestor: int32 `[L, N]`, the first path; None: all are random.

    Raises:
      UserError: a setting is out of its range.
    """
    super().__init__(
      seed, modules, active, population, mutation_rate, border, ancestor
    )
    if not 1 <= rivals <= population - 1:
      raise UserError(
        f'rivals (B) is {rivals}: it must be from 1 to {population - 1}, one'
        ' less than the population'
      )
    self._rivals = rivals
    self._queue = deque(range(population))
    self._in_flight: list[int] = []  # In the order asked.

  def ask(self) -> tuple[int, np.ndarray] | None:
    if not self._queue:
      return None
    member = self._queue.popleft()
    self._in_flight.append(member)
    return member, self._population[member].copy()

  def tell(self, member: int, fitness: float) -> Outcome:
    if member not in self._in_flight:
      raise ValueError(f'member {member} is not in flight')
    own = self._fitness[member] = checked_fitness(fitness)
    self._in_flight.remove(member)
    self._queue.append(member)

    rivals = self._draw_rivals(member)
    scores = {r: f for r in rivals if (f := self._fitness[r]) is not None}
    # Of equal rivals max() takes the first drawn.
    winner = max(scores, key=scores.__getitem__, default=None)
    if winner is None or scores[winner] < own:
      return Outcome(rivals)

    return Outcome(rivals, winner, self._copy(winner, member), member)

  def state(self) -> dict[str, Any]:
    return {**super().state(), 'queue': [*self._in_flight, *self._queue]}

  def restore(self, state: dict[str, Any]) -> None:
    super().restore(state)
    self._queue = deque(state['queue'])
    self._in_flight = []

  def _draw_rivals(self, member: int) -> tuple[int, ...]:
    """B distinct others, each order of them equally likely."""
    drawn = self._rng.choice(
      len(self._population) - 1, size=self._rivals, replace=False
    )
    # The others are numbered without the member: step over it.
    return tuple((drawn + (drawn >= member)).tolist())
