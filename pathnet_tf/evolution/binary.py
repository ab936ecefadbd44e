# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The paper's search for classification: serial binary tournaments."""

from __future__ import annotations

from typing import Any

import numpy as np

from pathnet_tf.evolution.population import PopulationSearch
from pathnet_tf.evolution.search import Outcome, checked_fitness


class BinaryTournament(PopulationSearch):
  """Two genotypes are drawn and evaluated; the loser becomes a mutated copy.

  One such tournament is a generation. The winner keeps its score, of equals
  the one drawn first wins, and a copy has no fitness until it is drawn itself.

  Source: Fernando et al. 2017, the MNIST, CIFAR and SVHN experiments.
  """

  def __init__(self, *args, **kwargs):
    """As `PopulationSearch`."""
    super().__init__(*args, **kwargs)
    self._pair: list[int] = []  # The two of this generation, as drawn.
    self._waiting: list[int] = []  # Of them, who has not been asked for.
    self._told: list[int] = []

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
    child = self._copy(winner, loser)
    self._pair, self._waiting, self._told = [], [], []
    return Outcome((rival,), winner, child, loser)

  def state(self) -> dict[str, Any]:
    return {
      **super().state(),
      'pair': list(self._pair),
      'told': list(self._told),
    }

  def restore(self, state: dict[str, Any]) -> None:
    super().restore(state)
    self._pair = list(state['pair'])
    self._told = list(state['told'])
    self._waiting = [m for m in self._pair if m not in self._told]
