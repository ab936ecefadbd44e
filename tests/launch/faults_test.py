# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Programs in trouble: full disks, signals, two trainers, environments."""

from __future__ import annotations

import json
import os
import pathlib
import resource
import signal
import subprocess
import time

import pytest

TINY = (
  '--tasks=minatar/breakout?max_episode_steps=50,'
  'minatar/freeway?max_episode_steps=50',
  '--steps_per_task=1500',
  '--workers=1',
  '--environments=2',
  '--network=dense(16), dense(16)',
  '--modules=6',
  '--active=2',
  '--population=4',
  '--rivals=2',
  '--checkpoint_seconds=0',
  '--seed=5',
)
LONG = ('--steps_per_task=100000000',)


def wait_for(condition, process) -> None:
  """Until it holds, or the process has ended."""
  while not condition() and process.poll() is None:
    time.sleep(0.01)


def evaluations(run_dir: pathlib.Path) -> int:
  log = run_dir / 'evolution.jsonl'
  return log.read_bytes().count(b'"evaluation"') if log.exists() else 0


def last_line(err: str) -> str:
  """The one line of an error, after those of progress."""
  assert 'Traceback' not in err
  lines = [line for line in err.splitlines() if line.startswith('error: ')]
  assert lines == err.splitlines()[-1:]
  return lines[0]


def sound_checkpoint(run_dir: pathlib.Path) -> int:
  """The evaluations in the newest checkpoint, which must be whole."""
  from pathnet_tf.checkpoints import CheckpointStore

  found = CheckpointStore(run_dir / 'checkpoints').latest()
  assert not list((run_dir / 'checkpoints').glob('damaged*'))
  return found.state['evaluations'] + 1000 * len(found.state['finished'])


@pytest.mark.slow
@pytest.mark.parametrize(
  'what', ['config.json', 'checkpoint', 'evolution.jsonl', 'TensorBoard']
)
def test_a_file_that_cannot_grow_is_one_line_and_the_last_checkpoint_stays(
  tmp_path, start, what
):
  """The system refuses what makes a file longer, as on a full disk."""
  run_dir = tmp_path / 'run'
  flags = [*TINY, *LONG, f'--run_dir={run_dir}']
  if what != 'TensorBoard':
    flags.append('--nosummaries')
  if what != 'checkpoint':  # Which are longer than the others.
    flags.append('--checkpoint_seconds=1000000')

  def refuse_all():
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

  at_once = what == 'config.json'
  process = start(*flags, preexec_fn=refuse_all if at_once else None)
  if not at_once:
    wait_for(lambda: evaluations(run_dir) >= 5, process)
    kinds = {'evolution.jsonl': '*.jsonl', 'TensorBoard': 'events/*tfevents*'}
    (path,) = run_dir.glob(kinds.get(what, '*.jsonl'))
    size = path.stat().st_size + 20 if what in kinds else 100_000
    limits = (size, resource.RLIM_INFINITY)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)
  _, err = process.communicate()
  assert process.returncode == 2
  assert what in last_line(err)
  if at_once:
    assert not (run_dir / 'config.json').exists()
  else:
    assert sound_checkpoint(run_dir) >= (3 if what == 'checkpoint' else 0)


@pytest.fixture
def small_disk(tmp_path):
  """A file system of 12 MB; made by who may make one."""
  path = tmp_path / 'disk'
  path.mkdir()
  made = subprocess.run(
    ['mount', '-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', str(path)],
    capture_output=True,
  )
  if made.returncode:
    pytest.skip('this user cannot mount a file system')
  yield path
  subprocess.run(['umount', '-l', str(path)], check=True)


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_the_same_command_goes_on_with_space(
  small_disk, start, assert_same_run, tmp_path
):
  flags, run_dir = (*TINY, '--noexports', '--nosummaries'), small_disk / 'run'
  filler = small_disk / 'filler'
  for count in (0, 6):
    process = start(*flags, f'--run_dir={run_dir}')
    wait_for(lambda: evaluations(run_dir) > count, process)  # noqa: B023
    with filler.open('wb', buffering=0) as file:
      try:
        while process.poll() is None:
          file.write(bytes(4096))
      except OSError:
        pass  # Full: the trainer's next write is refused.
    _, err = process.communicate()
    assert process.returncode == 2
    last_line(err)
    filler.unlink()
    sound_checkpoint(run_dir)
  process = start(*flags, f'--run_dir={run_dir}')
  _, err = process.communicate()
  assert process.returncode == 0, err
  process = start(*flags, f'--run_dir={tmp_path / "whole"}')
  process.communicate()
  assert_same_run(run_dir, tmp_path / 'whole')


@pytest.mark.slow
def test_a_disk_that_is_read_only_is_one_line(small_disk, start):
  subprocess.run(['mount', '-o', 'remount,ro', str(small_disk)], check=True)
  process = start(*TINY, f'--run_dir={small_disk / "run"}')
  _, err = process.communicate()
  assert process.returncode == 2
  assert 'Read-only file system' in last_line(err)


@pytest.mark.slow
def test_of_two_trainers_on_one_folder_the_second_is_refused(tmp_path, start):
  run_dir = tmp_path / 'run'
  first = start(*TINY, *LONG, f'--run_dir={run_dir}')
  wait_for(lambda: evaluations(run_dir) >= 2, first)
  before = (run_dir / 'config.json').read_bytes()
  second = start(*TINY, *LONG, f'--run_dir={run_dir}')
  _, err = second.communicate()
  assert second.returncode == 2
  assert f'in use by process {first.pid}' in last_line(err)
  assert err.count('\n') == 1
  count = evaluations(run_dir)
  wait_for(lambda: evaluations(run_dir) > count, first)
  assert first.poll() is None
  first.send_signal(signal.SIGTERM)
  _, err = first.communicate()
  assert first.returncode == 128 + signal.SIGTERM
  assert (run_dir / 'config.json').read_bytes() == before
  assert sound_checkpoint(run_dir) >= count


# Environments of a person's own, whose steps are counted in their process.
FAULTY = """
import threading
import gymnasium
from gymnasium.envs.classic_control import cartpole

steps = 0

class Faulty(cartpole.CartPoleEnv):
  fault, at = None, ()
  def step(self, action):
    global steps
    steps += 1
    if steps in self.at:
      self.fault()
    return super().step(action)

class Raises(Faulty):
  at = (50, 400, 401)
  def fault(self):
    raise RuntimeError('the cart\\nbroke')

class Hangs(Faulty):
  at = (50, 700)
  def fault(self):
    threading.Event().wait()

class Broken(Faulty):
  at = range(50, 10**9)
  def fault(self):
    raise RuntimeError('the cart\\nbroke')

for kind in (Raises, Hangs, Broken):
  gymnasium.register(f'{kind.__name__}-v0', kind, max_episode_steps=60)
"""
CART = ('--steps_per_task=1500', '--network=dense(8), dense(8)', *TINY[2:5])
CART = (*CART, '--modules=6', '--active=2', '--population=4', '--rivals=2')


@pytest.fixture
def carts(tmp_path):
  """The environment in which a trainer finds these."""
  (tmp_path / 'carts.py').write_text(FAULTY)
  path = os.pathsep.join([str(tmp_path), os.environ.get('PYTHONPATH', '')])
  return {**os.environ, 'PYTHONPATH': path}


@pytest.mark.slow
@pytest.mark.parametrize('kind', ['Raises', 'Hangs'])
def test_an_environment_that_fails_is_made_anew_and_the_run_goes_on(
  tmp_path, start, carts, kind
):
  run_dir = tmp_path / 'run'
  process = start(
    f'--tasks=gym/carts:{kind}-v0',
    *CART,
    '--step_seconds=2',
    f'--run_dir={run_dir}',
    env=carts,
  )
  _, err = process.communicate()
  assert process.returncode == 0
  assert 'Traceback' not in err
  records = [
    json.loads(line)
    for line in (run_dir / 'evolution.jsonl').read_text().splitlines()
  ]
  dropped = sum(r.get('metrics', {}).get('dropped', 0) for r in records)
  failures = err.count('made anew')
  assert failures >= 2
  assert dropped == 2 * failures  # Environments, so episodes, of the worker.
  assert f'{dropped} episodes dropped' in err
  assert records[-1]['kind'] == 'finish'


BROKEN = ('--tasks=gym/carts:Broken-v0', *CART)


@pytest.mark.slow
def test_an_environment_that_always_fails_is_one_line(tmp_path, start, carts):
  process = start(*BROKEN, f'--run_dir={tmp_path}/run', env=carts)
  _, err = process.communicate()
  assert process.returncode == 2
  assert 'the cart broke' in last_line(err)


@pytest.mark.slow
def test_one_that_always_fails_on_a_worker_is_one_line_of_the_chief(
  tmp_path, start, carts
):
  flags = ('--', *BROKEN, f'--run_dir={tmp_path}/run')
  process = start(*flags, program='launch.cluster', env=carts)
  _, err = process.communicate()
  assert process.returncode == 2
  assert 'Traceback' not in err
  (said,) = (line for line in err.splitlines() if line.startswith('error: '))
  assert 'the cart broke' in said


@pytest.mark.slow
@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_whose_environment_hangs(
  tmp_path, start, carts, number
):
  process = start(
    '--tasks=gym/carts:Hangs-v0',
    *CART,
    '--step_seconds=100000',
    f'--run_dir={tmp_path / "run"}',
    env=carts,
  )
  log = tmp_path / 'run' / 'evolution.jsonl'
  # Signals are seen to from its first record on.
  wait_for(lambda: log.exists() and log.stat().st_size, process)
  process.send_signal(number)
  _, err = process.communicate()
  assert process.returncode == 128 + number
  assert 'stopped by a signal' in err
  assert 'Traceback' not in err


@pytest.mark.slow
def test_ctrl_c_as_a_program_starts_leaves_no_traceback(start, tmp_path):
  process = start(*TINY, f'--run_dir={tmp_path / "run"}')
  modules = pathlib.Path(f'/proc/{process.pid}/maps')
  wait_for(lambda: 'libtensorflow' in modules.read_text(), process)
  process.send_signal(signal.SIGINT)
  _, err = process.communicate()
  assert process.returncode == -signal.SIGINT  # 130 in a shell.
  assert 'Traceback' not in err
