# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.evolution.tournament."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.errors import UserError
from pathnet_tf.evolution.tournament import AsynchronousTournament

MODULES = (10, 6, 8)


def make(**changes) -> AsynchronousTournament:
  arguments: dict[str, Any] = {
    'seed': 0,
    'modules': MODULES,
    'active': 3,
    'population': 6,
    'rivals': 2,
  }
  return AsynchronousTournament(**(arguments | changes))


def through_json(state):
  return json.loads(json.dumps(state, allow_nan=False))


def waiting(search) -> list[int]:
  """The members in the order in which a restored search would ask them."""
  return search.state()['queue']


def take(search) -> tuple[int, np.ndarray]:
  asked = search.ask()
  assert asked is not None
  return asked


def same_paths(a, b) -> bool:
  return len(a) == len(b) and all(map(np.array_equal, a, b))


class NaiveTournament:
  """The paper's rules in plain lists; chance is told to it, not drawn."""

  def __init__(self, population):
    self.population = [path.tolist() for path in population]
    self.fitness: list[float | None] = [None] * len(population)
    self.queue = list(range(len(population)))
    self.flying: list[int] = []

  def ask(self):
    if not self.queue:
      return None
    self.flying = [*self.flying, self.queue[0]]
    self.queue = self.queue[1:]
    return self.flying[-1], self.population[self.flying[-1]]

  def tell(self, member, fitness, rivals, child):
    """Returns the rival that won, if any."""
    self.flying = [m for m in self.flying if m != member]
    self.queue = [*self.queue, member]
    self.fitness[member] = fitness
    best = None
    for rival in rivals:
      if self.fitness[rival] is None:
        continue
      if best is None or self.fitness[rival] > self.fitness[best]:
        best = rival
    if best is None or self.fitness[best] < fitness:
      return None
    self.population[member] = child.tolist()
    self.fitness[member] = None
    return best


# A step asks for a member, or tells a fitness of one in flight. Few values of
# fitness, so that ties are common.
STEPS = st.lists(
  st.tuples(st.booleans(), st.integers(0, 9), st.integers(-2, 2)),
  min_size=20,
  max_size=120,
)
SHAPES = st.integers(2, 7).flatmap(
  lambda p: st.tuples(st.just(p), st.integers(1, p - 1))
)


def drive(search, flying, step):
  """Takes one step and returns all that came of it, as comparable values."""
  ask, pick, fitness = step
  if ask or not flying:
    asked = search.ask()
    if asked is None:
      return None
    flying.append(asked[0])
    return asked[0], asked[1].tolist()
  member = flying.pop(pick % len(flying))
  outcome = search.tell(member, fitness)
  child = None if outcome.child is None else outcome.child.tolist()
  return member, outcome.rivals, outcome.winner, child


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), shape=SHAPES, steps=STEPS)
def test_tournament_equals_its_naive_twin(seed, shape, steps):
  size, rivals = shape
  search = make(seed=seed, population=size, rivals=rivals)
  twin = NaiveTournament(search.population)
  flying: list[int] = []
  for ask, pick, fitness in steps:
    if ask or not flying:
      asked, expected = search.ask(), twin.ask()
      if asked is None or expected is None:
        assert asked is expected
        continue
      flying.append(asked[0])
      assert (asked[0], asked[1].tolist()) == expected
      continue
    member = flying.pop(pick % len(flying))
    parents = search.population
    outcome = search.tell(member, fitness)
    assert len(set(outcome.rivals)) == rivals
    assert member not in outcome.rivals
    assert set(outcome.rivals) <= set(range(size))
    winner = twin.tell(member, fitness, outcome.rivals, outcome.child)
    assert outcome.winner == winner
    if winner is None:
      assert outcome.child is None
    else:
      assert np.abs(outcome.child - parents[winner]).max() <= 2
    assert [path.tolist() for path in search.population] == twin.population
    assert search.fitness == twin.fitness
    assert waiting(search) == twin.flying + twin.queue
    # The best is never lost to a copy, so there is always a fittest.
    best = search.fittest()
    assert best[2] == max(f for f in twin.fitness if f is not None)
    assert best[0] == twin.fitness.index(best[2])
    assert best[1].tolist() == twin.population[best[0]]


@settings(max_examples=60)
@given(
  seed=st.integers(0, 2**32 - 1),
  shape=SHAPES,
  steps=STEPS,
  cut=st.integers(0, 100),
)
def test_restored_search_goes_on_bit_exactly(seed, shape, steps, cut):
  size, rivals = shape
  search = make(seed=seed, population=size, rivals=rivals)
  flying: list[int] = []
  for step in steps[:cut]:
    drive(search, flying, step)
  state = search.state()

  # Another seed: all that counts must come from the state.
  resumed = make(seed=seed + 1, population=size, rivals=rivals)
  resumed.ask()
  resumed.restore(through_json(state))
  assert resumed.state() == state
  # The evaluations lost with the process come first, in the same order.
  for member in waiting(search)[: len(flying)]:
    asked, path = take(resumed)
    assert asked == member
    np.testing.assert_array_equal(path, search.population[member])

  resumed_flying = list(flying)
  for step in steps[cut:]:
    assert drive(resumed, resumed_flying, step) == drive(search, flying, step)
    assert through_json(resumed.state()) == through_json(search.state())


def test_in_flight_members_return_to_the_front_in_the_order_asked():
  search = make(population=5)
  for _ in range(4):
    search.ask()
  search.tell(1, 0.5)
  resumed = make(population=5, seed=9)
  resumed.restore(through_json(search.state()))
  assert [take(resumed)[0] for _ in range(5)] == [0, 2, 3, 4, 1]
  assert resumed.ask() is None


def test_state_is_a_snapshot():
  search = make()
  state = search.state()
  before = json.dumps(state)
  for _ in range(20):
    member, _ = take(search)
    search.tell(member, 0)
  assert json.dumps(state) == before


def test_float32_fitness_survives_json_to_the_last_bit():
  search = make()
  member, _ = take(search)
  fitness: Any = np.float32(0.1)
  search.tell(member, fitness)
  resumed = make()
  resumed.restore(through_json(search.state()))
  assert resumed.fitness[member] == float(np.float32(0.1))


def test_population_is_random_and_seeded():
  first, again, other = make(seed=1), make(seed=1), make(seed=2)
  assert same_paths(first.population, again.population)
  assert not same_paths(first.population, other.population)
  paths = {path.tobytes() for path in make(population=64).population}
  assert len(paths) == 64
  genes = np.stack(make(population=400).population)
  for layer, count in enumerate(MODULES):
    used = np.bincount(genes[:, layer].ravel(), minlength=count)
    assert len(used) == count
    np.testing.assert_allclose(used / used.sum(), 1 / count, atol=0.04)


def test_members_are_asked_first_in_first_out_until_all_are_in_flight():
  search = make(population=3)
  assert [take(search)[0] for _ in range(3)] == [0, 1, 2]
  assert search.ask() is None
  search.tell(1, 0)
  search.tell(0, 0)
  assert [take(search)[0] for _ in range(2)] == [1, 0]
  assert search.ask() is None


def two_members(mutation_rate, first, second, **changes):
  """Evaluates member 0, then member 1 against it."""
  search = make(population=2, rivals=1, mutation_rate=mutation_rate, **changes)
  search.ask()
  search.ask()
  before = search.population
  alone = search.tell(0, first)
  # Member 1 was drawn, but has no fitness yet and cannot win.
  assert (alone.rivals, alone.winner, alone.child) == ((1,), None, None)
  assert same_paths(search.population, before)
  return search, before, search.tell(1, second)


@pytest.mark.parametrize('rival', [3.0, 3.5])
def test_a_rival_as_fit_or_fitter_is_copied(rival):
  search, before, outcome = two_members(0.0, rival, 3.0)
  assert outcome.winner == 0
  assert not np.array_equal(before[0], before[1])
  np.testing.assert_array_equal(outcome.child, before[0])
  assert same_paths(search.population, [before[0], before[0]])
  assert search.fitness == [rival, None]  # The copy inherits no fitness.
  assert search.fittest()[0] == 0


def test_a_less_fit_rival_changes_nothing_and_is_not_changed():
  search, before, outcome = two_members(1.0, 2.5, 3.0)
  assert (outcome.winner, outcome.child) == (None, None)
  assert same_paths(search.population, before)
  assert search.fitness == [2.5, 3.0]
  assert search.fittest()[0] == 1


def test_the_copy_is_mutated_at_the_given_rate_and_border():
  wide = {'modules': (50,) * 4, 'active': 50}
  _, before, outcome = two_members(1.0, 1, 0, **wide)
  moved = outcome.child - before[0]
  assert np.mean(moved != 0) == pytest.approx(0.8, abs=0.1)
  assert np.abs(moved).max() == 2
  _, before, outcome = two_members(1.0, 1, 0, **wide, border='wrap')
  assert np.abs(outcome.child - before[0]).max() >= 48
  moved = [
    np.sum(outcome.child != before[0])
    for _, before, outcome in (
      two_members(None, 1, 0, **wide, seed=seed) for seed in range(400)
    )
  ]
  assert np.mean(moved) == pytest.approx(0.8, abs=0.15)


def test_rivals_are_drawn_evenly_from_all_others():
  search = make(population=5, rivals=3)
  counts = np.zeros((5, 3, 5))
  for _ in range(5000):
    member, _ = take(search)
    rivals = search.tell(member, 0).rivals
    counts[member, np.arange(3), rivals] += 1
  for member in range(5):
    assert (counts[member, :, member] == 0).all()
    others = np.delete(counts[member], member, axis=-1)
    np.testing.assert_allclose(others / 1000, 0.25, atol=0.06)


def test_paths_handed_out_are_copies():
  search = make(mutation_rate=0.0)
  before = [path.copy() for path in search.population]
  member, path = take(search)
  path[:] = -1
  search.population[0][:] = -1
  search.fitness[0] = 1.0
  search.tell(member, 1)
  search.fittest()[1][:] = -1
  assert same_paths(search.population, before)
  outcome = two_members(1.0, 1, 0)
  outcome[2].child[:] = -1
  assert (outcome[0].population[1] >= 0).all()


@pytest.mark.parametrize('fitness', [np.nan, np.inf, -np.inf])
def test_a_fitness_that_is_not_finite_is_refused_and_changes_nothing(fitness):
  search = make()
  member, _ = take(search)
  before = json.dumps(search.state())
  with pytest.raises(ValueError, match='finite'):
    search.tell(member, fitness)
  assert json.dumps(search.state()) == before
  search.tell(member, 1.0)
  assert search.fitness[member] == 1.0


def test_an_evaluation_counts_once():
  search = make()
  with pytest.raises(ValueError, match='in flight'):
    search.tell(0, 1.0)
  search.ask()
  search.tell(0, 1.0)
  with pytest.raises(ValueError, match='in flight'):
    search.tell(0, 1.0)


def test_without_any_fitness_there_is_no_fittest():
  with pytest.raises(ValueError, match='no genotype'):
    make().fittest()


def test_of_equally_fit_members_the_lowest_is_the_fittest():
  search = make(population=3, rivals=1)
  state = search.state() | {'fitness': [1.0, 2.0, 2.0]}
  search.restore(state)
  assert search.fittest()[0] == 1


@pytest.mark.parametrize(
  'changes', [{'population': 7}, {'active': 2}, {'modules': (10, 6)}]
)
def test_the_state_of_another_shape_is_refused(changes):
  search = make()
  before = json.dumps(search.state())
  with pytest.raises(ValueError, match='shape'):
    search.restore(make(**changes).state())
  assert json.dumps(search.state()) == before


@pytest.mark.parametrize(
  ('changes', 'words'),
  [
    ({'population': 1}, r'population \(P\) is 1: .* at least 2'),
    ({'rivals': 0}, r'rivals \(B\) is 0: .* from 1 to 5'),
    ({'rivals': 6}, r'rivals \(B\) is 6: .* from 1 to 5'),
    ({'mutation_rate': -0.1}, 'mutation rate is -0.1: .* from 0 to 1'),
    ({'mutation_rate': 1.1}, 'mutation rate is 1.1: .* from 0 to 1'),
    ({'border': 'mirror'}, "border is 'mirror': .* clamp, wrap"),
    ({'active': 7}, r'active \(N\) is 7: .* from 1 to 6'),
    ({'active': 0}, r'active \(N\) is 0: .* from 1 to 6'),
    ({'modules': ()}, r'modules is \(\): .* at least one layer'),
    ({'modules': (3, 0)}, r'modules is \(3, 0\): .* at least 1 module'),
    ({'seed': -1}, 'seed is -1: .* 0 or more'),
  ],
)
def test_a_bad_setting_is_one_line(changes, words):
  with pytest.raises(UserError, match=words) as error:
    make(**changes)
  assert '\n' not in str(error.value)
