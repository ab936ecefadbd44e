# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.transfer.runs, on runs of a few real images."""

from __future__ import annotations

import functools
import itertools
import json
import re

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf import config, coordinator, local_engines, run_folder
from pathnet_tf.errors import UserError
from pathnet_tf.transfer import arms, runs

SOURCE, TARGET = 'mnist/3v5?noise=0.5', 'mnist/5v7?noise=0.5'
BASE = config.RunConfig(
  tasks=(SOURCE, TARGET),
  steps_per_task=103,  # 21 evaluations: half a generation beyond the limit.
  workers=1,
  network=config.NetworkConfig(
    'dense(12), dense(12)', 6, 2, 'available', 'mean'
  ),
  evolution=config.EvolutionConfig('binary', population=4),
  classifier=config.ClassifierConfig(batch_size=8, minibatches=5),
  optimizer=config.OptimizerConfig('adam', learning_rate=0.003),
)
SOLVED = 'pathnet?solved_at=0.85'
# A fixed path that is frozen has nothing left to train on the target.
ALL_FROZEN = 'fine_tuning?frozen=available&modules=2'
LABELS = (*(n for n in arms.ARMS if n not in arms.OF_GAMES), SOLVED, ALL_FROZEN)

ROW = {
  'arm', 'source', 'target', 'seed', 'solved_at', 'generation_limit',
  'overlap', 'tasks',
}  # fmt: skip
TASK = {
  'name', 'evaluations', 'generations', 'steps', 'solved', 'fitness',
  'final_score', 'test_score', 'path', 'trained', 'curve', 'convergence',
}  # fmt: skip


def make_run(label: str, seed: int = 3) -> runs.Run:
  """A run of an arm."""
  arm = arms.parse(label, BASE)
  return runs.Run(arm, SOURCE if arm.has_source else None, TARGET, seed)


@pytest.fixture(scope='module')
def trained(testdata, tmp_path_factory):
  """The row and the folder of an arm's run; each is trained once."""

  @functools.cache
  def train(label, seed=3):
    path = tmp_path_factory.mktemp('run') / 'run'
    return runs.train(make_run(label, seed), BASE, str(path)), path

  return train


def log_of(path) -> list[dict]:
  """The records of a run's log, by JSON alone."""
  return [
    json.loads(line)
    for line in (path / 'evolution.jsonl').read_text().splitlines()
  ]


def naive_distance(layers) -> float:
  """Mean Jaccard distance of one layer's modules, pair by pair."""
  pairs = list(itertools.combinations(map(set, layers), 2))
  return sum(1 - len(a & b) / len(a | b) for a, b in pairs) / max(len(pairs), 1)


def naive_task(log, number: int, solved_at) -> dict:
  """What a row tells of one task, record by record; its test score left out."""
  begin, *evaluations, finish = [r for r in log if r['task'] == number]
  steps = [record['task_steps'] for record in evaluations]
  fitness = [record['fitness'] for record in evaluations]

  curve = [[] for _ in range(50)]
  for step, score in zip(steps, fitness, strict=True):
    # A bin has its right edge; what ends after the limit is in the last one.
    curve[min(-(-step * 50 // BASE.steps_per_task), 50) - 1].append(score)
  late = [
    score
    for step, score in zip(steps, fitness, strict=True)
    if step > 0.8 * steps[-1]
  ]
  convergence = []
  for moment in range(21):
    population = list(begin['population'])
    for record in evaluations[: round(moment * len(evaluations) / 20)]:
      if record['child'] is not None:
        # Of the two, the one that has not won.
        pair = {record['member'], *record['rivals']}
        (loser,) = pair - {record['winner']}
        population[loser] = record['child']
    convergence.append(
      [naive_distance(layers) for layers in zip(*population, strict=True)]
    )
  free = [
    (layer, module)
    for layer, genes in enumerate(finish['path'])
    for module in set(genes) - set(begin['frozen'][layer])
  ]
  trained = [
    sum(module in record['path'][layer] for record in evaluations)
    / len(evaluations)
    for layer, module in free
  ]
  return {
    'name': begin['name'],
    'evaluations': len(evaluations),
    'generations': (len(evaluations) + 1) // 2,
    'steps': steps[-1],
    'solved': solved_at is not None and max(fitness) >= solved_at,
    'fitness': max(fitness),
    'final_score': sum(late) / len(late),
    'path': finish['path'],
    'trained': sum(trained) / len(trained) if trained else None,
    'curve': [sum(part) / len(part) if part else None for part in curve],
    'convergence': convergence,
  }


def assert_close(found, expected) -> None:
  """That two values are equal, numbers to the four digits that a row has."""
  if isinstance(expected, list):
    assert len(found) == len(expected)
    for mine, other in zip(found, expected, strict=True):
      assert_close(mine, other)
  elif isinstance(expected, float):
    assert found == pytest.approx(expected, abs=5.1e-5)
  else:
    assert found == expected


@pytest.mark.parametrize('label', LABELS)
def test_every_arm_gives_a_row_of_the_documented_fields(trained, label):
  row, _ = trained(label)
  run = make_run(label)
  assert set(row) == ROW
  assert [set(task) for task in row['tasks']] == [TASK] * len(row['tasks'])
  assert row['arm'] == label
  assert (row['source'], row['target']) == (run.source, TARGET)
  assert row['seed'] == 3
  names = [task['name'] for task in row['tasks']]
  assert names == [name for name in (run.source, TARGET) if name]
  assert (row['overlap'] is None) == (len(names) == 1)
  assert row['solved_at'] == run.configure(BASE).solved_at
  assert row['generation_limit'] == 10
  for task in row['tasks']:
    assert len(task['curve']) == 50
    assert [len(layers) for layers in task['convergence']] == [2] * 21
    assert np.shape(task['path']) == (2, 4 if 'wide' in label else 2)
    assert 0 <= task['test_score'] <= 1


@pytest.mark.parametrize('label', LABELS)
def test_a_row_is_json_without_nan_and_read_back_the_same(trained, label):
  row, _ = trained(label)
  assert json.loads(json.dumps(row, allow_nan=False)) == row
  assert runs.key_of(json.loads(json.dumps(row))) == make_run(label).key


@pytest.mark.parametrize('label', LABELS)
def test_a_row_tells_what_the_log_does(trained, label):
  row, path = trained(label)
  log = log_of(path)
  for number, task in enumerate(row['tasks']):
    expected = naive_task(log, number, row['solved_at'])
    assert task.keys() - expected.keys() == {'test_score'}
    for key, value in expected.items():
      assert_close(task[key], value)
  assert log[-1]['task'] == len(row['tasks']) - 1
  if len(row['tasks']) == 2:
    ours, theirs = (task['path'] for task in row['tasks'])
    shared = [len(set(a) & set(b)) for a, b in zip(ours, theirs, strict=True)]
    assert row['overlap'] == sum(shared)


@pytest.mark.parametrize('label', LABELS)
def test_the_test_score_is_of_the_network_that_the_run_ends_with(
  trained, label
):
  row, path = trained(label)
  with run_folder.RunFolder(path) as folder:
    learner = coordinator.Coordinator(
      make_run(label).configure(BASE), folder, local_engines.make_engine
    ).learner
  for number, task in enumerate(row['tasks']):
    test = learner.tasks[number].load().test
    modules = [sorted(set(genes)) for genes in task['path']]
    if number and label == 'progressive':  # Its first column always runs.
      first = learner.finished[0].rows
      modules = [sorted({*a, *b}) for a, b in zip(first, modules, strict=True)]
    logits, _ = learner.network(
      tf.constant(test.images),
      path=[tf.constant(genes) for genes in modules],
      task=number,
    )
    right = np.argmax(logits, axis=-1) == test.labels
    assert task['test_score'] == np.mean(right)


def test_the_rows_tested_above_are_of_every_kind(trained):
  rows = {label: trained(label)[0] for label in LABELS}
  tasks = [task for row in rows.values() for task in row['tasks']]
  assert {task['solved'] for task in rows[SOLVED]['tasks']} == {True}
  assert not any(task['solved'] for task in rows['pathnet']['tasks'])
  assert {len(row['tasks']) for row in rows.values()} == {1, 2}
  assert {task['evaluations'] % 2 for task in tasks} == {0, 1}
  assert max(task['steps'] for task in tasks) == 105
  assert None in rows[SOLVED]['tasks'][-1]['curve'][-10:]
  assert len({task['test_score'] for task in tasks}) > 4
  for name in ('pathnet', 'pathnet_alone'):
    first, *_, last = rows[name]['tasks'][-1]['convergence']
    assert 0 <= min(last) < min(first) <= 1


@pytest.mark.parametrize('label', ['de_novo', 'fine_tuning'])
def test_one_fixed_path_is_trained_in_every_evaluation(trained, label):
  row, _ = trained(label)
  for task in row['tasks']:
    assert task['trained'] == 1
    assert task['path'] == [[0, 1], [0, 1]]
    assert task['convergence'] == [[0.0, 0.0]] * 21


@pytest.mark.parametrize('label', ['pathnet', 'pathnet_alone', SOLVED])
def test_a_population_trains_what_it_does_not_keep_too(trained, label):
  row, _ = trained(label)
  for task in row['tasks']:
    assert 0 < task['trained'] <= 1
  assert min(task['trained'] for task in row['tasks']) < 1


def test_of_a_path_that_was_frozen_nothing_is_trained(trained):
  row, _ = trained(ALL_FROZEN)
  assert [task['trained'] for task in row['tasks']] == [1, None]
  assert row['overlap'] == 4


def test_the_same_run_gives_the_same_row(trained, testdata, tmp_path):
  row, path = trained('pathnet')
  again = runs.train(make_run('pathnet'), BASE, str(tmp_path / 'again'))
  assert again == row
  assert log_of(tmp_path / 'again') == log_of(path)


def test_another_seed_gives_another_row(trained):
  row, other = (trained('de_novo', seed)[0] for seed in (3, 4))
  assert other['seed'] == 4
  assert other['tasks'] != row['tasks']


class _Stop:
  """Stops the run that it observes once the log has so many records."""

  def __init__(self, records: int):
    self.left = records
    self.run: coordinator.Coordinator | None = None

  def resume(self, records) -> None:
    self.left -= len(records)

  def observe(self, record, state) -> None:
    del record, state
    self.left -= 1
    if self.left <= 0:
      self.run.stop()


def test_a_run_that_stands_half_way_goes_on_and_gives_the_same_row(
  trained, testdata, tmp_path
):
  row, path = trained('pathnet')
  run, own = make_run('pathnet'), tmp_path / 'run'
  length = len(log_of(path))
  for task, records, checkpoint_seconds in (
    (0, length // 4, 1e9),  # Of this nothing is saved.
    (1, length - length // 4, 0.0),
  ):
    stop = _Stop(records)
    with run_folder.RunFolder(own) as folder:
      stop.run = coordinator.Coordinator(
        run.configure(BASE),
        folder,
        local_engines.make_engine,
        [stop],
        checkpoint_seconds,
      )
      stop.run.run()
    *_, last = log_of(own)
    assert (last['kind'], last['task']) == ('evaluation', task)
  assert runs.train(run, BASE, str(own)) == row
  assert log_of(own) == log_of(path)


def test_a_run_that_is_done_gives_its_row_again(trained):
  row, path = trained('pathnet')
  log = (path / 'evolution.jsonl').read_bytes()
  assert runs.train(make_run('pathnet'), BASE, str(path)) == row
  assert (path / 'evolution.jsonl').read_bytes() == log


def test_the_folder_of_another_run_is_refused(trained):
  _, path = trained('de_novo')
  with pytest.raises(UserError, match='seed is 3 there and 4 here'):
    runs.train(make_run('de_novo', seed=4), BASE, str(path))


def test_runs_differ_in_their_keys_and_in_their_folders():
  labels = (
    *arms.ARMS,
    'pathnet?population=64',
    'pathnet?population=6',
    'pathnet?evolution.population=64',
    f'pathnet?network.name={"dense(12), " * 20}dense(12)',
    f'pathnet?network.name={"dense(12), " * 20}dense(13)',
  )
  sources = ('mnist/1v2', 'mnist/1v2?noise=0.5', 'mnist/1v2?noise=0.25', None)
  targets = ('mnist/3v4', 'svhn/3v4', 'cifar10')
  made = [
    runs.Run(arms.parse(label, BASE), source, target, seed)
    for label, source, target, seed in itertools.product(
      labels, sources, targets, (0, 1, 11)
    )
  ]
  assert len({run.key for run in made}) == len(made)
  assert len({run.folder.lower() for run in made}) == len(made)
  for run in made:
    assert re.fullmatch('[A-Za-z0-9-]{1,120}', run.folder)


def test_a_folder_has_one_name_in_every_process():
  assert make_run('pathnet').folder == (
    'pathnet-mnist-3v5-noise-0-5-mnist-5v7-noise-0-5-3-891e0860'
  )


def test_a_run_is_configured_with_its_own_tasks_and_seed():
  for label in LABELS:
    run = make_run(label, seed=5)
    found = run.configure(BASE)
    alone = label in ('pathnet_alone', 'de_novo', 'de_novo_wide')
    assert found.tasks == ((TARGET,) if alone else (SOURCE, TARGET))
    assert found.seed == 5
