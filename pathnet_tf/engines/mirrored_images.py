# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The mirrored engine of supervised tasks: evaluations side by side."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from pathnet_tf.agents import classifier as classifier_lib
from pathnet_tf.datasets import arrays
from pathnet_tf.engines import (
  engine,
  minibatches,
  mirrored,
  mirrored_update,
  supervised,
)


class MirroredImages(mirrored.MirroredEngine):
  """K replicas; a chunk is an evaluation of T minibatches of each.

  Attributes:
    workers: K.
  """

  def __init__(
    self,
    classifier: classifier_lib.Classifier,
    split: arrays.Split,
    strategy: tf.distribute.MirroredStrategy,
  ):
    """Takes the images.

    Args:
      classifier: of the task, its variables mirrored by the strategy.
      split: the training images.
      strategy: its replicas are the workers.
    """
    super().__init__(classifier.network, strategy)
    config = classifier.config
    self._classifier = classifier
    self._shape = (config.minibatches, config.batch_size)
    with tf.device('CPU:0'):  # A device is sent its minibatches, not all.
      self._images = tf.constant(split.images)
      self._labels = tf.constant(split.labels)
    self._evaluate = tf.function(
      self._evaluate_in_graph,
      input_signature=[
        *self.path_specs(),
        tf.TensorSpec([self.workers, *self._shape], tf.int32),
      ],
      autograph=False,
    ).get_concrete_function()

  def run_chunk(self) -> list[engine.Result]:
    """One evaluation of every replica that has a job."""
    images = len(self._labels)
    jobs = self.given()
    drawn = [supervised.draw(job.seed, images, self._shape) for job in jobs]
    tallies = self._evaluate(self.masks(), self.busy, np.stack(drawn))
    return [
      supervised.result_of(jobs[worker], worker, tallies[worker], self._shape)
      for worker in np.flatnonzero(self.busy).tolist()
    ]

  def _evaluate_in_graph(self, masks, busy, drawn):
    classifier = self._classifier
    update = mirrored_update.MirroredUpdate(classifier.updater, masks, busy)
    with tf.device('CPU:0'):
      images = tf.unstack(tf.gather(self._images, drawn))
      labels = tf.unstack(tf.gather(self._labels, drawn))

    def prepare(replica, images):
      flat = tf.reshape(images, [-1, *images.shape[2:]])
      inputs = classifier.network.prepare(flat)
      return tf.reshape(inputs, [*self._shape, *inputs.shape[1:]])

    inputs = self.in_replicas(prepare, images)

    def train(t, tallies):
      def once(replica, inputs, labels, tally):
        tally, _ = minibatches.train_once(
          classifier,
          update.rows(replica),
          inputs[t],
          labels[t],
          tally,
          update=update,
        )
        return tally

      return t + 1, self.in_replicas(once, inputs, labels, tallies)

    # Around the replicas: a collective can't be in a loop of one's own.
    _, tallies = tf.while_loop(
      lambda t, _: t < self._shape[0],
      train,
      (tf.constant(0), [minibatches.begin() for _ in range(self.workers)]),
      parallel_iterations=1,
    )
    return tallies
