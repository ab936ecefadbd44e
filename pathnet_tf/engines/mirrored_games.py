# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The mirrored engine of games: windows of all replicas, in lockstep."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from tf_agents.environments import py_environment

from pathnet_tf.agents import actor_critic
from pathnet_tf.engines import (
  engine,
  local,
  mirrored,
  mirrored_update,
  stepping,
  window,
)
from pathnet_tf.engines import stage as stage_lib

# Windows between two looks at who is done. Whoever is goes on training until
# then; a look takes a millisecond or two.
CHUNK = 8


class MirroredGames(mirrored.MirroredEngine):
  """K replicas, each with E environments of its own.

  Attributes:
    workers: K.
  """

  def __init__(
    self,
    agent: actor_critic.ActorCriticAgent,
    make_environment: Callable[[], py_environment.PyEnvironment],
    strategy: tf.distribute.MirroredStrategy,
    *,
    episodes: int,
    chunk: int = CHUNK,
  ):
    """Makes the environments.

    Args:
      agent: of the task, its variables mirrored by the strategy.
      make_environment: makes one worker's E environments.
      strategy: its replicas are the workers.
      episodes: T, the whole episodes of every environment in an evaluation.
      chunk: windows that run before anybody can be done.
    """
    super().__init__(agent.network, strategy)
    self._agent = agent
    self._episodes = episodes
    self._chunk = chunk
    self._stages = [
      stage_lib.Stage(make_environment(), seeded_once=self.workers > 1)
      for _ in range(self.workers)
    ]
    environment = self._stages[0].environment
    self._spec = environment.observation_spec()
    self._batch = environment.batch_size
    self._begin = tf.function(
      self._begin_in_graph,
      input_signature=[
        [tf.TensorSpec([None], tf.int32)] * len(agent.network.gated),
        tf.TensorSpec(
          [self._batch, *self._spec.shape], tf.as_dtype(self._spec.dtype)
        ),
        tf.TensorSpec([self._batch], tf.int32),
      ],
      autograph=False,
    )
    outputs = self._begin.get_concrete_function().structured_outputs
    carry = tf.nest.map_structure(
      lambda output: tf.TensorSpec(output.shape, output.dtype), outputs
    )
    self._windows = tf.function(
      self._windows_in_graph,
      input_signature=[
        *self.path_specs(),
        tf.TensorSpec([self.workers], tf.int32),
        [carry] * self.workers,
      ],
      autograph=False,
    )
    self._carries: list[window.Carry | None] = [None] * self.workers
    self._error: Exception | None = None

  def start(self, worker: int, job: engine.Job) -> None:
    """Gives a worker a job, and resets its environments."""
    super().start(worker, job)
    self._reset(worker, job, self._episodes)

  def run_chunk(self) -> list[engine.Result]:
    """Some windows of every replica; the results of who is done.

    Raises:
      UserError: an environment failed too often.
    """
    jobs = self.given()
    for worker, carry in enumerate(self._carries):
      if carry is None:
        self._reset(worker, jobs[worker], 0)
    seeds = np.array([job.seed for job in jobs], np.int32)
    try:
      carries = self._windows(self.masks(), self.busy, seeds, self._carries)
    except tf.errors.OpError as error:
      raise self._error or error from None
    self._carries = list(carries)
    return [
      local.result_of(
        jobs[worker],
        worker,
        self._stages[worker],
        *carry.counted,
      )
      for worker, carry in enumerate(carries)
      if self.busy[worker] and self._stages[worker].complete
    ]

  def close(self) -> None:
    """Closes the environments."""
    super().close()
    for stage in self._stages:
      stage.environment.close()

  def _reset(self, worker: int, job: engine.Job, episodes: int) -> None:
    """Begins an evaluation along the job's path."""
    observation, step_type = self._stages[worker].reset(job.seed, episodes)
    self._carries[worker] = self._begin(
      [tf.constant(rows) for rows in job.rows], observation, step_type
    )

  def _begin_in_graph(self, rows, observation, step_type):
    network = self._agent.network
    state = network.initial_state(rows, self._batch)
    return window.begin(state, network.prepare(observation), step_type)

  def _step(self, worker, action):
    try:
      return stepping.packed(self._stages[worker], action)
    except Exception as error:  # TensorFlow only passes its text on.
      self._error = error
      raise

  def _windows_in_graph(self, masks, busy, seeds, carries):
    agent = self._agent
    update = mirrored_update.MirroredUpdate(agent.updater, masks, busy)

    def run(replica, carry):
      play = stepping.in_graph(
        self._step, [tf.constant(replica)], self._spec, self._batch
      )

      def step(action):
        with tf.device('CPU:0'):  # Where Python is.
          return play(action)

      rows = update.rows(replica)
      return window.run(agent, rows, seeds[replica], step, carry, update)

    # Around the replicas: a collective can't be in a loop of one's own.
    _, carries = tf.while_loop(
      lambda done, _: done < self._chunk,
      lambda done, carries: (done + 1, self.in_replicas(run, carries)),
      (tf.constant(0), carries),
      parallel_iterations=1,
    )
    return carries
