# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Layers of like modules: stacked in one variable, gathered, run by one op."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from pathnet_tf.layers import gated, initial, variable_rows


class StackedLayer(gated.GatedLayer):
  """M like modules, of which every weight is one variable `[M, ...]`.

  A call gathers the rows of the active modules and computes nothing for the
  others, so its cost follows the size of the path and not M. A subclass gives
  `_shapes`, `merge`, `forward` and, where ReLUs are not meant, `_initial`.
  """

  def _shapes(self, input_shape: tf.TensorShape) -> dict[str, tuple[int, ...]]:
    """The shapes of one module's weights by name; a bias has one dimension."""
    raise NotImplementedError

  def forward(
    self,
    inputs: tf.Tensor,
    merged: Sequence[tf.Tensor],
    gains: tf.Tensor | None = None,
  ) -> tf.Tensor:
    """The combined outputs of the modules whose weights are merged."""
    raise NotImplementedError

  def build(self, input_shape):
    """Creates the masks and the stacks."""
    shapes = self._shapes(self._step_shape(input_shape))
    self.stacks = [
      self.add_weight(
        name,
        (self.modules, *shape),
        initializer=lambda shape, dtype, name=name, index=index: self._initial(
          name, shape, dtype, (self.seed, index)
        ),
      )
      for index, (name, shape) in enumerate(shapes.items())
    ]
    self._names = list(shapes)
    super().build(input_shape)

  def gather(self, rows: tf.Tensor) -> list[tf.Tensor]:
    """A tensor `[n, ...]` for every stack."""
    return [variable_rows.gather(stack, rows) for stack in self.stacks]

  def run(self, inputs, merged, state=(), is_first=None, gains=None):
    del is_first
    if gains is None:  # A user's kind need not know of them.
      return self.forward(inputs, merged), state
    return self.forward(inputs, merged, gains), state

  def updates(self, rows, gradients):
    free = tf.where(~variable_rows.gather(self.frozen, rows))[:, 0]
    free_rows = tf.gather(rows, free)
    return [
      (stack, free_rows, tf.gather(gradient, free))
      for stack, gradient in zip(self.stacks, gradients, strict=True)
    ]

  def spread(self, gradients, rows, onto):
    same = tf.equal(onto[:, None], rows)
    named = tf.reduce_any(same, axis=1)
    # Of floats: GPUs have no argmax of integers.
    place = tf.argmax(tf.cast(same, tf.float32), axis=1, output_type=tf.int32)

    def chosen(gradient):
      column = tf.reshape(named, [-1] + [1] * (gradient.shape.rank - 1))
      return tf.where(column, tf.gather(gradient, place), 0.0)

    return [chosen(gradient) for gradient in gradients]

  def reinitialise(self, keep, seed):
    keep = tf.convert_to_tensor(keep, tf.bool)
    for index, stack in enumerate(self.stacks):
      fresh = self._initial(
        self._names[index], stack.shape, stack.dtype, (seed, index)
      )
      column = tf.reshape(keep, [-1] + [1] * (stack.shape.rank - 1))
      stack.assign(tf.where(column, stack, fresh))
    drawn = tf.cast(tf.where(~keep)[:, 0], tf.int32)
    return [(stack, drawn) for stack in self.stacks]

  def copy_module(self, source, target):
    row = tf.constant([target])
    for stack in self.stacks:
      stack.scatter_update(tf.IndexedSlices(stack[source : source + 1], row))
    return [(stack, row) for stack in self.stacks]

  def _take_modules(self, other, rows):
    for mine, theirs in zip(self.stacks, other.stacks, strict=True):
      mine.assign(tf.gather(theirs, rows))

  def _cast(self, *tensors: tf.Tensor) -> list[tf.Tensor]:
    """Brings tensors to the layer's dtype policy."""
    return [tf.cast(tensor, self.compute_dtype) for tensor in tensors]

  def _by_module(self, outputs: tf.Tensor, width: int) -> tf.Tensor:
    """`[B, ..., n width]` to `[B, ..., n, width]`."""
    batch, *sides = outputs.shape[:-1]  # A shape that is known costs no op.
    batch = tf.shape(outputs)[0] if batch is None else batch
    return tf.reshape(outputs, [batch, *sides, -1, width])

  def _combined(
    self, outputs: tf.Tensor, axis: int, gains: tf.Tensor | None = None
  ) -> tf.Tensor:
    """The sum or mean over the axis of the active modules, times gains."""
    if gains is not None:
      after = [1] * (outputs.shape.rank - axis - 1)
      outputs *= tf.reshape(*self._cast(gains), [-1, *after])
    reduce = tf.reduce_sum if self.combine == 'sum' else tf.reduce_mean
    # Kept and then squeezed, the axis spares the gradient ten small ops that
    # find out how to bring it back.
    return tf.squeeze(reduce(outputs, axis=axis, keepdims=True), axis=axis)

  def _initial(
    self,
    name: str,
    shape: Sequence[int],
    dtype: tf.DType,
    seed: tuple[int, int],
  ) -> tf.Tensor:
    """Initial rows of a stack: zero for biases and gains, centred kernels."""
    del name
    if len(shape) == 2:
      return tf.zeros(shape, dtype)
    summed = self.summed if self.combine == 'sum' else 1
    return initial.centred(shape, dtype, seed, summed)
