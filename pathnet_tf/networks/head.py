# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The last layer of a task: its own, dense, never shared."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from pathnet_tf.errors import UserError
from pathnet_tf.layers import gated

# For every layer some modules.
Rows = Sequence[Sequence[int]]

FIRST_GAIN = 0.1  # So that a task begins almost as if nothing were frozen.


def check_gains(layers: Sequence[gated.GatedLayer], frozen: str) -> None:
  """Refuses layers, of a user's kind, whose modules can't be scaled.

  Args:
    layers: the network's.
    frozen: the setting that needs it.

  Raises:
    UserError: naming the first.
  """
  for layer in layers:
    methods = (layer.run, getattr(layer, 'forward', layer.run))
    if not all('gains' in inspect.signature(m).parameters for m in methods):
      raise UserError(
        f'{type(layer).__name__} has no gains, which frozen={frozen}'
        ' multiplies what its modules give by: another --frozen is right,'
        ' or a forward(inputs, merged, gains=None), see docs/networks.md'
      )


class Head(tf.keras.layers.Layer):
  """One dense layer. Base class: says neither how wide nor what comes out.

  Like a gated layer it is used by `gather` and `forward`, so that a training
  step can take gradients of what it gathered.

  It may also hold the task's *gains*: trained numbers, small at first, that
  the outputs of modules which earlier tasks froze are multiplied by, as in the
  adapters of progressive networks (Rusu et al. 2016, section 2): one a module,
  or one a layer and earlier task whose path runs as a column, see `columns`.

  Attributes:
    outputs: the task's number of actions, or of classes.
    seed: of the initial weights.
    scaled: for every layer of the network the modules that have a gain; () if
      none has.
    columns: the modules of the paths that all earlier tasks ran, if the task
      reads them; else ().
  """

  def __init__(
    self,
    outputs: int,
    *,
    seed: int = 0,
    scaled: Rows | None = None,
    columns: Sequence[Rows] = (),
    **kwargs,
  ):
    """Creates the head.

    Args:
      outputs: the task's number of actions, or of classes.
      seed: of the initial weights.
      scaled: for every layer the modules that have a gain, sorted; by default
        none has.
      columns: of all earlier tasks for every layer the modules that ran; by
        default the task does not read them.
      **kwargs: of the Keras layer.
    """
    super().__init__(**kwargs)
    self.outputs = outputs
    self.seed = seed
    by_layer = tuple(map(tuple, scaled or ()))
    self.scaled = by_layer if any(by_layer) else ()
    self.columns = tuple(tuple(map(tuple, column)) for column in columns)

  def scales(self) -> list[float]:
    """The size of the first outputs, column by column of the layer."""
    raise NotImplementedError

  def readout(self, columns: tf.Tensor) -> Any:
    """What the head gives, from the layer's columns `[B, len(scales)]`."""
    raise NotImplementedError

  def build(self, input_shape):
    width, scales = int(input_shape[-1]), self.scales()

    def initial(shape, dtype):
      normal = tf.random.stateless_normal(
        shape, seed=(self.seed % 2**31, 0), dtype=dtype
      )
      return normal * tf.constant(scales, dtype) / tf.sqrt(float(width))

    self.kernel = self.add_weight('kernel', [width, len(scales)], None, initial)
    self.bias = self.add_weight(
      'bias', [len(scales)], None, lambda shape, dtype: tf.zeros(shape, dtype)
    )
    shape = [sum(map(len, self.scaled))] if self.scaled else []
    if self.columns:
      shape = [len(self.columns[0]), len(self.columns)]
    if shape:
      self.gains = self.add_weight(
        'gains',
        shape,
        None,
        lambda shape, dtype: tf.fill(shape, tf.constant(FIRST_GAIN, dtype)),
      )
    super().build(input_shape)

  @property
  def stacks(self) -> list[tf.Variable]:
    """The variables; every row of them is trained with the head's task."""
    gains = [self.gains] if self.scaled or self.columns else []
    return [self.kernel, self.bias, *gains]

  def gather(self) -> list[tf.Tensor]:
    """The weights as tensors."""
    return [tf.convert_to_tensor(stack) for stack in self.stacks]

  def updates(
    self, gradients: Sequence[tf.Tensor]
  ) -> list[tuple[tf.Variable, tf.Tensor, tf.Tensor]]:
    """All that an update changes: variables, their rows, the gradients."""
    return [
      (stack, tf.range(stack.shape[0]), gradient)
      for stack, gradient in zip(self.stacks, gradients, strict=True)
    ]

  def forward(self, inputs: tf.Tensor, gathered: Sequence[tf.Tensor]) -> Any:
    """The outputs of `[B, ...]`, flattened to `[B, D]`."""
    kernel, bias, *_ = gathered
    inputs = tf.cast(inputs, kernel.dtype)
    if inputs.shape.rank != 2:
      inputs = tf.reshape(inputs, [-1, kernel.shape[0]])
    return self.readout(tf.nn.bias_add(tf.matmul(inputs, kernel), bias))

  def module_gains(
    self,
    gathered: Sequence[tf.Tensor],
    rows: Sequence[tf.Tensor],
    modules: Sequence[int],
  ) -> list[tf.Tensor]:
    """What the outputs of a path's modules are multiplied by.

    Args:
      gathered: from `gather`; gradients flow back to it.
      rows: for every layer the modules `[n]`.
      modules: M of every layer.

    Returns:
      For every layer `[n]`: 1 for a module that has no gain, 0 for one that
      runs in a column. Empty if all have 1.
    """
    if len(gathered) != len(self.stacks):
      raise ValueError('these are the weights of another head')
    if self.columns:
      return [
        tf.gather(tf.constant(_zero_at(named, count)), indices)
        for named, indices, count in zip(
          zip(*self.columns, strict=True), rows, modules, strict=True
        )
      ]
    if not self.scaled:
      return []
    # Padded: the gradient of a concatenation would be a sparse one.
    with_one = tf.pad(gathered[2], [[0, 1]], constant_values=1.0)
    gains, first = [], 0
    for scaled, indices, count in zip(self.scaled, rows, modules, strict=True):
      table = np.full(count, with_one.shape[0] - 1, np.int32)
      table[list(scaled)] = range(first, first + len(scaled))
      first += len(scaled)
      gains.append(tf.gather(with_one, tf.gather(tf.constant(table), indices)))
    return gains

  def laterals(self, gathered: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """For every layer what the columns' outputs are multiplied by, `[columns]`.

    Args:
      gathered: from `gather`; gradients flow back to it.

    Returns:
      Empty if the task reads no columns.
    """
    return tf.unstack(gathered[2]) if self.columns else []

  def extract(self, rows: Rows) -> Head:
    """The head of a network of some modules alone, with the same weights.

    Args:
      rows: for every layer the modules, sorted and distinct.
    """
    scaled, kept, first = [], [], 0
    for mine, indices in zip(self.scaled, rows, strict=bool(self.scaled)):
      scaled.append([i for i, m in enumerate(indices) if m in mine])
      kept += [first + mine.index(m) for m in indices if m in mine]
      first += len(mine)
    columns = [
      [
        [*map(there.index, path)]
        for there, path in zip(rows, column, strict=True)
      ]
      for column in self.columns
    ]
    config = {**self.get_config(), 'scaled': scaled, 'columns': columns}
    head = type(self).from_config(config)
    head.build([None, self.kernel.shape[0]])
    head.kernel.assign(self.kernel)
    head.bias.assign(self.bias)
    if head.scaled:
      head.gains.assign(tf.gather(self.gains, kept))
    if head.columns:
      head.gains.assign(self.gains)
    return head

  def call(self, inputs: tf.Tensor) -> Any:
    """As `forward` with the head's own weights."""
    return self.forward(inputs, self.gather())

  def get_config(self):
    return {
      **super().get_config(),
      'outputs': self.outputs,
      'seed': self.seed,
      'scaled': self.scaled,
      'columns': self.columns,
    }


class ActorCriticHead(Head):
  """A policy readout and a value readout: `outputs` is A, the actions.

  Input shape: `[B, D]`. Output shapes: logits `[B, A]` and value `[B]`.
  """

  POLICY_SCALE = 0.01  # An almost uniform first policy explores.

  def scales(self):
    return [self.POLICY_SCALE] * self.outputs + [1.0]

  def readout(self, columns):
    logits, value = tf.split(columns, [self.outputs, 1], axis=1)
    return logits, tf.squeeze(value, axis=1)


class ClassifierHead(Head):
  """One linear readout: `outputs` is the number of classes.

  Input shape: `[B, D]`. Output shape: logits `[B, classes]`.
  """

  def scales(self):
    return [1.0] * self.outputs

  def readout(self, columns):
    return columns


def _zero_at(named: Sequence[Sequence[int]], count: int) -> np.ndarray:
  """Float32 `[count]`: 0 for the modules named, else 1."""
  gains = np.ones(count, np.float32)
  gains[list(set().union(*named))] = 0
  return gains
