# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Runs of images, by serial tournaments, and by fine-tuning."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pathnet_tf import event_log
from tests.whole_runs import IMAGES, assert_same, train


def read(path):
  """The records of a run's log, each task's for itself."""
  records = list(event_log.read(path / 'evolution.jsonl'))
  return [[r for r in records if r['task'] == task] for task in (0, 1)]


@pytest.fixture(scope='module')
def images(tmp_path_factory, testdata):
  """An uninterrupted run on images, and its folder."""
  path = tmp_path_factory.mktemp('images') / 'run'
  return train(IMAGES, path), path


def test_images_are_learnt_in_tasks_of_whole_evaluations(images):
  run, path = images
  for task, (begin, *evaluations, finish) in enumerate(read(path)):
    assert (begin['kind'], finish['kind']) == ('begin', 'finish')
    assert begin['name'] == finish['name'] == IMAGES.tasks[task]
    assert begin['steps'] == 60 * task
    assert [r['kind'] for r in evaluations] == ['evaluation'] * 12
    assert [r['number'] for r in evaluations] == list(range(12))
    assert [r['task_steps'] for r in evaluations] == list(range(5, 65, 5))
    for record in evaluations:
      assert (record['steps'], record['episodes']) == (5, 40)
      assert float(40 * record['fitness']).is_integer()
      assert record['metrics'].keys() == {'loss', 'skipped'}
    assert run.learner.finished[task].path == finish['path']
    assert run.learner.finished[task].rows == [
      sorted(set(genes)) for genes in finish['path']
    ]


def replay(begin, evaluations):
  """Paths and fitness of the members at the end, as the log has them."""
  paths, fitness = dict(enumerate(begin['population'])), {}
  for first, second in zip(evaluations[::2], evaluations[1::2], strict=True):
    assert first['rivals'] == [second['member']]
    assert second['rivals'] == [first['member']]
    assert (first['winner'], first['child']) == (None, None)
    for record in (first, second):
      assert record['path'] == paths[record['member']]
      fitness[record['member']] = record['fitness']
    won = second['winner'] == second['member']
    winner, loser = (second, first) if won else (first, second)
    assert second['winner'] == winner['member']
    assert winner['fitness'] >= loser['fitness']
    child, parent = np.array(second['child']), np.array(winner['path'])
    assert np.abs(child - parent).max() <= 2
    paths[loser['member']] = second['child']
    del fitness[loser['member']]
  return paths, fitness


def test_of_two_the_better_one_is_copied_and_the_fittest_frozen(images):
  run, path = images
  frozen = [set() for _ in range(2)]
  for begin, *evaluations, finish in read(path):
    assert begin['frozen'] == [sorted(modules) for modules in frozen]
    paths, fitness = replay(begin, evaluations)
    best = max(fitness, key=lambda member: (fitness[member], -member))
    assert (finish['path'], finish['fitness']) == (paths[best], fitness[best])
    for modules, genes in zip(frozen, paths[best], strict=True):
      modules |= set(genes)
    assert finish['frozen'] == [sorted(modules) for modules in frozen]
  assert run.learner.network.frozen_rows() == finish['frozen']


def test_a_run_on_images_stopped_at_every_ninth_record_ends_bit_identical(
  images, tmp_path
):
  whole, path = images
  # Between tournaments, within one, and before the second task is finished.
  for _ in range(28 // 9 + 1):
    run = train(IMAGES, tmp_path / 'run', stop_after=9)
  log = (tmp_path / 'run' / 'evolution.jsonl').read_bytes()
  assert log == (path / 'evolution.jsonl').read_bytes()
  assert_same(run, whole)


def highest(path, second: bool) -> int:
  """The last evaluation of task 0 that was better than all before it.

  Either as the second one of its tournament or as the first.
  """
  fitness = [r['fitness'] for r in read(path)[0] if r['kind'] == 'evaluation']
  better = [k for k in range(1, 12) if fitness[k] > max(fitness[:k])]
  return [k for k in better if k % 2 == second][-1]


@pytest.mark.parametrize(
  ('second', 'interrupted'), [(True, False), (False, True)]
)
def test_a_task_that_is_solved_ends_at_once(
  images, tmp_path, second, interrupted
):
  number = highest(images[1], second)
  expected, _ = read(images[1])
  solved = expected[number + 1]
  settings = dataclasses.replace(IMAGES, solved_at=solved['fitness'])
  if interrupted:  # Right after: there is nothing left to do.
    stopped = train(settings, tmp_path / 'run', stop_after=number + 2)
    assert not stopped.learner.finished
  run = train(settings, tmp_path / 'run')
  first, others = read(tmp_path / 'run')
  assert first[:-1] == expected[: number + 2]
  finish = first[-1]
  assert finish['kind'] == 'finish'
  assert finish['path'] == solved['path']
  assert finish['fitness'] == solved['fitness']
  assert finish['task_steps'] == 5 * (number + 1) < 60
  assert others[0]['steps'] == finish['task_steps']
  assert others[-1]['kind'] == 'finish'
  assert [task.fitness for task in run.learner.finished] == [
    finish['fitness'],
    others[-1]['fitness'],
  ]


def test_several_workers_never_hold_more_than_a_tournament(testdata, tmp_path):
  settings = dataclasses.replace(IMAGES, workers=3, tasks=IMAGES.tasks[:1])
  run = train(settings, tmp_path / 'run')
  (begin, *evaluations, _), _ = read(tmp_path / 'run')
  assert [r['number'] for r in evaluations] == list(range(run.evaluations))
  replay(begin, evaluations)
  assert run.task_steps == sum(r['steps'] for r in evaluations)


class WatchWeights:
  """An observer that keeps the weights at every record."""

  def __init__(self):
    self.run = None
    self.kinds = []
    self.weights = []

  def resume(self, records):
    pass

  def observe(self, record, search):
    self.kinds.append(record['kind'])
    layers = self.run.learner.network.gated
    slots = self.run.learner.optimizer.slots
    stacks = [stack for layer in layers for stack in layer.stacks]
    kept = [v.numpy() for s in stacks for v in (s, *slots(s))]
    self.weights.append(kept)


def test_fine_tuning_freezes_nothing_and_keeps_every_weight(testdata, tmp_path):
  settings = dataclasses.replace(
    IMAGES,
    network=dataclasses.replace(
      IMAGES.network, frozen='none', reinitialise='none'
    ),
    evolution=dataclasses.replace(IMAGES.evolution, search='fixed'),
  )
  watch = WatchWeights()
  run = train(settings, tmp_path / 'run', observers=[watch])
  end, begin = watch.kinds.index('finish'), watch.kinds.index('begin', 1)
  assert begin == end + 1
  trained, finished, begun = watch.weights[end - 1 : begin + 1]
  for one, two, three in zip(trained, finished, begun, strict=True):
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(one, three)
  for record in (r for task in read(tmp_path / 'run') for r in task):
    assert record.get('frozen', [[]] * 2) == [[]] * 2
    assert record.get('path', [[0, 1]] * 2) == [[0, 1]] * 2
  # The second task goes on with what the first one learnt.
  last = watch.weights[-1]
  for stack, old in zip(last, begun, strict=True):
    changed = (stack != old).reshape(5, -1).any(axis=1)
    assert changed.tolist() == [True, True, False, False, False]
  assert len(run.learner.finished) == 2
