# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.observers.tally, against the whole log read back."""

from __future__ import annotations

import numpy as np
import pytest

from pathnet_tf.observers import tally
from pathnet_tf.reports import history, moments

NAMES = ['minatar/breakout', 'minatar/asterix', 'minatar/freeway']


def test_counts_equal_those_of_all_records(play):
  counted = tally.Tally()
  records = []
  for record, _ in play(NAMES, modules=(5, 4)):
    records.append(record)
    counted.take(record)
    begin = [r for r in records if r['kind'] == 'begin'][-1]
    rows = [r for r in records if r['kind'] == 'evaluation']
    here = [r for r in rows if r['task'] == begin['task']]
    trained = [np.zeros(5), np.zeros(4)]
    for row in here:
      for layer, genes in enumerate(row['path']):
        for module in set(genes):
          trained[layer][module] += 1
    for ours, expected in zip(counted.trained, trained, strict=True):
      np.testing.assert_array_equal(ours, expected)
    assert counted.name == begin['name']
    assert counted.frozen == begin['frozen']
    assert counted.evaluations == len(here)
    assert counted.task_steps == sum(row['steps'] for row in here)
    assert counted.steps == sum(row['steps'] for row in rows)
    assert counted.tournaments == sum(r['winner'] is not None for r in rows)
    if here:
      final = history.History.from_events(records).tasks[-1].final_score()
      assert counted.final_score() == pytest.approx(final)


@pytest.mark.parametrize('freezes', [True, False])
def test_the_network_is_the_one_that_the_log_tells_of(play, freezes):
  counted = tally.Tally()
  records = []
  for record, search in play(NAMES, freezes=freezes):
    records.append(record)
    counted.take(record)
    run = history.History.from_events(records)
    now = moments.Moment(len(run.tasks) - 1, run.tasks[-1].evaluations)
    expected = moments.snapshot(run, now)
    ours = counted.snapshot(search.population)
    assert ours.task == expected.task
    assert ours.modules == expected.modules
    np.testing.assert_array_equal(ours.population, expected.population)
    assert len(ours.frozen_paths) == (expected.task if freezes else 0)
    np.testing.assert_array_equal(ours.frozen_paths, expected.frozen_paths)
    assert (ours.fittest is None) == (expected.fittest is None)
    if ours.fittest is not None:
      np.testing.assert_array_equal(ours.fittest, expected.fittest)


def test_before_the_first_evaluation_there_is_no_score(play):
  counted = tally.Tally()
  begin, _ = next(play(NAMES))
  counted.take(begin)
  assert np.isnan(counted.final_score())
