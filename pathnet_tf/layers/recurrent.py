# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What gated LSTM and GRU layers share: the state of every module."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from pathnet_tf.layers import gated, initial, stacked


class GatedRecurrent(stacked.StackedLayer):
  """M recurrent modules, each with a state of its own in every environment.

  `run` takes T steps at once and begins anew where an episode does. As a Keras
  layer: input shape `[B, T, ...]`, output shape `[B, T, units]`.

  Attributes:
    units: width of every module.
  """

  sequences = True
  STATES = 1  # Tensors in a module's state; the first is its output.
  GATES = 1  # Widths of the recurrent kernel, in units.

  def __init__(self, modules: int, units: int, **kwargs):
    """As `GatedLayer`, with the width `units` of every module."""
    super().__init__(modules, **kwargs)
    gated.check_sizes(units=units)
    self.units = units
    self.state_spec = (
      tf.TensorSpec([modules, units], self.compute_dtype, 'state'),
    ) * self.STATES

  def _step(
    self,
    projected: tf.Tensor,
    merged: Sequence[tf.Tensor],
    state: tuple[tf.Tensor, ...],
  ) -> tuple[tf.Tensor, ...]:
    """One step of all modules.

    Args:
      projected: `[n, B, GATES U]`, the inputs times the kernel, and the bias.
      merged: from `merge`.
      state: `STATES` tensors `[n, B, U]`.

    Returns:
      The new state, the output first.
    """
    raise NotImplementedError

  def _shapes(self, input_shape):
    width = self.GATES * self.units
    return {
      'kernel': (math.prod(input_shape[1:]), width),
      'recurrent_kernel': (self.units, width),
      'bias': (width,),
    }

  def merge(self, gathered, rows):
    """`[n, D, G U], [n, U, G U], [n, G U]`, the first to `[D, n G U]`."""
    kernel, *others = self._cast(*gathered)
    inputs = kernel.shape[1]
    kernel = tf.reshape(tf.transpose(kernel, [1, 0, 2]), [inputs, -1])
    return (kernel, *others)

  def run(self, inputs, merged, state=(), is_first=None, gains=None):
    kernel, bias = merged[0], merged[2]
    length = is_first.shape[0]
    flat = tf.reshape(*self._cast(inputs), [-1, kernel.shape[0]])
    projected = tf.reshape(
      tf.matmul(flat, kernel),
      [length, -1, tf.shape(bias)[0], self.GATES * self.units],
    )
    projected = tf.transpose(projected + bias, [0, 2, 1, 3])
    keep = 1 - tf.cast(is_first, self.compute_dtype)[:, None, :, None]
    state = tuple(tf.transpose(part, [1, 0, 2]) for part in state)
    outputs = []
    for t in range(length):
      state = tuple(part * keep[t] for part in state)
      state = self._step(projected[t], merged, state)
      outputs.append(state[0])
    combined = self._combined(tf.stack(outputs), 1, gains)
    state = tuple(tf.transpose(part, [1, 0, 2]) for part in state)
    return tf.reshape(combined, [-1, self.units]), state

  def initial_state(self, rows: tf.Tensor, batch: int | tf.Tensor) -> Any:
    """Zeros `[B, n, units]`."""
    zeros = tf.zeros([batch, tf.size(rows), self.units], self.compute_dtype)
    return (zeros,) * self.STATES

  def select_state(self, state, rows):
    return tuple(tf.gather(part, rows, axis=1) for part in state)

  def put_state(self, state, rows, part):
    active = tf.reduce_any(
      tf.one_hot(rows, self.modules, on_value=True, off_value=False), axis=0
    )
    # Where each module stands among the active ones.
    position = tf.maximum(tf.cumsum(tf.cast(active, tf.int32)) - 1, 0)
    return tuple(
      tf.where(active[None, :, None], tf.gather(new, position, axis=1), old)
      for old, new in zip(state, part, strict=True)
    )

  def _initial(self, name, shape, dtype, seed):
    if name == 'kernel':
      return initial.gates(shape, dtype, seed)
    if name == 'recurrent_kernel':
      return initial.orthogonal(shape, dtype, seed)
    return super()._initial(name, shape, dtype, seed)

  def get_config(self):
    return {**super().get_config(), 'units': self.units}
