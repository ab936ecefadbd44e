# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""One update along a path: what every agent does with its gradients."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import tensorflow as tf

from pathnet_tf.agents import row_optimizers
from pathnet_tf.layers import gated
from pathnet_tf.networks import pathnet

# A path's weights as `gather` gives them; () where a step has to gather them.
Handed = pathnet.Weights | tuple[()]


@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
  """The optimiser.

  Attributes:
    name: one of `row_optimizers.OPTIMIZERS`.
    learning_rate: at the start of a task.
    clip_norm: limit of the gradient's global norm; 0: none.
    decay: of RMSProp's mean square.
    epsilon: of RMSProp, inside the square root.
  """

  name: str = 'rmsprop'
  learning_rate: float = 7e-4
  clip_norm: float = 0.5
  decay: float = 0.99
  epsilon: float = 1e-5


def make_optimizer(config: OptimizerConfig) -> row_optimizers.RowOptimizer:
  """The optimiser of a configuration, without variables."""
  if config.name == 'rmsprop':
    return row_optimizers.RMSProp(config.decay, config.epsilon)
  return row_optimizers.OPTIMIZERS[config.name]()


class Updater:
  """Changes the rows of a path that are not frozen, and its task's head.

  Attributes:
    network: the super-network.
    task: which of its heads is trained.
    optimizer: knows the network's and the head's variables.
    steps: int64 variable, the steps trained on in this task.
    updates: int64 variable, the updates of this task.
    config: settings.
  """

  def __init__(
    self,
    network: pathnet.PathNet,
    task: int,
    optimizer: row_optimizers.RowOptimizer,
    config: OptimizerConfig,
    steps: tf.Variable,
    updates: tf.Variable,
    anneal_steps: int = 0,
  ):
    """Creates the updater of one task.

    Args:
      network: the super-network, with the task's head.
      task: which of the network's heads.
      optimizer: one that knows the network's and the head's variables.
      config: settings.
      steps: int64 variable, counts the task's steps.
      updates: int64 variable, counts the task's updates.
      anneal_steps: over which the learning rate falls linearly to zero; 0:
        never.
    """
    self.network = network
    self.task = task
    self.optimizer = optimizer
    self.steps = steps
    self.updates = updates
    self.anneal_steps = anneal_steps
    self.config = config

  def learning_rate(self, ahead: tf.Tensor | int = 0) -> tf.Tensor:
    """The learning rate, a scalar, some steps after those that are counted."""
    at_first = self.config.learning_rate
    if not self.anneal_steps:
      return tf.constant(at_first)
    steps = self.steps + tf.cast(ahead, tf.int64)
    left = 1.0 - tf.cast(steps, tf.float32) / self.anneal_steps
    return at_first * tf.maximum(left, 0.0)

  def gather(self, rows: Sequence[tf.Tensor]) -> pathnet.Weights:
    """The weights of a path and the task's head, as tensors."""
    return self.network.gather(rows, self.task)

  def begin(self, rows: Sequence[tf.Tensor]) -> Handed:
    """What an evaluation's first step finds handed over, see `update`."""
    del rows
    return ()

  def update(
    self,
    rows: Sequence[tf.Tensor],
    gradients: pathnet.Weights,
    loss: tf.Tensor,
    steps: tf.Tensor,
  ) -> tuple[tf.Tensor, Handed]:
    """One update of the rows that are not frozen, and of the head.

    Args:
      rows: for every layer the active modules `[n]`, sorted and distinct.
      gradients: of the weights gathered for these rows.
      loss: scalar, what they are gradients of.
      steps: scalar int64, steps that the gradients come from.

    Returns:
      The gradients' global norm before clipping; where it or the loss is not
      finite, nothing is changed but the counters. And the weights after the
      update, where they come with it.
    """
    changes = self.changes(rows, gradients)
    norm = tf.linalg.global_norm([gradient for _, _, gradient in changes])
    learning_rate = self.learning_rate()

    def apply():
      self.apply(changes, learning_rate, self.scale(norm))
      return 0

    finite = tf.math.is_finite(norm) & tf.math.is_finite(loss)
    tf.cond(finite, apply, lambda: 0)
    self.count(steps, 1)
    return norm, ()

  def changes(
    self, rows: Sequence[tf.Tensor], gradients: pathnet.Weights
  ) -> list[gated.RowUpdate]:
    """What an update may change: rows that are not frozen, and the head."""
    changes = []
    for layer, indices, layer_gradients in zip(
      self.network.gated, rows, gradients.layers, strict=True
    ):
      changes += layer.updates(indices, layer_gradients)
    return changes + self.network.heads[self.task].updates(gradients.head)

  def scale(self, norm: tf.Tensor) -> tf.Tensor | None:
    """What clips gradients of this global norm; None: they are not clipped."""
    clip_norm = self.config.clip_norm
    return tf.minimum(1.0, clip_norm / norm) if clip_norm else None

  def apply(
    self,
    changes: Sequence[gated.RowUpdate],
    learning_rate: tf.Tensor,
    scale: tf.Tensor | None = None,
  ) -> None:
    """Makes changes, their gradients times the scale."""
    for stack, indices, gradient in changes:
      if scale is not None:
        gradient *= scale
      self.optimizer.apply(stack, indices, gradient, learning_rate)

  def count(self, steps: tf.Tensor, updates: tf.Tensor | int) -> None:
    """Adds to the task's steps, an int64 scalar, and to its updates."""
    self.steps.assign_add(steps)
    self.updates.assign_add(tf.cast(updates, tf.int64))
