# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Scores of a finished path, or of the random policy, without training."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tf_agents.trajectories import time_step as ts

from pathnet_tf import bootstrap
from pathnet_tf.agents import classifier
from pathnet_tf.datasets import arrays
from pathnet_tf.engines import stage as stage_lib
from pathnet_tf.engines import window
from pathnet_tf.environments import watched
from pathnet_tf.networks import pathnet
from pathnet_tf.tasks import registry

_ENVIRONMENTS = 10
_BATCH = 1000  # Images that are judged at a time.

# Observation [E, ...], step type [E] and the number of the step to actions
# int32 [E].
Act = Callable[[np.ndarray, np.ndarray, int], np.ndarray]
# Images [B, H, W, C] to labels int32 [B].
Classify = Callable[[tf.Tensor], tf.Tensor]


def play(
  task: registry.Task, act: Act, episodes: int, seed: int
) -> list[float]:
  """Plays whole episodes.

  Args:
    task: what to play.
    act: chooses the actions.
    episodes: how many, at least; every environment plays equally many.
    seed: of the environments.

  Returns:
    The raw returns of the episodes, in the order they ended.

  Raises:
    UserError: the environment fails again and again.
  """
  environments = min(episodes, _ENVIRONMENTS)
  stage = stage_lib.Stage(
    watched.WatchedEnvironment(lambda: task.make_environment(environments))
  )
  each = math.ceil(episodes / environments)
  observation, step_type = stage.reset(seed, each)
  step = 0
  while not stage.complete:
    action = act(observation, step_type, step)
    observation, _, _, step_type, _ = stage.step(action)
    step += 1
  stage.environment.close()
  return stage.returns


def path_policy(
  network: pathnet.PathNet,
  rows: Sequence[Sequence[int]],
  head: int,
  seed: int,
  greedy: bool = False,
) -> Act:
  """Acts through a path of the network as it is now.

  Args:
    network: the super-network.
    rows: for every layer the modules that run, sorted and distinct.
    head: which of the heads.
    seed: of the sampled actions.
    greedy: takes the likeliest action instead.
  """
  modules = [tf.constant(r, tf.int32) for r in rows]
  weights = network.merge(network.gather(modules, head), modules, head)
  state: pathnet.State | None = None
  traced: Callable[..., Any] | None = None

  @tf.function
  def run(observation, step_type, clock, state):
    is_first = tf.equal(step_type, ts.StepType.FIRST)[None]
    (logits, _), state = network.forward(
      observation, weights, state, is_first, head
    )
    if greedy:
      return tf.argmax(logits, axis=-1, output_type=tf.int32), state
    return window.sample(logits, tf.constant(seed), clock), state

  def act(observation, step_type, step):
    nonlocal state, traced
    if state is None:
      state = network.initial_state(modules, len(observation))
    inputs = (
      tf.constant(observation), tf.constant(step_type), tf.constant(step), state
    )  # fmt: skip
    # Once, here: TensorFlow warns of functions made again and again.
    traced = traced or run.get_concrete_function(*inputs)
    action, state = traced(*inputs)
    return action.numpy()

  return act


def path_classifier(
  network: pathnet.PathNet, rows: Sequence[Sequence[int]], head: int
) -> Classify:
  """Tells images apart through a path of the network as it is now.

  Args:
    network: the super-network.
    rows: for every layer the modules that run, sorted and distinct.
    head: which of the heads, one of a classification task.
  """
  modules = [tf.constant(r, tf.int32) for r in rows]
  weights = network.merge(network.gather(modules, head), modules, head)

  def classify(images):
    inputs = network.prepare(images)
    logits = classifier.classify(network, modules, weights, inputs, head)
    return tf.argmax(logits, axis=-1, output_type=tf.int32)

  # Traced once, here: TensorFlow warns of functions made again and again.
  spec = network.input_tensor_spec
  shape = tf.TensorSpec([None, *spec.shape], spec.dtype)
  return tf.function(classify, autograph=False).get_concrete_function(shape)


def accuracy(classify: Classify, split: arrays.Split) -> float:
  """The share of images that are told right.

  Args:
    classify: tells them apart.
    split: the images, usually those kept for the test.
  """
  right = 0
  for start in range(0, len(split.labels), _BATCH):
    predicted = classify(tf.constant(split.images[start : start + _BATCH]))
    labels = split.labels[start : start + _BATCH]
    right += int(np.sum(predicted.numpy() == labels))
  return right / len(split.labels)


def summary(returns: Sequence[float]) -> dict[str, Any]:
  """Raw returns in numbers, as they are printed.

  Returns:
    `episodes`, `mean`, `median`, `interval` (of the mean, 95 %, by bootstrap;
    None of a single episode), `standard_deviation`, `min` and `max`.
  """
  mean = bootstrap.estimate(np.mean, [np.array(returns)], 'percentile')
  return {
    'episodes': len(returns),
    'mean': mean.value,
    'median': float(np.median(returns)),
    'interval': [mean.low, mean.high] if mean.bounded else None,
    'standard_deviation': float(np.std(returns)),
    'min': float(min(returns)),
    'max': float(max(returns)),
  }


def random_policy(task: registry.Task, seed: int) -> Act:
  """Acts uniformly at random."""
  rng = np.random.default_rng(seed)
  actions = int(task.action_spec.maximum) + 1
  return lambda observation, step_type, step: rng.integers(
    actions, size=len(observation), dtype=np.int32
  )
