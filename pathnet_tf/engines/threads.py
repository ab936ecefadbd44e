# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Worker threads that take jobs and give back results."""

from __future__ import annotations

import abc
import queue
import threading

from pathnet_tf.engines import engine


class ThreadEngine(engine.Engine):
  """K worker threads in this process. Base class: says nothing of the work.

  Attributes:
    workers: K.
  """

  def __init__(self, workers: int):
    """Starts the threads; whatever `evaluate` needs must be there already."""
    self.workers = workers
    self._results: queue.SimpleQueue[engine.Result | BaseException | None] = (
      queue.SimpleQueue()
    )
    self._jobs: list[queue.SimpleQueue[engine.Job | None]] = [
      queue.SimpleQueue() for _ in range(workers)
    ]
    self._threads = [
      threading.Thread(target=self._work, args=(worker,), daemon=True)
      for worker in range(workers)
    ]
    for thread in self._threads:
      thread.start()

  @abc.abstractmethod
  def evaluate(self, worker: int, job: engine.Job) -> engine.Result | None:
    """Runs one job in a worker's thread; None if it was stopped."""

  @abc.abstractmethod
  def stop(self) -> None:
    """Makes every evaluation end soon, without a result."""

  def start(self, worker: int, job: engine.Job) -> None:
    """Gives a worker a job; it must have none."""
    self._jobs[worker].put(job)

  def wait(self) -> engine.Result | None:
    """The next result, of whichever worker; None for one that was stopped.

    Raises:
      Exception: what a worker raised.
    """
    result = self._results.get()
    if isinstance(result, BaseException):
      raise result
    return result

  def close(self) -> None:
    """Stops the workers and waits for them."""
    self.stop()
    for jobs in self._jobs:
      jobs.put(None)
    for thread in self._threads:
      thread.join()

  def _work(self, worker: int) -> None:
    while (job := self._jobs[worker].get()) is not None:
      try:
        self._results.put(self.evaluate(worker, job))
      except BaseException as error:  # Handed over to whoever waits.
        self._results.put(error)
