# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of reading a run back from its log."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from pathnet_tf.errors import UserError
from pathnet_tf.evolution.binary import BinaryTournament
from pathnet_tf.evolution.fixed import FixedPath
from pathnet_tf.evolution.tournament import AsynchronousTournament
from pathnet_tf.reports.history import History, read_history

TASKS = ['minatar/breakout', 'minatar/asterix']


def of_task(events, task, kind):
  return [e for e in events if e['kind'] == kind and e['task'] == task]


def test_every_column_equals_the_log(tmp_path, make_events, write_run):
  events = make_events(TASKS)

  history = read_history(write_run(tmp_path, events))

  assert [task.name for task in history.tasks] == TASKS
  for number, task in enumerate(history.tasks):
    rows = of_task(events, number, 'evaluation')
    (begin,) = of_task(events, number, 'begin')
    (end,) = of_task(events, number, 'finish')
    assert task.evaluations == len(rows) > 20
    for key in ('task_steps', 'steps', 'episodes', 'member', 'worker'):
      assert getattr(task, key).tolist() == [row[key] for row in rows]
    assert task.fitness.tolist() == [row['fitness'] for row in rows]
    assert task.paths.tolist() == [row['path'] for row in rows]
    assert list(task.winners) == [row['winner'] for row in rows]
    assert task.population.tolist() == begin['population']
    assert task.modules == tuple(begin['modules'])
    assert task.active == begin['active']
    assert task.steps_before == begin['steps']
    assert [list(layer) for layer in task.frozen_before] == begin['frozen']
    assert task.finish.path.tolist() == end['path']
    assert [list(layer) for layer in task.finish.frozen] == end['frozen']
    assert task.finish.fitness == end['fitness']
    assert task.finish.task_steps == task.total_steps == end['task_steps']
  assert history.tasks[1].steps_before == history.tasks[0].total_steps


def test_replayed_population_equals_brute_force(make_events):
  events = make_events(TASKS)
  task = History.from_events(events).tasks[1]
  (begin,) = of_task(events, 1, 'begin')
  rows = of_task(events, 1, 'evaluation')

  changed = 0
  for count in range(len(rows) + 1):
    expected = []
    for member, genotype in enumerate(begin['population']):
      for row in rows[:count]:
        if row['member'] == member and row['child'] is not None:
          genotype = row['child']
          changed += 1
      expected.append(genotype)
    assert task.population_at(count).tolist() == expected
  assert changed > 0


def test_every_evaluated_path_is_its_members_genotype_then(make_events):
  task = History.from_events(make_events(TASKS)).tasks[0]

  for i in range(task.evaluations):
    member = task.member[i]
    np.testing.assert_array_equal(task.paths[i], task.population_at(i)[member])


@pytest.mark.parametrize(
  'search',
  [
    AsynchronousTournament(3, modules=(6, 6), active=2, population=5, rivals=2),
    BinaryTournament(3, modules=(6, 6), active=2, population=5),
    FixedPath(modules=(6, 6), active=2),
  ],
  ids=lambda search: type(search).__name__,
)
def test_replay_follows_the_packages_own_searches(search):
  rng = np.random.default_rng(0)
  events = [
    {
      'kind': 'begin', 'task': 0, 'name': 'a', 'modules': [6, 6], 'active': 2,
      'population': [p.tolist() for p in search.population],
      'frozen': [[], []], 'steps': 0,
    }
  ]  # fmt: skip
  populations, fittest, losers = [np.array(search.population)], [None], []
  for number in range(60):
    member, path = search.ask()
    fitness = float(rng.integers(9))  # Some are equal.
    outcome = search.tell(member, fitness)
    child = None if outcome.child is None else outcome.child.tolist()
    events.append(
      {
        'kind': 'evaluation', 'task': 0, 'number': number, 'member': member,
        'worker': 0, 'path': path.tolist(), 'fitness': fitness, 'episodes': 1,
        'steps': 10, 'task_steps': 10 * (number + 1),
        'rivals': list(outcome.rivals), 'winner': outcome.winner,
        'child': child, 'metrics': {},
      }
    )  # fmt: skip
    populations.append(np.array(search.population))
    fittest.append(search.fittest()[0])
    losers.append(outcome.loser)

  (task,) = History.from_events(events).tasks

  assert list(task.losers) == losers
  for count, population in enumerate(populations):
    np.testing.assert_array_equal(task.population_at(count), population)
    assert task.fittest_at(count) == fittest[count]
  for i in range(task.evaluations):
    member = task.member[i]
    np.testing.assert_array_equal(task.paths[i], task.population_at(i)[member])


def test_a_run_without_an_end_has_an_open_task_and_a_torn_line_is_left_out(
  tmp_path, make_events, write_run
):
  events = make_events(['atari/pong'])[:20]
  folder = write_run(tmp_path, events)
  with open(folder / 'evolution.jsonl', 'a') as log:
    log.write('{"kind":"evaluation","task":0,"numb')

  (task,) = read_history(folder).tasks

  assert task.finish is None
  assert task.evaluations == 19


def test_a_task_that_has_only_begun_has_no_evaluations(make_events):
  (task,) = History.from_events(make_events(['atari/pong'])[:1]).tasks

  assert task.evaluations == task.total_steps == 0
  assert task.paths.shape == (0, 2, 2)
  assert task.population_at(0).shape == (6, 2, 2)
  assert task.score_curve()[1].size == 0
  assert task.steps_to(0.0) is None
  assert np.isnan(task.final_score())
  assert task.auc() == 0.0


def test_short_names_drop_the_family_only_if_all_tasks_share_it(make_events):
  def names(*tasks):
    return History.from_events(make_events(list(tasks))).short_names()

  assert names(*TASKS) == ['breakout', 'asterix']
  assert names('atari/pong', 'gym/CartPole-v1') == [
    'atari/pong',
    'gym/CartPole-v1',
  ]
  assert names('cifar10', 'svhn') == ['cifar10', 'svhn']


def test_a_folder_without_a_log_is_refused_in_one_line(tmp_path):
  with pytest.raises(UserError, match=r'no evolution\.jsonl in') as caught:
    read_history(tmp_path)
  assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
  'damage',
  [
    lambda e: e[1:],
    lambda e: e[:5] + e[6:],
    lambda e: e[:5] + e[4:],
    lambda e: [*e, e[-2]],
    lambda e: [e[0], *e],
    lambda e: [{**e[0], 'task': '1\n2'}, *e[1:]],
  ],
  ids=['no begin', 'a hole', 'twice', 'after the end', 'two begins', 'a text'],
)
def test_a_log_out_of_order_is_refused(make_events, damage):
  with pytest.raises(UserError, match='out of order') as caught:
    History.from_events(damage(make_events(['atari/pong'])))
  assert '\n' not in str(caught.value)


def test_reports_do_not_import_tensorflow():
  modules = (
    'pathnet_tf.reports.curves',
    'pathnet_tf.reports.nine_boxes',
    'pathnet_tf.reports.table',
  )
  code = (
    f'import sys, {", ".join(modules)};'
    'print({"tensorflow", "matplotlib.pyplot"} & set(sys.modules))'
  )
  done = subprocess.run(
    [sys.executable, '-c', code], capture_output=True, text=True, check=True
  )
  assert done.stdout.strip() == 'set()'
