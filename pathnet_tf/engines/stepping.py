# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The environments' step as an op, for a graph to play them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from pathnet_tf.engines import stage as stage_lib
from pathnet_tf.engines import window

# A step as Python makes it: observation `[E, ...]`, and reward, discount, step
# type and whether the evaluation is over, float32 `[4, E]`.
Packed = tuple[np.ndarray, np.ndarray]


def packed(stage: stage_lib.Stage, action: np.ndarray) -> Packed:
  """Steps a worker's environments.

  All numbers come in one array: TensorFlow takes 7 us for each that it gets
  from Python.
  """
  observation, *numbers = stage.step(action)
  rows = np.empty((len(numbers), len(action)), np.float32)
  for row, number in zip(rows, numbers, strict=True):
    row[:] = number
  return observation, rows


def unpacked(numbers: tf.Tensor) -> tuple[tf.Tensor, ...]:
  """The numbers of a step, float32 `[4, E]`, as a window takes them."""
  reward, discount, step_type, over = tf.unstack(numbers)
  return reward, discount, tf.cast(step_type, tf.int32), over[0] > 0


def in_graph(
  call: Callable[..., Packed],
  arguments: list[tf.Tensor],
  observation: tf.TypeSpec,
  batch: int,
) -> window.Step:
  """The step of a window, by an op that calls Python.

  Args:
    call: given the arguments and the actions int32 `[E]`, as arrays.
    arguments: that come before the actions.
    observation: spec of an environment's observation.
    batch: E.
  """

  def step(action):
    seen, numbers = tf.numpy_function(
      call,
      [*arguments, action],
      [tf.as_dtype(observation.dtype), tf.float32],
    )
    seen.set_shape([batch, *observation.shape])
    numbers.set_shape([4, batch])
    return seen, *unpacked(numbers)

  return step
