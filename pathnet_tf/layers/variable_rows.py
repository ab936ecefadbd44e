# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Reading some rows of a variable, wherever its copies are."""

from __future__ import annotations

import tensorflow as tf


def gather(variable: tf.Variable, rows: tf.Tensor) -> tf.Tensor:
  """As `tf.gather`, which would first read the whole of a mirrored variable.

  Args:
    variable: `[M, ...]`; of a mirrored one the copy of the replica, or of the
      device that is being updated, is read.
    rows: `[n]` int32.
  """
  if isinstance(variable, tf.distribute.DistributedValues):
    try:
      handle = variable.handle
    except ValueError:  # Outside of the replicas: the copies are equal.
      return tf.gather(variable, rows)
    return tf.raw_ops.ResourceGather(
      resource=handle, indices=rows, dtype=variable.dtype
    )
  return tf.gather(variable, rows)
