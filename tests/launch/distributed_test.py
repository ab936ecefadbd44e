# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.distributed: what is wrong is said before anything starts."""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
TASKS = '--tasks=minatar/breakout'


def free_ports(count: int) -> list[int]:
  with contextlib.ExitStack() as stack:
    links = [stack.enter_context(socket.socket()) for _ in range(count)]
    for link in links:
      link.bind(('127.0.0.1', 0))
    ports = [link.getsockname()[1] for link in links]
  return ports


def start(tmp_path, *arguments, **environment):
  """A process of a cluster, with nothing of ours in its environment."""
  clean = {
    key: value
    for key, value in os.environ.items()
    if key != 'TF_CONFIG' and not key.startswith('SLURM')
  }
  return subprocess.Popen(
    [
      *(sys.executable, '-m', 'launch.train', '--strategy=parameter_server'),
      *(TASKS, f'--run_dir={tmp_path / "run"}', *arguments),
    ],
    cwd=ROOT,
    stdin=subprocess.DEVNULL,
    stdout=subprocess.PIPE,
    stderr=subprocess.PIPE,
    text=True,
    env=clean | environment,
  )


def assert_refused(process, *words):
  out, err = process.communicate()
  assert process.returncode == 2, err
  assert out == ''
  assert err.startswith('error: ')
  assert err.count('\n') == 1
  for word in words:
    assert word in err


def hosts_of(ports):
  return '--hosts=' + ','.join(
    f'{job}=127.0.0.1:{port}'
    for job, port in zip(('chief', 'ps', 'worker'), ports, strict=True)
  )


@pytest.mark.parametrize(
  ('arguments', 'environment', 'words'),
  [
    ([], {}, ['--hosts', 'TF_CONFIG', 'launch.cluster']),
    (['--job=worker'], {}, ['--job needs --hosts']),
    (['--hosts=chief'], {}, ['JOB=HOST:PORT']),
    ([], {'TF_CONFIG': '{'}, ['TF_CONFIG is not JSON']),
    (
      [],
      {
        'TF_CONFIG': '{"cluster": {"chief": ["a:1"], "ps": ["b:1"], "worker":'
        ' ["c:1"]}, "task": {"type": "worker", "index": 1}}'
      },
      ['no worker 1'],
    ),
    ([], {'SLURM_PROCID': '0'}, ['srun']),
  ],
)
def test_a_cluster_that_is_not_described_is_refused(
  tmp_path, arguments, environment, words
):
  assert_refused(start(tmp_path, *arguments, **environment), *words)
  assert not (tmp_path / 'run').exists()


def test_a_chief_that_cannot_be_reached_is_named(tmp_path):
  ports = free_ports(3)
  worker = start(
    tmp_path, hosts_of(ports), '--job=worker', '--connect_seconds=1'
  )
  assert_refused(worker, f'127.0.0.1:{ports[0]}', 'cannot reach the chief')


def test_who_does_not_come_is_named(tmp_path):
  ports = free_ports(3)
  chief = start(tmp_path, hosts_of(ports), '--job=chief', '--connect_seconds=1')
  assert_refused(chief, f'ps 0 at 127.0.0.1:{ports[1]}', 'said nothing')
  assert not (tmp_path / 'run').exists()


@pytest.mark.parametrize(('job', 'place'), [('chief', 0), ('worker', 2)])
def test_a_port_in_use_is_named(tmp_path, job, place):
  with socket.socket() as taken:
    taken.bind(('127.0.0.1', 0))
    taken.listen()
    ports = free_ports(3)
    ports[place] = taken.getsockname()[1]
    process = start(tmp_path, hosts_of(ports), f'--job={job}')
    assert_refused(process, f'127.0.0.1:{ports[place]}', 'in use')


def test_a_host_that_is_another_one_is_named(tmp_path):
  ports = free_ports(3)
  hosts = hosts_of(ports).replace(
    f'worker=127.0.0.1:{ports[2]}', f'worker=192.0.2.77:{ports[2]}'
  )
  process = start(tmp_path, hosts, '--job=worker')
  assert_refused(process, '192.0.2.77', 'cannot listen')


def test_unequal_flags_are_named_by_both(tmp_path):
  hosts = hosts_of(free_ports(3))
  chief = start(tmp_path, hosts, '--job=chief')
  worker = start(tmp_path, hosts, '--job=worker', '--seed=3')
  assert_refused(worker, 'the chief is not alike: --seed is 0 there and 3 here')
  assert_refused(chief, 'worker 0 is not alike: --seed is 3 there and 0 here')
  assert not (tmp_path / 'run').exists()


@pytest.mark.parametrize(
  ('arguments', 'words'),
  [
    (['--workers=0'], ['at least one worker']),
    (['--workres=2'], ['--workres', 'behind --']),
    (['--hang_seconds=0'], ['hang_seconds is 0', 'at least 2']),
    (['--hang_seconds=nan'], ['hang_seconds is nan']),
    (['--', TASKS, '--run_dir=R', '--silence_seconds=0'], ['at least 2']),
    (['--', TASKS, '--run_dir=R', '--connect_seconds=nan'], ['at least 1']),
    (['--workers=x'], ["--workers: not a number: 'x'"]),
    (['--', '--windoww=2'], ['windoww', 'window']),
    (['--', TASKS], ['no run folder', '--run_dir']),
    (['--', TASKS, '--run_dir=R', '--logical_devices=2'], ['mirrored']),
    (['--', TASKS, '--run_dir=R', '--max_skipped=0'], ['max_skipped is 0']),
    (['--', TASKS, '--run_dir=R', '--active=11'], ['active (N) is 11']),
    (['--', TASKS, '--run_dir=R', '--population=1'], ['2 workers']),
    (['--', TASKS, '--run_dir=R', '--population=4'], ['rivals (B) is 5']),
    (['--', '--tasks=minatar/brakeout', '--run_dir=R'], ['breakout']),
    (['--', TASKS, '--network=resnet', '--run_dir=R'], ['resnet']),
  ],
)
def test_launch_cluster_refuses_in_one_line_and_starts_nothing(
  arguments, words
):
  shown = subprocess.run(
    [sys.executable, '-m', 'launch.cluster', *arguments],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=False,
  )
  assert (shown.returncode, shown.stdout) == (2, '')
  assert shown.stderr.startswith('error: ')
  assert shown.stderr.count('\n') == 1
  for word in words:
    assert word in shown.stderr
  assert not (ROOT / 'R').exists()
