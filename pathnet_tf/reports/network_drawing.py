# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A picture of the super-network with paths through it.

Layers are columns from left (input) to right (head), modules are dots. The
active modules of one layer feed all active modules of the next, so a path is
drawn as all lines between its modules of neighbouring layers.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from pathnet_tf.reports import style

# Earlier tasks' paths are all dark red; the dash tells which task's it is.
FROZEN_DASHES: tuple[style.Dashes, ...] = (
  '-',
  (0, (4, 1.5)),
  (0, (1, 1)),
  (0, (6, 1.5, 1, 1.5)),
)


@dataclasses.dataclass(frozen=True, eq=False)
class Snapshot:
  """The super-network at one moment.

  Attributes:
    modules: M of each layer.
    population: int32 [P, L, N].
    frozen_paths: the frozen path of each earlier task, int32 [L, N] each.
    task: number of the task in training; chooses the colour.
    fittest: int32 [L, N] once the task is finished, else None.
  """

  modules: tuple[int, ...]
  population: np.ndarray
  frozen_paths: Sequence[np.ndarray]
  task: int
  fittest: np.ndarray | None = None


def module_counts(
  population: np.ndarray, modules: Sequence[int]
) -> list[np.ndarray]:
  """How many genotypes hold each module.

  Args:
    population: int32 [P, L, N]; a module named twice counts once.
    modules: M of each layer.

  Returns:
    For each layer int64 [M].
  """
  counts = []
  for layer, size in enumerate(modules):
    held = (population[:, layer, :, None] == np.arange(size)).any(axis=1)
    counts.append(held.sum(axis=0))
  return counts


def edge_counts(
  population: np.ndarray, modules: Sequence[int]
) -> list[np.ndarray]:
  """How many genotypes hold both ends of each line between two layers.

  Args:
    population: int32 [P, L, N]; a module named twice counts once.
    modules: M of each layer.

  Returns:
    For each pair of neighbouring layers int64 [M of the one, M of the next].
  """
  held = [
    (population[:, layer, :, None] == np.arange(size)).any(axis=1)
    for layer, size in enumerate(modules)
  ]
  return [
    here.T.astype(np.int64) @ there.astype(np.int64)
    for here, there in itertools.pairwise(held)
  ]


def draw_network(
  axes: Axes, snapshot: Snapshot, rows: Sequence[int] | None = None
) -> None:
  """Draws one moment into `axes`, which it takes over.

  Lines and dots in the task's colour are the population, the stronger the more
  genotypes share them. The path of a finished task is dark and bold, frozen
  paths are dark red with square modules, modules nobody holds are grey rings.

  Args:
    axes: an empty Axes.
    snapshot: what to draw.
    rows: room for this many modules a layer; None is `snapshot.modules`. Given
      when the network grows, so that modules keep their place.
  """
  modules = snapshot.modules
  rows = tuple(modules) if rows is None else tuple(rows)
  tops = [(size - 1) / 2 for size in rows]
  size = len(snapshot.population)
  colour = style.task_colour(snapshot.task)
  dark = style.fittest_colour(snapshot.task)

  shares = [c / size for c in edge_counts(snapshot.population, modules)]
  _add_edges(axes, shares, tops, colour, width=3.6, zorder=1)
  # Thinner with every path, so that a long chain does not hide the new one.
  thin = 1.5 / (1 + 0.25 * max(0, len(snapshot.frozen_paths) - 1))
  for number, path in enumerate(snapshot.frozen_paths):
    _add_edges(
      axes,
      edge_counts(path[None], modules),
      tops,
      style.FROZEN_COLOUR,
      width=thin,
      dashes=FROZEN_DASHES[number % len(FROZEN_DASHES)],
      zorder=2,
    )
  if snapshot.fittest is not None:
    _add_edges(
      axes,
      edge_counts(snapshot.fittest[None], modules),
      tops,
      dark,
      width=2.4,
      zorder=3,
    )

  held = module_counts(snapshot.population, modules)
  for layer, count in enumerate(modules):
    y = tops[layer] - np.arange(count)
    x = np.full(count, layer, np.float64)
    frozen = np.zeros(count, bool)
    for path in snapshot.frozen_paths:
      frozen[path[layer]] = True
    best = np.zeros(count, bool)
    if snapshot.fittest is not None:
      best[snapshot.fittest[layer]] = True
    share = held[layer] / size
    idle = (share == 0) & ~frozen & ~best
    alive = (share > 0) & ~frozen & ~best
    axes.scatter(
      x[idle],
      y[idle],
      s=22,
      facecolors='white',
      edgecolors=style.IDLE_COLOUR,
      linewidths=1.2,
      zorder=4,
    )
    axes.scatter(
      x[alive],
      y[alive],
      s=22 + 50 * share[alive],
      color=[(*to_rgba(colour)[:3], 0.35 + 0.65 * s) for s in share[alive]],
      edgecolors='white',
      linewidths=0.8,
      zorder=5,
    )
    axes.scatter(
      x[frozen],
      y[frozen],
      # A fittest module that was frozen already: a dot inside a larger square.
      s=np.where(best[frozen], 105, 62),
      marker='s',
      color=style.FROZEN_COLOUR,
      edgecolors='white',
      linewidths=0.8,
      zorder=6,
    )
    axes.scatter(
      x[best],
      y[best],
      s=np.where(frozen[best], 30, 78),
      color=dark,
      edgecolors='white',
      linewidths=0.8,
      zorder=7,
    )
  axes.set_xlim(-0.35, len(modules) - 0.65)
  axes.set_ylim(-max(tops) - 0.8, max(tops) + 0.8)
  axes.set_xticks([])
  axes.set_yticks([])


def _add_edges(
  axes: Axes,
  shares: Sequence[np.ndarray],
  tops: Sequence[float],
  colour: str,
  width: float,
  zorder: int,
  dashes: style.Dashes = '-',
) -> None:
  """Lines between layers; a share in (0, 1] gives thickness and opacity."""
  segments, strengths = [], []
  for layer, share in enumerate(shares):
    here, there = np.nonzero(share)
    for a, b in zip(here, there, strict=True):
      segments.append(
        [(layer, tops[layer] - a), (layer + 1, tops[layer + 1] - b)]
      )
      strengths.append(share[a, b])
  strength = np.array(strengths, np.float64)
  # Shared lines over rare ones.
  order = np.argsort(strength, kind='stable')
  axes.add_collection(
    LineCollection(
      [segments[i] for i in order],
      linewidths=0.4 + (width - 0.4) * strength[order],
      colors=[(*to_rgba(colour)[:3], 0.12 + 0.78 * s) for s in strength[order]],
      linestyles=[dashes],
      capstyle='round' if dashes == '-' else None,
      zorder=zorder,
    ),
    autolim=False,
  )
