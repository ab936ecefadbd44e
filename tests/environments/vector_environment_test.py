# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The frame that every environment shares, on scripted episodes."""

from __future__ import annotations

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from tf_agents.specs import array_spec
from tf_agents.trajectories import time_step as ts

from pathnet_tf.environments import vector_environment

FIRST, MID, LAST = 0, 1, 2


class Scripted(vector_environment.VectorEnvironment):
  """Ends where it is told to; its observation counts steps of all kinds."""

  def __init__(self, terminated, truncated, rewards):
    spec = array_spec.BoundedArraySpec((1,), np.int64, 0, 1000)
    super().__init__(terminated.shape[1], 3, spec)
    self.script = list(zip(terminated, truncated, rewards, strict=True))
    self.seeds_seen = []
    self.overs_seen = []

  def _restart(self, seeds):
    self.seeds_seen.append(seeds)
    self.count = 0
    return np.full((self._size, 1), 0)

  def _advance(self, actions, over):
    self.overs_seen.append(over.copy())
    terminated, truncated, reward = self.script[self.count]
    self.count += 1
    return np.full((self._size, 1), self.count), reward, terminated, truncated


def script(shape):
  flags = st.lists(
    st.lists(st.booleans(), min_size=shape[1], max_size=shape[1]),
    min_size=shape[0],
    max_size=shape[0],
  )
  return flags.map(np.array)


@hypothesis.given(script((12, 3)), script((12, 3)), st.integers(0, 2**31))
def test_step_types_rewards_and_discounts_equal_a_naive_loop(
  terminated, truncated, seed
):
  rewards = np.random.default_rng(seed).integers(-300, 300, (12, 3))
  environment = Scripted(terminated, truncated, rewards)
  environment.reset()
  kind = [FIRST] * 3
  for t in range(12):
    over = [k == LAST for k in kind]
    step = environment.step(np.zeros(3, np.int32))
    for e in range(3):
      if over[e]:
        wanted = (FIRST, 0.0, 1.0)
      elif terminated[t, e]:
        wanted = (LAST, rewards[t, e], 0.0)
      elif truncated[t, e]:
        wanted = (LAST, rewards[t, e], 1.0)
      else:
        wanted = (MID, rewards[t, e], 1.0)
      kind[e] = wanted[0]
      got = (step.step_type[e], step.reward[e], step.discount[e])
      assert got == wanted
    assert environment.overs_seen[-1].tolist() == over
    assert step.step_type.dtype == np.int32
    assert step.reward.dtype == np.float32
    assert step.discount.dtype == np.float32


def make(size=3, steps=4):
  none = np.zeros((steps, size), bool)
  return Scripted(none, none, np.ones((steps, size)))


def test_a_reset_forgets_that_an_episode_had_ended():
  environment = make()
  environment.script = [(np.ones(3, bool), np.zeros(3, bool), np.ones(3))] * 4
  environment.reset()
  assert environment.step(np.zeros(3, int)).is_last().all()
  assert environment.reset().is_first().all()
  assert environment.step(np.zeros(3, int)).is_last().all()


def test_a_seed_is_used_once():
  environment = make()
  environment.seed(7)
  environment.reset()
  environment.reset()
  first, second = environment.seeds_seen
  np.testing.assert_array_equal(
    first, vector_environment.environment_seeds(7, 3)
  )
  assert second is None


def test_neighbouring_seeds_share_no_environment():
  seeds = np.concatenate(
    [vector_environment.environment_seeds(seed, 16) for seed in range(200)]
  )
  assert len(np.unique(seeds)) == len(seeds)
  assert seeds.min() >= 1
  assert seeds.max() < 2**31


def test_an_environments_seed_does_not_depend_on_how_many_there_are():
  np.testing.assert_array_equal(
    vector_environment.environment_seeds(3, 9)[:4],
    vector_environment.environment_seeds(3, 4),
  )


@pytest.mark.parametrize(
  'action',
  [
    [0, 1],
    [0, 1, 2, 0],
    [[0, 1, 2]],
    [0.0, 1.0, 2.0],
    [0, 1, 3],
    [-1, 0, 0],
    [0, 0, 2**31],
    [0, 0, -(2**32)],
    [True, False, True],
    1,
  ],
)
def test_wrong_actions_are_refused_before_they_reach_the_game(action):
  environment = make()
  environment.reset()
  with pytest.raises(ValueError, match='actions'):
    environment.step(np.array(action))
  assert environment.count == 0


def test_no_environments_are_refused():
  with pytest.raises(ValueError, match='at least 1'):
    make(size=0)


def test_the_first_step_without_a_reset_is_a_reset():
  environment = make()
  step = environment.step(np.zeros(3, np.int32))
  assert isinstance(step, ts.TimeStep)
  assert step.is_first().all()
  assert environment.count == 0


@hypothesis.given(
  shape=st.lists(st.integers(1, 5), max_size=4).map(tuple),
  dtype=st.sampled_from([np.uint8, np.float32, np.int64]),
)
def test_an_aligned_array_is_writable_and_begins_at_a_multiple_of_64(
  shape, dtype
):
  array = vector_environment.aligned(shape, dtype)
  array[...] = 3
  assert (array.shape, array.dtype) == (shape, dtype)
  assert array.ctypes.data % 64 == 0
  assert array.flags.c_contiguous
  np.testing.assert_array_equal(array, np.full(shape, 3, dtype))
