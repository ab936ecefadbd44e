# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of which moments are shown and what the network is at them."""

from __future__ import annotations

import numpy as np
import pytest

from pathnet_tf.reports.history import History
from pathnet_tf.reports.moments import Moment, moments, snapshot, timeline


@pytest.mark.parametrize(
  ('tasks', 'shares'),
  [(1, [9]), (2, [4, 5]), (3, [3, 3, 3]), (4, [2, 2, 2, 3]), (9, [1] * 9)],
)
def test_nine_moments_are_shared_among_the_tasks(make_events, tasks, shares):
  history = History.from_events(
    make_events([f't/{i}' for i in range(tasks)], budget=40_000)
  )

  chosen = moments(history)

  assert len(set(chosen)) == 9
  assert chosen == sorted(chosen, key=lambda m: (m.task, m.evaluations))
  for number, share in enumerate(shares):
    counts = [m.evaluations for m in chosen if m.task == number]
    assert len(counts) == share
    assert counts[-1] == history.tasks[number].evaluations
    if share > 1:
      assert counts[0] == 0


def test_moments_are_even_in_agent_steps(make_events):
  (task,) = History.from_events(make_events(['t/a'], budget=300_000)).tasks

  steps = [task.steps_after(m.evaluations) for m in moments(History([task]))]

  gaps = np.diff(steps)
  # No further off than one evaluation's steps at either end.
  assert np.abs(gaps - task.total_steps / 8).max() <= task.steps.max()


@pytest.mark.parametrize('evaluations', [0, 1, 4, 8, 9])
def test_a_short_run_gives_as_many_moments_as_differ(make_events, evaluations):
  events = make_events(['t/a'])[: 1 + evaluations]

  chosen = moments(History.from_events(events))

  assert len(chosen) == len(set(chosen)) == min(9, evaluations + 1)


def test_one_long_evaluation_does_not_repeat_a_moment(make_events):
  events = make_events(['t/a'])[:13]
  for event in events[3:]:
    event['task_steps'] += 10**6
  events[3]['steps'] += 10**6

  chosen = moments(History.from_events(events))

  assert len(set(chosen)) == 9
  assert all(0 <= m.evaluations <= 12 for m in chosen)


def test_more_tasks_than_boxes_show_ends_spread_over_the_run(make_events):
  history = History.from_events(
    make_events([f't/{i}' for i in range(12)], budget=5_000)
  )

  chosen = moments(history)

  assert len(chosen) == 9
  assert (chosen[0].task, chosen[-1].task) == (0, 11)
  assert all(m.evaluations == history.tasks[m.task].evaluations for m in chosen)


def test_frozen_paths_are_those_of_finished_tasks_only(make_events):
  history = History.from_events(make_events(['t/a', 't/b', 't/c']))
  first, second, third = history.tasks

  end = snapshot(history, Moment(0, first.evaluations))
  later = snapshot(history, Moment(2, 3))

  assert end.frozen_paths == []
  np.testing.assert_array_equal(end.fittest, first.finish.path)
  assert snapshot(history, Moment(0, first.evaluations - 1)).fittest is None
  assert later.fittest is None
  np.testing.assert_array_equal(
    later.frozen_paths, [first.finish.path, second.finish.path]
  )
  np.testing.assert_array_equal(later.population, third.population_at(3))


def test_an_arm_that_froze_nothing_has_no_frozen_paths(make_events):
  events = make_events(['t/a', 't/b'])
  for event in events:
    if 'frozen' in event:
      event['frozen'] = [[], []]

  history = History.from_events(events)

  assert snapshot(history, Moment(1, 0)).frozen_paths == []


@pytest.mark.parametrize('tasks', [1, 3, 12])
def test_a_timeline_shows_every_task_from_its_beginning_to_its_end(
  make_events, tasks
):
  events = []
  for number in range(tasks):
    some = make_events([f't/{number}'], budget=20_000 if number else 200_000)
    for event in some:
      event['task'] = number
    events += some
  history = History.from_events(events)

  film = timeline(history, 240)

  assert 230 <= len(film) <= 300
  assert film == sorted(film, key=lambda m: (m.task, m.evaluations))
  for number, task in enumerate(history.tasks):
    counts = [m.evaluations for m in film if m.task == number]
    assert len(counts) >= 5
    assert (counts[0], counts[-1]) == (0, task.evaluations)


def test_a_timeline_is_even_in_agent_steps(make_events):
  history = History.from_events(make_events(['t/a'], budget=300_000))
  (task,) = history.tasks

  steps = [task.steps_after(m.evaluations) for m in timeline(history, 50)]

  wanted = np.linspace(0, task.total_steps, 50)
  assert np.all(steps <= wanted)
  assert np.all(wanted - steps < task.steps.max())


def test_a_timeline_of_a_task_that_has_just_begun_stands_still(make_events):
  history = History.from_events(make_events(['t/a'])[:1])
  assert set(timeline(history, 20)) == {Moment(0, 0)}
