# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.environments.dm_env_vector, on bsuite's environments."""

from __future__ import annotations

import numpy as np
import pytest

from pathnet_tf.environments import dm_env_vector, vector_environment

pytest.importorskip('bsuite', reason='requirements-dev.txt has it')


def play(environment, steps: int, seed: int) -> list:
  rng = np.random.default_rng(0)
  environment.seed(seed)
  told = [environment.reset()]
  for _ in range(steps):
    told.append(environment.step(rng.integers(3, size=environment.batch_size)))
  return told


def same(one, two) -> bool:
  return all(
    np.array_equal(a, b)
    for mine, others in zip(one, two, strict=True)
    for a, b in zip(mine, others, strict=True)
  )


def catch_of(size: int):
  from bsuite.environments import catch

  return dm_env_vector.DmEnvVector(catch.Catch, {'rows': 5}, size)


def test_every_environment_is_the_librarys_own():
  from bsuite.environments import catch

  environment = catch_of(3)
  told = play(environment, 30, seed=4)
  rng = np.random.default_rng(0)
  actions = [rng.integers(3, size=3) for _ in range(30)]
  for index, seed in enumerate(vector_environment.environment_seeds(4, 3)):
    native = catch.Catch(rows=5, seed=int(seed))
    step = native.reset()
    ends = 0
    for t in range(31):
      mine = [array[index] for array in told[t]]
      assert mine[0] == step.step_type
      assert mine[1] == (step.reward or 0.0)
      assert mine[2] == (1.0 if step.discount is None else step.discount)
      np.testing.assert_array_equal(mine[3], step.observation)
      ends += step.last()
      if t < 30:
        step = native.step(int(actions[t][index]))
    assert ends == 6  # Of four steps each, and one to begin.
  environment.close()


def test_a_seed_repeats_and_another_does_not():
  environment = catch_of(4)
  first = play(environment, 40, seed=1)
  assert same(first, play(environment, 40, seed=1))
  assert same(first, play(catch_of(4), 40, seed=1))
  assert not same(first, play(environment, 40, seed=2))


def test_a_cut_is_no_true_end():
  import dm_env
  from bsuite.environments import catch

  class Cut(catch.Catch):
    def step(self, action):
      step = super().step(action)
      return dm_env.truncation(0.5, step.observation) if step.last() else step

  environment = dm_env_vector.DmEnvVector(Cut, {'rows': 5}, 2)
  told = play(environment, 4, seed=0)
  assert told[4].is_last().all()
  np.testing.assert_array_equal(told[4].discount, [1, 1])
  np.testing.assert_array_equal(told[4].reward, [0.5, 0.5])


@pytest.mark.parametrize(
  ('arguments', 'kind', 'low', 'high'),
  [
    (((2, 3), np.uint8), np.uint8, 0, 255),
    (((2, 3), np.float64), np.float32, *[3.4028235e38] * 2),
    (((2, 3), bool), np.float32, *[3.4028235e38] * 2),
  ],
)
def test_bytes_stay_bytes_and_all_else_is_float32(arguments, kind, low, high):
  from dm_env import specs

  spec = dm_env_vector.observation_spec(specs.Array(*arguments))
  assert (spec.shape, spec.dtype) == ((2, 3), kind)
  assert np.abs(spec.minimum).max() == pytest.approx(low)
  assert spec.maximum.max() == pytest.approx(high)


def test_actions_begin_where_the_environment_says():
  from dm_env import specs

  spec = specs.BoundedArray((), np.int64, -1, 1)
  assert dm_env_vector.actions(spec) == (-1, 3)
  assert dm_env_vector.actions(specs.DiscreteArray(4)) == (0, 4)
  with pytest.raises(ValueError, match='DiscreteArray'):
    dm_env_vector.actions(specs.BoundedArray((2,), np.int64, -1, 1))
