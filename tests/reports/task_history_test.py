# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of a task's numbers against naive twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathnet_tf.reports.history import History


def task_of(fitness, steps, episodes=None):
  """A task of one genotype with the given evaluations."""
  events = [
    {
      'kind': 'begin', 'task': 0, 'name': 'a/b', 'modules': [2], 'active': 1,
      'population': [[[0]]], 'frozen': [[]], 'steps': 0,
    }
  ]  # fmt: skip
  for i, score in enumerate(fitness):
    events.append(
      {
        'kind': 'evaluation', 'task': 0, 'number': i, 'member': 0,
        'worker': 0, 'path': [[0]], 'fitness': score,
        'episodes': episodes[i] if episodes else 4, 'steps': steps[i],
        'task_steps': sum(steps[: i + 1]), 'rivals': [], 'winner': None,
        'child': None, 'metrics': {},
      }
    )  # fmt: skip
  return History.from_events(events).tasks[0]


rows = st.lists(
  st.tuples(st.floats(-100, 100), st.integers(1, 50), st.integers(1, 9)),
  min_size=1,
  max_size=40,
)


@given(rows, st.integers(1, 12))
def test_score_curve_is_the_mean_over_the_episodes_of_the_window(rows, window):
  fitness, steps, episodes = map(list, zip(*rows, strict=True))

  at, scores = task_of(fitness, steps, episodes).score_curve(window)

  for i in range(len(rows)):
    pool = []
    for j in range(max(0, i - window + 1), i + 1):
      pool += [fitness[j]] * episodes[j]
    assert scores[i] == pytest.approx(sum(pool) / len(pool), abs=1e-9)
    assert at[i] == sum(steps[: i + 1])


@given(rows, st.floats(-100, 100), st.integers(1, 12))
def test_steps_to_is_the_first_full_window_at_the_level(rows, level, window):
  fitness, steps, episodes = map(list, zip(*rows, strict=True))
  task = task_of(fitness, steps, episodes)
  at, scores = task.score_curve(window)

  expected = None
  for i in range(min(window, len(rows)) - 1, len(rows)):
    if scores[i] >= level:
      expected = at[i]
      break

  assert task.steps_to(level, window) == expected


def test_one_lucky_evaluation_at_the_start_is_not_a_level_reached():
  task = task_of([9.0] + [0.0] * 9 + [6.0] * 10, [10] * 20)

  assert task.steps_to(5.0, window=5) == 150
  assert task.steps_to(6.5, window=5) is None


@given(rows, st.floats(0.05, 1))
def test_final_score_is_the_mean_over_late_episodes(rows, last):
  fitness, steps, episodes = map(list, zip(*rows, strict=True))
  total = sum(steps)

  pool = []
  for i in range(len(rows)):
    if sum(steps[: i + 1]) > (1 - last) * total:
      pool += [fitness[i]] * episodes[i]

  score = task_of(fitness, steps, episodes).final_score(last)
  assert score == pytest.approx(sum(pool) / len(pool), abs=1e-9)


@given(rows, st.floats(-100, 100), st.floats(0, 1))
def test_auc_equals_a_sum_over_single_steps(rows, floor, part):
  fitness, steps, _ = map(list, zip(*rows, strict=True))
  until = int(part * sum(steps))

  single = [f - floor for f, n in zip(fitness, steps, strict=True)
            for _ in range(n)]  # fmt: skip

  task = task_of(fitness, steps)
  assert task.auc(floor, until) == pytest.approx(sum(single[:until]), abs=1e-6)
  assert task.auc(floor) == pytest.approx(sum(single), abs=1e-6)


def test_the_default_window_is_a_twentieth_from_5_to_50():
  assert task_of([0.0] * 10, [1] * 10).default_window == 5
  assert task_of([0.0] * 400, [1] * 400).default_window == 20
  assert task_of([0.0] * 1200, [1] * 1200).default_window == 50


def test_arguments_out_of_range_are_refused():
  task = task_of([1.0, 2.0], [10, 10])

  for count in (-1, 3):
    with pytest.raises(IndexError):
      task.population_at(count)
    with pytest.raises(IndexError):
      task.fittest_at(count)
  with pytest.raises(ValueError, match='window'):
    task.score_curve(0)
  for last in (0, 1.5):
    with pytest.raises(ValueError, match='last'):
      task.final_score(last)
  with pytest.raises(ValueError, match='until'):
    task.auc(until=21)


def test_replay_leaves_the_first_population_as_it_was():
  task = task_of([1.0], [10])

  task.population_at(0)[0] = 1

  np.testing.assert_array_equal(task.population, [[[0]]])
