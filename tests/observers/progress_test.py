# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.observers.progress."""

from __future__ import annotations

import io

import numpy as np
import pytest

from pathnet_tf.evolution import fixed, tournament
from pathnet_tf.observers import progress


def search():
  found = tournament.AsynchronousTournament(0, (5, 5), 2, 3, 1)
  member, _ = found.ask()
  found.tell(member, 1.5)
  return found


def begin(task=0, name='minatar/breakout'):
  population = [[[0, 1]], [[1, 2]]]
  return {
    'kind': 'begin',
    'task': task,
    'name': name,
    'population': population,
  }


FINISH = {
  'kind': 'finish',
  'task': 0,
  'path': [[0, 1]],
  'name': 'x',
  'fitness': 2.5,
  'frozen': [[0, 1]],
}


def evaluation(task_steps, fitness, task=0):
  return {
    'kind': 'evaluation',
    'task': task,
    'task_steps': task_steps,
    'fitness': fitness,
  }


class Terminal(io.StringIO):
  def isatty(self):
    return True


def test_plain_lines_tell_steps_score_and_best_path():
  stream = io.StringIO()
  shown = progress.Progress(5000, 2, every_seconds=0, stream=stream)
  shown.resume([])
  shown.observe(begin(), search())
  shown.observe(evaluation(1000, 2.0), search())
  shown.observe(evaluation(2000, 4.0), search())
  lines = stream.getvalue().splitlines()
  assert lines[0] == 'task 1 of 2: minatar/breakout'
  assert '2,000/5,000 steps' in lines[2]
  assert 'score 3.00' in lines[2]
  path = search().fittest()[1]
  best = ' '.join(','.join(map(str, np.unique(layer))) for layer in path)
  assert f'best path [{best}]' in lines[2]


def test_lines_are_not_more_frequent_than_asked_for():
  stream = io.StringIO()
  shown = progress.Progress(5000, 1, every_seconds=1e6, stream=stream)
  shown.resume([])
  shown.observe(begin(), search())
  for steps in range(100):
    shown.observe(evaluation(steps, 1.0), search())
  assert len(stream.getvalue().splitlines()) == 1


def test_a_resumed_run_says_where_it_goes_on():
  stream = io.StringIO()
  shown = progress.Progress(5000, 2, stream=stream)
  shown.resume([begin(), evaluation(1234, 1.0)])
  assert stream.getvalue() == (
    'resumed: task 1 of 2, minatar/breakout, at 1,234 steps\n'
  )


def test_a_resumed_run_whose_task_was_done_says_so():
  stream = io.StringIO()
  shown = progress.Progress(5000, 2, stream=stream)
  shown.resume([begin(), evaluation(1234, 1.0), FINISH])
  assert stream.getvalue() == 'resumed: 1 of 2 tasks done\n'


def test_a_budget_too_small_for_the_population_is_said():
  stream = io.StringIO()
  shown = progress.Progress(5000, 2, stream=stream)
  shown.resume([begin(), evaluation(6000, 1.0)])
  shown.observe(FINISH, search())
  assert (
    stream.getvalue()
    .splitlines()[-1]
    .startswith(
      'only 1 evaluations for a population of 2: more --steps_per_task'
    )
  )


@pytest.mark.parametrize('stream', [io.StringIO, Terminal])
def test_too_few_steps_are_said_once_after_the_first_evaluation(stream):
  stream = stream()
  shown = progress.Progress(5000, 2, every_seconds=1e6, stream=stream)
  shown.resume([])
  for task in range(2):
    shown.observe(begin(task), search())
    shown.observe(evaluation(1300, 1.0, task), search())
    shown.observe(evaluation(6000, 1.0, task), search())
    shown.observe(FINISH, search())
  assert (
    stream.getvalue()
    .splitlines()[1]
    .startswith(
      'room for about 3 evaluations of 1,300 steps, too few for a population of'
      ' 2 to evolve: --steps_per_task=5200 or more'
    )
  )
  assert stream.getvalue().count('room for') == 1
  assert 'only' not in stream.getvalue()


@pytest.mark.parametrize(
  ('paths', 'steps'), [(1, 6000), (2, 1250)], ids=['fixed', 'room enough']
)
def test_steps_that_are_enough_are_not_spoken_of(paths, steps):
  stream = io.StringIO()
  shown = progress.Progress(5000, 1, every_seconds=1e6, stream=stream)
  shown.resume([])
  record = begin()
  shown.observe(record | {'population': record['population'][:paths]}, search())
  shown.observe(evaluation(steps, 1.0), search())
  assert len(stream.getvalue().splitlines()) == 1


def test_a_task_that_ends_before_its_budget_was_solved():
  stream = io.StringIO()
  shown = progress.Progress(5000, 2, stream=stream)
  shown.resume([begin(), evaluation(4000, 1.0)])
  shown.observe(FINISH, search())
  assert stream.getvalue().splitlines()[-1] == (
    'solved after 1 evaluations, before its 5,000 steps were spent'
  )


def test_a_terminal_gets_a_bar():
  stream = Terminal()
  shown = progress.Progress(5000, 1, stream=stream)
  shown.resume([])
  shown.observe(begin(), search())
  shown.observe(evaluation(2500, 1.0), search())
  shown.observe(evaluation(5000, 3.0), search())
  shown.observe(FINISH, search())
  assert '50%' in stream.getvalue()
  assert 'score 2.00' in stream.getvalue()
  assert stream.getvalue().endswith(
    'score 2.00 (mean of the last 2); fittest path, now frozen: 2.50 [0,1]\n'
  )


@pytest.mark.parametrize('stream', [io.StringIO, Terminal])
def test_one_path_for_ever_is_neither_best_nor_fittest(stream):
  stream = stream()
  only = fixed.FixedPath((5,), 2)
  only.tell(0, 1.5)
  shown = progress.Progress(5000, 1, every_seconds=0, stream=stream)
  shown.resume([])
  shown.observe(begin() | {'population': [[[0, 1]]]}, only)
  shown.observe(evaluation(5000, 2.0), only)
  shown.observe(FINISH, only)
  assert 'score 2.00' in stream.getvalue()
  assert ' path [0,1]' in stream.getvalue()
  assert 'best' not in stream.getvalue()
  assert stream.getvalue().endswith('; its one path, now frozen: 2.50 [0,1]\n')


def test_a_path_that_is_not_frozen_is_not_said_to_be():
  stream = io.StringIO()
  shown = progress.Progress(5000, 1, stream=stream)
  shown.resume([begin(), evaluation(5000, 1.0)])
  shown.observe(FINISH | {'frozen': [[]]}, search())
  assert '; fittest path: 2.50 [0,1]' in stream.getvalue()


@pytest.mark.parametrize('stream', [io.StringIO, Terminal])
def test_what_went_wrong_is_told_of_the_task_that_it_happened_in(stream):
  stream = stream()
  shown = progress.Progress(5000, 2, every_seconds=0, stream=stream)
  faults = {'metrics': {'skipped': 600, 'dropped': 8}}
  shown.resume([begin(), evaluation(10, 1.0) | faults])
  shown.observe(evaluation(20, 2.0) | faults, search())
  shown.observe(evaluation(5000, 2.0), search())
  assert '1,200 updates skipped; 16 episodes dropped' in stream.getvalue()
  shown.observe(FINISH, search())
  assert stream.getvalue().endswith(
    '[0,1]; 1,200 updates skipped; 16 episodes dropped\n'
  )
  before = len(stream.getvalue())
  shown.observe(begin(), search())
  shown.observe(evaluation(40, 1.0), search())
  assert 'skipped' not in stream.getvalue()[before:]
