# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The local engine of a task: for games, or for images to tell apart."""

from __future__ import annotations

from pathnet_tf.agents import actor_critic, classifier
from pathnet_tf.config import RunConfig
from pathnet_tf.engines import engine, local, supervised
from pathnet_tf.environments import watched
from pathnet_tf.tasks import registry


def make_engine(
  config: RunConfig,
  task: registry.AnyTask,
  agent: actor_critic.ActorCriticAgent | classifier.Classifier,
  step_seconds: float = watched.STEP_SECONDS,
) -> engine.Engine:
  """Makes the engine that trains one task in this process.

  Args:
    config: of the run.
    task: the task.
    agent: of the task.
    step_seconds: the longest that an environment may take for a step.

  Raises:
    UserError: the task's images are not to be had, or its environment cannot be
      made.
  """
  if isinstance(agent, classifier.Classifier):
    return supervised.SupervisedEngine(
      agent, task.load().train, workers=config.workers
    )
  return local.LocalEngine(
    agent,
    lambda: task.make_environment(config.environments),
    workers=config.workers,
    episodes=config.evolution.episodes,
    step_seconds=step_seconds,
  )
