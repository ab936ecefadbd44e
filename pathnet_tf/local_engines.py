# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The engine of a task: for games or images, in threads or on devices."""

from __future__ import annotations

import tensorflow as tf

from pathnet_tf.agents import actor_critic, classifier
from pathnet_tf.config import RunConfig
from pathnet_tf.engines import (
  engine,
  local,
  mirrored_games,
  mirrored_images,
  supervised,
)
from pathnet_tf.environments import watched
from pathnet_tf.tasks import registry


def make_engine(
  config: RunConfig,
  task: registry.AnyTask,
  agent: actor_critic.ActorCriticAgent | classifier.Classifier,
  strategy: tf.distribute.MirroredStrategy | None = None,
  step_seconds: float = watched.STEP_SECONDS,
) -> engine.Engine:
  """Makes the engine that trains one task in this process.

  Args:
    config: of the run.
    task: the task.
    agent: of the task.
    strategy: of its variables, with --strategy=mirrored.
    step_seconds: the longest that an environment may take for a step.

  Raises:
    UserError: the task's images are not to be had, or its environment cannot be
      made.
  """
  if isinstance(agent, classifier.Classifier):
    split = task.load().train
    if strategy is not None:
      return mirrored_images.MirroredImages(agent, split, strategy)
    return supervised.SupervisedEngine(agent, split, workers=config.workers)

  def make_environment():
    return task.make_environment(config.environments)

  episodes = config.evolution.episodes
  if strategy is not None:
    return mirrored_games.MirroredGames(
      agent,
      lambda: watched.WatchedEnvironment(make_environment, step_seconds),
      strategy,
      episodes=episodes,
    )
  return local.LocalEngine(
    agent,
    make_environment,
    workers=config.workers,
    episodes=episodes,
    step_seconds=step_seconds,
  )
