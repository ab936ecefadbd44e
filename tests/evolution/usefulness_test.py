# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.evolution.usefulness."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.evolution import usefulness

MODULES = (5, 3, 4)

FITNESS = st.floats(-1e6, 1e6) | st.integers(-2, 2).map(float)
PATHS = st.tuples(
  *(
    st.lists(st.integers(0, count - 1), min_size=3, max_size=3)
    for count in MODULES
  )
).map(np.array)
EVALUATIONS = st.lists(st.tuples(PATHS, FITNESS), max_size=25)
SEEDS = st.integers(0, 2**32 - 1)


def make(seed: int = 0, rate: float = 1.0, modules=MODULES):
  return usefulness.Duplication(seed, modules, rate)


def told(evaluations, **changes) -> usefulness.Duplication:
  duplication = make(**changes)
  for path, fitness in evaluations:
    duplication.tell(path, fitness)
  return duplication


def through_json(state):
  return json.loads(json.dumps(state, allow_nan=False))


def all_others(modules=MODULES):
  """Every module but the source may be replaced."""
  return lambda layer, source: [m for m in range(modules[layer]) if m != source]


def snapshot(duplication) -> list[np.ndarray]:
  return [useful.copy() for useful in duplication.usefulness]


@settings(max_examples=100, derandomize=True)
@given(evaluations=EVALUATIONS)
def test_usefulness_is_the_sliding_mean_of_the_genotypes_that_hold_it(
  evaluations,
):
  duplication = told(evaluations)
  for layer, count in enumerate(MODULES):
    for module in range(count):
      # One entry a genotype, however often it names the module.
      held = [f for path, f in evaluations if module in path[layer].tolist()]
      useful = duplication.usefulness[layer][module]
      if not held:
        assert np.isnan(useful)
        continue
      weights = [0.1 * 0.9**age for age in range(len(held))][::-1]
      weights[0] = 0.9 ** (len(held) - 1)  # The first one is where it begins.
      np.testing.assert_allclose(sum(weights), 1.0)
      expected = sum(w * f for w, f in zip(weights, held, strict=True))
      np.testing.assert_allclose(useful, expected, rtol=1e-9, atol=1e-6)


def test_a_module_named_twice_counts_once():
  twice = told([(np.array([[1, 1, 1]] * 3), f) for f in (1.0, 5.0)])
  once = told([(np.array([[1, 2, 0]] * 3), f) for f in (1.0, 5.0)])
  for layer in range(3):
    assert twice.usefulness[layer][1] == pytest.approx(0.9 * 1 + 0.1 * 5)
    assert twice.usefulness[layer][1] == once.usefulness[layer][1]
    assert np.isnan(twice.usefulness[layer][[0, 2]]).all()


@st.composite
def permissions(draw) -> list[list[list[int]]]:
  """For every layer and source the modules that it may replace."""
  return [
    [
      draw(
        st.lists(
          st.sampled_from([m for m in range(count) if m != source]), unique=True
        )
      )
      for source in range(count)
    ]
    for count in MODULES
  ]


@settings(max_examples=150, derandomize=True)
@given(evaluations=EVALUATIONS, seed=SEEDS, allowed=permissions())
def test_copies_go_downhill_and_only_where_they_may(evaluations, seed, allowed):
  duplication = told(evaluations, seed=seed)
  for _ in range(3):
    before = snapshot(duplication)
    asked = []

    def targets(layer, source, asked=asked):
      assert 0 <= source < MODULES[layer]
      asked.append((layer, source))
      return allowed[layer][source]

    copies = duplication.choose(targets)
    layers = [layer for layer, _, _ in copies]
    assert layers == sorted(set(layers))  # One a layer at most.
    for layer, source, target in copies:
      assert (layer, source) in asked
      assert target in allowed[layer][source]
      values = np.nan_to_num(before[layer], nan=-np.inf)
      assert values[source] > values[target]
      assert values[target] == values[allowed[layer][source]].min()
      # The source has beaten another one.
      assert (values[source] >= values[np.isfinite(values)]).sum() >= 2
      before[layer][target] = before[layer][source]
    # With rate 1, where none was made none could be.
    for layer, source in asked:
      if layer not in layers:
        values = np.nan_to_num(before[layer], nan=-np.inf)
        assert not any(
          values[m] < values[source] for m in allowed[layer][source]
        )
    for layer in set(range(len(MODULES))) - {layer for layer, _ in asked}:
      assert np.isfinite(before[layer]).sum() < 2
    for one, two in zip(duplication.usefulness, before, strict=True):
      np.testing.assert_array_equal(one, two)


def ranked(**changes) -> usefulness.Duplication:
  """Module m of every layer has been as useful as m says."""
  duplication = make(**changes)
  for useful in duplication.usefulness:
    useful[:] = np.arange(len(useful))
  return duplication


def test_at_rate_one_every_layer_makes_a_copy_each_time_that_it_can():
  for seed in range(50):
    copies = ranked(seed=seed).choose(all_others())
    assert [layer for layer, _, _ in copies] == [0, 1, 2]
    assert [target for _, _, target in copies] == [0, 0, 0]


def test_at_rate_zero_there_is_no_copy():
  duplication = ranked(rate=0.0)
  for _ in range(200):
    assert duplication.choose(all_others()) == []
  for useful in duplication.usefulness:
    np.testing.assert_array_equal(useful, np.arange(len(useful)))


def test_the_rate_is_that_of_a_layer_and_evaluation():
  duplication = ranked(rate=0.3, modules=(4,) * 1000)
  rounds = []
  for _ in range(4):
    for useful in duplication.usefulness:
      useful[:] = np.arange(4)
    copies = duplication.choose(all_others((4,) * 1000))
    rounds.append({layer for layer, _, _ in copies})
    assert len(copies) == pytest.approx(300, abs=60)
  # Each time other layers.
  assert len(rounds[0] & rounds[1]) == pytest.approx(90, abs=40)


def test_without_two_modules_that_were_held_there_is_no_copy():
  duplication = told([(np.array([[2, 2, 2]] * 3), 5.0)])
  assert duplication.choose(all_others()) == []
  duplication.tell(np.array([[2, 2, 2], [1, 1, 1], [2, 2, 2]]), 6.0)
  (copy,) = duplication.choose(all_others())
  assert copy[0] == 1
  assert copy[2] == 0  # Never held: less useful than any.


def test_a_source_is_the_more_useful_of_two_drawn_evenly():
  modules = (4,) * 3000
  copies = ranked(modules=modules).choose(all_others(modules))
  assert len(copies) == 3000
  sources = np.bincount([source for _, source, _ in copies], minlength=4)
  # Of the six pairs one has module 1 as its best, two 2, and three 3.
  np.testing.assert_allclose(
    sources / 3000, [0, 1 / 6, 2 / 6, 3 / 6], atol=0.04
  )


def test_of_the_least_useful_each_is_as_likely():
  modules = (5,) * 3000
  duplication = make(modules=modules)
  for useful in duplication.usefulness:
    useful[:] = [2.0, np.nan, 3.0, np.nan, np.nan]
  copies = duplication.choose(all_others(modules))
  assert {source for _, source, _ in copies} == {2}
  targets = np.bincount([target for _, _, target in copies], minlength=5)
  np.testing.assert_allclose(
    targets / 3000, [0, 1 / 3, 0, 1 / 3, 1 / 3], atol=0.04
  )


def test_copies_spread_usefulness_until_all_are_alike():
  duplication = told(
    [
      (np.array([[0, 1, 2], [0, 1, 1], [3, 1, 0]]), 1.0),
      (np.array([[3, 1, 1], [1, 1, 2], [0, 0, 0]]), 2.0),
    ]
  )
  best = [np.nanmax(useful) for useful in duplication.usefulness]
  for _ in range(60):
    duplication.choose(all_others())
  for useful, value in zip(duplication.usefulness, best, strict=True):
    np.testing.assert_array_equal(useful, value)
  assert duplication.choose(all_others()) == []


def test_modules_that_no_copy_may_replace_stay():
  duplication = ranked()
  frozen = 0
  for _ in range(40):
    copies = duplication.choose(
      lambda layer, source: [
        m for m in range(MODULES[layer]) if m not in (source, frozen)
      ]
    )
    assert frozen not in [target for _, _, target in copies]
  assert [useful[frozen] for useful in duplication.usefulness] == [0, 0, 0]
  assert ranked().choose(lambda layer, source: []) == []


STEPS = st.lists(st.tuples(PATHS, FITNESS, st.booleans()), max_size=20)


def drive(duplication, step):
  path, fitness, choose = step
  duplication.tell(path, fitness)
  return duplication.choose(all_others()) if choose else None


@settings(max_examples=80, derandomize=True)
@given(
  seed=SEEDS,
  rate=st.sampled_from([0.0, 0.5, 1.0]),
  steps=STEPS,
  cut=st.integers(0, 20),
)
def test_a_restored_one_goes_on_bit_exactly(seed, rate, steps, cut):
  duplication = make(seed=seed, rate=rate)
  for step in steps[:cut]:
    drive(duplication, step)
  state = duplication.state()
  # Another seed: all that counts must come from the state.
  resumed = make(seed=seed + 1, rate=rate)
  resumed.choose(all_others())
  resumed.restore(through_json(state))
  assert resumed.state() == state
  for step in steps[cut:]:
    assert drive(resumed, step) == drive(duplication, step)
    assert through_json(resumed.state()) == through_json(duplication.state())
    for one, two in zip(
      resumed.usefulness, duplication.usefulness, strict=True
    ):
      assert one.tobytes() == two.tobytes()


def test_a_state_is_a_snapshot_of_plain_types():
  duplication = told([(np.array([[0, 1, 2]] * 3), np.float32(0.1))])
  state = duplication.state()
  before = json.dumps(state, allow_nan=False)
  for _ in range(5):
    duplication.tell(np.array([[0, 1, 1]] * 3), 2.0)
    duplication.choose(all_others())
  assert json.dumps(state) == before
  restored = make()
  restored.restore(json.loads(before))
  assert restored.usefulness[0][1] == np.float32(0.1)
  assert np.isnan(restored.usefulness[0][4])
  restored.tell(np.array([[4, 4, 4], [0, 0, 0], [0, 0, 0]]), 7.5)
  assert restored.usefulness[0][4] == 7.5


def test_a_seed_decides_the_copies():
  def copies(seed):
    duplication = ranked(seed=seed, rate=0.5, modules=(6,) * 30)
    return [duplication.choose(all_others((6,) * 30)) for _ in range(3)]

  assert copies(1) == copies(1)
  assert copies(1) != copies(2)
