# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What a learner does at a task's ends, with its variables on two devices."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf import checkpoints
from pathnet_tf.config import EvolutionConfig, NetworkConfig, RunConfig
from pathnet_tf.learner import Learner

CONFIG = RunConfig(
  tasks=('minatar/breakout', 'minatar/freeway'),
  steps_per_task=100,
  strategy='mirrored',
  network=NetworkConfig(
    'conv(4, 3), [dense(6), dense(6)], dense(6)',
    modules=4,
    active=2,
    frozen='available',
    free_modules=3,
  ),
  evolution=EvolutionConfig(population=4, rivals=1),
)
PATH = np.array([[0, 1], [2, 3], [1, 3]], np.int32)


@pytest.fixture
def strategy():
  return tf.distribute.MirroredStrategy(['CPU:0', 'CPU:1'])


def copies(learner, strategy) -> list[dict[str, np.ndarray]]:
  """All that is learnt, as each device has it."""
  states = [{}, {}]
  for index, owner in enumerate(
    (*learner.network.gated, *learner.network.heads)
  ):
    variables = list(owner.weights)
    for stack in owner.stacks:
      variables += learner.optimizer.slots(stack)
    for number, variable in enumerate(variables):
      values = strategy.experimental_local_results(variable)
      for state, value in zip(states, values, strict=True):
        state[f'{index} {number}'] = value.numpy()
  return states


def make(strategy) -> Learner:
  return Learner(CONFIG, strategy.scope) if strategy else Learner(CONFIG)


def life(strategy=None, pause=lambda learner: None) -> Learner:
  """Two tasks without training: freezes, draws anew, grows, copies."""
  learner = make(strategy)
  for _ in range(2):
    learner.begin()
    pause(learner)
    learner.copy_module(0, 0, 3)
    pause(learner)
    learner.finish(PATH, 1.0)
    pause(learner)
  return learner


def test_every_device_has_the_bits_of_a_learner_on_one(strategy, state_of):
  def check(learner):
    first, second = copies(learner, strategy)
    for name, array in first.items():
      assert array.tobytes() == second[name].tobytes(), name

  mirrored, plain = life(strategy, check), life()
  assert mirrored.network.modules == plain.network.modules != (4, 4, 4)
  assert mirrored.network.frozen_rows() == plain.network.frozen_rows()
  expected = state_of(plain.network, plain.optimizer)
  for name, array in state_of(mirrored.network, mirrored.optimizer).items():
    assert array.tobytes() == expected[name].tobytes(), name


@pytest.mark.parametrize('saved_mirrored', [True, False])
def test_checkpoints_go_from_mirrored_learners_to_plain_ones_and_back(
  strategy, state_of, tmp_path, saved_mirrored
):
  kinds = [strategy, None] if saved_mirrored else [None, strategy]
  store = checkpoints.CheckpointStore(str(tmp_path))
  saved = life(kinds[0])
  for layer in saved.network.gated:
    for stack in layer.stacks:
      stack.assign_add(tf.ones_like(stack))
  saved.save(store, 1, {})
  restored = make(kinds[1])
  restored.restore(store, store.latest())
  expected = state_of(saved.network, saved.optimizer)
  for name, array in state_of(restored.network, restored.optimizer).items():
    assert array.tobytes() == expected[name].tobytes(), name
  if kinds[1] is strategy:
    first, second = copies(restored, strategy)
    for name, array in first.items():
      assert array.tobytes() == second[name].tobytes(), name
