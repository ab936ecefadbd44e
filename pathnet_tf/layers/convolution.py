# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Gated convolutional layer."""

from __future__ import annotations

import tensorflow as tf

from pathnet_tf.layers import gated, normalisation, stacked


@tf.keras.utils.register_keras_serializable('pathnet_tf')
class GatedConv2D(stacked.StackedLayer):
  """M convolutional modules, each followed by a ReLU; active ones are combined.

  Input shape: `[B, H, W, C]`. Output shape: `[B, H', W', filters]`.
  """

  def __init__(
    self,
    modules: int,
    filters: int,
    kernel_size: int,
    strides: int = 1,
    *,
    padding: str = 'valid',
    pool: int = 1,
    normalise: bool = False,
    residual: bool = False,
    **kwargs,
  ):
    """As `GatedLayer`, and the modules.

    Args:
      modules: M.
      filters: kernels a module.
      kernel_size: height and width of a kernel, pixels.
      strides: step of a kernel in both directions, pixels.
      padding: 'valid' or 'same'.
      pool: side of the squares of which each module keeps the largest value.
      normalise: layer normalisation within each module, over its channels at
        each pixel, before the ReLU.
      residual: adds the inputs to each module's outputs, which must have the
        same shape.
      **kwargs: of `GatedLayer`.
    """
    super().__init__(modules, **kwargs)
    if padding not in ('valid', 'same'):
      raise ValueError(f'padding must be valid or same, not {padding!r}')
    gated.check_sizes(
      filters=filters, kernel_size=kernel_size, strides=strides, pool=pool
    )
    self.filters = filters
    self.kernel_size = kernel_size
    self.strides = strides
    self.padding = padding
    self.pool = pool
    self.normalise = normalise
    self.residual = residual

  def _shapes(self, input_shape):
    size = self.kernel_size
    if len(input_shape) != 4:
      raise ValueError(
        'a convolution needs images [height, width, channels], not'
        f' {list(input_shape[1:])}'
      )
    height, width, channels = input_shape[1:]
    if self.padding == 'valid' and min(height, width) < size:
      # TensorFlow's own error misleads.
      raise ValueError(
        f'images of {height}x{width} are smaller than a kernel of {size}x{size}'
      )
    shape = self._output_shape(height, width)
    if min(shape[:2]) < 1:
      raise ValueError(
        f'images of {height}x{width} are too small for pools of {self.pool}'
      )
    if self.residual and shape != (height, width, channels):
      raise ValueError(
        f'a residual module must keep the shape {(height, width, channels)},'
        f' but gives {shape}'
      )
    shapes = {
      'kernel': (size, size, channels, self.filters),
      'bias': (self.filters,),
    }
    return shapes | ({'gain': (self.filters,)} if self.normalise else {})

  def _output_shape(self, height: int, width: int) -> tuple[int, int, int]:
    def side(pixels: int) -> int:
      valid = self.padding == 'valid'
      pixels -= self.kernel_size - 1 if valid else 0
      return -(-pixels // self.strides) // self.pool

    return side(height), side(width), self.filters

  def merge(self, gathered, rows):
    """`[n, h, w, C, F], [n, F]` to `[h, w, C, n F], [n F]`."""
    kernel, *vectors = self._cast(*gathered)
    shape = kernel.shape
    kernel = tf.reshape(
      tf.transpose(kernel, [1, 2, 3, 0, 4]), [*shape[1:4], -1]
    )
    return (kernel, *(tf.reshape(vector, [-1]) for vector in vectors))

  def forward(self, inputs, merged, gains=None):
    """`[B, H, W, C]` to `[B, H', W', F]`: one convolution, ReLU, sum."""
    kernel, bias, *gain = merged
    (inputs,) = self._cast(inputs)
    outputs = tf.nn.conv2d(inputs, kernel, self.strides, self.padding.upper())
    if gain:
      scales, biases = (
        tf.reshape(vector, [-1, self.filters]) for vector in (*gain, bias)
      )
      outputs = self._by_module(outputs, self.filters)
      outputs = normalisation.normalised(outputs, scales) + biases
      outputs = self._side_by_side(outputs, kernel)
    else:
      outputs = tf.nn.bias_add(outputs, bias)
    outputs = tf.nn.relu(outputs)
    if self.pool > 1:
      outputs = tf.nn.max_pool2d(outputs, self.pool, self.pool, 'VALID')
    outputs = self._by_module(outputs, self.filters)
    if self.residual:
      outputs += inputs[:, :, :, None, :]
    return self._combined(outputs, 3, gains)

  def _side_by_side(self, outputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """`[B, H, W, n, F]` to `[B, H, W, n F]`."""
    shape = [-1, *outputs.shape[1:3], tf.shape(kernel)[3]]
    return tf.reshape(outputs, shape)

  def get_config(self):
    return {
      **super().get_config(),
      'filters': self.filters,
      'kernel_size': self.kernel_size,
      'strides': self.strides,
      'padding': self.padding,
      'pool': self.pool,
      'normalise': self.normalise,
      'residual': self.residual,
    }
