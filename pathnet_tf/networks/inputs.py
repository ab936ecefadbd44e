# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Observations as the first layer takes them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

PIXELS = ('centred', 'unit')

_LEAST_RANK = 2  # Of an image.


def preparation(
  spec: tf.TypeSpec, pixels: str = 'centred'
) -> Callable[[tf.Tensor], tf.Tensor]:
  """What turns a batch of observations into float32 inputs.

  Bytes are divided by their maximum, 255 for most, unless that is 1. Images,
  which have at least two axes, are then 'centred': each loses its own mean,
  over its pixels and frames. Else what is bright all over pushes all weights of
  a kernel the same way, and kernels die of it (docs/results.md). With 'unit'
  they are not. Everything else is only cast.

  Args:
    spec: of an observation, without batch dimension; bytes whose maximum is
      not said are taken to end at 255.
    pixels: one of `PIXELS`.

  Returns:
    A function of `[B, *spec.shape]`.
  """
  largest, centred = _largest(spec), _is_centred(spec, pixels)
  axes = list(range(1, spec.shape.rank + 1))

  def prepare(observation):
    inputs = tf.cast(observation, tf.float32)
    if largest > 1:
      inputs /= largest
    if centred:
      inputs -= tf.reduce_mean(inputs, axis=axes, keepdims=True)
    return inputs

  return prepare


def in_words(spec: tf.TypeSpec, pixels: str) -> str:
  """What `preparation` does to such observations, in a few words."""
  if (largest := _largest(spec)) <= 1:
    return 'cast to float32'
  centred = ', each image less its own mean' * _is_centred(spec, pixels)
  return f'divided by {largest}{centred}'


def _largest(spec: tf.TypeSpec) -> int:
  """The largest value that is divided by; 1 where there is none."""
  if spec.dtype != tf.uint8:
    return 1
  return int(np.max(getattr(spec, 'maximum', 255)))


def _is_centred(spec: tf.TypeSpec, pixels: str) -> bool:
  is_image = _largest(spec) > 1 and len(spec.shape) >= _LEAST_RANK
  return is_image and pixels == 'centred'
