# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Initial weights of stacked modules."""

from __future__ import annotations

import math
from collections.abc import Sequence

import tensorflow as tf


def centred(
  shape: Sequence[int], dtype: tf.DType, seed: tuple[int, int], summed: int
) -> tf.Tensor:
  """Kernels `[M, *inputs, outputs]` for a module that ends in a ReLU.

  What comes out of a sum over ReLUs is positive, and so are images: a large
  mean that all inputs of the next layer share, and on it a small signal. With
  ordinary initial weights the mean passes and the signal drowns. So each
  kernel's weights are centred: they sum to zero over its inputs, and answer to
  differences only (docs/results.md has what that does on frames of Pong).

  Args:
    shape: of the stack.
    dtype: of the stack.
    seed: two integers.
    summed: N, how many such modules are summed.
  """
  inputs = list(range(1, len(shape) - 1))
  fan_in = math.prod(shape[axis] for axis in inputs)
  normal = tf.random.stateless_normal(shape, seed=_int32(seed), dtype=dtype)
  if fan_in > 1:
    normal -= tf.reduce_mean(normal, axis=inputs, keepdims=True)
  return scale(summed, fan_in) * normal


def scale(summed: int, fan_in: int) -> float:
  """Standard deviation that keeps the signal's size through a summing layer.

  For inputs of variance 1 and weights of variance `2 / fan_in` a rectified
  module's outputs have the variance `1 - 1 / pi` (Brock et al. 2021, Scaled
  Weight Standardization), and the sum of N modules N times that, by which the
  weights' variance is divided. Centring takes a `fan_in`-th of it, given back.

  Args:
    summed: N.
    fan_in: number of inputs that one output sees.
  """
  variance = summed * (1 - 1 / math.pi)
  return math.sqrt(2.0 / (max(fan_in - 1, 1) * variance))


def gates(
  shape: Sequence[int], dtype: tf.DType, seed: tuple[int, int]
) -> tf.Tensor:
  """Centred kernels `[M, inputs, outputs]` of outputs with variance 1."""
  normal = tf.random.stateless_normal(shape, seed=_int32(seed), dtype=dtype)
  if shape[1] > 1:
    normal -= tf.reduce_mean(normal, axis=1, keepdims=True)
  return normal / math.sqrt(max(shape[1] - 1, 1))


def orthogonal(
  shape: Sequence[int], dtype: tf.DType, seed: tuple[int, int]
) -> tf.Tensor:
  """Recurrent kernels `[M, U, G]` with orthonormal rows (Saxe et al. 2014)."""
  modules, units, outputs = shape
  normal = tf.random.stateless_normal(
    [modules, outputs, units], seed=_int32(seed), dtype=dtype
  )
  q, r = tf.linalg.qr(normal)
  signs = tf.sign(tf.linalg.diag_part(r))  # Else not uniformly distributed.
  return tf.transpose(q * signs[:, None, :], [0, 2, 1])


def _int32(seed: tuple[int, int]) -> tuple[int, int]:
  return seed[0] % 2**31, seed[1]
