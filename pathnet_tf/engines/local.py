# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The local engine: worker threads that share the variables of one process.

Every worker loops windows inside one graph until its evaluation is done; Python
runs only in the environments' own steps. With one worker the outcome follows
from the seeds alone; with several their updates interleave, as in A3C.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

import tensorflow as tf
from tf_agents.environments import py_environment

from pathnet_tf.agents import actor_critic
from pathnet_tf.engines import engine, stepping, threads, window
from pathnet_tf.engines import stage as stage_lib
from pathnet_tf.environments import watched


class LocalEngine(threads.ThreadEngine):
  """K worker threads, each with E environments of its own.

  Attributes:
    workers: K.
  """

  def __init__(
    self,
    agent: actor_critic.ActorCriticAgent,
    make_environment: Callable[[], py_environment.PyEnvironment],
    *,
    workers: int,
    episodes: int,
    step_seconds: float = watched.STEP_SECONDS,
  ):
    """Makes the environments and starts the threads.

    Args:
      agent: of the task; all workers train it.
      make_environment: makes one worker's E environments.
      workers: K.
      episodes: T, the whole episodes of every environment in an evaluation.
      step_seconds: the longest that an environment may take for a step.

    Raises:
      UserError: the environment cannot be made.
    """
    self._agent = agent
    self._episodes = episodes
    self._stop = threading.Event()
    self._stages = [
      stage_lib.Stage(
        watched.WatchedEnvironment(make_environment, step_seconds),
        self._stop,
        seeded_once=workers > 1,
      )
      for _ in range(workers)
    ]
    self._errors: dict[int, Exception] = {}
    self._spec = self._stages[0].environment.observation_spec()
    self._batch = self._stages[0].environment.batch_size
    layers = len(agent.network.gated)
    self._evaluate = tf.function(
      self._evaluate_in_graph,
      input_signature=[
        tf.TensorSpec([], tf.int32),
        tf.TensorSpec([], tf.int32),
        [tf.TensorSpec([None], tf.int32)] * layers,
      ],
    )
    super().__init__(workers)

  def stop(self) -> None:
    """Makes every evaluation end at its next step, without a result."""
    self._stop.set()

  def close(self) -> None:
    """Stops the workers, waits for them, and closes the environments."""
    super().close()
    for stage in self._stages:
      stage.environment.close()

  def evaluate(self, worker: int, job: engine.Job) -> engine.Result | None:
    """Windows along the job's path until its episodes are played.

    Raises:
      UserError: the environment failed too often.
    """
    stage = self._stages[worker]
    try:
      played = self._evaluate(
        tf.constant(worker),
        tf.constant(job.seed),
        [tf.constant(rows) for rows in job.rows],
      )
    except tf.errors.OpError as error:
      raise self._errors.pop(worker, error) from None
    return result_of(job, worker, stage, *played) if stage.complete else None

  def _reset(self, worker, seed):
    with self._kept_error(worker):
      return self._stages[worker].reset(int(seed), self._episodes)

  def _step(self, worker, action):
    with self._kept_error(worker):
      return stepping.packed(self._stages[worker], action)

  @contextlib.contextmanager
  def _kept_error(self, worker) -> Iterator[None]:
    """Keeps what is raised: TensorFlow only passes its text on."""
    try:
      yield
    except Exception as error:
      self._errors[int(worker)] = error
      raise

  def _evaluate_in_graph(self, worker, seed, rows):
    """One evaluation: windows until every environment has played its T."""
    observation_type = tf.as_dtype(self._spec.dtype)

    def reset():
      observation, step_type = tf.numpy_function(
        self._reset, [worker, seed], [observation_type, tf.int32]
      )
      observation.set_shape([self._batch, *self._spec.shape])
      step_type.set_shape([self._batch])
      return self._agent.network.prepare(observation), step_type

    step = stepping.in_graph(self._step, [worker], self._spec, self._batch)
    carry = window.evaluate(self._agent, rows, seed, self._batch, reset, step)
    return carry.counted


def result_of(
  job: engine.Job,
  worker: int,
  stage: stage_lib.Stage,
  steps: tf.Tensor,
  updates: tf.Tensor,
  skipped: tf.Tensor,
  skipped_last: tf.Tensor,
  metrics: tf.Tensor,
) -> engine.Result:
  """What an evaluation gave, from its stage and what its carry `counted`."""
  means = metrics.numpy() / max(float(updates), 1.0)
  named = dict(zip(window.METRICS, means.tolist(), strict=True))
  return engine.Result(
    job,
    worker,
    stage.fitness,
    len(stage.returns),
    int(steps),
    int(skipped),
    {**named, 'dropped': stage.dropped},
    made=int(updates),
    skipped_last=int(skipped_last),
  )
