# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Runs of real games in one process: events, freezing, resuming."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from pathnet_tf import (
  checkpoints,
  config,
  coordinator,
  event_log,
  local_engines,
  run_folder,
)
from pathnet_tf.errors import UserError
from tests.whole_runs import (
  IMAGES,
  TINY,
  BreakAfter,
  StopAfter,
  assert_same,
  train,
)


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
  """An uninterrupted run and its log."""
  path = tmp_path_factory.mktemp('whole') / 'run'
  run = train(TINY, path)
  return run, (path / 'evolution.jsonl').read_bytes(), path


def test_the_log_tells_the_tasks_in_their_order(whole):
  _, log, _ = whole
  records = [json.loads(line) for line in log.splitlines()]
  kinds = [(r['kind'], r['task']) for r in records if r['kind'] != 'evaluation']
  assert kinds == [('begin', 0), ('finish', 0), ('begin', 1), ('finish', 1)]
  for task in (0, 1):
    evaluations = [
      r for r in records if r['kind'] == 'evaluation' and r['task'] == task
    ]
    assert [r['number'] for r in evaluations] == list(range(len(evaluations)))
    steps = np.cumsum([r['steps'] for r in evaluations])
    assert [r['task_steps'] for r in evaluations] == steps.tolist()
    # The budget is spent, and passed by the last evaluation only.
    assert steps[-2] < TINY.steps_per_task <= steps[-1]


def test_a_task_is_exported_when_it_is_done_and_what_a_kill_prevented_later(
  tmp_path,
):
  exported = []

  def export(learner, index):
    assert index == len(learner.finished) - 1
    exported.append((index, learner.finished[index].rows))
    if len(exported) == 1:
      raise InterruptedError

  # As if killed between the checkpoint and the export.
  with pytest.raises(InterruptedError):
    train(TINY, tmp_path, export=export)
  run = train(TINY, tmp_path, export=export)
  assert [index for index, _ in exported] == [0, 0, 1]
  assert exported[0] == exported[1]
  assert exported[2][1] == run.learner.finished[1].rows
  # A start when all is done asks once more, and the exporter knows.
  train(TINY, tmp_path, export=export)
  assert exported[3:] == exported[2:3]


def test_a_task_is_shown_as_done_once_its_checkpoint_is_saved(tmp_path):
  saved = []

  class Looks(StopAfter):
    def observe(self, record, search):
      if record['kind'] == 'finish':
        store = checkpoints.CheckpointStore(
          tmp_path / 'checkpoints', read_only=True
        )
        name = checkpoints.pinned_name(record['task'])
        saved.append(store.pinned(name).state['running'])

  train(TINY, tmp_path, observers=[Looks(0)])
  assert saved == [False, False]


def test_each_task_gets_a_population_of_its_own(whole):
  _, log, _ = whole
  begins = [
    r for r in map(json.loads, log.splitlines()) if r['kind'] == 'begin'
  ]
  assert begins[0]['population'] != begins[1]['population']
  assert begins[0]['frozen'] == [[], [], []]


def test_what_is_frozen_is_the_fittest_path(whole):
  run, log, _ = whole
  records = [json.loads(line) for line in log.splitlines()]
  first = records[: [r['kind'] for r in records].index('finish') + 1]
  fitness, paths = {}, dict(enumerate(first[0]['population']))
  for record in first[1:-1]:
    member = record['member']
    fitness[member] = record['fitness']
    if record['child'] is not None:
      paths[member] = record['child']
      del fitness[member]
  best = max(fitness, key=lambda member: (fitness[member], -member))
  assert first[-1]['path'] == paths[best]
  assert first[-1]['frozen'] == [sorted(set(layer)) for layer in paths[best]]
  assert run.learner.finished[0].rows == first[-1]['frozen']


def test_the_frozen_sets_add_up(whole):
  run, log, _ = whole
  finishes = [
    r for r in map(json.loads, log.splitlines()) if r['kind'] == 'finish'
  ]
  for before, after in zip(
    finishes[0]['frozen'], finishes[1]['frozen'], strict=True
  ):
    assert set(before) <= set(after)
  assert run.learner.network.frozen_rows() == finishes[1]['frozen']


@pytest.mark.parametrize('stop_after', [1, 9])
def test_a_resumed_run_ends_bit_identical(whole, tmp_path, stop_after):
  train(TINY, tmp_path / 'run', stop_after)
  resumed = train(TINY, tmp_path / 'run')
  assert (tmp_path / 'run' / 'evolution.jsonl').read_bytes() == whole[1]
  assert_same(resumed, whole[0])


def test_what_was_under_way_is_not_counted_twice_by_what_anneals(tmp_path):
  """Evaluations that a stop cut short are played anew, from their beginning."""
  annealed = dataclasses.replace(TINY, workers=2, anneal=True)
  train(annealed, tmp_path, stop_after=3)
  with run_folder.RunFolder(tmp_path) as folder:
    run = coordinator.Coordinator(
      annealed, folder, local_engines.make_engine, []
    )
  left = 1 - run.task_steps / annealed.steps_per_task
  found = run.learner.agent().updater.learning_rate()
  assert 0 < left < 1
  np.testing.assert_allclose(
    found, annealed.optimizer.learning_rate * left, rtol=1e-5
  )


def test_a_run_stopped_many_times_in_both_tasks_ends_bit_identical(
  whole, tmp_path
):
  for _ in range(40):
    run = train(TINY, tmp_path / 'run', stop_after=15)
    if len(run.learner.finished) == 2:
      break
  assert (tmp_path / 'run' / 'evolution.jsonl').read_bytes() == whole[1]
  assert_same(run, whole[0])


def test_records_after_the_last_checkpoint_are_cut_and_kept_aside(
  whole, tmp_path
):
  # Only the first checkpoint and those of finished tasks are written.
  with pytest.raises(InterruptedError):
    train(
      TINY, tmp_path / 'run', checkpoint_seconds=1e9, observers=[BreakAfter(5)]
    )
  train(TINY, tmp_path / 'run')
  assert (tmp_path / 'run' / 'evolution.jsonl').read_bytes() == whole[1]
  tail = tmp_path / 'run' / 'evolution.tail-1.jsonl'
  assert len(list(event_log.read(tail))) == 5


def test_a_run_that_is_stopped_between_evaluations_is_saved_there(
  whole, tmp_path
):
  train(TINY, tmp_path / 'run', stop_after=5, checkpoint_seconds=1e9)
  found = checkpoints.CheckpointStore(tmp_path / 'run' / 'checkpoints').latest()
  assert found.state['evaluations'] == 4
  resumed = train(TINY, tmp_path / 'run', checkpoint_seconds=1e9)
  assert not (tmp_path / 'run' / 'evolution.tail-1.jsonl').exists()
  assert (tmp_path / 'run' / 'evolution.jsonl').read_bytes() == whole[1]
  assert_same(resumed, whole[0])


class StopWithin:
  """Stops a run in the midst of its n-th evaluation."""

  def __init__(self, number):
    self.left = number
    self.run = None

  def make_engine(self, *arguments):
    engine = local_engines.make_engine(*arguments)
    start, evaluate = engine.start, engine.evaluate

    def counted(worker, job):
      self.left -= 1
      start(worker, job)

    def stopped(worker, job):
      if self.left <= 0:
        step = engine._stages[worker].environment.step

        def step_and_stop(action):
          self.run.stop()
          return step(action)

        engine._stages[worker].environment.step = step_and_stop
      return evaluate(worker, job)

    engine.start, engine.evaluate = counted, stopped
    return engine


@pytest.mark.parametrize('workers', [1, 2])
def test_a_run_stopped_within_an_evaluation_is_saved_unless_it_must_repeat(
  whole, tmp_path, workers
):
  settings = dataclasses.replace(TINY, workers=workers)
  within = StopWithin(4)
  with run_folder.RunFolder(tmp_path / 'run') as folder:
    within.run = coordinator.Coordinator(
      settings, folder, within.make_engine, checkpoint_seconds=1e9
    )
    within.run.run()
  records = list(event_log.read(tmp_path / 'run' / 'evolution.jsonl'))
  found = checkpoints.CheckpointStore(tmp_path / 'run' / 'checkpoints').latest()
  if workers == 1:
    assert found.number == 0
    assert not found.state['running']
    resumed = train(settings, tmp_path / 'run')
    assert (tmp_path / 'run' / 'evolution.jsonl').read_bytes() == whole[1]
    assert_same(resumed, whole[0])
  else:
    done = [r for r in records if r['kind'] == 'evaluation']
    assert found.state['evaluations'] == len(done) >= 2
    assert found.number == sum(r['steps'] for r in done)


def break_weights(learner):
  """Makes every weight of the head NaN: a ReLU would hide those of a layer."""
  for stack in learner.network.heads[-1].stacks:
    stack.assign(np.full(stack.shape, np.nan, np.float32))


class BreakWeights(StopAfter):
  """Breaks every weight at the n-th record."""

  def observe(self, record, search):
    self.left -= 1
    if self.left == 0:
      break_weights(self.run.learner)


@pytest.mark.parametrize('kind', ['games', 'images'])
def test_updates_that_are_not_finite_any_more_end_the_run_at_a_good_checkpoint(
  tmp_path, testdata, kind
):
  settings = TINY if kind == 'games' else IMAGES
  with pytest.raises(UserError, match='updates in a row') as told:
    train(
      settings, tmp_path / 'run', observers=[BreakWeights(4)], max_skipped=12
    )
  records = list(event_log.read(tmp_path / 'run' / 'evolution.jsonl'))
  skipped = [r['metrics']['skipped'] for r in records if 'metrics' in r]
  # What was saved after the weights broke is the third evaluation's boundary,
  # which nothing had shown to be bad yet; nothing later is.
  assert skipped[:3] == [0, 0, 0]
  assert min(skipped[3:]) > 0
  assert sum(skipped[3:]) >= 12 > sum(skipped[3:-1])
  store = checkpoints.CheckpointStore(tmp_path / 'run' / 'checkpoints')
  found = store.latest()
  assert found.state['evaluations'] == 3
  assert found.path in str(told.value)
  assert '\n' not in str(told.value)


@pytest.mark.parametrize('settings', [TINY, IMAGES])
def test_weights_that_broke_within_an_evaluation_are_not_saved(
  tmp_path, testdata, settings
):
  wild = dataclasses.replace(
    settings, optimizer=config.OptimizerConfig('sgd', learning_rate=1e30)
  )
  with pytest.raises(UserError, match='updates in a row') as told:
    train(wild, tmp_path / 'run', max_skipped=60)
  records = list(event_log.read(tmp_path / 'run' / 'evolution.jsonl'))
  skipped = [r['metrics']['skipped'] for r in records if 'metrics' in r]
  assert min(skipped) > 0
  store = checkpoints.CheckpointStore(tmp_path / 'run' / 'checkpoints')
  found = store.latest()
  assert found.state['evaluations'] == 0
  assert found.path in str(told.value)


def test_a_finished_run_is_left_as_it_is(whole):
  run, log, path = whole
  again = train(TINY, path)
  assert (path / 'evolution.jsonl').read_bytes() == log
  assert_same(again, run)


def test_a_log_without_its_checkpoints_is_refused(tmp_path):
  train(TINY, tmp_path / 'run', stop_after=3)
  for entry in (tmp_path / 'run' / 'checkpoints').iterdir():
    for file in entry.iterdir():
      file.unlink()
    entry.rmdir()
  with pytest.raises(UserError, match='no checkpoint to go on'):
    train(TINY, tmp_path / 'run')


def test_a_log_that_was_changed_before_its_checkpoint_is_refused(tmp_path):
  train(TINY, tmp_path / 'run', stop_after=5)
  log = tmp_path / 'run' / 'evolution.jsonl'
  changed = log.read_bytes().replace(b'"worker":0', b'"worker":1', 1)
  log.write_bytes(changed)
  with pytest.raises(UserError, match='has changed before byte'):
    train(TINY, tmp_path / 'run')
  assert log.read_bytes() == changed


def test_every_finished_task_keeps_its_checkpoint(whole):
  _, _, path = whole
  store = checkpoints.CheckpointStore(path / 'checkpoints', read_only=True)
  assert store.latest().pinned == 'task-1'
  pinned = [
    p.name for p in (path / 'checkpoints').iterdir() if 'task-' in p.name
  ]
  assert sorted(name.split('-', 1)[1] for name in pinned) == [
    'task-0',
    'task-1',
  ]


def test_several_workers_count_every_evaluation_once(tmp_path):
  settings = dataclasses.replace(TINY, workers=3, tasks=TINY.tasks[:1])
  run = train(settings, tmp_path / 'run')
  records = list(event_log.read(tmp_path / 'run' / 'evolution.jsonl'))
  evaluations = [r for r in records if r['kind'] == 'evaluation']
  assert [r['number'] for r in evaluations] == list(range(run.evaluations))
  assert {r['worker'] for r in evaluations} == {0, 1, 2}
  assert sum(r['steps'] for r in evaluations) == run.task_steps


def test_a_control_keeps_one_path(tmp_path):
  settings = dataclasses.replace(
    TINY,
    workers=2,
    tasks=TINY.tasks[:1],
    evolution=dataclasses.replace(TINY.evolution, search='fixed'),
  )
  train(settings, tmp_path / 'run')
  records = list(event_log.read(tmp_path / 'run' / 'evolution.jsonl'))
  paths = {json.dumps(r['path']) for r in records if 'path' in r}
  assert paths == {json.dumps([[0, 1]] * 3)}


@pytest.mark.parametrize(
  ('change', 'message'),
  [
    ({'seed': 4}, 'seed is 3 there and 4 here'),
    ({'tasks': TINY.tasks[:1]}, 'tasks'),
  ],
)
def test_a_folder_of_another_configuration_is_refused(
  tmp_path, change, message
):
  train(TINY, tmp_path / 'run', stop_after=2)
  with pytest.raises(UserError, match=message):
    train(dataclasses.replace(TINY, **change), tmp_path / 'run')
