# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Runs of games that copy useful modules and grow."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from pathnet_tf import config, event_log
from pathnet_tf.evolution import usefulness
from tests.whole_runs import TINY, assert_same, train

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
