# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What every kind of environment keeps to, on the real games."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from tf_agents.environments import tf_py_environment
from tf_agents.specs import tensor_spec

from pathnet_tf.environments import (
  atari_single,
  atari_vector,
  gymnasium_vector,
  minatar_game,
)

FIRST, MID, LAST = 0, 1, 2

# Short limits and random play: each sees ends of episodes within 60 steps.
# All draw random numbers while they run: sticky actions, no-ops, new bricks.
KINDS = {
  'atari_vector': lambda size: atari_vector.AtariVector(
    'breakout', size, sticky=0.25, max_episode_steps=13
  ),
  'atari_single': lambda size: atari_single.AtariSingle(
    'freeway', size, mode=1, sticky=0.25, max_episode_steps=13
  ),
  'minatar': lambda size: minatar_game.MinAtar(
    'breakout', size, max_episode_steps=13
  ),
  'gymnasium': lambda size: gymnasium_vector.GymnasiumVector(
    'CartPole-v1', size, max_episode_steps=13
  ),
}


@pytest.fixture(name='make', params=KINDS)
def make_fixture(request):
  return KINDS[request.param]


def play(environment, steps, action_seed=0, act_when_over=True):
  """Yields the first time step and those after random actions."""
  rng = np.random.default_rng(action_seed)
  last = environment.action_spec().maximum
  step = environment.reset()
  yield step
  for _ in range(steps):
    action = rng.integers(0, last + 1, environment.batch_size, np.int32)
    if not act_when_over:
      action = np.where(step.step_type == LAST, last - action, action)
    step = environment.step(action)
    yield step


def digest(environment, seed, steps=60):
  environment.seed(seed)
  total = hashlib.sha256()
  for step in play(environment, steps):
    for array in step:
      total.update(np.ascontiguousarray(array).tobytes())
  return total.hexdigest()


def test_time_steps_keep_to_the_specs(make):
  environment = make(3)
  assert environment.batched
  assert environment.batch_size == 3
  action = environment.action_spec()
  assert (action.shape, action.dtype, action.minimum) == ((), np.int32, 0)
  spec = environment.observation_spec()
  for step in play(environment, 40):
    assert step.observation.shape == (3, *spec.shape)
    assert step.observation.dtype == spec.dtype
    assert np.all(step.observation >= spec.minimum)
    if spec.shape != (84, 84, 4):  # Frames may hold 255: see atari_vector.
      assert np.all(step.observation <= spec.maximum)
    for array, dtype in (
      (step.step_type, np.int32),
      (step.reward, np.float32),
      (step.discount, np.float32),
    ):
      assert array.shape == (3,)
      assert array.dtype == dtype


def test_specs_can_be_sampled_as_networks_do_to_build(make):
  spec = tensor_spec.from_spec(make(1).observation_spec())
  sample = tensor_spec.sample_spec_nest(spec, outer_dims=(2,))
  assert sample.shape == (2, *spec.shape)


def test_episodes_begin_and_end_as_they_should(make):
  environment = make(3)
  environment.seed(4)
  kinds = []
  for step in play(environment, 60):
    kinds.append(step.step_type)
    first = step.step_type == FIRST
    assert np.all(step.reward[first] == 0)
    assert np.all(step.discount[step.step_type != LAST] == 1)
    assert set(step.discount) <= {0.0, 1.0}
  kinds = np.array(kinds)
  assert np.all(kinds[0] == FIRST)
  assert (kinds == LAST).any(axis=0).all()
  # A FIRST comes after each LAST and nowhere else.
  np.testing.assert_array_equal(kinds[1:] == FIRST, kinds[:-1] == LAST)
  # No episode is longer than its limit, and one is as long.
  lengths = [np.diff(np.flatnonzero(column == FIRST)) for column in kinds.T]
  assert max(np.concatenate(lengths)) == 14


def test_environments_start_over_each_on_its_own():
  environment = gymnasium_vector.GymnasiumVector('CartPole-v1', 4)
  environment.seed(0)
  kinds = np.array([step.step_type for step in play(environment, 60)])
  ends = (kinds == LAST).sum(axis=1)
  assert 1 in ends


def test_the_action_at_the_end_of_an_episode_is_ignored(make):
  one, other = make(2), make(2)
  one.seed(5)
  other.seed(5)
  pairs = zip(play(one, 60), play(other, 60, act_when_over=False), strict=True)
  for left, right in pairs:
    for a, b in zip(left, right, strict=True):
      np.testing.assert_array_equal(a, b)


def test_the_same_seed_repeats_exactly_and_another_does_not(make):
  environment = make(2)
  before = digest(environment, 11)
  assert digest(environment, 12) != before
  assert digest(environment, 11) == before
  assert digest(make(2), 11) == before


def test_environments_of_one_batch_differ(make):
  environment = make(4)
  environment.seed(1)
  observations = [step.observation for step in play(environment, 40)]
  assert any(not np.array_equal(o[0], o[1]) for o in observations)


def test_a_fresh_process_repeats_a_seed_exactly():
  # This file as a program: see its end.
  lines = subprocess.run(
    [sys.executable, __file__],
    capture_output=True,
    text=True,
    check=True,
    env=os.environ | {'PYTHONPATH': os.pathsep.join(sys.path)},
  ).stdout.split()
  assert lines == [digest(make(2), 21) for make in KINDS.values()]


def test_time_steps_are_not_written_again(make):
  environment = make(2)
  kept, copies = [], []
  for step in play(environment, 20):
    kept.append(step)
    copies.append([array.copy() for array in step])
  for step, copy in zip(kept, copies, strict=True):
    for a, b in zip(step, copy, strict=True):
      np.testing.assert_array_equal(a, b)


def test_actions_out_of_range_are_refused(make):
  environment = make(2)
  environment.reset()
  for action in (-1, environment.action_spec().maximum + 1):
    with pytest.raises(ValueError, match='not all in 0'):
      environment.step(np.array([0, action], np.int32))
  environment.step(np.zeros(2, np.int32))


def test_no_environments_are_refused(make):
  with pytest.raises(ValueError, match='at least 1'):
    make(0)


def test_tf_agents_takes_them(make):
  environment = tf_py_environment.TFPyEnvironment(make(2))
  environment.reset()
  step = environment.step(np.zeros(2, np.int32))
  assert step.observation.shape[0] == 2


if __name__ == '__main__':
  for kind in KINDS.values():
    print(digest(kind(2), 21))
