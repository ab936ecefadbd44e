# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.demo: what it refuses, and its flags."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
  ('tasks', 'words'),
  [
    ('minatar/breakout', ['one game alone', '--tasks=minatar/breakout,']),
    ('mnist/3v5,mnist/1v2', ['mnist/3v5 is no game', 'launch.transfer']),
    ('minatar/breakout,minatar/pnog', ['pnog']),
  ],
)
def test_tasks_that_it_cannot_compare_are_one_line(
  tmp_path, start, tasks, words
):
  process = start(
    f'--tasks={tasks}', f'--run_dir={tmp_path / "run"}', program='launch.demo'
  )
  out, err = process.communicate()
  assert (process.returncode, out) == (2, '')
  assert err.startswith('error: ')
  assert err.count('\n') == 1
  for word in words:
    assert word in err
  assert not (tmp_path / 'run').exists()


def test_flags_of_a_cluster_are_refused(tmp_path, start):
  process = start(
    '--hosts=chief=a:1', f'--run_dir={tmp_path / "run"}', program='launch.demo'
  )
  _, err = process.communicate()
  assert process.returncode == 2
  assert err.startswith('error: --hosts belongs to --strategy')


@pytest.mark.slow
def test_flags_of_training_are_those_of_both_arms(tmp_path, start):
  process = start(
    *('--noexports', '--nosummaries', '--steps_per_task=400', '--workers=1'),
    *('--network=dense(8), dense(8)', '--environments=2', '--population=2'),
    *('--rivals=1', '--episodes=1', f'--run_dir={tmp_path}'),
    program='launch.demo',
  )
  out, err = process.communicate()
  assert process.returncode == 0, err
  assert 'PathNet against de novo' in out
  for arm in ('pathnet', 'de_novo'):
    there = {path.name for path in (tmp_path / arm).iterdir()}
    assert 'evolution.jsonl' in there
    assert not there & {'exports', 'events', 'tensorboard'}
