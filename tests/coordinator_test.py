# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Runs in one process, of real games and images: events, freezing, resuming."""

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
from pathnet_tf.agents.actor_critic import AgentConfig
from pathnet_tf.errors import UserError
from pathnet_tf.evolution import usefulness

TINY = config.RunConfig(
  tasks=('minatar/breakout', 'minatar/freeway?max_episode_steps=100'),
  steps_per_task=1500,
  seed=3,
  workers=1,
  environments=2,
  network=config.NetworkConfig(modules=6, active=2),
  evolution=config.EvolutionConfig(population=4, rivals=2),
  agent=AgentConfig(window=2),
)


class StopAfter:
  """An observer that stops the run at its n-th record."""

  def __init__(self, records):
    self.left = records
    self.run = None

  def resume(self, records):
    pass

  def observe(self, record, search):
    self.left -= 1
    if self.left == 0:
      self.run.stop()


class BreakAfter(StopAfter):
  """An observer at whose n-th record the run ends as if it were killed."""

  def observe(self, record, search):
    self.left -= 1
    if self.left == 0:
      raise InterruptedError


def train(
  settings,
  path,
  stop_after=None,
  checkpoint_seconds=0.0,
  observers=(),
  export=None,
  **options,
):
  """Runs to the end, or to where it is stopped; gives the coordinator."""
  observers = [*observers, *([StopAfter(stop_after)] if stop_after else [])]
  with run_folder.RunFolder(path) as folder:
    run = coordinator.Coordinator(
      settings,
      folder,
      local_engines.make_engine,
      observers,
      checkpoint_seconds,
      export,
      **options,
    )
    for observer in observers:
      observer.run = run
    run.run()
  return run


def weights(run):
  """Every variable that a checkpoint holds, in a fixed order."""
  learner = run.learner
  layers = learner.network.gated
  stacks = [
    s for layer in [*layers, *learner.network.heads] for s in layer.stacks
  ]
  masks = [m for layer in layers for m in (layer.active, layer.frozen)]
  slots = [s for stack in stacks for s in learner.optimizer.slots(stack)]
  return [v.numpy() for v in [*stacks, *masks, *slots]]


def assert_same(a, b):
  for x, y in zip(weights(a), weights(b), strict=True):
    np.testing.assert_array_equal(x, y)


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


# Short episodes, a copy wherever one can be made, and a network that grows.
COPYING = dataclasses.replace(
  TINY,
  tasks=(
    'minatar/breakout?max_episode_steps=15',
    'minatar/freeway?max_episode_steps=15',
  ),
  steps_per_task=400,
  network=config.NetworkConfig(
    'dense(8), lstm(8), dense(8)', modules=6, active=2, free_modules=5
  ),
  evolution=config.EvolutionConfig(
    population=4, rivals=2, duplication_rate=1.0
  ),
)


class WatchCopies:
  """An observer that looks at copies at the moment when they are made."""

  def __init__(self):
    self.run = None
    self.seen = 0

  def resume(self, records):
    pass

  def observe(self, record, search):
    learner = self.run.learner
    for layer, source, target in record.get('copied', []):
      gated = learner.network.gated[layer]
      assert target != source
      assert not gated.frozen.numpy()[target]
      for stack in gated.stacks:
        np.testing.assert_array_equal(stack[target], stack[source])
        slots = learner.optimizer.slots(stack)
        for slot, first in zip(slots, learner.optimizer.SLOTS, strict=True):
          assert (slot.numpy()[target] == first).all()
      self.seen += 1


@pytest.fixture(scope='module')
def copying(tmp_path_factory):
  """An uninterrupted run with copies, its log, and how many were watched."""
  path = tmp_path_factory.mktemp('copying') / 'run'
  watch = WatchCopies()
  run = train(COPYING, path, observers=[watch])
  return run, (path / 'evolution.jsonl').read_bytes(), watch.seen


def test_copies_are_logged_and_made(copying):
  _, log, watched = copying
  records = [json.loads(line) for line in log.splitlines()]
  frozen, counts = [[], [], []], [0, 0]
  for record in records:
    if record['kind'] == 'begin':
      frozen = record['frozen']
    for layer, _, target in record.get('copied', []):
      assert target not in frozen[layer]
      counts[record['task']] += 1
  assert min(counts) >= 5
  assert sum(counts) == watched
  assert all('copied' in r for r in records if r['kind'] == 'evaluation')


def test_copies_follow_the_usefulness_of_what_was_evaluated(copying):
  _, log, _ = copying
  for record in map(json.loads, log.splitlines()):
    if record['kind'] == 'begin':
      useful = [{} for _ in record['modules']]  # Every task begins anew.
    if record['kind'] != 'evaluation':
      continue
    for known, genes in zip(useful, record['path'], strict=True):
      for module in set(genes):
        old = known.get(module, record['fitness'])
        known[module] = 0.9 * old + 0.1 * record['fitness']
    for layer, source, target in record['copied']:
      known = useful[layer]
      assert known[source] > known.get(target, -np.inf)
      known[target] = known[source]


def test_a_network_grows_between_tasks_and_the_log_says_so(copying):
  run, log, _ = copying
  first, second = (
    r for r in map(json.loads, log.splitlines()) if r['kind'] == 'begin'
  )
  assert first['modules'] == [6, 6, 6]
  wanted = [max(6, len(frozen) + 5) for frozen in second['frozen']]
  assert second['modules'] == wanted != first['modules']
  assert run.learner.network.modules == tuple(wanted)
  genes = np.array(second['population'])
  assert (genes < np.array(wanted)[:, None]).all()


@pytest.mark.parametrize('task', [0, 1])
def test_a_resumed_run_with_copies_ends_bit_identical(copying, tmp_path, task):
  whole, log, _ = copying
  records = [json.loads(line) for line in log.splitlines()]
  # Stopped at the third copy of the task or later.
  copies = [r.get('copied') and r['task'] == task for r in records]
  stop_after = [k for k, made in enumerate(copies) if made][2] + 1
  stopped = train(COPYING, tmp_path / 'run', stop_after)
  assert len(stopped.learner.finished) == task
  resumed = train(COPYING, tmp_path / 'run')
  assert (tmp_path / 'run' / 'evolution.jsonl').read_bytes() == log
  assert_same(resumed, whole)


def test_without_the_option_nothing_is_copied_or_drawn(tmp_path, monkeypatch):
  runs, logs = [], []
  for rate in (1e-12, 0.0):  # Almost never, and off.
    if not rate:
      monkeypatch.delattr(usefulness.Duplication, 'tell')
      monkeypatch.delattr(usefulness.Duplication, 'choose')
    settings = dataclasses.replace(
      COPYING,
      tasks=COPYING.tasks[:1],
      evolution=dataclasses.replace(COPYING.evolution, duplication_rate=rate),
    )
    path = tmp_path / str(rate)
    runs.append(train(settings, path))
    logs.append(list(event_log.read(path / 'evolution.jsonl')))
  evaluations = [r for r in logs[0] if r['kind'] == 'evaluation']
  assert [r.pop('copied') for r in evaluations] == [[]] * len(evaluations)
  assert logs[0] == logs[1]
  assert_same(*runs)


# Two tasks of real images, by serial tournaments; 12 evaluations each.
IMAGES = config.RunConfig(
  tasks=('mnist/3v5', 'mnist/6v7'),
  steps_per_task=58,
  seed=3,
  workers=1,
  network=config.NetworkConfig(
    'dense(8), dense(8)',
    modules=5,
    active=2,
    frozen='available',
    readout='mean',
  ),
  evolution=config.EvolutionConfig('binary', population=4),
  classifier=config.ClassifierConfig(batch_size=8, minibatches=5),
  optimizer=config.OptimizerConfig('rmsprop', learning_rate=0.01),
)


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
