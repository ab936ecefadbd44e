# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.evolution.fixed."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pathnet_tf.errors import UserError
from pathnet_tf.evolution.fixed import FixedPath
from pathnet_tf.evolution.genotype import layer_sets


def test_default_path_has_active_distinct_modules_in_each_layer():
  member, path = FixedPath((10, 6), 4).ask()
  assert member == 0
  assert path.dtype == np.int32
  assert layer_sets(path) == ((0, 1, 2, 3), (0, 1, 2, 3))


def test_a_given_path_is_kept_as_it_is():
  given = np.array([[9, 2], [0, 5]], np.int32)
  search = FixedPath((10, 6), 2, given)
  expected = given.copy()
  given[:] = 0
  np.testing.assert_array_equal(search.ask()[1], expected)


def test_many_workers_train_it_and_it_never_changes():
  search = FixedPath((4, 4), 2)
  first = search.ask()[1].copy()
  for fitness in range(50):
    for _ in range(3):
      member, path = search.ask()
      assert member == 0
      np.testing.assert_array_equal(path, first)
      path[:] = -1
    outcome = search.tell(0, fitness)
    assert (outcome.rivals, outcome.winner, outcome.child) == ((), None, None)
    assert len(search.population) == 1
    np.testing.assert_array_equal(search.population[0], first)


def test_the_last_fitness_counts():
  search = FixedPath((4, 4), 2)
  assert search.fitness == [None]
  with pytest.raises(ValueError, match='no genotype'):
    search.fittest()
  search.tell(0, 5.0)
  search.tell(0, 3.0)
  assert search.fitness == [3.0]
  member, path, fitness = search.fittest()
  assert (member, path.tolist(), fitness) == (0, [[0, 1], [0, 1]], 3.0)


def test_state_survives_json():
  search = FixedPath((10, 6), 2, np.array([[9, 2], [0, 5]]))
  fitness: Any = np.float32(0.1)
  search.tell(0, fitness)
  state = json.loads(json.dumps(search.state(), allow_nan=False))
  resumed = FixedPath((10, 6), 2)
  resumed.restore(state)
  assert resumed.state() == search.state()
  assert resumed.ask()[1].tolist() == [[9, 2], [0, 5]]
  assert resumed.ask()[1].dtype == np.int32
  assert resumed.fitness == [float(np.float32(0.1))]
  with pytest.raises(ValueError, match='shape'):
    FixedPath((10, 6), 3).restore(state)


def test_bad_evaluations_are_refused():
  search = FixedPath((4, 4), 2)
  with pytest.raises(ValueError, match='member 1'):
    search.tell(1, 0.0)
  with pytest.raises(ValueError, match='finite'):
    search.tell(0, float('nan'))
  assert search.fitness == [None]


@pytest.mark.parametrize(
  ('modules', 'active', 'path', 'words'),
  [
    ((4, 3), 4, None, r'active \(N\) is 4: .* from 1 to 3'),
    ((4, 3), 2, [[0, 1]], r'shape \(1, 2\): it must be \(2, 2\)'),
    ((4, 3), 2, [[0, 1], [0, 3]], 'from 0 to M-1'),
    ((4, 3), 2, [[0, -1], [0, 1]], 'from 0 to M-1'),
  ],
)
def test_a_bad_setting_is_one_line(modules, active, path, words):
  with pytest.raises(UserError, match=words) as error:
    FixedPath(modules, active, path)
  assert '\n' not in str(error.value)
