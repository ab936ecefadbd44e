# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The engine of many hosts: evaluations as closures on remote workers.

The paper's setting: asynchronous workers, each with environments of its own,
train one network whose variables live on parameter servers. A closure is one
evaluation; where a worker is lost TensorFlow's `ClusterCoordinator` runs it
again on another one, and only what it returns in the end counts.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import tensorflow as tf

from pathnet_tf import remote_errors
from pathnet_tf.agents import actor_critic
from pathnet_tf.agents import classifier as classifier_lib
from pathnet_tf.engines import (
  engine,
  minibatches,
  remote_updater,
  stepping,
  window,
  worker_functions,
  worker_side,
)
from pathnet_tf.tasks import registry

# What a closure returns, before the means of its metrics.
_RETURNED = (
  'fitness',
  'episodes',
  'complete',
  'worker',
  'dropped',
  'made',
  'steps',
  'skipped',
  'skipped_last',
)

_ATTEMPTS = 5  # Of an evaluation that is lost.
_PAUSE_SECONDS = 2.0


class Workers(Protocol):
  """The cluster, as the engine sees it.

  Attributes:
    tokens: of the workers' functions, by name.
    fences: an int64 variable on each server.
  """

  tokens: dict[str, str]
  fences: list[tf.Variable]

  def schedule(self, function: Callable[..., Any], args: tuple) -> Any:
    """Has a worker run a `tf.function`; gives what has `fetch()`."""

  def stop(self) -> None:
    """Tells the workers to end their evaluations."""


class ParameterServerEngine(engine.Engine):
  """K remote workers; who of them runs a job is the coordinator's choice.

  Attributes:
    workers: K.
  """

  def __init__(
    self,
    cluster: Workers,
    agent: actor_critic.ActorCriticAgent | classifier_lib.Classifier,
    task: registry.AnyTask,
    *,
    workers: int,
    environments: int,
  ):
    """Makes the graph of an evaluation, and opens the servers' fences.

    Args:
      cluster: connected.
      agent: of the task; its variables are on the servers, and its updater is
        replaced.
      task: which it trains.
      workers: K.
      environments: E, of each worker.

    Raises:
      UserError: the network can't be trained so.
    """
    self.workers = workers
    self._cluster = cluster
    self._batch = environments
    self._spec = task.observation_spec
    self._dtype = tf.as_dtype(self._spec.dtype)
    self._signatures = worker_side.signatures(self._dtype)
    number = agent.task + 1
    agent.updater = remote_updater.RemoteUpdater(
      agent.updater, cluster.fences, number
    )
    for fence in cluster.fences:
      fence.assign(number)
    self._agent: Any = agent
    games = isinstance(agent, actor_critic.ActorCriticAgent)
    self._counts = not games  # A closure gives how many images were right.
    self._metrics = window.METRICS if games else ('loss',)
    self._told = (*self._metrics, 'dropped') if games else self._metrics
    self._evaluate = tf.function(
      self._play if games else self._classify,
      input_signature=[
        tf.TensorSpec([], tf.int32),
        [tf.TensorSpec([None], tf.int32)] * len(agent.network.gated),
      ],
      autograph=False,
    )
    self._evaluate.get_concrete_function()  # An error in it is said here.
    self._results: queue.SimpleQueue[engine.Result | BaseException | None] = (
      queue.SimpleQueue()
    )
    self._under_way = 0

  def start(self, worker: int, job: engine.Job) -> None:
    """Schedules an evaluation; `worker` has no say in who runs it."""
    del worker
    self._under_way += 1
    threading.Thread(target=self._run, args=(job,), daemon=True).start()

  def wait(self) -> engine.Result | None:
    """The next result; None for an evaluation that was stopped.

    Raises:
      UserError: a worker's environment failed too often, or it has no images.
      Exception: what else went wrong in a worker, but that it was lost.
    """
    result = self._results.get()
    self._under_way -= 1
    if isinstance(result, BaseException):
      raise result
    return result

  def stop(self) -> None:
    """Makes the evaluations of games end at their next step."""
    self._cluster.stop()

  def close(self) -> None:
    """Waits for what is under way, and closes the fences."""
    if self._under_way:
      self.stop()
    while self._under_way:
      self._results.get()
      self._under_way -= 1
    for fence in self._cluster.fences:
      fence.assign(0)

  def _run(self, job: engine.Job) -> None:
    """Has a job run until it gives a result, or cannot."""
    rows = [tf.constant(indices) for indices in job.rows]
    arguments = (tf.constant(job.seed), rows)
    for attempt in range(_ATTEMPTS):
      try:
        value = self._cluster.schedule(self._evaluate, arguments)
        self._results.put(self._result(job, value.fetch()))
        return
      except BaseException as error:  # Handed over to whoever waits.
        if attempt + 1 < _ATTEMPTS and remote_errors.is_of_a_loss(error):
          time.sleep(_PAUSE_SECONDS)
          continue
        self._results.put(remote_errors.as_raised(error))
        return

  def _result(self, job: engine.Job, returned: Any) -> engine.Result | None:
    values = dict(
      zip((*_RETURNED, *self._metrics), returned.tolist(), strict=True)
    )
    if not values['complete']:
      return None
    fitness = values['fitness']
    if self._counts:
      fitness /= values['episodes']
    return engine.Result(
      job,
      int(values['worker']),
      fitness,
      int(values['episodes']),
      int(values['steps']),
      int(values['skipped']),
      {name: values[name] for name in self._told},
      made=int(values['made']),
      skipped_last=int(values['skipped_last']),
    )

  def _call(self, name: str, *inputs: tf.Tensor) -> list[tf.Tensor]:
    return worker_functions.call(
      self._cluster.tokens[name], self._signatures[name], inputs
    )

  def _play(self, seed, rows):
    """An evaluation of a game, float64 `[len(_RETURNED) + len(metrics)]`."""
    agent, shape = self._agent, [self._batch, *self._spec.shape]

    def reset():
      observation, step_type = self._call(
        'reset', tf.constant(agent.task), seed
      )
      observation = tf.ensure_shape(observation, shape)
      step_type = tf.ensure_shape(step_type, [self._batch])
      return agent.network.prepare(observation), step_type

    def step(action):
      observation, numbers = self._call('step', action)
      observation = tf.ensure_shape(observation, shape)
      numbers = tf.ensure_shape(numbers, [4, self._batch])
      return observation, *stepping.unpacked(numbers)

    carry = window.evaluate(agent, rows, seed, self._batch, reset, step)
    # It takes the steps, so that it is called after them.
    (score,) = self._call('result', carry.steps)
    means = carry.metrics / tf.maximum(carry.updates, 1.0)
    return _doubles(
      tf.ensure_shape(score, [5]),
      carry.updates,
      carry.steps,
      carry.skipped,
      carry.skipped_last,
      means,
    )

  def _classify(self, seed, rows):
    """An evaluation of images; fitness is the accuracy before each update."""
    agent, config = self._agent, self._agent.config
    shape = [config.minibatches, config.batch_size]
    images, labels = self._call('minibatches', tf.constant(agent.task), seed)
    count = shape[0] * shape[1]
    images = tf.ensure_shape(images, [count, *self._spec.shape])
    inputs = agent.network.prepare(images)
    tally = minibatches.run(
      agent,
      rows,
      tf.reshape(inputs, [*shape, *self._spec.shape]),
      tf.ensure_shape(labels, shape),
    )
    (score,) = self._call('result', tf.cast(tally.updates, tf.int64))
    right = tf.cast(tally.correct, tf.float64)
    worker, dropped = tf.unstack(tf.ensure_shape(score, [5])[3:])
    head = tf.stack([right, count, 1.0, worker, dropped])
    mean = tally.loss / tf.maximum(tally.updates, 1.0)
    return _doubles(
      head,
      tally.updates,
      tf.constant(shape[0]),
      tally.skipped,
      tally.skipped_last,
      mean[None],
    )


def _doubles(head, *parts) -> tf.Tensor:
  return tf.concat(
    [head, *(tf.reshape(tf.cast(p, tf.float64), [-1]) for p in parts)], 0
  )
