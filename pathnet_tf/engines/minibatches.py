# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A supervised evaluation: T minibatches along a path, all in one graph.

There are two ways to the same weights. `run` changes the variables with every
minibatch, so that workers may share them. `run_held` takes the path out of the
variables and puts it back at the end: for who trains alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from pathnet_tf.agents import classifier as classifier_lib
from pathnet_tf.agents import held_path
from pathnet_tf.agents.updates import Handed
from pathnet_tf.networks.columns import Column


class Tally(NamedTuple):
  """What the minibatches gave, float scalars.

  Attributes:
    correct: images that were told right before their update.
    loss: summed over the updates made.
    updates: the updates made.
    skipped: the updates that were not finite and not made.
    skipped_last: those of them after the last one made.
  """

  correct: tf.Tensor
  loss: tf.Tensor
  updates: tf.Tensor
  skipped: tf.Tensor
  skipped_last: tf.Tensor


def run(
  classifier: classifier_lib.Classifier,
  rows: Sequence[tf.Tensor],
  inputs: tf.Tensor,
  labels: tf.Tensor,
) -> Tally:
  """Trains on minibatches, one update each, in their order.

  Args:
    classifier: learns.
    rows: for every layer the active modules, int32 `[n]`, sorted and distinct.
    inputs: `[T, B, H, W, C]`, images from `PathNet.prepare`.
    labels: int32 `[T, B]`.
  """
  columns = classifier.network.columns(classifier.task)

  def train(t, carry):
    tally, weights = carry
    return train_once(
      classifier, rows, inputs[t], labels[t], tally, weights, columns=columns
    )

  carry = begin(), classifier.updater.begin(rows)
  return _loop(labels, train, carry)[0]


def begin() -> Tally:
  """The tally before the first minibatch."""
  return Tally(*[tf.constant(0.0)] * len(Tally._fields))


def train_once(
  classifier: classifier_lib.Classifier,
  rows: Sequence[tf.Tensor],
  inputs: tf.Tensor,
  labels: tf.Tensor,
  tally: Tally,
  weights: Handed = (),
  update: Callable[..., tuple[tf.Tensor, Handed]] | None = None,
  columns: Sequence[Column] | None = None,
) -> tuple[Tally, Handed]:
  """Trains on one minibatch `[B, H, W, C]` with labels `[B]`.

  Args:
    classifier: learns.
    rows: for every layer the active modules, int32 `[n]`, sorted and distinct.
    inputs: images from `PathNet.prepare`.
    labels: int32.
    tally: of the minibatches before.
    weights: of the path, where the update before handed them over.
    update: as `Updater.update`, which is the default.
    columns: of the task, where they are at hand.

  Returns:
    The tally, and the weights that the update handed over.
  """
  gathered = weights or classifier.updater.gather(rows)
  scores, gradients = classifier.gradients(
    rows, gathered, inputs, labels, columns
  )
  update = update or classifier.updater.update
  norm, weights = update(rows, gradients, scores.loss, tf.constant(1, tf.int64))
  finite = tf.math.is_finite(scores.loss) & tf.math.is_finite(norm)
  made, zero = tf.cast(finite, tf.float32), tf.constant(0.0)
  tally = Tally(
    tally.correct + tf.where(finite, scores.correct, zero),
    tally.loss + tf.where(finite, scores.loss, zero),
    tally.updates + made,
    tally.skipped + 1.0 - made,
    (tally.skipped_last + 1.0) * (1.0 - made),
  )
  return tally, weights


def run_held(
  classifier: classifier_lib.Classifier,
  rows: Sequence[tf.Tensor],
  inputs: tf.Tensor,
  labels: tf.Tensor,
) -> Tally:
  """As `run`, of a network that `HeldPath.fits`, by one worker at a time.

  Where anything is not finite, nothing of the whole evaluation is kept.
  """
  path = held_path.HeldPath(classifier.updater, rows)
  columns = classifier.network.columns(classifier.task)
  zero = tf.constant(0.0)

  def train(t, carry):
    held, correct, loss = carry
    scores, gradients = classifier.merged_gradients(
      rows, held.weights, inputs[t], labels[t], columns
    )
    held = path.update(held, gradients, t)
    return held, correct + scores.correct, loss + scores.loss

  held, correct, loss = _loop(labels, train, (path.take(), zero, zero))
  count = tf.shape(labels)[0]
  # With the slots: of a gradient that is finite the square may not be.
  sums = [tf.reduce_sum(part) for part in tf.nest.flatten(held)]
  finite = tf.math.is_finite(loss + tf.add_n(sums))

  def keep():
    path.put(held)
    return count

  updates = tf.cond(finite, keep, lambda: 0)
  classifier.updater.count(tf.cast(count, tf.int64), count)
  made = tf.cast(updates, tf.float32)
  skipped = tf.cast(count, tf.float32) - made
  return Tally(
    tf.where(finite, correct, zero),
    tf.where(finite, loss, zero),
    made,
    skipped,
    skipped,
  )


def _loop(
  labels: tf.Tensor, train: Callable[[tf.Tensor, Any], Any], carry: Any
) -> Any:
  """The carry after every minibatch."""
  count = tf.shape(labels)[0]
  _, carry = tf.while_loop(
    lambda t, _: t < count,
    lambda t, carry: (t + 1, train(t, carry)),
    (tf.constant(0), carry),
    parallel_iterations=1,
  )
  return carry
