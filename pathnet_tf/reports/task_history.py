# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""One task of a run: its first population and every evaluation after it."""

from __future__ import annotations

import dataclasses

import numpy as np

LayerSets = tuple[tuple[int, ...], ...]


LAST = 0.2  # Of a task's steps, for its final score.


def late_score(
  task_steps: np.ndarray,
  fitness: np.ndarray,
  episodes: np.ndarray,
  last: float = LAST,
) -> float:
  """The mean score of an episode in the `last` fraction of the agent steps.

  Args:
    task_steps: `[E]`, agent steps of the task after each evaluation.
    fitness: `[E]`, raw scores.
    episodes: `[E]`, episodes each fitness is the mean of.
    last: in (0, 1]; evaluations that ended within it count.

  Returns:
    A raw score; NaN if nothing was evaluated.

  Raises:
    ValueError: `last` is outside (0, 1].
  """
  if not 0 < last <= 1:
    raise ValueError(f'last is {last}, must be in (0, 1]')
  if not len(task_steps):
    return float('nan')
  late = is_late(task_steps, last)
  return float(np.average(fitness[late], weights=episodes[late]))


def is_late(task_steps: np.ndarray, last: float = LAST) -> np.ndarray:
  """Which evaluations ended in the `last` fraction of the steps, bool `[E]`."""
  return task_steps > (1 - last) * task_steps[-1:]


@dataclasses.dataclass(frozen=True, eq=False)
class Finish:
  """How a task ended.

  Attributes:
    path: int32 [L, N], the fittest genotype, which was frozen.
    fitness: that genotype's fitness, a raw score.
    frozen: per layer the module indices frozen from here on, of all tasks.
    task_steps: agent steps that the task took.
  """

  path: np.ndarray
  fitness: float
  frozen: LayerSets
  task_steps: int


@dataclasses.dataclass(frozen=True, eq=False)
class TaskHistory:
  """One task of a run: its first population and its E evaluations, in order.

  Attributes:
    task: number of the task within the run, from 0.
    name: name of the task, e.g. `minatar/breakout`.
    modules: M of each layer.
    active: N, active modules a layer.
    population: int32 [P, L, N], the genotypes the task began with.
    frozen_before: per layer the module indices frozen when the task began.
    steps_before: agent steps of the run before this task.
    task_steps: int64 [E], agent steps of the task after each evaluation.
    steps: int64 [E], agent steps of each evaluation.
    episodes: int64 [E], episodes each fitness is the mean of.
    fitness: float64 [E], raw scores.
    member: int32 [E], which genotype was evaluated.
    worker: int32 [E], which worker did it.
    paths: int32 [E, L, N], the path that was trained.
    winners: [E], the member that was copied from, None if none was.
    losers: [E], the member whose genotype was replaced, the evaluated one or
      its rival; None if none was.
    children: [E], the loser's new genotype int32 [L, N], None if there is none.
    finish: how the task ended, None while it has not.
  """

  task: int
  name: str
  modules: tuple[int, ...]
  active: int
  population: np.ndarray
  frozen_before: LayerSets
  steps_before: int
  task_steps: np.ndarray
  steps: np.ndarray
  episodes: np.ndarray
  fitness: np.ndarray
  member: np.ndarray
  worker: np.ndarray
  paths: np.ndarray
  winners: tuple[int | None, ...]
  losers: tuple[int | None, ...]
  children: tuple[np.ndarray | None, ...]
  finish: Finish | None

  @property
  def evaluations(self) -> int:
    """E, the number of evaluations."""
    return len(self.fitness)

  @property
  def total_steps(self) -> int:
    """Agent steps of the task so far."""
    return self.steps_after(self.evaluations)

  def steps_after(self, evaluations: int) -> int:
    """Agent steps of the task after the first `evaluations` evaluations."""
    return int(self.task_steps[evaluations - 1]) if evaluations else 0

  @property
  def default_window(self) -> int:
    """Evaluations to smooth over: a twentieth of them, from 5 to 50.

    More would hide how fast the first scores of a long run rise.
    """
    return min(50, max(5, self.evaluations // 20))

  def first_full(self, window: int | None = None) -> int:
    """Index of the first point of `score_curve` that has its full window.

    With fewer evaluations than the window it is the last point.
    """
    window = self.default_window if window is None else window
    return max(0, min(window, self.evaluations) - 1)

  def population_at(self, evaluations: int) -> np.ndarray:
    """The genotypes after the first `evaluations` evaluations.

    Args:
      evaluations: from 0 (the first population) to E.

    Returns:
      int32 [P, L, N], a copy.

    Raises:
      IndexError: `evaluations` is outside 0..E.
    """
    self._check_moment(evaluations)
    population = self.population.copy()
    for loser, child in zip(
      self.losers[:evaluations], self.children[:evaluations], strict=True
    ):
      if child is not None:
        population[loser] = child
    return population

  def fittest_at(self, evaluations: int) -> int | None:
    """The member with the best last score; of equals, the lowest one.

    Args:
      evaluations: how many there have been, from 0 to E.

    Returns:
      The member, None as long as no genotype in the population has a score.

    Raises:
      IndexError: `evaluations` is outside 0..E.
    """
    self._check_moment(evaluations)
    scores: dict[int, float] = {}
    for i in range(evaluations):
      scores[int(self.member[i])] = float(self.fitness[i])
      loser = self.losers[i]
      if loser is not None:
        scores.pop(loser, None)  # Its new genotype has not been evaluated.
    if not scores:
      return None
    return max(sorted(scores), key=scores.__getitem__)

  def _check_moment(self, evaluations: int) -> None:
    if not 0 <= evaluations <= self.evaluations:
      raise IndexError(
        f'after {evaluations} evaluations: the task has {self.evaluations}'
      )

  def score_curve(
    self, window: int | None = None
  ) -> tuple[np.ndarray, np.ndarray]:
    """The mean score of an episode over the last `window` evaluations.

    Each evaluation weighs as many episodes as it is the mean of. The window
    looks back only: a point owes nothing to later training. The first
    `window - 1` points are means over what there is.

    Args:
      window: evaluations to average over; None is `default_window`.

    Returns:
      Agent steps of the task, int64 [E], and scores, float64 [E].

    Raises:
      ValueError: `window` is below 1.
    """
    window = self.default_window if window is None else window
    if window < 1:
      raise ValueError(f'window is {window}, must be 1 or more')
    end = np.arange(1, self.evaluations + 1)
    start = np.maximum(0, end - window)
    total = np.concatenate([[0.0], np.cumsum(self.fitness * self.episodes)])
    count = np.concatenate([[0], np.cumsum(self.episodes)])
    mean = (total[end] - total[start]) / (count[end] - count[start])
    return self.task_steps.copy(), mean

  def steps_to(self, score: float, window: int | None = None) -> int | None:
    """Agent steps until the smoothed score first is `score` or more.

    Only points with a full window count, so that one lucky evaluation at the
    start does not pass for a level reached.

    Args:
      score: the level.
      window: as in `score_curve`; a task of fewer evaluations takes them all.

    Returns:
      Agent steps of the task, or None if the level was never reached.
    """
    steps, mean = self.score_curve(window)
    first = self.first_full(window)
    reached = np.flatnonzero(mean[first:] >= score)
    return int(steps[first + reached[0]]) if len(reached) else None

  def final_score(self, last: float = LAST) -> float:
    """The task's `late_score`: its mean in the `last` fraction of the steps.

    Raises:
      ValueError: `last` is outside (0, 1].
    """
    return late_score(self.task_steps, self.fitness, self.episodes, last)

  def auc(self, floor: float = 0.0, until: int | None = None) -> float:
    """Area between the score curve and `floor`, in score times agent steps.

    An evaluation's score holds for the agent steps it took; nothing is
    smoothed. What lies below the floor counts as negative.

    Args:
      floor: the score to measure from, usually the random policy's.
      until: agent steps of the task to stop at; None is the end.

    Returns:
      The area.

    Raises:
      ValueError: `until` lies outside of the task.
    """
    until = self.total_steps if until is None else until
    if not 0 <= until <= self.total_steps:
      raise ValueError(f'until is {until}, the task has {self.total_steps}')
    widths = np.diff(np.minimum(self.task_steps, until), prepend=0)
    return float(np.sum((self.fitness - floor) * widths))
