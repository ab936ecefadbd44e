# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.environments.labyrinth, without DeepMind Lab.

Lab is in no package registry. What stands for it here takes what Lab's
documentation says that it takes, and keeps it; it shows that the adapter keeps
to that text, not that it works with Lab.
"""

from __future__ import annotations

import sys
import types
from typing import ClassVar

import numpy as np
import pytest

from pathnet_tf.environments import dm_env_vector, labyrinth

EPISODE = 3  # Steps.


class Lab:
  """`deepmind_lab.Lab` as docs/users/python_api.md has it."""

  made: ClassVar[list[Lab]] = []

  def __init__(self, level, observations, config=None):
    self.level, self.observed, self.config = level, observations, config
    self.seeds: list[int] = []
    self.steps: list[tuple] = []
    self.closed = False
    self._left = 0
    Lab.made.append(self)

  def reset(self, episode=-1, seed=None):
    self.seeds.append(seed)
    self._left = EPISODE

  def step(self, action, num_steps=1):
    assert self.is_running()
    assert action.dtype == np.intc
    self._left -= 1
    self.steps.append((action.tolist(), num_steps))
    return 0.5

  def is_running(self):
    return self._left > 0

  def observations(self):
    assert self.is_running()
    width, height = int(self.config['width']), int(self.config['height'])
    screen = np.full((height, width, 3), len(self.steps), np.uint8)
    return {'RGB_INTERLEAVED': screen}

  def close(self):
    self.closed = True


@pytest.fixture(autouse=True)
def lab(monkeypatch):
  monkeypatch.setattr(Lab, 'made', [])
  module = types.ModuleType('deepmind_lab')
  module.Lab = Lab  # type: ignore[attr-defined]
  monkeypatch.setitem(sys.modules, 'deepmind_lab', module)


@pytest.mark.parametrize(
  ('level', 'called'),
  [
    ('lt_chasm', 'lt_chasm'),
    ('seekavoid_arena', 'seekavoid_arena_01'),
    ('stairway_to_melon', 'stairway_to_melon_01'),
    ('nav_maze_static_01', 'nav_maze_static_01'),
  ],
)
def test_levels_are_called_as_in_the_paper_or_as_lab_does(level, called):
  labyrinth.Labyrinth(level, width=40, height=30)
  (native,) = Lab.made
  assert native.level == called
  assert native.observed == ['RGB_INTERLEAVED']
  assert native.config == {'width': '40', 'height': '30', 'fps': '60'}


def test_episodes_follow_one_another_in_a_batch():
  environment = dm_env_vector.DmEnvVector(
    labyrinth.Labyrinth, {'level': 'lt_chasm', 'height': 30}, 2
  )
  assert environment.observation_spec().shape == (30, 84, 3)
  assert environment.observation_spec().dtype == np.uint8
  assert environment.action_spec().maximum == len(labyrinth.ACTIONS) - 1
  told = [environment.reset()]
  for action in (4, 0, 8, 1, 5):
    told.append(environment.step(np.full(2, action)))
  kinds = [step.step_type[0] for step in told]
  assert kinds == [0, 1, 1, 2, 0, 1]
  assert [step.reward[0] for step in told] == [0, 0.5, 0.5, 0.5, 0, 0.5]
  assert [step.discount[0] for step in told] == [1, 1, 1, 0, 1, 1]
  # The last screen is the one before the end, since Lab shows none after it.
  seen = [step.observation[0, 0, 0, 0] for step in told]
  assert seen == [0, 1, 2, 2, 3, 4]
  held = [labyrinth.ACTIONS[a] for a in (4, 0, 8, 5)]
  for native in Lab.made:
    assert native.steps == [([*action], 4) for action in held]
  environment.close()
  assert all(native.closed for native in Lab.made)


def test_seeds_give_the_same_episodes_again():
  seeds = []
  for seed in (3, 3, 4):
    environment = dm_env_vector.DmEnvVector(
      labyrinth.Labyrinth, {'level': 'lt_chasm'}, 2
    )
    environment.seed(seed)
    environment.reset()
    seeds.append([native.seeds for native in Lab.made[-2:]])
  assert seeds[0] == seeds[1] != seeds[2]
  assert seeds[0][0] != seeds[0][1]
