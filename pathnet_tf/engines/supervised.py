# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The local engine of supervised tasks: worker threads that share variables."""

from __future__ import annotations

import threading

import numpy as np
import tensorflow as tf

from pathnet_tf.agents import classifier as classifier_lib
from pathnet_tf.agents import held_path
from pathnet_tf.datasets import arrays
from pathnet_tf.engines import engine, minibatches, threads


class SupervisedEngine(threads.ThreadEngine):
  """K worker threads; an evaluation is T minibatches in one graph.

  Its fitness is the training accuracy over them, each image being judged
  before it is trained on (Fernando et al. 2017, section 3.1).

  Attributes:
    workers: K.
  """

  def __init__(
    self,
    classifier: classifier_lib.Classifier,
    split: arrays.Split,
    *,
    workers: int,
  ):
    """Takes the images and starts the threads.

    Args:
      classifier: of the task; all workers train it.
      split: the training images.
      workers: K.
    """
    self.workers = workers
    config = classifier.config
    self._classifier = classifier
    self._shape = (config.minibatches, config.batch_size)
    self._stop = threading.Event()
    self._images = tf.constant(split.images)
    self._labels = tf.constant(split.labels)
    layers = len(classifier.network.gated)
    self._evaluate = tf.function(
      self._evaluate_in_graph,
      input_signature=[
        [tf.TensorSpec([None], tf.int32)] * layers,
        tf.TensorSpec(self._shape, tf.int32),
      ],
      autograph=False,
    ).get_concrete_function()
    super().__init__(workers)

  def stop(self) -> None:
    """Makes the evaluations that have not begun end without a result."""
    self._stop.set()

  def evaluate(self, worker: int, job: engine.Job) -> engine.Result | None:
    """Trains along the job's path on minibatches that its seed draws."""
    if self._stop.is_set():
      return None
    drawn = draw(job.seed, len(self._labels), self._shape)
    tally = self._evaluate([tf.constant(r) for r in job.rows], drawn)
    return result_of(job, worker, tally, self._shape)

  def _evaluate_in_graph(self, rows, drawn):
    network = self._classifier.network
    # Prepared at once: minibatch by minibatch takes a tenth more time.
    images = tf.gather(self._images, tf.reshape(drawn, [-1]))
    inputs = tf.reshape(
      network.prepare(images), [*self._shape, *images.shape[1:]]
    )
    alone = self.workers == 1 and held_path.HeldPath.fits(network)
    run = minibatches.run_held if alone else minibatches.run
    return run(self._classifier, rows, inputs, tf.gather(self._labels, drawn))


def draw(seed: int, images: int, shape: tuple[int, int]) -> np.ndarray:
  """An evaluation's minibatches: which of the images, int32 of that shape."""
  rng = np.random.Generator(np.random.PCG64(seed))
  return rng.integers(images, size=shape, dtype=np.int32)


def result_of(
  job: engine.Job,
  worker: int,
  tally: minibatches.Tally,
  shape: tuple[int, int],
) -> engine.Result:
  """What T minibatches of B images gave, their shape being `[T, B]`."""
  images = shape[0] * shape[1]
  return engine.Result(
    job,
    worker,
    float(tally.correct) / images,
    images,
    shape[0],
    int(tally.skipped),
    {'loss': float(tally.loss) / max(float(tally.updates), 1.0)},
    made=int(tally.updates),
    skipped_last=int(tally.skipped_last),
  )
