# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What every search over paths offers, and the records that pass through it.

Who breeds asks a search for a path, has it trained, and tells its fitness:

  member, path = search.ask()
  outcome = search.tell(member, fitness)

Many evaluations may be in flight. A search is not thread-safe, and what it does
depends on its seed and on the order of these calls alone.
"""

from __future__ import annotations

import abc
import dataclasses
import math
from typing import Any, Protocol

import numpy as np


@dataclasses.dataclass(frozen=True)
class Outcome:
  """What came of a member's fitness once it was told.

  Attributes:
    rivals: the members drawn against it, in the order drawn.
    winner: the member that was copied; None if nobody was.
    child: int32 `[L, N]`, the mutated copy; None without one.
    loser: the member that took it, the one told of or a rival; None without.
  """

  rivals: tuple[int, ...]
  winner: int | None = None
  child: np.ndarray | None = None
  loser: int | None = None


class Search(Protocol):
  """Decides which path is evaluated next."""

  @property
  @abc.abstractmethod
  def population(self) -> list[np.ndarray]:
    """Copies of all genotypes, int32 `[L, N]` each, by member."""

  @property
  @abc.abstractmethod
  def fitness(self) -> list[float | None]:
    """Each member's last fitness; None if its genotype was never evaluated."""

  @abc.abstractmethod
  def ask(self) -> tuple[int, np.ndarray] | None:
    """The next member and a copy of its path; None if all are in flight."""

  @abc.abstractmethod
  def tell(self, member: int, fitness: float) -> Outcome:
    """Takes the fitness of a member that was asked for.

    Raises:
      ValueError: the member is not in flight, or the fitness is not finite;
        the search is then as it was.
    """

  @abc.abstractmethod
  def fittest(self) -> tuple[int, np.ndarray, float]:
    """Member, path and fitness of the best; of equals, the lowest member.

    Raises:
      ValueError: no genotype has a fitness yet.
    """

  @abc.abstractmethod
  def state(self) -> dict[str, Any]:
    """All that `restore` needs, as JSON holds it.

    Members in flight stand at the front of its queue, in the order they were
    asked for: their evaluations are lost with the process and run again.
    """

  @abc.abstractmethod
  def restore(self, state: dict[str, Any]) -> None:
    """Goes on from `state`, bit for bit.

    Raises:
      ValueError: the state is of a search of another shape.
    """


def checked_fitness(fitness: float) -> float:
  """The fitness as a Python float, so that JSON keeps its every bit.

  Raises:
    ValueError: it is NaN, which no comparison orders, or infinite, which JSON
      does not have.
  """
  if not math.isfinite(fitness):
    raise ValueError(f'a fitness must be finite, not {fitness}')
  return float(fitness)


def best_of(
  population: list[np.ndarray], fitness: list[float | None]
) -> tuple[int, np.ndarray, float]:
  """`Search.fittest` for a population and its fitness.

  Raises:
    ValueError: no genotype has a fitness yet.
  """
  known = [(f, -member) for member, f in enumerate(fitness) if f is not None]
  if not known:
    raise ValueError('no genotype has a fitness yet')
  best, negated = max(known)
  return -negated, population[-negated].copy(), best
