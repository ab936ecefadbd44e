# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The last layer of a task: its own, dense, never shared."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf


class ActorCriticHead(tf.keras.layers.Layer):
  """A policy readout and a value readout, as one dense layer.

  Input shape: `[B, D]`. Output shapes: logits `[B, A]` and value `[B]`.
  Like a gated layer it is used by `gather` and `forward`, so that a training
  step can take gradients of what it gathered.
  """

  POLICY_SCALE = 0.01  # An almost uniform first policy explores.

  def __init__(self, actions: int, *, seed: int = 0, **kwargs):
    """Creates the head.

    Args:
      actions: A, the number of discrete actions.
      seed: of the initial weights.
      **kwargs: of the Keras layer.
    """
    super().__init__(**kwargs)
    self.actions = actions
    self.seed = seed

  def build(self, input_shape):
    width = int(input_shape[-1])

    def initial(shape, dtype):
      normal = tf.random.stateless_normal(
        shape, seed=(self.seed % 2**31, 0), dtype=dtype
      )
      column = [self.POLICY_SCALE] * self.actions + [1.0]
      return normal * tf.constant(column, dtype) / tf.sqrt(float(width))

    self.kernel = self.add_weight(
      'kernel', [width, self.actions + 1], None, initial
    )
    self.bias = self.add_weight(
      'bias',
      [self.actions + 1],
      None,
      lambda shape, dtype: tf.zeros(shape, dtype),
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

  def forward(
    self, inputs: tf.Tensor, gathered: Sequence[tf.Tensor]
  ) -> tuple[tf.Tensor, tf.Tensor]:
    """`[B, ...]`, flattened to `[B, D]`, to logits `[B, A]` and value `[B]`."""
    kernel, bias = gathered
    inputs = tf.cast(inputs, kernel.dtype)
    if inputs.shape.rank != 2:
      inputs = tf.reshape(inputs, [-1, kernel.shape[0]])
    outputs = tf.nn.bias_add(tf.matmul(inputs, kernel), bias)
    return outputs[:, : self.actions], outputs[:, self.actions]

  def call(self, inputs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """As `forward` with the head's own weights."""
    return self.forward(inputs, self.gather())

  def get_config(self):
    return {
      **super().get_config(),
      'actions': self.actions,
      'seed': self.seed,
    }
