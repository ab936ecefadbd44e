# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.train: what a person types, and what comes of it."""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import signal
import sys

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver

from launch import run_flags, train
from pathnet_tf import run_folder
from pathnet_tf.errors import UserError

ROOT = pathlib.Path(__file__).parents[2]
TINY = (
  '--tasks=minatar/breakout,minatar/freeway?max_episode_steps=100',
  '--steps_per_task=3000',
  '--workers=1',
  '--environments=2',
  '--modules=6',
  '--active=2',
  '--population=4',
  '--rivals=2',
  '--window=2',
  '--checkpoint_seconds=0',
  '--seed=5',
)


def refused(tmp_path, *arguments):
  """The message that a command line is refused with, in this process."""
  run_dir = tmp_path / 'run'
  with flagsaver.flagsaver():
    flags.FLAGS(['train', *TINY, f'--run_dir={run_dir}', *arguments])
    with pytest.raises(UserError) as caught:
      train.train(run_flags.config_from_flags(), str(run_dir))
  # Nothing is left that keeps the right command from using the folder.
  left = {path.name for path in run_dir.glob('*')}
  assert left <= {'lock'}
  message = str(caught.value)
  assert '\n' not in message
  return message


@pytest.mark.parametrize(
  ('argument', 'words'),
  [
    ('--tasks=atari/pnog', ['pnog', 'pong']),
    ('--tasks=minatar/brakeout', ['brakeout', 'breakout']),
    ('--tasks=gym/CartPole-v9', ['CartPole-v9', 'CartPole-v1']),
    ('--tasks=atary/pong', ['atary', 'atari']),
    ('--tasks=atari/pong?mode=99', ['mode', '99', '0']),
    ('--tasks=atari/pong?moode=1', ['moode', 'mode']),
    ('--tasks=atari/joust', ['joust', 'two']),
    ('--tasks=', ['no tasks', '--tasks=']),
    ('--tasks=minatar/breakout,atari/pong', ['observations', 'atari/pong']),
    ('--active=7', ['active (N) is 7', '6 modules']),
    ('--steps_per_task=0', ['steps_per_task is 0', 'at least 1']),
    ('--workers=9', ['population', '9 workers']),
    ('--rivals=4', ['rivals', '3']),
    ('--mutation_rate=1.5', ['mutation', '1.5']),
    ('--discount=1.1', ['discount', 'at most 1']),
    ('--learning_rate=-1', ['learning_rate is -1', 'at least 0']),
    ('--network=resnet', ['resnet', 'minatar']),
    ('--network=atari', ['atari', 'observations']),
    ('--tasks=mnist/3v3', ['mnist/3v3', 'distinct', 'mnist/3v5']),
    ('--tasks=mnist/3v5?nois=1', ['nois', 'noise']),
    ('--tasks=mnist/3v5,cifar10', ['cifar10', 'observations']),
    ('--tasks=mnist/3v5,minatar/breakout', ['observations', 'breakout']),
    ('--minibatches=0', ['minibatches is 0', 'at least 1']),
    ('--batch_size=0', ['batch_size is 0', 'at least 1']),
    ('--clip_norm=-1', ['clip_norm is -1', 'at least 0']),
    ('--solved_at=nan', ['not finite', 'nan']),
  ],
)
def test_bad_input_is_one_line_that_says_what_would_be_right(
  tmp_path, argument, words
):
  message = refused(tmp_path, argument)
  for word in words:
    assert word in message


@pytest.mark.parametrize(
  ('arguments', 'word'),
  [
    (['--tasks=atari/pnog', '--run_dir=R'], 'pong'),
    (['--tasks=minatar/breakout'], '--run_dir'),
    (['--worker=3'], 'worker'),
    (['--steps_per_task=many'], '--steps_per_task=many: an integer is right'),
    (['--discount=0,9'], '--discount=0,9: a number is right'),
    ([f'--seed={"9" * 5000}'], '9: an integer is right'),
    (['minatar/breakout'], 'unexpected argument'),
    (['--loss=max', '--run_dir=R'], 'mean|sum'),
    (['--pixels=grey', '--run_dir=R'], 'centred|unit'),
    (['--search=random', '--run_dir=R'], 'tournament|binary|fixed'),
    (['--job=worker', '--run_dir=R'], '--strategy=parameter_server'),
    (['--hosts=chief=a:1', '--run_dir=R'], '--strategy=parameter_server'),
    (['--logical_devices=2', '--run_dir=R'], '--strategy=mirrored'),
    (
      ['--tasks=minatar/breakout', '--workers=99999999999', '--run_dir=R'],
      'workers is 99999999999: at most 100000 is right',
    ),
    (
      ['--strategy=parameter_server', '--step_seconds=600', '--run_dir=R'],
      'less than the stuck_seconds, 300.0,',
    ),
    (['--silence_seconds=inf', '--run_dir=R'], 'a finite number is right'),
    ([f'--flagfile={sys.executable}'], 'is not text'),
  ],
)
def test_the_program_prints_one_line_and_exits_with_2(
  tmp_path, start, arguments, word
):
  arguments = [a.replace('=R', f'={tmp_path / "run"}') for a in arguments]
  process = start(*arguments)
  out, err = process.communicate()
  assert process.returncode == 2
  assert out == ''
  lines = err.splitlines()
  assert len(lines) == 1
  assert lines[0].startswith('error: ')
  assert word in lines[0]


def test_a_tournament_of_one_is_refused(tmp_path):
  message = refused(tmp_path, '--search=binary', '--population=1')
  assert 'population (P) is 1' in message
  assert 'at least 2' in message


@pytest.mark.parametrize(
  'arguments', [['--tasks=mnist/3v5', '--data_dir=ABSENT'], ['--tasks=cifar10']]
)
def test_images_that_are_not_to_be_had_are_one_line_that_names_the_flag(
  tmp_path, start, arguments
):
  arguments = [a.replace('ABSENT', str(tmp_path / 'absent')) for a in arguments]
  proxy = 'http://127.0.0.1:9'  # Nobody listens there: nothing is downloaded.
  offline = {'HOME': str(tmp_path), 'http_proxy': proxy, 'https_proxy': proxy}
  environ = {**os.environ, **offline}
  environ.pop('PATHNET_DATA_DIR', None)
  run_dir = tmp_path / 'run'
  process = start(*arguments, f'--run_dir={run_dir}', env=environ)
  out, err = process.communicate()
  assert process.returncode == 2
  # Besides, it says so when it tries to download.
  (line,) = [o for o in err.splitlines() if 'Downloading data' not in o]
  assert line.startswith('error: ')
  assert '--data_dir' in line
  assert out == ''
  assert {path.name for path in run_dir.glob('*')} <= {'lock'}


def test_a_folder_in_use_is_refused_and_one_of_other_settings(tmp_path):
  path = str(tmp_path / 'run')
  with flagsaver.flagsaver():
    flags.FLAGS(['train', *TINY])
    config = run_flags.config_from_flags()
    with run_folder.RunFolder(path) as folder:
      folder.claim(config.to_json())
      with pytest.raises(UserError, match='in use by process'):
        train.train(config, path)
    flags.FLAGS(['train', *TINY, '--entropy_cost=0.5'])
    with pytest.raises(
      UserError, match=r'agent\.entropy_cost is 0\.01 there and 0\.5 here'
    ):
      train.train(run_flags.config_from_flags(), path)


def test_every_flag_file_gives_a_configuration_that_can_be_run():
  from pathnet_tf.learner import Learner

  files = sorted((ROOT / 'launch' / 'flagfiles').glob('*.flags'))
  assert files
  for file in files:
    with flagsaver.flagsaver():
      flags.FLAGS(['train', f'--flagfile={file}'])
      config = run_flags.config_from_flags()
    if file.name == 'labyrinth.flags' and not importlib.util.find_spec(
      'deepmind_lab'
    ):
      with pytest.raises(UserError, match='DeepMind Lab is needed'):
        Learner(config)
      continue
    assert len(Learner(config).tasks) == len(config.tasks)


@pytest.mark.slow
def test_a_run_that_is_killed_in_both_tasks_ends_bit_identical(
  tmp_path, start, signalled, assert_same_run
):
  whole = start(*TINY, f'--run_dir={tmp_path / "whole"}')
  out, _ = whole.communicate()
  assert whole.returncode == 0
  assert [os.path.exists(path) for path in out.split()] == [True] * 3
  log = (tmp_path / 'whole' / 'evolution.jsonl').read_bytes()
  ends = np.cumsum([len(line) for line in log.splitlines(keepends=True)])

  run_dir, tasks_hit = tmp_path / 'killed', set()
  for record in np.linspace(1, len(ends) - 3, 6).astype(int):
    code, _ = signalled(TINY, run_dir, size=ends[record])
    assert code == -signal.SIGKILL
    *_, last, _ = (run_dir / 'evolution.jsonl').read_bytes().split(b'\n')
    tasks_hit.add(json.loads(last)['task'])
  assert tasks_hit == {0, 1}
  process = start(*TINY, f'--run_dir={run_dir}')
  _, err = process.communicate()
  assert process.returncode == 0
  assert 'resumed: ' in err
  assert_same_run(run_dir, tmp_path / 'whole')


@pytest.mark.slow
@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_and_the_same_command_goes_on(
  tmp_path, start, signalled, number
):
  run_dir, arguments = tmp_path / 'run', (*TINY, '--workers=2')
  code, err = signalled(arguments, run_dir, size=2000, number=number)
  assert code == 128 + number
  assert 'Traceback' not in err
  process = start(*arguments, f'--run_dir={run_dir}')
  _, err = process.communicate()
  assert process.returncode == 0
  assert 'resumed: ' in err


@pytest.mark.slow
def test_a_dm_env_environment_is_trained_on_and_scored(
  tmp_path, start, assert_same_run
):
  pytest.importorskip('bsuite', reason='requirements-dev.txt has it')
  catch = 'dm_env/bsuite.environments.catch:Catch'
  arguments = (
    *TINY,
    f'--tasks={catch}?rows=6,{catch}?rows=6&columns=5',
    '--steps_per_task=1000',
  )
  for name in ('one', 'two'):
    process = start(*arguments, f'--run_dir={tmp_path / name}')
    _, err = process.communicate()
    assert process.returncode == 0, err
  assert_same_run(tmp_path / 'one', tmp_path / 'two')
  process = start(
    f'--run_dir={tmp_path / "one"}', '--episodes=3', program='launch.evaluate'
  )
  out, err = process.communicate()
  assert process.returncode == 0, err
  assert out.count('Catch') >= 2
