# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.train --strategy=mirrored, on parts of a CPU."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

ROOT = pathlib.Path(__file__).parents[2]
TINY = (
  '--tasks=minatar/breakout,minatar/freeway?max_episode_steps=100',
  '--strategy=mirrored',
  '--steps_per_task=3000',
  '--environments=2',
  '--modules=6',
  '--active=2',
  '--population=4',
  '--rivals=2',
  '--window=2',
  '--checkpoint_seconds=0',
  '--seed=5',
)
TWO = (*TINY, '--workers=2', '--logical_devices=2')
ONE = (*TINY, '--workers=1')


@pytest.mark.parametrize(
  ('arguments', 'words'),
  [
    (['--workers=4', '--logical_devices=2'], ['workers is 4', '2 devices']),
    (['--workers=2', '--logical_devices=3'], ['workers is 2', '3 devices']),
    (['--workers=2'], ['workers is 2', '1 devices', '--logical_devices']),
    (['--logical_devices=-1'], ['logical_devices', '-1']),
    (['--strategy=mirorred'], ['mirorred', 'local|mirrored']),
  ],
)
def test_wrong_devices_are_one_line(tmp_path, start, arguments, words):
  process = start(*TINY, *arguments, f'--run_dir={tmp_path / "run"}')
  out, err = process.communicate()
  assert process.returncode == 2
  assert out == ''
  (line,) = err.splitlines()
  assert line.startswith('error: ')
  for word in words:
    assert word in line
  assert not (tmp_path / 'run').exists()


def test_studies_are_of_the_local_engine(tmp_path, start):
  process = start(
    '--tasks=mnist/3v5,mnist/6v7',
    '--strategy=mirrored',
    f'--run_dir={tmp_path / "run"}',
    program='launch.transfer',
  )
  _, err = process.communicate()
  assert process.returncode == 2
  (line,) = err.splitlines()
  assert '--strategy=local' in line


@pytest.fixture(scope='module')
def whole(start, tmp_path_factory):
  """A run of two games on two devices."""
  folder = tmp_path_factory.mktemp('run') / 'whole'
  process = start(*TWO, f'--run_dir={folder}')
  out, err = process.communicate()
  assert process.returncode == 0, err
  assert [os.path.exists(path) for path in out.split()] == [True] * 3
  return folder


def records(run_dir: pathlib.Path) -> list[dict]:
  log = (run_dir / 'evolution.jsonl').read_text()
  return [json.loads(line) for line in log.splitlines()]


@pytest.mark.slow
def test_a_run_repeats_to_the_bit(whole, start, tmp_path, assert_same_run):
  process = start(*TWO, f'--run_dir={tmp_path / "again"}')
  _, err = process.communicate()
  assert process.returncode == 0, err
  assert_same_run(tmp_path / 'again', whole)
  evaluations = [r for r in records(whole) if r['kind'] == 'evaluation']
  assert {r['worker'] for r in evaluations} == {0, 1}
  assert {r['task'] for r in evaluations} == {0, 1}


@pytest.mark.slow
def test_what_was_learnt_is_scored_and_exported(whole, start):
  process = start(
    f'--run_dir={whole}', '--episodes=3', program='launch.evaluate'
  )
  out, err = process.communicate()
  assert process.returncode == 0, err
  assert 'minatar/breakout' in out
  assert 'minatar/freeway' in out
  first, second = sorted((whole / 'exports').iterdir())
  observation = tf.zeros([3, 10, 10, 10], tf.uint8)
  for folder in (first, second):
    exported = tf.saved_model.load(str(folder))
    told = exported.signatures['logits_and_value'](observation=observation)
    assert np.isfinite(told['value']).all()


@pytest.mark.slow
def test_a_killed_run_goes_on_and_spends_its_budget(
  whole, start, signalled, tmp_path
):
  size = (whole / 'evolution.jsonl').stat().st_size
  run_dir = tmp_path / 'killed'
  for part in (0.2, 0.5, 0.8):
    code, _ = signalled(TWO, run_dir, size=int(part * size))
    assert code == -signal.SIGKILL
  process = start(*TWO, f'--run_dir={run_dir}')
  _, err = process.communicate()
  assert process.returncode == 0, err
  assert 'resumed: ' in err
  for task in range(2):
    mine = [r for r in records(run_dir) if r['task'] == task]
    begun, *evaluations, finished = mine
    assert (begun['kind'], finished['kind']) == ('begin', 'finish')
    numbers = [r['number'] for r in evaluations]
    assert numbers == list(range(len(numbers)))
    assert sum(r['steps'] for r in evaluations) >= 3000


@pytest.mark.slow
def test_on_one_device_a_killed_run_ends_bit_identical(
  start, signalled, tmp_path, assert_same_run
):
  process = start(*ONE, f'--run_dir={tmp_path / "whole"}')
  process.communicate()
  assert process.returncode == 0
  size = (tmp_path / 'whole' / 'evolution.jsonl').stat().st_size
  for part in (0.3, 0.7):
    code, _ = signalled(ONE, tmp_path / 'killed', size=int(part * size))
    assert code == -signal.SIGKILL
  process = start(*ONE, f'--run_dir={tmp_path / "killed"}')
  process.communicate()
  assert process.returncode == 0
  assert_same_run(tmp_path / 'killed', tmp_path / 'whole')


@pytest.mark.slow
def test_images_are_told_apart_on_two_devices(start, tmp_path):
  arguments = (
    '--tasks=mnist/3v5,mnist/6v7',
    f'--data_dir={ROOT / "testdata"}',
    '--strategy=mirrored',
    '--workers=2',
    '--logical_devices=2',
    '--search=binary',
    '--population=4',
    '--active=2',
    '--steps_per_task=600',
    f'--run_dir={tmp_path / "run"}',
  )
  process = start(*arguments)
  _, err = process.communicate()
  assert process.returncode == 0, err
  ends = [r for r in records(tmp_path / 'run') if r['kind'] == 'finish']
  assert [end['fitness'] > 0.8 for end in ends] == [True, True]
  process = start(
    f'--run_dir={tmp_path / "run"}',
    f'--data_dir={ROOT / "testdata"}',
    program='launch.evaluate',
  )
  out, err = process.communicate()
  assert process.returncode == 0, err
  assert 'mnist/6v7' in out


# An environment of the second device fails while both wait for each other.
FAILING = """
from launch import programs
programs.start_tensorflow(2, logical_devices=2)
import numpy as np
from pathnet_tf import config, learner
from pathnet_tf.engines import engine, mirrored_devices, mirrored_games
settings = config.RunConfig(tasks=('minatar/breakout',), steps_per_task=9)
strategy = mirrored_devices.make_strategy(2)
subject = learner.Learner(settings, strategy.scope)
subject.begin()
games = []

def make():
  games.append(subject.tasks[0].make_environment(2))
  return games[-1]

engine_ = mirrored_games.MirroredGames(
  subject.agent(), make, strategy, episodes=1
)
path = np.zeros([len(subject.network.gated), 4], np.int32)
for worker in range(2):
  job = engine.Job(0, path, subject.rows(path), worker)
  engine_.start(worker, job)

def step(action):
  raise RuntimeError('the paddle fell off')

games[1]._step = step
try:
  engine_.wait()
except Exception as error:
  print('raised', 'the paddle fell off' in str(error))
"""


@pytest.mark.slow
def test_what_an_environment_raises_comes_out_of_wait():
  shown = subprocess.run(
    [sys.executable, '-c', FAILING],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
    timeout=300,
  )
  assert shown.stdout == 'raised True\n', shown.stderr
