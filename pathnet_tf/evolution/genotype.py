# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A genotype is a path: N module indices in each of L layers.

It is an int32 array `[L, N]`. A module named twice in a layer is active once,
so a path has at most N active modules a layer. Layers may differ in their
number of modules: `modules` holds the M of each, length L.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pathnet_tf.errors import UserError

BORDERS = ('clamp', 'wrap')
REACH = 2  # A mutated gene moves by at most this many modules.


def check_shape(modules: Sequence[int], active: int) -> None:
  """Refuses a shape in which no path of `active` distinct modules exists.

  Args:
    modules: M of each layer, length L.
    active: N, the genes a layer.

  Raises:
    UserError: no layers, an empty layer, N < 1, or N > M in some layer.
  """
  if not modules or min(modules) < 1:
    raise UserError(
      f'modules is {tuple(modules)}: give at least one layer, each of at'
      ' least 1 module'
    )
  if not 1 <= active <= min(modules):
    raise UserError(
      f'active (N) is {active}: it must be from 1 to {min(modules)}, the'
      ' modules (M) of the smallest layer'
    )


def check_mutation(rate: float | None, border: str) -> None:
  """Refuses a mutation rate outside [0, 1] and an unknown border.

  Raises:
    UserError: one of the two is not as `mutate` describes it.
  """
  if rate is not None and not 0 <= rate <= 1:
    raise UserError(f'mutation rate is {rate}: it must be from 0 to 1')
  if border not in BORDERS:
    raise UserError(
      f'mutation border is {border!r}: it must be one of {", ".join(BORDERS)}'
    )


def random_genotype(
  rng: np.random.Generator, modules: Sequence[int], active: int
) -> np.ndarray:
  """Draws every gene uniformly and independently; duplicates may occur.

  Args:
    rng: the only source of randomness.
    modules: M of each layer, length L.
    active: N, the genes a layer.

  Returns:
    int32 `[L, N]`, row l in 0..modules[l]-1.
  """
  counts = np.asarray(modules)[:, np.newaxis]
  return rng.integers(counts, size=(len(modules), active)).astype(np.int32)


def distinct_path(
  modules: Sequence[int], active: int, others: Sequence[Sequence[int]] = ()
) -> np.ndarray:
  """The first N modules of each layer, those in `others` after all the rest.

  Args:
    modules: M of each layer, length L.
    active: N, the genes a layer.
    others: modules of each layer, length L; or of none.

  Returns:
    int32 `[L, N]`, no module twice in a layer.

  Raises:
    UserError: see `check_shape`.
  """
  check_shape(modules, active)
  pairs = zip(modules, map(set, others or [()] * len(modules)), strict=True)
  return np.array(
    [sorted(range(m), key=last.__contains__)[:active] for m, last in pairs],
    np.int32,
  )


def first_population(
  rng: np.random.Generator,
  modules: Sequence[int],
  size: int,
  active: int,
  ancestor: np.ndarray | None,
  rate: float | None,
  border: str,
) -> list[np.ndarray]:
  """What a search begins with: P paths drawn, or one and its mutated copies.

  Args:
    rng: the only source of randomness.
    modules: M of each layer, length L.
    size: P.
    active: N, the genes a layer.
    ancestor: int32 `[L, N]`, the first path, of which the others are copies
      mutated once; None: all are drawn at random, as in the paper.
    rate: of mutation, see `mutate`.
    border: see `mutate`.

  Returns:
    P genotypes, int32 `[L, N]` each.
  """
  if ancestor is None:
    return [random_genotype(rng, modules, active) for _ in range(size)]
  return [
    ancestor.copy(),
    *(mutate(rng, ancestor, modules, rate, border) for _ in range(size - 1)),
  ]


def mutate(
  rng: np.random.Generator,
  genotype: np.ndarray,
  modules: Sequence[int],
  rate: float | None = None,
  border: str = 'clamp',
) -> np.ndarray:
  """Moves each gene, with probability `rate`, by uniform {-2, -1, 0, 1, 2}.

  The mutation of the paper's evolution (Fernando et al. 2017): by default one
  gene of the L·N is drawn on average, and one draw in five leaves it in place.

  Args:
    rng: the only source of randomness.
    genotype: int32 `[L, N]`; not changed.
    modules: M of each layer, length L.
    rate: probability a gene, from 0 to 1; None is the paper's 1/(L·N).
    border: what becomes of an index beyond 0..M-1: `clamp` stops it there, as
      the authors' own function does; `wrap` counts modulo M.

  Returns:
    A new int32 `[L, N]`, row l in 0..modules[l]-1.

  Raises:
    UserError: see `check_mutation`.
  """
  check_mutation(rate, border)
  rate = 1 / genotype.size if rate is None else rate
  # A step is drawn for every gene, moved or not, so that the next call reads
  # the same place of the stream whatever was hit.
  hit = rng.random(genotype.shape) < rate
  step = rng.integers(-REACH, REACH, size=genotype.shape, endpoint=True)
  moved = genotype + hit * step
  counts = np.asarray(modules)[:, np.newaxis]
  if border == 'wrap':
    moved %= counts
  else:
    moved = np.clip(moved, 0, counts - 1)
  return moved.astype(np.int32)


def layer_sets(genotype: np.ndarray) -> tuple[tuple[int, ...], ...]:
  """The distinct modules of each layer, ascending.

  Args:
    genotype: int32 `[L, N]`.

  Returns:
    L tuples of 1 to N ints each.
  """
  return tuple(tuple(np.unique(layer).tolist()) for layer in genotype)


def overlap(a: np.ndarray, b: np.ndarray) -> int:
  """Counts the modules that two paths share, over all layers.

  Args:
    a: int32 `[L, N]`.
    b: int32 `[L, N']`.
  """
  pairs = zip(layer_sets(a), layer_sets(b), strict=True)
  return sum(len(set(x) & set(y)) for x, y in pairs)


def diversity(population: Sequence[np.ndarray]) -> float:
  """Mean distance between two paths: 1 - shared modules / modules of either.

  The second term is the Jaccard index of the two paths' module sets, a module
  being known by its layer and its index.

  Args:
    population: P genotypes, int32 `[L, N]` each.

  Returns:
    From 0 (all paths equal, or fewer than two of them) to 1 (no two share).
  """
  return _mean_distance(np.stack(population))


def layer_diversity(population: np.ndarray) -> list[float]:
  """The `diversity` of every layer for itself.

  Args:
    population: genotypes, int32 `[P, L, N]`.

  Returns:
    L numbers from 0 to 1: 0 once a layer has converged.
  """
  return [
    _mean_distance(population[:, layer : layer + 1])
    for layer in range(population.shape[1])
  ]


def _mean_distance(paths: np.ndarray) -> float:
  """The `diversity` of paths int32 `[P, L, N]`."""
  if len(paths) < 2:
    return 0.0
  member, layer, _ = np.indices(paths.shape)
  holds = np.zeros((*paths.shape[:2], paths.max() + 1), np.int64)
  holds[member, layer, paths] = 1
  holds = holds.reshape(len(paths), -1)
  shared = holds @ holds.T
  sizes = shared.diagonal()
  either = sizes[:, np.newaxis] + sizes - shared
  pairs = np.triu_indices(len(paths), k=1)
  return float(np.mean(1 - shared[pairs] / either[pairs]))
