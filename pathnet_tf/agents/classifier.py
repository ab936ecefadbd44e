# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The classifier of a PathNet: cross-entropy along a path."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf

from pathnet_tf.agents import updates
from pathnet_tf.networks import pathnet
from pathnet_tf.networks.columns import Column

LOSSES = ('mean', 'sum')


@dataclasses.dataclass(frozen=True)
class ClassifierConfig:
  """Settings of supervised tasks.

  Attributes:
    batch_size: B, images of a minibatch.
    minibatches: T, minibatches of an evaluation.
    loss: 'mean' or 'sum' of the cross-entropy over a minibatch.
  """

  batch_size: int = 16
  minibatches: int = 50
  loss: str = 'mean'


class Scores(NamedTuple):
  """Scalars: the loss that is minimised, and how many images were right."""

  loss: tf.Tensor
  correct: tf.Tensor


class Classifier:
  """Tells images apart through a path (Fernando et al. 2017, section 3.1).

  The supervised counterpart of the actor-critic: it gives the gradient of one
  minibatch, and has the same updater change the path's rows.

  Attributes:
    network: the super-network.
    task: which of its heads is trained.
    config: settings.
    updater: of the task.
  """

  def __init__(self, updater: updates.Updater, config: ClassifierConfig):
    """Creates the classifier of one task.

    Args:
      updater: of the task; it knows the network, and counts minibatches.
      config: settings.
    """
    self.network = updater.network
    self.task = updater.task
    self.config = config
    self.updater = updater

  def gradients(
    self,
    rows: Sequence[tf.Tensor],
    gathered: pathnet.Weights,
    inputs: tf.Tensor,
    labels: tf.Tensor,
    columns: Sequence[Column] | None = None,
  ) -> tuple[Scores, pathnet.Weights]:
    """The scores of one minibatch, and the gradient of its loss.

    Args:
      rows: for every layer the active modules `[n]`, sorted and distinct.
      gathered: their weights, as `PathNet.gather` gives them.
      inputs: `[B, H, W, C]`, images from `PathNet.prepare`.
      labels: int32 `[B]`.
      columns: of the task, where they are at hand.

    Returns:
      The scores before the update, and the gradient of the loss for every
      weight gathered.
    """
    return self._differentiated(
      gathered,
      lambda w: self.network.merge(w, rows, self.task, columns),
      rows,
      inputs,
      labels,
    )

  def merged_gradients(
    self,
    rows: Sequence[tf.Tensor],
    laid_out: pathnet.Weights,
    inputs: tf.Tensor,
    labels: tf.Tensor,
    columns: Sequence[Column] | None = None,
  ) -> tuple[Scores, pathnet.Weights]:
    """As `gradients`, of weights that `PathNet.lay_out` has laid out."""
    return self._differentiated(
      laid_out,
      lambda w: self.network.adapt(w, rows, self.task, columns),
      rows,
      inputs,
      labels,
    )

  def scores(
    self,
    rows: Sequence[tf.Tensor],
    merged: pathnet.Weights,
    inputs: tf.Tensor,
    labels: tf.Tensor,
  ) -> Scores:
    """The scores of one minibatch; see `gradients`."""
    logits = classify(self.network, rows, merged, inputs, self.task)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    reduce = tf.reduce_mean if self.config.loss == 'mean' else tf.reduce_sum
    predicted = tf.argmax(logits, axis=-1, output_type=labels.dtype)
    correct = tf.reduce_sum(tf.cast(predicted == labels, tf.float32))
    return Scores(reduce(losses), correct)

  def _differentiated(
    self,
    weights: pathnet.Weights,
    merge: Callable[[pathnet.Weights], pathnet.Weights],
    rows: Sequence[tf.Tensor],
    inputs: tf.Tensor,
    labels: tf.Tensor,
  ) -> tuple[Scores, pathnet.Weights]:
    with tf.GradientTape(watch_accessed_variables=False) as tape:
      tape.watch(weights)
      scores = self.scores(rows, merge(weights), inputs, labels)
    gradients = tape.gradient(
      scores.loss,
      weights,
      unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    return scores, gradients


def classify(
  network: pathnet.PathNet,
  rows: Sequence[tf.Tensor],
  merged: pathnet.Weights,
  inputs: tf.Tensor,
  task: int,
) -> tf.Tensor:
  """The logits `[B, classes]` of prepared images `[B, H, W, C]` along a path.

  A recurrent module sees each image as the first step of an episode.
  """
  batch = inputs.shape[0]
  batch = tf.shape(inputs)[0] if batch is None else batch
  state = network.initial_state(rows, batch)
  is_first = tf.ones([1, batch], tf.bool)
  return network.run(inputs, merged, state, is_first, task)[0]
