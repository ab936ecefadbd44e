# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Observations as the first layer takes them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

PIXELS = ('centred', 'unit')

_WORDS = {
  'cast': 'cast to float32',
  'unit': 'divided by 255',
  'centred': 'divided by 255, each image less its own mean',
}


def preparation(
  spec: tf.TypeSpec, pixels: str = 'centred'
) -> Callable[[tf.Tensor], tf.Tensor]:
  """What turns a batch of observations into float32 inputs.

  Images of bytes 0..255 are divided by 255 ('unit') and then 'centred': each
  loses its own mean, over its pixels and frames. Else what is bright all over
  pushes all weights of a kernel the same way, and kernels die of it
  (docs/results.md). Everything else is only cast.

  Args:
    spec: of an observation, without batch dimension; bytes whose maximum is
      not said are taken to end at 255.
    pixels: one of `PIXELS`.

  Returns:
    A function of `[B, *spec.shape]`.
  """
  done = _done(spec, pixels)
  if done == 'cast':
    return lambda observation: tf.cast(observation, tf.float32)
  axes = list(range(1, spec.shape.rank + 1))

  def prepare(observation):
    unit = tf.cast(observation, tf.float32) / 255
    if done == 'unit':
      return unit
    return unit - tf.reduce_mean(unit, axis=axes, keepdims=True)

  return prepare


def in_words(spec: tf.TypeSpec, pixels: str) -> str:
  """What `preparation` does to such observations, in a few words."""
  return _WORDS[_done(spec, pixels)]


def _done(spec: tf.TypeSpec, pixels: str) -> str:
  """What is done to such observations, a key of `_WORDS`."""
  is_bytes = spec.dtype == tf.uint8
  if not is_bytes or np.max(getattr(spec, 'maximum', 255)) <= 1:
    return 'cast'
  return pixels
