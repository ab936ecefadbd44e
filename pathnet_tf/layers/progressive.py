# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Columns of progressive networks, as gated layers.

Rusu et al. 2016, equation 1: layer i of column k computes

    h_i(k) = f(W_i(k) h_{i-1}(k) + sum over j < k of U_i(k:j) h_{i-1}(j))

so a column reads its own features and, by lateral connections that it learns,
those of the columns before it; what was learnt before is frozen and never reads
what comes after. A column is N modules here, summed as in a PathNet, and a
layer's outputs are the columns' side by side on the last axis. W and U lie in
one kernel, whose entries for later columns are held at zero. The paper's
adapters (its equation 2) are left out: they only save parameters.
"""

from __future__ import annotations

import re

import numpy as np
import tensorflow as tf

from pathnet_tf.errors import UserError
from pathnet_tf.layers import convolution, dense, initial, stacked

COLUMNS = 2


class _Columns(stacked.StackedLayer):
  """What both kinds have; stands before the kind of module among the bases."""

  def __init__(self, modules: int, *args, first: bool = False, **kwargs):
    """As the kind of module, and the columns.

    Args:
      modules: M. Modules 0 to N-1 are the first column, the N after them the
        second; N is `summed`.
      *args: of the kind.
      first: whether the inputs are observations, not columns; all columns of
        the first layer see them whole.
      **kwargs: of the kind.
    """
    super().__init__(modules, *args, **kwargs)
    if getattr(self, 'residual', False):
      raise ValueError('a column has no residual modules')
    self.first = first

  def merge(self, gathered, rows):
    """As the kind, and which module is of which column, `[n, columns]`."""
    kernel, *vectors = gathered
    kernel *= tf.gather(tf.constant(self._seen(kernel.shape)), rows)
    column = tf.one_hot(self._column(rows), COLUMNS, dtype=self.compute_dtype)
    if self.combine == 'mean':
      column /= tf.maximum(tf.reduce_sum(column, axis=0), 1)
    return (*super().merge([kernel, *vectors], rows), column)

  def forward(self, inputs, merged, gains=None):
    """`[B, ..., C]` to `[B, ..., columns U]`, each column's sum."""
    *merged, column = merged
    if gains is not None:
      column *= tf.cast(gains, column.dtype)[:, None]
    outputs = tf.matmul(column, super().forward(inputs, merged), True)
    batch, *sides, _, units = outputs.shape
    batch = tf.shape(outputs)[0] if batch is None else batch
    return tf.reshape(outputs, [batch, *sides, COLUMNS * units])

  def take_column(self, other: stacked.StackedLayer, rows) -> None:
    """Makes modules of a layer without columns the first column.

    Args:
      other: like this one; its inputs are one column's.
      rows: `[N]`, its modules.
    """
    into = np.arange(len(rows), dtype=np.int32)
    for mine, theirs in zip(self.stacks, other.stacks, strict=True):
      value = tf.gather(theirs, rows)
      if len(mine.shape) > 2 and not self.first:
        channels = self._channels
        fan = value.shape[-2] // channels  # Pixels, where they were flattened.
        value = tf.reshape(
          value, [*value.shape[:-2], fan, 1, channels, value.shape[-1]]
        )
        zeros = [[0, 0]] * (len(value.shape) - 3)
        value = tf.pad(value, [*zeros, [0, COLUMNS - 1], [0, 0], [0, 0]])
        value = tf.reshape(value, [len(rows), *mine.shape[1:]])
      mine.scatter_update(tf.IndexedSlices(value, into))

  def build(self, input_shape):
    self._channels = int(input_shape[-1]) // (1 if self.first else COLUMNS)
    super().build(input_shape)

  def _column(self, modules):
    return tf.minimum(modules // self.summed, COLUMNS - 1)

  def _combined(self, outputs, axis, gains=None):
    """Modules stay apart until `forward` knows their columns."""
    del axis, gains
    return outputs

  def _seen(self, shape) -> np.ndarray:
    """Which inputs a module may read: float32 `[M, 1 ..., inputs, 1]`."""
    inputs = shape[-2]
    reader = np.minimum(np.arange(self.modules) // self.summed, COLUMNS - 1)
    read = (
      np.zeros(inputs, int)
      if self.first
      else np.arange(inputs) // self._channels % COLUMNS
    )
    seen = (read <= reader[:, None]).astype(np.float32)
    return seen.reshape(-1, *[1] * (len(shape) - 3), inputs, 1)

  def _initial(self, name, shape, dtype, seed):
    """As without columns, scaled by the inputs that a module may read."""
    if len(shape) == 2:
      return tf.zeros(shape, dtype)
    seen = tf.broadcast_to(tf.constant(self._seen(shape), dtype), shape)
    axes = list(range(1, len(shape) - 1))
    fan_in = tf.reduce_sum(seen, axis=axes, keepdims=True)
    normal = seen * initial.centred(shape, dtype, seed, 1)
    normal -= seen * tf.reduce_sum(normal, axis=axes, keepdims=True) / fan_in
    whole = float(np.prod([shape[axis] for axis in axes]))
    summed = self.summed if self.combine == 'sum' else 1
    # `centred` took all inputs for read, and no sum.
    return normal * tf.sqrt(
      max(whole - 1, 1) / tf.maximum(fan_in - 1, 1) / summed
    )

  def get_config(self):
    return {**super().get_config(), 'first': self.first}


@tf.keras.utils.register_keras_serializable('pathnet_tf')
class ProgressiveDense(_Columns, dense.GatedDense):
  """Columns of linear modules, each followed by a ReLU.

  Input shape: `[B, ..., columns C]`, flattened. Output shape: `[B, columns U]`.
  """


@tf.keras.utils.register_keras_serializable('pathnet_tf')
class ProgressiveConv2D(_Columns, convolution.GatedConv2D):
  """Columns of convolutional modules, each followed by a ReLU.

  Input shape: `[B, H, W, columns C]`. Output shape: `[B, H', W', columns F]`.
  """


def described(network: str) -> str:
  """The description of a network's columns.

  Args:
    network: a description of `conv` and `dense` layers.

  Raises:
    UserError: it has other layers.
  """
  kinds = re.findall(r'([\w.]+)\(', network)
  if not kinds or '[' in network or not {*kinds} <= {'conv', 'dense'}:
    raise UserError(
      f'a progressive network is of conv and dense layers, not {network!r}:'
      ' another --network, or no arm of that name, is right'
    )
  columns = re.sub(r'\b(conv|dense)\(', r'progressive_\1(', network)
  return re.sub(r'\)', ', first=True)', columns, count=1)
