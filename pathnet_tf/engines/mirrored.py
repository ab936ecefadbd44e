# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What the engines on several devices share: replicas in lockstep.

Every device of a host is a replica: a worker with a path and data of its own,
and a copy of all variables. A chunk of updates runs in one graph; between two
chunks who is done hands in its result and is given another path. All follows
from the seeds, however many replicas there are.
"""

from __future__ import annotations

import abc
import collections
import threading
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from pathnet_tf.engines import engine
from pathnet_tf.networks import pathnet


class MirroredEngine(engine.Engine):
  """K replicas that update together. Base class: says nothing of the work.

  Attributes:
    workers: K.
    strategy: of the variables.
    jobs: of every replica, its present or last one; None before the first.
    busy: bool `[K]`, whose job is not done.
  """

  def __init__(
    self, network: pathnet.PathNet, strategy: tf.distribute.MirroredStrategy
  ):
    """Creates idle replicas.

    Args:
      network: the super-network, mirrored by the strategy.
      strategy: its replicas are the workers.
    """
    self.workers = strategy.num_replicas_in_sync
    self.strategy = strategy
    self.jobs: list[engine.Job | None] = [None] * self.workers
    self.busy = np.zeros(self.workers, bool)
    self._modules = network.modules
    self._results: collections.deque[engine.Result] = collections.deque()
    self._stop = threading.Event()

  @abc.abstractmethod
  def run_chunk(self) -> list[engine.Result]:
    """Trains all replicas that have a job; the results of those now done."""

  def start(self, worker: int, job: engine.Job) -> None:
    """Gives a worker a job; it must have none."""
    self.jobs[worker] = job
    self.busy[worker] = True

  def wait(self) -> engine.Result | None:
    """The next result, by the worker's number; None for one that was stopped.

    Raises:
      Exception: what an environment raised.
    """
    while not self._results:
      if self._stop.is_set():
        return None
      for result in self.run_chunk():
        self.busy[result.worker] = False
        self._results.append(result)
    return self._results.popleft()

  def stop(self) -> None:
    """Makes every evaluation end with the chunk under way."""
    self._stop.set()

  def close(self) -> None:
    """Nothing runs between chunks."""
    self.stop()

  def given(self) -> list[engine.Job]:
    """Every replica's job, along whose path it runs.

    Who has none goes on along its last path, or before the first along that of
    another, and learns nothing.
    """
    somebody = next(job for job in self.jobs if job is not None)
    return [job or somebody for job in self.jobs]

  def masks(self) -> list[np.ndarray]:
    """For every layer which modules each replica runs, bool `[K, M]`."""
    masks = [np.zeros([self.workers, m], bool) for m in self._modules]
    for worker, job in enumerate(self.given()):
      for mask, rows in zip(masks, job.rows, strict=True):
        mask[worker, rows] = True
    return masks

  def path_specs(self) -> tuple[list[tf.TensorSpec], tf.TensorSpec]:
    """The specs of `masks` and `busy`."""
    masks = [tf.TensorSpec([self.workers, m], tf.bool) for m in self._modules]
    return masks, tf.TensorSpec([self.workers], tf.bool)

  def in_replicas(self, function, *arguments: Sequence) -> list:
    """Calls a function in every replica, from inside a graph.

    Args:
      function: called with the replica's number and its arguments.
      *arguments: each has one for every replica.

    Returns:
      What it gave in every replica, a nest of tensors.
    """

    def call():
      context = tf.distribute.get_replica_context()
      replica = int(tf.get_static_value(context.replica_id_in_sync_group))
      return function(replica, *(each[replica] for each in arguments))

    joint = self.strategy.run(call)
    return [
      tf.nest.map_structure(lambda leaf, r=r: self._of(r, leaf), joint)
      for r in range(self.workers)
    ]

  def _of(self, replica: int, leaf):
    values = self.strategy.experimental_local_results(leaf)
    return values[replica] if len(values) == self.workers else leaf
