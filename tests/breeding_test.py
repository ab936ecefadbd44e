# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the search that a configuration asks for."""

from __future__ import annotations

import numpy as np
import pytest

from pathnet_tf import breeding
from pathnet_tf.config import EvolutionConfig, NetworkConfig, RunConfig
from pathnet_tf.evolution import binary, fixed, tournament

MODULES = (8, 8, 8)
FROZEN = ((0, 2, 3), (1,), ())
# N = 3 distinct modules, those that are frozen left out.
NEW = [[1, 4, 5], [0, 2, 3], [0, 1, 2]]


def make(search: str, initial: str = 'random', frozen=FROZEN, task: int = 1):
  config = RunConfig(
    tasks=('minatar/breakout',),
    steps_per_task=100,
    network=NetworkConfig(modules=8, active=3),
    evolution=EvolutionConfig(
      search, population=6, rivals=2, initial_population=initial
    ),
  )
  return breeding.make_search(config, MODULES, task, frozen)


@pytest.mark.parametrize(
  ('search', 'kind', 'size'),
  [
    ('tournament', tournament.AsynchronousTournament, 6),
    ('binary', binary.BinaryTournament, 6),
    ('fixed', fixed.FixedPath, 1),
  ],
)
def test_a_search_is_of_the_kind_asked_for(search, kind, size):
  made = make(search)
  assert isinstance(made, kind)
  assert len(made.population) == size


def test_a_fixed_path_is_of_modules_that_are_not_frozen():
  assert make('fixed').population[0].tolist() == NEW
  assert make('fixed', frozen=()).population[0].tolist() == [[0, 1, 2]] * 3


@pytest.mark.parametrize('search', ['tournament', 'binary'])
def test_mutants_begin_from_one_path_of_modules_that_are_not_frozen(search):
  first, *others = make(search, 'mutants').population
  assert first.tolist() == NEW
  distances = [np.count_nonzero(path != first) for path in others]
  assert 0 < sum(distances) < 3 * len(others)
  assert all(np.abs(path - first).max() <= 2 for path in others)


@pytest.mark.parametrize('search', ['tournament', 'binary'])
def test_random_paths_have_no_ancestor(search):
  population = make(search).population
  differ = [np.mean(path != population[0]) for path in population[1:]]
  assert np.mean(differ) > 0.5


@pytest.mark.parametrize('initial', ['random', 'mutants'])
def test_each_task_has_an_initial_population_of_its_own(initial):
  one, again, other = (
    np.stack(make('tournament', initial, task=task).population)
    for task in (1, 1, 2)
  )
  np.testing.assert_array_equal(one, again)
  assert (one != other).any()
