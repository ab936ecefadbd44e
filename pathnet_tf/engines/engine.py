# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What every engine offers: it takes jobs and streams back results."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol

import numpy as np


@dataclasses.dataclass(frozen=True)
class Job:
  """One evaluation to be made: train along a path for T episodes.

  Attributes:
    member: whose genotype it is, in the population.
    path: the genotype, int32 `[L, N]`.
    rows: for every layer the modules that run, int32 `[n]`, sorted, distinct.
    seed: of the environments and the actions.
  """

  member: int
  path: np.ndarray
  rows: Sequence[np.ndarray]
  seed: int


@dataclasses.dataclass(frozen=True)
class Result:
  """What an evaluation gave.

  Attributes:
    job: the job.
    worker: who ran it.
    fitness: mean raw return of the counted episodes; of images the accuracy.
    episodes: how many were counted; of images, how many of these there were.
    steps: agent steps trained on; of images, minibatches.
    skipped: updates left out because they were not finite.
    metrics: means over the updates, by name.
    made: updates that were not skipped.
    skipped_last: updates skipped after the last one made.
  """

  job: Job
  worker: int
  fitness: float
  episodes: int
  steps: int
  skipped: int
  metrics: dict[str, float]
  made: int = 1
  skipped_last: int = 0


class Engine(Protocol):
  """Runs evaluations on workers `0 .. workers - 1`."""

  workers: int

  def start(self, worker: int, job: Job) -> None:
    """Gives a worker a job; it must have none."""

  def wait(self) -> Result | None:
    """The next result, of whichever worker; None for one that was stopped."""

  def stop(self) -> None:
    """Makes every evaluation end soon, without a result."""

  def close(self) -> None:
    """Ends the workers and closes their environments."""
