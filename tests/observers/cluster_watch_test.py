# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.observers.cluster_watch."""

from __future__ import annotations

import io
import json

import pytest
import tensorflow as tf
from tensorboard.backend.event_processing import event_accumulator

from pathnet_tf.observers import cluster_watch

BEGIN = {'kind': 'begin', 'steps': 100}
EVALUATION = {'kind': 'evaluation', 'task_steps': 7}


class Watched:
  """One run, over several starts of its chief."""

  def __init__(self, folder):
    self.folder = folder
    self.shown = io.StringIO()

  def start(self, records=()):
    watch = cluster_watch.ClusterWatch(
      str(self.folder), str(self.folder / 'events'), lambda: 0, self.shown
    )
    watch.resume(records)
    return watch

  def events(self):
    lines = (self.folder / 'cluster.jsonl').read_text().splitlines()
    return [(e['event'], e['job'], e['index']) for e in map(json.loads, lines)]


@pytest.fixture
def run(tmp_path):
  return Watched(tmp_path)


def test_losses_are_said_written_and_counted(run):
  watch = run.start()
  watch.note('lost', ('worker', 3), 'it was silent')
  watch.note('recovered', ('worker', 3), 'it is there again')
  watch.close()
  assert run.events() == [
    ('started', 'chief', 0),
    ('lost', 'worker', 3),
    ('recovered', 'worker', 3),
    ('ended', 'chief', 0),
  ]
  assert run.shown.getvalue() == (
    'lost worker 3: it was silent\nrecovered worker 3: it is there again\n'
  )
  assert run.start().counts['lost'] == {'worker': 1, 'ps': 0, 'chief': 0}


def test_a_chief_that_left_no_word_was_lost(run):
  run.start()
  watch = run.start()
  assert watch.counts['lost']['chief'] == 1
  assert watch.counts['recovered']['chief'] == 1
  watch.close()
  assert run.start().counts['lost']['chief'] == 1


def test_a_loss_before_there_is_a_run_leaves_nothing_in_its_folder(run):
  """The folder would not be one of a run: the next start would be refused."""
  watch = cluster_watch.ClusterWatch(
    str(run.folder), str(run.folder / 'events'), lambda: 0, run.shown
  )
  watch.note('lost', ('ps', 0), 'it fell')
  assert run.shown.getvalue() == 'lost ps 0: it fell\n'
  assert not list(run.folder.iterdir())
  watch.resume([])
  assert watch.counts['lost'] == {'worker': 0, 'ps': 1, 'chief': 0}
  assert run.events() == [('lost', 'ps', 0), ('started', 'chief', 0)]


@pytest.mark.parametrize('job', ['ps', 'chief'])
def test_a_loss_that_was_told_is_not_told_again(run, job):
  run.start().note('lost', (job, 0), 'a reason')
  watch = run.start()
  others = {'ps', 'chief'} - {job}
  for event in ('lost', 'recovered'):
    assert watch.counts[event][job] == 1
    assert all(watch.counts[event][other] == 0 for other in others)


def test_a_line_that_a_kill_cut_off_is_left_out(run):
  watch = run.start()
  watch.note('lost', ('worker', 0), 'x')
  watch.close()
  path = run.folder / 'cluster.jsonl'
  path.write_bytes(path.read_bytes()[:-20])
  for chiefs in (1, 2):  # The one that was cut off, and the one after it.
    counts = run.start().counts['lost']
    assert (counts['worker'], counts['chief']) == (1, chiefs)


def test_tensorboard_has_the_counts_by_the_steps_of_the_run(run):
  watch = run.start([BEGIN])
  watch.note('lost', ('worker', 0), 'x')
  watch.observe(EVALUATION, None)
  watch.close()
  read = event_accumulator.EventAccumulator(str(run.folder / 'events'))
  read.Reload()
  (event,) = read.Tensors('cluster/workers_lost')
  assert event.step == 107
  assert float(tf.make_ndarray(event.tensor_proto)) == 1.0
  assert 'cluster/chiefs_recovered' in read.Tags()['tensors']
