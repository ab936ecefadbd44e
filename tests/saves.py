# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Checkpoints of one small variable, for the tests of their store."""

from __future__ import annotations

import os
import pathlib

import pathnet_tf  # noqa: F401  Chooses Keras 2 before TensorFlow is loaded.

# isort: split
import tensorflow as tf


def trackable(value: float = 0.0) -> tf.train.Checkpoint:
  return tf.train.Checkpoint(weights=tf.Variable([value] * 3))


def save(store, number, value=None, **options) -> str:
  value = number if value is None else value
  return store.save(
    number, trackable(float(value)), {'value': value}, **options
  )


def restored(store, found) -> float:
  """Restores the weights, which must all be of one save, the state's."""
  into = trackable(-1.0)
  store.restore(found, into)
  values = set(into.weights.numpy().tolist())
  assert values == {float(found.state['value'])}
  return values.pop()


def flip(path: pathlib.Path) -> None:
  """Changes a bit in the middle of a file."""
  data = bytearray(path.read_bytes())
  data[len(data) // 2] ^= 1
  path.write_bytes(data)


def names_in(folder) -> list[str]:
  return sorted(os.listdir(folder))


def is_one_line(error: BaseException) -> bool:
  return bool(str(error)) and '\n' not in str(error)
