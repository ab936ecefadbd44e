# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A worker process's environments and images, as the chief's graphs call them.

The functions are registered once, for all tasks of the run, before the worker's
server starts. They have no memory of an evaluation that was broken off: each
begins with a `reset`.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from pathnet_tf.datasets import arrays
from pathnet_tf.engines import stage as stage_lib
from pathnet_tf.engines import stepping, supervised, worker_functions
from pathnet_tf.environments import watched
from pathnet_tf.tasks import registry

Signature = worker_functions.Signature


def signatures(observation: tf.DType) -> dict[str, Signature]:
  """The functions of a worker, in the order in which they are registered.

  reset: task, seed -> observation `[E, ...]`, step type `[E]`.
  step: action `[E]` -> observation, and reward, discount, step type and
    whether the evaluation is over, `[4, E]`.
  result: anything -> fitness, episodes, whether they are all, the worker,
    episodes that were dropped.
  minibatches: task, seed -> images `[T B, ...]`, labels `[T, B]`.
  """
  return {
    'reset': Signature((tf.int32, tf.int32), (observation, tf.int32)),
    'step': Signature((tf.int32,), (observation, tf.float32)),
    'result': Signature((tf.int64,), (tf.float64,)),
    'minibatches': Signature((tf.int32, tf.int32), (observation, tf.int32)),
  }


class WorkerSide:
  """What one worker owns: E environments, or images, of the present task."""

  def __init__(
    self,
    tasks: Sequence[registry.AnyTask],
    *,
    worker: int,
    environments: int,
    episodes: int,
    minibatches: int,
    batch_size: int,
    step_seconds: float = watched.STEP_SECONDS,
  ):
    """Registers the functions; nothing is made before a task begins.

    Args:
      tasks: of the run.
      worker: which one this is.
      environments: E.
      episodes: T, of every environment in an evaluation.
      minibatches: T, of an evaluation of images.
      batch_size: B, images of a minibatch.
      step_seconds: the longest that an environment may take for a step.
    """
    self._tasks = tasks
    self._worker = worker
    self._environments = environments
    self._episodes = episodes
    self._shape = (minibatches, batch_size)
    self._step_seconds = step_seconds
    self._stop = threading.Event()
    self._task = -1
    self._stage: stage_lib.Stage | None = None
    self._split: tuple[int, arrays.Split] | None = None
    self._busy_since: float | None = None
    self._failures, self._failed_at = 0, -math.inf
    functions: dict[str, Callable[..., Any]] = {
      'reset': self._reset,
      'step': self._step,
      'result': self._result,
      'minibatches': self._minibatches,
    }
    self.tokens = {
      name: worker_functions.register(functions[name], signature)
      for name, signature in signatures(
        tf.as_dtype(tasks[0].observation_spec.dtype)
      ).items()
    }

  def stop(self) -> None:
    """Makes an evaluation that runs end at its next step."""
    self._stop.set()

  @property
  def stuck_for(self) -> float:
    """Seconds since a game was asked for a step that it has not made."""
    since, stage = self._busy_since, self._stage
    if since is None:
      return 0.0
    # Games that fail are made anew, and what counts is the one of now.
    failures = stage.environment.failures if stage is not None else 0
    if failures != self._failures:
      self._failures, self._failed_at = failures, time.monotonic()
    return time.monotonic() - max(since, self._failed_at)

  def _reset(self, task, seed):
    self._busy_since = time.monotonic()
    if int(task) != self._task or self._stage is None:
      if self._stage is not None:
        self._stage.environment.close()
      make = self._tasks[int(task)].make_environment
      made = watched.WatchedEnvironment(
        lambda: make(self._environments), self._step_seconds
      )
      # What runs on a cluster does not repeat.
      self._stage = stage_lib.Stage(made, self._stop, seeded_once=True)
      self._task = int(task)
    assert self._stage is not None
    reset = self._stage.reset(int(seed), self._episodes)
    self._busy_since = None
    return reset

  def _step(self, action):
    assert self._stage is not None  # A reset came before.
    self._busy_since = time.monotonic()
    stepped = stepping.packed(self._stage, action)
    self._busy_since = None
    return stepped

  def _result(self, steps):
    del steps
    stage = self._stage
    if stage is None or not stage.returns:
      return np.array([0.0, 0.0, 0.0, self._worker, 0.0])
    return np.array(
      [
        stage.fitness,
        len(stage.returns),
        stage.complete,
        self._worker,
        stage.dropped,
      ]
    )

  def _minibatches(self, task, seed):
    if self._split is None or self._split[0] != int(task):
      self._split = int(task), self._tasks[int(task)].load().train
    split = self._split[1]
    drawn = supervised.draw(int(seed), len(split.labels), self._shape)
    return split.images[drawn.ravel()], split.labels[drawn]
