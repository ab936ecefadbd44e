# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Families of tasks, ours and a user's own."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pathnet_tf.environments import minatar_game
from pathnet_tf.errors import UserError
from pathnet_tf.tasks import registry


@pytest.fixture(name='clean')
def clean_fixture(monkeypatch):
  monkeypatch.setattr(registry, '_factories', dict(registry._factories))


def test_the_built_in_families_are_known():
  assert set(registry.families()) >= {
    'atari',
    'gym',
    'minatar',
    'mnist',
    'fashion_mnist',
    'cifar10',
    'svhn',
  }


@pytest.mark.parametrize(
  ('name', 'shape', 'dtype', 'actions', 'network'),
  [
    ('atari/pong', (84, 84, 4), np.uint8, 6, 'atari'),
    ('atari/freeway?mode=1&difficulty=0', (84, 84, 4), np.uint8, 3, 'atari'),
    ('minatar/breakout', (10, 10, 10), np.uint8, 6, 'minatar'),
    ('gym/CartPole-v1', (4,), np.float32, 2, 'vector'),
  ],
)
def test_a_task_tells_of_its_environments(name, shape, dtype, actions, network):
  task = registry.make(name)
  task.check()
  assert task.network == network
  assert (task.observation_spec.shape, task.observation_spec.dtype) == (
    shape,
    dtype,
  )
  assert task.action_spec.maximum == actions - 1
  # What it says without building one is what an environment says of itself.
  environment = task.make_environment(2)
  assert environment.batch_size == 2
  assert environment.observation_spec() == task.observation_spec
  assert environment.action_spec() == task.action_spec
  assert environment.reset().observation.shape == (2, *shape)
  assert task.make_environment(2) is not environment


def test_a_family_of_ones_own_can_be_added(clean):
  def factory(name):
    return registry.Task(
      name=str(name),
      observation_spec=minatar_game.OBSERVATION_SPEC,
      action_spec=None,
      network='minatar',
      make_environment=lambda size: minatar_game.MinAtar(name.item, size),
    )

  registry.register('mine', factory)
  task = registry.make('mine/freeway?a=1')
  assert task.name == 'mine/freeway?a=1'
  assert task.make_environment(3).batch_size == 3
  assert 'mine' in registry.families()


def test_a_family_needs_a_name_that_can_be_written(clean):
  with pytest.raises(UserError, match='no family of tasks'):
    registry.register('My Tasks', lambda name: None)


@pytest.mark.parametrize(
  ('name', 'message'),
  [
    ('atary/pong', "no family 'atary'; did you mean atari"),
    ('xyz/pong', 'choose from atari'),
    ('pong', "no task 'pong': no family 'pong'"),
  ],
)
def test_unknown_families_are_refused_with_the_nearest(name, message):
  with pytest.raises(UserError, match=re.escape(message)):
    registry.make(name)
