# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The last layer of a task: its own, dense, never shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from pathnet_tf.networks import adapters


class Head(tf.keras.layers.Layer):
  """One dense layer. Base class: says neither how wide nor what comes out.

  Like a gated layer it is used by `gather` and `forward`, so that a training
  step can take gradients of what it gathered.

  It also holds the gains of the task's adapter, where that has any.

  Attributes:
    outputs: the task's number of actions, or of classes.
    seed: of the initial weights.
    adapter: how the task reads what earlier ones froze.
  """

  def __init__(
    self,
    outputs: int,
    *,
    seed: int = 0,
    adapter: adapters.Adapter | None = None,
    **kwargs,
  ):
    """Creates the head.

    Args:
      outputs: the task's number of actions, or of classes.
      seed: of the initial weights.
      adapter: by default the task reads frozen modules as it does others.
      **kwargs: of the Keras layer.
    """
    super().__init__(**kwargs)
    self.outputs = outputs
    self.seed = seed
    self.adapter = adapter or adapters.Adapter()

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
    if self.adapter.shape:
      self.gains = self.add_weight(
        'gains',
        self.adapter.shape,
        None,
        lambda shape, dtype: tf.fill(
          shape, tf.constant(adapters.FIRST_GAIN, dtype)
        ),
      )
    super().build(input_shape)

  @property
  def stacks(self) -> list[tf.Variable]:
    """The variables; every row of them is trained with the head's task."""
    gains = [self.gains] if self.adapter.shape else []
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

  def adapt(
    self,
    gathered: Sequence[tf.Tensor],
    rows: Sequence[tf.Tensor],
    modules: Sequence[int],
  ) -> tuple[Sequence[tf.Tensor], Sequence[tf.Tensor]]:
    """What the outputs of modules, and of columns, are multiplied by.

    Args:
      gathered: from `gather`; gradients flow back to it.
      rows: for every layer the modules `[n]`.
      modules: M of every layer.

    Returns:
      What the adapter gives as `module_gains` and as `laterals`.
    """
    if len(gathered) != len(self.stacks):
      raise ValueError('these are the weights of another head')
    gains = gathered[-1]  # An adapter that has none does not look.
    return (
      self.adapter.module_gains(gains, rows, modules),
      self.adapter.laterals(gains),
    )

  def extract(self, rows: adapters.Modules) -> Head:
    """The head of a network of some modules alone, with the same weights.

    Args:
      rows: for every layer the modules, sorted and distinct.
    """
    adapter, places = self.adapter.extract(rows)
    head = type(self)(
      self.outputs, seed=self.seed, adapter=adapter, name=self.name
    )
    head.build([None, self.kernel.shape[0]])
    weights = [self.kernel, self.bias]
    if adapter.shape:
      weights.append(tf.gather(self.gains, places))
    for mine, value in zip(head.stacks, weights, strict=True):
      mine.assign(value)
    return head

  def call(self, inputs: tf.Tensor) -> Any:
    """As `forward` with the head's own weights."""
    return self.forward(inputs, self.gather())


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
