# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""How useful each module has been, and the operator that copies useful ones.

Source: Fernando et al. 2017, the Labyrinth experiments: modules are duplicated
over others, and a module's usefulness is a sliding mean of the fitness of the
genotypes that hold it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

DECAY = 0.9  # Of the sliding mean: about the last ten genotypes count.


class Duplication:
  """Chooses which module is copied over which.

  After an evaluation every layer has, at the given rate, one module copied. The
  source is drawn as a tournament's winner is: of two modules that have a
  usefulness the more useful one. It goes over the least useful of the modules
  that it may replace; one that no genotype has held yet is less useful than
  any.

  Attributes:
    usefulness: for every layer `[M]` float64, NaN for modules never held.
  """

  def __init__(self, seed: int, modules: Sequence[int], rate: float):
    """Begins without experience.

    Args:
      seed: 0 or more.
      modules: M of each layer.
      rate: probability of a copy, a layer and evaluation.
    """
    self._rng = np.random.Generator(np.random.PCG64(seed))
    self._rate = rate
    self.usefulness: list[np.ndarray] = [
      np.full(count, np.nan) for count in modules
    ]

  def tell(self, path: np.ndarray, fitness: float) -> None:
    """Takes an evaluation into account.

    Args:
      path: the genotype `[L, N]`; a module named twice counts once.
      fitness: of the genotype.
    """
    for useful, genes in zip(self.usefulness, path, strict=True):
      held = np.unique(genes)
      old = useful[held]
      useful[held] = np.where(
        np.isnan(old), fitness, DECAY * old + (1 - DECAY) * fitness
      )

  def choose(
    self, targets: Callable[[int, int], Sequence[int]]
  ) -> list[tuple[int, int, int]]:
    """Draws the copies to be made now.

    Args:
      targets: for a layer and a source the modules that a copy may replace.

    Returns:
      Layer, source and target of each copy. The copy has its source's
      usefulness from now on.
    """
    copies = []
    for layer, useful in enumerate(self.usefulness):
      if self._rng.random() >= self._rate:
        continue
      held = np.flatnonzero(~np.isnan(useful))
      if len(held) < 2:
        continue
      pair = self._rng.choice(held, size=2, replace=False)
      source = int(pair[np.argmax(useful[pair])])
      allowed = np.asarray(targets(layer, source), int)
      if not len(allowed):
        continue
      value = np.nan_to_num(useful[allowed], nan=-np.inf)
      worst = allowed[value == value.min()]
      target = int(self._rng.choice(worst))
      if value.min() >= useful[source]:
        continue
      useful[target] = useful[source]
      copies.append((layer, source, target))
    return copies

  def state(self) -> dict[str, Any]:
    """What `restore` takes, of plain types."""
    return {
      'rng': self._rng.bit_generator.state,
      'usefulness': [
        [None if np.isnan(value) else float(value) for value in useful]
        for useful in self.usefulness
      ],
    }

  def restore(self, state: dict[str, Any]) -> None:
    """Goes on where `state` was taken."""
    self._rng.bit_generator.state = state['rng']
    self.usefulness = [
      np.array([np.nan if value is None else value for value in useful])
      for useful in state['usefulness']
    ]
