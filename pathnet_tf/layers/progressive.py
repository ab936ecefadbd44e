# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Columns of progressive networks, as gated layers.

Rusu et al. 2016, equation 1 and the scalar of their adapters, equation 2:
layer i of column k computes

    h_i(k) = f(W_i(k) h_{i-1}(k) + a_i(k) sum over j < k of U_i(k:j) h_{i-1}(j))

so a column reads its own features and, by lateral connections that it learns,
those of the columns before it; what was learnt before is frozen and never reads
what comes after. A column is N modules here, summed as in a PathNet, and a
layer's outputs are the columns' side by side on the last axis. W and U lie in
one kernel, whose entries for later columns are held at zero. The scalar a,
learnt and small at first, "is to adjust for the different scales of the
different inputs"; every module has its own. A head reads the columns, the first
one times such a scalar too, as the second begins to learn: what a column gives
on another game's observations may be many times what the head expects
(docs/transfer_games.md has what comes of that). Left out of the adapters are
their projection V onto as many dimensions as a column has, and its
nonlinearity.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from pathnet_tf.errors import UserError
from pathnet_tf.layers import convolution, dense, stacked

COLUMNS = 2
FIRST_SCALE = 0.1  # Of what other columns read, as the gains of a PathNet.
_SCALES = ('scale', 'readout')  # Stacks of such scalars, one a module.


class _Columns(stacked.StackedLayer):
  """What both kinds have; stands before the kind of module among the bases."""

  def __init__(
    self,
    modules: int,
    *args,
    first: bool = False,
    last: bool = False,
    columns: Sequence[int] | None = None,
    **kwargs,
  ):
    """As the kind of module, and the columns.

    Args:
      modules: M.
      *args: of the kind.
      first: whether the inputs are observations, not columns; all columns of
        the first layer see them whole.
      last: whether a head reads the outputs.
      columns: which column each module is of, `[M]`; by default modules 0 to
        N-1 of the first, where N is `summed`, and all others of the second.
      **kwargs: of the kind.
    """
    super().__init__(modules, *args, **kwargs)
    if getattr(self, 'residual', False):
      raise ValueError('a column has no residual modules')
    self.first, self.last = first, last
    if columns is None:
      columns = np.minimum(np.arange(modules) // self.summed, COLUMNS - 1)
    self._columns = np.array(columns, np.int32)

  def merge(self, gathered, rows):
    """As the kind, and which module is of which column, `[n, columns]`."""
    named = dict(zip(self._names, gathered, strict=True))
    own, lateral = (
      tf.gather(tf.constant(seen), rows)
      for seen in self._seen(named['kernel'].shape)
    )
    if not self.first:
      ones = [1] * (lateral.shape.rank - 1)
      own += lateral * tf.reshape(named.pop('scale'), [-1, *ones])
    named['kernel'] *= own
    column = tf.gather(tf.constant(self._columns), rows)
    column = tf.one_hot(column, COLUMNS, dtype=self.compute_dtype)
    if self.combine == 'mean':
      column /= tf.maximum(tf.reduce_sum(column, axis=0), 1)
    if self.last:
      (readout,) = self._cast(named.pop('readout'))
      count = tf.reduce_sum(column[:, -1])
      mean = tf.reduce_sum(column[:, -1:] * readout) / tf.maximum(count, 1e-6)
      # Alone, the first column is read as it is: by its own task's head.
      column *= tf.stack([tf.where(count > 0, mean, 1.0), 1.0])
    return (*super().merge([*named.values()], rows), column)

  def forward(self, inputs, merged, gains=None):
    """`[B, ..., C]` to `[B, ..., columns U]`, each column's sum."""
    *merged, column = merged
    if gains is not None:
      column = column * tf.cast(gains, column.dtype)[:, None]
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
    weights = self.stacks[: len(other.stacks)]  # No scalars: it reads itself.
    for mine, theirs in zip(weights, other.stacks, strict=True):
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

  def _shapes(self, input_shape):
    shapes = super()._shapes(input_shape)
    if not self.first:
      shapes['scale'] = (1,)
    if self.last:
      shapes['readout'] = (1,)
    return shapes

  def _combined(self, outputs, axis, gains=None):
    """Modules stay apart until `forward` knows their columns."""
    del axis, gains
    return outputs

  def _seen(self, shape) -> list[np.ndarray]:
    """Which inputs a module reads as its own, and which laterally.

    Both float32 `[M, 1 ..., inputs, 1]`.
    """
    inputs = shape[-2]
    reader = self._columns.reshape(-1, *[1] * (len(shape) - 1))
    read = np.arange(inputs)[:, None] // self._channels % COLUMNS
    own = (read == reader) | self.first
    return [seen.astype(np.float32) for seen in (own, (read < reader) & ~own)]

  def _initial(self, name, shape, dtype, seed):
    """For the inputs of each column as without columns."""
    if name in _SCALES:
      return tf.fill(shape, tf.constant(FIRST_SCALE, dtype))
    plain = super()._initial
    if len(shape) == 2 or self.first:
      return plain(name, shape, dtype, seed)
    *sides, inputs, units = shape
    pixels = inputs // (COLUMNS * self._channels)  # Of what is flattened.
    alone = [*sides, pixels * self._channels, units]
    kernels = [
      tf.reshape(
        plain(name, alone, dtype, (seed[0], seed[1] + 100 * column)),
        [*sides, pixels, self._channels, units],
      )
      for column in range(COLUMNS)
    ]
    kernel = tf.reshape(tf.stack(kernels, axis=-3), shape)
    return kernel * tf.constant(sum(self._seen(shape)), dtype)

  def like(self, rows):
    columns = self._columns[list(rows)].tolist()
    changes = {'modules': len(rows), 'columns': columns}
    return type(self).from_config({**self.get_config(), **changes})

  def get_config(self):
    return {
      **super().get_config(),
      'first': self.first,
      'last': self.last,
      'columns': self._columns.tolist(),
    }


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
  columns = re.sub(r'\)', ', first=True)', columns, count=1)
  return re.sub(r'\)(?=[^)]*$)', ', last=True)', columns)
