# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The last layer of a task: its own, dense, never shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf


class Head(tf.keras.layers.Layer):
  """One dense layer. Base class: says neither how wide nor what comes out.

  Like a gated layer it is used by `gather` and `forward`, so that a training
  step can take gradients of what it gathered.
  """

  def __init__(self, outputs: int, *, seed: int = 0, **kwargs):
    """Creates the head.

    Args:
      outputs: the task's number of actions, or of classes.
      seed: of the initial weights.
      **kwargs: of the Keras layer.
    """
    super().__init__(**kwargs)
    self.outputs = outputs
    self.seed = seed

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
    super().build(input_shape)

  @property
  def stacks(self) -> list[tf.Variable]:
    """The variables; every row of them is trained with the head's task."""
    return [self.kernel, self.bias]

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
    kernel, bias = gathered
    inputs = tf.cast(inputs, kernel.dtype)
    if inputs.shape.rank != 2:
      inputs = tf.reshape(inputs, [-1, kernel.shape[0]])
    return self.readout(tf.nn.bias_add(tf.matmul(inputs, kernel), bias))

  def call(self, inputs: tf.Tensor) -> Any:
    """As `forward` with the head's own weights."""
    return self.forward(inputs, self.gather())

  def get_config(self):
    return {
      **super().get_config(),
      'outputs': self.outputs,
      'seed': self.seed,
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
