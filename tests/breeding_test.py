# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the search that a configuration asks for."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from pathnet_tf import breeding
from pathnet_tf.config import EvolutionConfig, NetworkConfig, RunConfig
from pathnet_tf.engines.engine import Result
from pathnet_tf.evolution import binary, fixed, tournament
from pathnet_tf.learner import Learner

MODULES = (8, 8, 8)
FROZEN = ((0, 2, 3), (1,), ())
# N = 3 distinct modules, those that are frozen left out.
NEW = [[1, 4, 5], [0, 2, 3], [0, 1, 2]]


def make(
  search: str, initial: str = 'random', frozen=FROZEN, task: int = 1, **settings
):
  config = RunConfig(
    tasks=('minatar/breakout',),
    steps_per_task=100,
    network=NetworkConfig(modules=8, active=3),
    evolution=EvolutionConfig(
      search,
      population=6,
      rivals=2,
      initial_population=initial,
      **settings,
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


@pytest.mark.parametrize('search', ['tournament', 'binary'])
@pytest.mark.parametrize(
  ('rate', 'border', 'moved', 'farthest'),
  [
    (1e-9, 'clamp', (0.0, 0.0), 0),
    (1.0, 'clamp', (0.5, 0.9), 2),  # An edge keeps those that would leave.
    (1.0, 'wrap', (0.7, 0.9), 7),
  ],
)
def test_children_differ_as_the_settings_say(
  search, rate, border, moved, farthest
):
  made = make(search, mutation_rate=rate, border=border)
  rng = np.random.default_rng(1)
  steps = []
  while len(steps) < 60:
    member, _ = made.ask()
    before = made.population
    outcome = made.tell(member, float(rng.random()))
    if outcome.child is not None:
      steps.append(outcome.child - before[outcome.winner])
  low, high = moved
  assert low <= np.mean(np.array(steps) != 0) <= high
  assert np.abs(steps).max() == farthest


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


SOLVED = RunConfig(
  tasks=('minatar/breakout',),
  steps_per_task=100,
  workers=2,
  solved_at=0.9,
  network=NetworkConfig('dense(4), dense(4)', modules=8, active=3),
  evolution=EvolutionConfig('fixed'),
)


def begun(config) -> breeding.Breeding:
  learner = Learner(config)
  learner.begin()
  return breeding.Breeding(learner)


def told(held, job, fitness):
  return held.tell(Result(job, 0, fitness, 1, 10, 0, {}))


@pytest.mark.parametrize('search', ['fixed', 'tournament', 'binary'])
def test_what_is_told_after_a_task_is_solved_does_not_undo_it(search):
  evolution = EvolutionConfig(search, population=6, rivals=2)
  config = dataclasses.replace(SOLVED, evolution=evolution)
  held = begun(config)
  first, second = held.next_job(), held.next_job()
  assert not held.solved
  told(held, first, 0.95)
  assert held.solved
  told(held, second, 0.5)
  assert held.solved
  state = json.loads(json.dumps(held.state()))
  again = begun(config)
  again.restore(state)
  assert again.solved
  third = begun(config)
  third.restore({**state, 'solved': False, 'search': third.search.state()})
  assert not third.solved


def test_a_state_of_before_it_was_kept_is_solved_by_its_fitness():
  held = begun(SOLVED)
  told(held, held.next_job(), 0.95)
  state = held.state()
  del state['solved']
  again = begun(SOLVED)
  again.restore(state)
  assert again.solved


def test_modules_of_evaluations_under_way_are_not_copied_over():
  """A worker's update would write the old weights over half of a copy."""
  evolution = EvolutionConfig(population=8, rivals=2, duplication_rate=1.0)
  config = dataclasses.replace(SOLVED, evolution=evolution, solved_at=None)
  held = begun(config)
  rng = np.random.default_rng(0)
  under_way, copies = [held.next_job() for _ in range(3)], 0
  for _ in range(60):
    job = under_way.pop(int(rng.integers(len(under_way))))
    record = told(held, job, float(rng.random()))
    for layer, _, target in record['copied']:
      assert all(target not in other.rows[layer] for other in under_way)
      copies += 1
    under_way.append(held.next_job())
  assert copies > 5
