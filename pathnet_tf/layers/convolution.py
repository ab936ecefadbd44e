# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Gated convolutional layer."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from pathnet_tf.layers import gated


class GatedConv2D(gated.GatedLayer):
  """M convolutional modules, each followed by a ReLU; active ones are summed.

  Input shape: `[B, H, W, C]`. Output shape: `[B, H', W', filters]`, without
  padding.
  """

  def __init__(
    self, modules: int, filters: int, kernel_size: int, strides: int, **kwargs
  ):
    """As `GatedLayer`, with the kernels of every module.

    Args:
      modules: M.
      filters: kernels a module.
      kernel_size: height and width of a kernel, pixels.
      strides: step of a kernel in both directions, pixels.
      **kwargs: of `GatedLayer`.
    """
    super().__init__(modules, **kwargs)
    self.filters = filters
    self.kernel_size = kernel_size
    self.strides = strides

  def _shapes(self, input_shape):
    size = self.kernel_size
    height, width = input_shape[1:3]
    if min(height, width) < size:  # TensorFlow's own error misleads.
      raise ValueError(
        f'images of {height}x{width} are smaller than a kernel of {size}x{size}'
      )
    return {
      'kernel': (size, size, input_shape[-1], self.filters),
      'bias': (self.filters,),
    }

  def merge(self, gathered: Sequence[tf.Tensor]) -> tuple[tf.Tensor, ...]:
    """`[n, h, w, C, F], [n, F]` to `[h, w, C, n F], [n F]`."""
    kernel, bias = gathered
    shape = kernel.shape
    kernel = tf.transpose(kernel, [1, 2, 3, 0, 4])
    return tf.reshape(kernel, [*shape[1:4], -1]), tf.reshape(bias, [-1])

  def forward(
    self, inputs: tf.Tensor, merged: Sequence[tf.Tensor]
  ) -> tf.Tensor:
    """`[B, H, W, C]` to `[B, H', W', F]`: one convolution, ReLU, sum."""
    kernel, bias = merged
    outputs = tf.nn.conv2d(inputs, kernel, self.strides, 'VALID')
    outputs = tf.nn.relu(tf.nn.bias_add(outputs, bias))
    modules = tf.size(bias) // self.filters
    height, width = outputs.shape[1:3]
    return tf.reduce_sum(
      tf.reshape(outputs, [-1, height, width, modules, self.filters]), axis=3
    )

  def get_config(self):
    return {
      **super().get_config(),
      'filters': self.filters,
      'kernel_size': self.kernel_size,
      'strides': self.strides,
    }
