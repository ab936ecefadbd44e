# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.evolution.binary."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.errors import UserError
from pathnet_tf.evolution import binary

MODULES = (10, 10, 10)


def make(seed: int = 1, population: int = 6) -> binary.BinaryTournament:
  return binary.BinaryTournament(seed, MODULES, 3, population)


def generation(search, fitness) -> tuple:
  """Both evaluations of a tournament; the fitness is a function of a path."""
  asked = [search.ask(), search.ask()]
  assert search.ask() is None  # Both are in flight.
  outcomes = [search.tell(member, fitness(path)) for member, path in asked]
  return asked, outcomes


def score(path: np.ndarray) -> float:
  return float(path.sum())


@settings(max_examples=30)
@given(seed=st.integers(0, 1000))
def test_the_loser_becomes_a_mutated_copy_and_the_winner_keeps_its_score(seed):
  search = make(seed)
  for _ in range(10):
    before, scores = search.population, search.fitness
    ((one, path_one), (two, path_two)), outcomes = generation(search, score)
    assert one != two
    winner, loser = (
      (one, two) if score(path_one) >= score(path_two) else (two, one)
    )
    assert (outcomes[0].winner, outcomes[0].child) == (None, None)
    last = outcomes[1]
    assert (last.winner, last.loser) == (winner, loser)
    after = search.population
    np.testing.assert_array_equal(after[loser], last.child)
    np.testing.assert_array_equal(after[winner], before[winner])
    assert np.abs(last.child - before[winner]).max() <= 2
    assert search.fitness[winner] == score(before[winner])
    assert search.fitness[loser] is None
    for member in set(range(6)) - {one, two}:
      np.testing.assert_array_equal(after[member], before[member])
      assert search.fitness[member] == scores[member]


def test_of_equals_the_first_drawn_wins():
  search = make()
  ((first, _), (second, _)), outcomes = generation(search, lambda path: 0.5)
  assert (outcomes[1].winner, outcomes[1].loser) == (first, second)


def test_every_pair_is_drawn():
  search = make(population=4)
  pairs = set()
  for _ in range(200):
    asked, _ = generation(search, lambda path: 0.0)
    pairs.add(tuple(member for member, _ in asked))
  assert pairs == {(a, b) for a in range(4) for b in range(4) if a != b}


def test_selection_climbs():
  search = make(population=8)
  first = max(map(score, search.population))
  for _ in range(400):
    generation(search, score)
  assert search.fittest()[2] > first


@pytest.mark.parametrize('asked', [0, 1, 2])
def test_a_state_goes_on_bit_for_bit(asked):
  search, again = make(), make(seed=99)
  for _ in range(7):
    generation(search, score)
  jobs = [search.ask() for _ in range(asked)]
  if asked:
    search.tell(jobs[0][0], score(jobs[0][1]))
  again.restore(json.loads(json.dumps(search.state())))
  # What was in flight is asked for again.
  if asked == 2:
    search.tell(jobs[1][0], score(jobs[1][1]))
  if asked:
    member, path = again.ask() if asked == 2 else (None, None)
    if asked == 1:
      for subject in (search, again):
        member, path = subject.ask()
        subject.tell(member, score(path))
    else:
      again.tell(member, score(path))
  for _ in range(20):
    one, two = generation(search, score), generation(again, score)
    assert [m for m, _ in one[0]] == [m for m, _ in two[0]]
  assert search.state() == again.state()


def test_what_is_not_in_flight_is_refused():
  search = make()
  with pytest.raises(ValueError, match='not in flight'):
    search.tell(0, 1.0)
  member, _ = search.ask()
  search.tell(member, 1.0)
  with pytest.raises(ValueError, match='not in flight'):
    search.tell(member, 1.0)


def test_a_tournament_needs_two():
  with pytest.raises(UserError, match='at least 2'):
    make(population=1)


def test_a_seed_below_zero_is_refused():
  with pytest.raises(UserError, match=r'seed is -1: .* 0 or more'):
    make(seed=-1)
