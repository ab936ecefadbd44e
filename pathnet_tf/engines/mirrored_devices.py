# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The devices of this host, each of which trains as a replica."""

from __future__ import annotations

import functools

import tensorflow as tf

from pathnet_tf.errors import UserError


def make_strategy(workers: int) -> tf.distribute.MirroredStrategy:
  """A strategy of all GPUs, or where the CPU was split up, of its parts.

  Args:
    workers: K, which must be as many.

  Raises:
    UserError: there are more workers than devices, or fewer.
  """
  devices = tf.config.list_logical_devices('CPU')
  if len(devices) == 1:
    devices = tf.config.list_logical_devices('GPU') or devices
  if workers != len(devices):
    names = ', '.join(f'{d.device_type}:{i}' for i, d in enumerate(devices))
    raise UserError(
      f'workers is {workers}, but this process has {len(devices)} devices'
      f' ({names}): with --strategy=mirrored every device is a worker, so'
      f' --workers={len(devices)} is right, or other devices, by'
      ' CUDA_VISIBLE_DEVICES or, of a CPU, by --logical_devices'
    )
  return _strategy(tuple(device.name for device in devices))


@functools.cache
def _strategy(devices: tuple[str, ...]) -> tf.distribute.MirroredStrategy:
  """One a process: a second one's collectives would pass for the first's."""
  return tf.distribute.MirroredStrategy(devices)
