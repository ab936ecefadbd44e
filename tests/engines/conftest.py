# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""For tests of engines on several devices."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow as tf


@pytest.fixture(scope='session')
def mirrors():
  """Makes the strategy of some of the CPU's logical devices."""
  made = itertools.count(1)

  def make(replicas: int) -> tf.distribute.MirroredStrategy:
    # As TensorFlow's own tests do: groups of devices must not share a key,
    # which matters where a process has strategies of several sizes.
    kind = type(
      'Mirrors',
      (tf.distribute.MirroredStrategy,),
      {'_collective_key_base': 1000 * next(made)},
    )
    return kind([f'CPU:{index}' for index in range(replicas)])

  return make


@pytest.fixture(scope='session')
def assert_replicas_equal():
  """That every device's copy of what is learnt has the same bits."""

  def check(strategy, updater) -> None:
    variables = [updater.steps, updater.updates]
    for owner in (*updater.network.gated, *updater.network.heads):
      variables += owner.weights
      for stack in owner.stacks:
        variables += updater.optimizer.slots(stack)
    for variable in variables:
      first, *others = strategy.experimental_local_results(variable)
      assert len(others) == strategy.num_replicas_in_sync - 1
      for other in others:
        assert other.device != first.device
        assert first.numpy().tobytes() == other.numpy().tobytes()

  return check


@pytest.fixture(scope='session')
def assert_same_state():
  """That two states, as `state_of` gives them, have the same bits."""

  def check(one: dict[str, np.ndarray], two: dict[str, np.ndarray]) -> None:
    assert one.keys() == two.keys()
    for name, array in one.items():
      assert array.tobytes() == two[name].tobytes(), name

  return check
