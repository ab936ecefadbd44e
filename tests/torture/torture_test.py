# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A small share of the campaign: every kind of it, on every change."""

from __future__ import annotations

import json
import pathlib
import random
import subprocess
import sys

import pytest

from tests.torture import inputs, processes
from tests.torture import points as points_lib
from tests.torture import trainers as trainers_lib


@pytest.fixture(scope='module')
def trainers():
  with trainers_lib.Trainers() as started:
    yield started


@pytest.fixture(scope='module')
def whole(trainers, tmp_path_factory):
  return processes.Whole(trainers, tmp_path_factory.mktemp('whole'))


@pytest.mark.slow
def test_thirty_kills_at_random_moments_lose_nothing(trainers, whole, tmp_path):
  left, number = 30, 0
  while left:
    settings = ('images', 'games')[number % 2]
    row = processes.kill_one_run(
      trainers, whole, tmp_path, settings, number, min(8, left)
    )
    assert row['faults'] == []
    left, number = left - row['tries'], number + 1
    assert number < 100, 'too few of the kills hit a run'


@pytest.mark.slow
@pytest.mark.parametrize('number', [0, 1])
def test_a_run_killed_at_every_named_point_loses_nothing(
  trainers, whole, tmp_path, number
):
  row = processes.kill_at_all_points(trainers, whole, tmp_path, number)
  assert row['faults'] == []
  assert set(row['kinds']) == set(points_lib.POINTS)


def spoil(path: pathlib.Path, how: str) -> None:
  data = path.read_bytes()
  if how == 'missing':
    path.unlink()
  elif how == 'cut short':
    path.write_bytes(data[: len(data) // 2])
  else:
    middle = len(data) // 2
    path.write_bytes(data[:middle] + b'\0\xff' + data[middle + 2 :])


@pytest.fixture(scope='module')
def interrupted(trainers, tmp_path_factory):
  """A run that was killed in its second task."""
  run_dir = tmp_path_factory.mktemp('interrupted') / 'run'
  ended = trainers.run(
    trainers_lib.SETTINGS['images'],
    run_dir,
    point='tournament.logged',
    count=30,
  )
  assert ended.code == -9
  return run_dir


@pytest.mark.slow
@pytest.mark.parametrize('how', ['missing', 'cut short', 'changed'])
@pytest.mark.parametrize(
  'file',
  [
    'manifest.json',
    'state.json',
    'weights.index',
    'weights.data-00000-of-00001',
  ],
)
def test_a_run_whose_newest_checkpoint_is_damaged_ends_bit_identical(
  trainers, whole, interrupted, tmp_path, file, how
):
  run_dir = tmp_path / 'run'
  subprocess.run(['cp', '-r', interrupted, run_dir], check=True)
  newest = processes._newest(run_dir)
  spoil(newest / file, how)
  ended = trainers.run(trainers_lib.SETTINGS['images'], run_dir)
  assert ended.code == 0
  assert 'Traceback' not in ended.err
  assert f'checkpoint {newest.name} is damaged' in ended.err
  assert 'resumed: task 2 of 2' in ended.err
  assert (run_dir / 'checkpoints' / f'damaged-{newest.name}').exists()
  assert processes.differences(run_dir, whole.path('images')) == []


@pytest.mark.slow
@pytest.mark.parametrize('number', [0, 1, 2, 3, 6, 7, 9, 12, 13, 15])
def test_an_update_that_is_not_finite_is_skipped_and_counted(tmp_path, number):
  from tests.torture import injections

  assert injections.inject(tmp_path / 'run', number)['faults'] == []


def test_wrong_settings_are_refused_with_a_reason():
  row = inputs.generate_settings(seed=0, tries=60)
  assert row['faults'] == []
  assert row['kinds']['refused'] >= 40


@pytest.mark.slow
def test_edits_of_a_runs_files_are_noticed_or_harmless(interrupted, tmp_path):
  row = inputs.edit_many(interrupted, tmp_path / 'copy', seed=0, tries=60)
  assert row['faults'] == []
  assert {'older set aside', 'newest set aside', 'refused'} <= set(row['kinds'])


def test_edits_change_something_nearly_always():
  rng = random.Random(0)
  content = bytes(range(256)) * 4
  edited = [inputs.edit(rng, content) for _ in range(200)]
  assert sum(data != content for data in edited) > 180


def test_faults_are_seen(tmp_path):
  """The campaign's own judgement: what is wrong is said to be."""
  ended = trainers_lib.Ended(1, 'Traceback (most recent call last)', 1.0)
  assert len(processes.wrong_with(ended, 0, (0,))) == 2
  silent = trainers_lib.Ended(0, 'task 1 of 2: mnist/3v5\n', 1.0)
  assert len(processes.wrong_with(silent, 5, (0,))) == 1
  assert processes.wrong_with(silent, 0, (0,)) == []


def test_the_campaign_goes_on_where_it_was_and_prints_its_table(tmp_path):
  row = {'tries': 7, 'kinds': {'refused': 7}, 'seed': 0, 'faults': []}
  (tmp_path / 'flags.jsonl').write_text(json.dumps(row) + '\n')
  ended = subprocess.run(
    [
      sys.executable,
      '-m',
      'tests.torture',
      f'--folder={tmp_path}',
      '--stages=flags',
      '--inputs=7',
    ],
    cwd=trainers_lib.ROOT,
    capture_output=True,
    text=True,
    check=True,
  )
  assert '| flags | 7 | 7 refused | 0 |' in ended.stdout
