# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""One update of all replicas together: the sum of their gradients.

Every replica differentiates along a path of its own. Each clips its gradient as
a lone worker would; what is exchanged is the sum, of the modules on anybody's
path and of no other; and every device makes the same update of its copy of the
variables, so that the copies stay equal to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from pathnet_tf.agents import updates
from pathnet_tf.networks import pathnet


class MirroredUpdate:
  """Stands for `Updater.update` inside of a replica.

  A replica that has no evaluation, or a gradient that is not finite, takes no
  part: its path's modules change only where they are on another's path.
  """

  def __init__(
    self,
    updater: updates.Updater,
    masks: Sequence[tf.Tensor],
    busy: tf.Tensor,
  ):
    """Takes the paths of all replicas.

    Args:
      updater: of the task; its variables are mirrored.
      masks: for every layer which modules each replica runs, bool `[K, M]`,
        one at least.
      busy: bool `[K]`, whether a replica has an evaluation.
    """
    self._updater = updater
    self._masks = masks
    self._busy = busy

  def rows(self, replica: int) -> list[tf.Tensor]:
    """For every layer the modules that a replica runs, sorted, distinct."""
    return [_rows(mask[replica]) for mask in self._masks]

  def __call__(
    self,
    rows: Sequence[tf.Tensor],
    gradients: pathnet.Weights,
    loss: tf.Tensor,
    steps: tf.Tensor,
  ) -> tuple[tf.Tensor, updates.Handed]:
    """As `Updater.update`; every replica must call it.

    Returns:
      The norm of this replica's gradient before clipping, and ().
    """
    context = tf.distribute.get_replica_context()
    replica, updater = context.replica_id_in_sync_group, self._updater
    changes = updater.changes(rows, gradients)
    norm = tf.linalg.global_norm([gradient for _, _, gradient in changes])
    part = self._busy[replica]
    part &= tf.math.is_finite(norm) & tf.math.is_finite(loss)
    scale = updater.scale(norm)

    def prepared(gradient):
      # Before the sum: how far a worker's update goes depends on no other.
      scaled = gradient if scale is None else gradient * scale
      return tf.where(part, scaled, 0.0)  # Not times zero, which keeps NaN.

    union = [_rows(tf.reduce_any(mask, axis=0)) for mask in self._masks]
    spread = pathnet.Weights(
      [
        [prepared(g) for g in layer.spread(layer_gradients, indices, onto)]
        for layer, layer_gradients, indices, onto in zip(
          updater.network.gated, gradients.layers, rows, union, strict=True
        )
      ],
      [prepared(gradient) for gradient in gradients.head],
    )
    counts = tf.stack([tf.cast(part, tf.float32), tf.cast(steps, tf.float32)])
    counts = tf.where(self._busy[replica], counts, 0.0)
    counts *= tf.one_hot(replica, tf.shape(self._busy)[0])[:, None]
    *summed, counts = _summed(context, [*tf.nest.flatten(spread), counts])
    context.merge_call(
      self._on_all_devices,
      args=(union, tf.nest.pack_sequence_as(spread, summed), counts),
    )
    return norm, ()

  def _on_all_devices(self, strategy, union, gradients, counts) -> None:
    # On every device all the variables are its own copies, not just this one.
    strategy.extended.update(
      self._updater.updates, self._on_device, args=(union, gradients, counts)
    )

  def _on_device(self, _, union, gradients, counts) -> None:
    """The update of one device's copies.

    Args:
      union: for every layer the modules on anybody's path, `[u]`.
      gradients: of them, summed over the replicas.
      counts: `[K, 2]`, who takes part, and the steps of each.
    """
    updater, part = self._updater, counts[:, 0] > 0
    learning_rate = updater.learning_rate()

    def apply():
      rows, kept = [], []
      for layer, mask, onto, layer_gradients in zip(
        updater.network.gated, self._masks, union, gradients.layers, strict=True
      ):
        rows.append(_rows(tf.reduce_any(mask & part[:, None], axis=0)))
        kept.append(layer.spread(layer_gradients, onto, rows[-1]))
      changes = updater.changes(rows, gradients._replace(layers=kept))
      updater.apply(changes, learning_rate)
      return 0

    tf.cond(tf.reduce_any(part), apply, lambda: 0)
    updater.count(tf.cast(tf.reduce_sum(counts[:, 1]), tf.int64), 1)


def _rows(mask: tf.Tensor) -> tf.Tensor:
  return tf.cast(tf.where(mask)[:, 0], tf.int32)


def _summed(
  context: tf.distribute.ReplicaContext, tensors: Sequence[tf.Tensor]
) -> list[tf.Tensor]:
  """Tensors of equal shapes in every replica, summed over the replicas.

  They travel as one: a collective costs more by its number than by its size.
  """
  flat = [tf.reshape(tensor, [-1]) for tensor in tensors]
  total = context.all_reduce(tf.distribute.ReduceOp.SUM, tf.concat(flat, 0))
  parts = tf.split(total, [tf.size(part) for part in flat], num=len(flat))
  return [
    tf.reshape(part, tf.shape(tensor))
    for part, tensor in zip(parts, tensors, strict=True)
  ]
