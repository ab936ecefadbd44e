# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Columns: paths of earlier tasks that run whole, beside the task's own.

As the columns of progressive networks (Rusu et al. 2016, equation 1): column k
reads its own features h(k) and, never the other way round, those of the columns
before it. Their lateral weights are left out, the scalar of their adapters
(equation 2) is kept: layer i of column k computes

    h_i(k) = f_i(k)(h_{i-1}(k)) + sum over j < k of a_i(k, j) h_i(j)

where f_i(k) combines the modules of task k's path, and a_i(k, j) is a number
that task k has trained. A module that an earlier task froze runs in the column
of that task; in a later path that names it, it gives zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from pathnet_tf.layers import gated


class Column(NamedTuple):
  """A path as `run` runs it.

  Attributes:
    layers: for every layer the merged weights of the path's modules.
    gains: for every layer what the modules' outputs are multiplied by, `[n]`;
      () where nothing is.
    laterals: for every layer what the outputs of the columns before are
      multiplied by when they are added, `[columns]`; () where there are none.
  """

  layers: Sequence[Sequence[tf.Tensor]]
  gains: Sequence[tf.Tensor] = ()
  laterals: Sequence[tf.Tensor] = ()


def run(
  layers: Sequence[gated.GatedLayer],
  which: Sequence[int],
  columns: Sequence[Column],
  features: Sequence[tf.Tensor],
  state: Sequence[Any],
  is_first: tf.Tensor,
) -> tuple[list[tf.Tensor], tuple[Any, ...]]:
  """Runs some of the layers; gradients flow through the last column alone.

  Args:
    layers: all gated layers.
    which: of them run, one after the other.
    columns: the earlier tasks', in their order, and the path in training.
    features: of each column, what it reads: `[T B, ...]`.
    state: for every layer what the last column's modules remember.
    is_first: bool `[T, B]`, where an episode begins.

  Returns:
    The features of each column after the last of the layers, and the state of
    the layers that ran.
  """
  after = []
  for index in which:
    outputs: list[tf.Tensor] = []
    for column, inputs in zip(columns, features, strict=True):
      made, new = layers[index].run(
        inputs,
        column.layers[index],
        state[index],
        is_first,
        column.gains[index] if column.gains else None,
      )
      for place, read in enumerate(outputs):
        made += tf.cast(column.laterals[index][place], made.dtype) * read
      outputs.append(made if column is columns[-1] else tf.stop_gradient(made))
    features = outputs
    after.append(new)
  return list(features), tuple(after)
