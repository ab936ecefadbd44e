# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A cluster over three network namespaces, and a link that is cut."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

ROOT = pathlib.Path(__file__).parents[2]
NAMES = ('head', 'one', 'two')  # Chief and server, a worker, a worker.
# Of a task. Enough for the other worker to be at work until the first is back:
# the fewer seconds a step takes, the more go by in gRPC's 20 for a dead link.
STEPS = 30_000

pytestmark = pytest.mark.slow


def ip(*arguments: str, check: bool = True) -> None:
  subprocess.run(['ip', *arguments], check=check, capture_output=True)


class Network:
  """Three namespaces on one bridge, with addresses of their own."""

  def __init__(self):
    self._tag = f'pn{os.getpid() % 10**6}'
    self.addresses = [f'10.213.7.{host}' for host in (1, 2, 3)]

  def __enter__(self):
    ip('link', 'add', self._tag, 'type', 'bridge')
    ip('link', 'set', self._tag, 'up')
    for index, address in enumerate(self.addresses):
      space, link = self.space(index), self._link(index)
      ip('netns', 'add', space)
      ip(
        *('link', 'add', link, 'type', 'veth'),
        *('peer', 'eth0'),
        'netns',
        space,
      )
      ip('link', 'set', link, 'master', self._tag)
      ip('link', 'set', link, 'up')
      inside = ('netns', 'exec', space, 'ip')
      ip(*inside, 'addr', 'add', f'{address}/24', 'dev', 'eth0')
      ip(*inside, 'link', 'set', 'eth0', 'up')
      ip(*inside, 'link', 'set', 'lo', 'up')
    return self

  def __exit__(self, *_):
    for index in range(3):
      ip('netns', 'del', self.space(index), check=False)
    ip('link', 'del', self._tag, check=False)

  def space(self, index: int) -> str:
    return f'{self._tag}{NAMES[index]}'

  def cut(self, index: int) -> None:
    ip('link', 'set', self._link(index), 'down')

  def restore(self, index: int) -> None:
    ip('link', 'set', self._link(index), 'up')

  def _link(self, index: int) -> str:
    return f'{self._tag}v{index}'


@pytest.fixture
def network():
  if shutil.which('ip') is None:
    pytest.skip('there is no `ip` here: iproute2 makes network namespaces')
  with contextlib.ExitStack() as stack:
    made = Network()
    stack.callback(made.__exit__)
    try:
      made.__enter__()
    except subprocess.CalledProcessError as error:
      why = error.stderr.decode().strip()
      pytest.skip(f'no right to make network namespaces: {why}')
    yield made


def records(path: pathlib.Path) -> list[dict]:
  if not path.exists():
    return []
  return [json.loads(line) for line in path.read_text().split('\n')[:-1]]


def test_a_link_that_is_cut_and_restored_costs_nothing_but_time(
  network, tmp_path
):
  run_dir = tmp_path / 'run'
  head, one, two = network.addresses
  jobs = [
    ('chief', 0, 0, f'{head}:2222'),
    ('ps', 0, 0, f'{head}:2223'),
    ('worker', 0, 1, f'{one}:2222'),
    ('worker', 1, 2, f'{two}:2222'),
  ]
  hosts = ','.join(f'{job}={address}' for job, _, _, address in jobs)
  said: list[str] = []
  processes = [
    subprocess.Popen(
      [
        *('ip', 'netns', 'exec', network.space(place)),
        *(str(ROOT / 'launch/keep.sh'), sys.executable, '-m', 'launch.train'),
        *('--strategy=parameter_server', f'--hosts={hosts}', f'--job={job}'),
        *(f'--task_index={index}', '--silence_seconds=12'),
        '--connect_seconds=200',
        '--tasks=minatar/breakout,minatar/asterix',
        *(f'--steps_per_task={STEPS}', '--environments=4', '--modules=6'),
        *('--active=2', '--population=8', '--rivals=2', '--window=1'),
        *('--checkpoint_seconds=1', f'--run_dir={run_dir}'),
      ],
      cwd=ROOT,
      stdin=subprocess.DEVNULL,
      stdout=subprocess.DEVNULL,
      stderr=subprocess.PIPE,
      text=True,
      start_new_session=True,
    )
    for job, index, place, _ in jobs
  ]
  readers = [
    threading.Thread(target=lambda p=p: said.extend(p.stderr), daemon=True)
    for p in processes
  ]
  for reader in readers:
    reader.start()

  def wait_for(condition) -> None:
    while not condition() and processes[0].poll() is None:
      time.sleep(0.1)

  def events(kind: str) -> int:
    return sum(
      (event['event'], event['job']) == (kind, 'worker')
      for event in records(run_dir / 'cluster.jsonl')
    )

  try:
    log = run_dir / 'evolution.jsonl'
    wait_for(lambda: len(records(log)) > 5)
    network.cut(2)
    wait_for(lambda: events('lost') == 1)
    count = len(records(log))
    wait_for(lambda: len(records(log)) > count + 3)  # It goes on without.
    network.restore(2)
    wait_for(lambda: events('recovered') == 1)
    codes = [process.wait() for process in processes]
  finally:
    for process in processes:
      with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
  assert codes == [0, 0, 0, 0], ''.join(said)
  assert (events('lost'), events('recovered')) == (1, 1), ''.join(said)
  finished = [r for r in records(log) if r['kind'] == 'finish']
  assert [r['task_steps'] >= STEPS for r in finished] == [True, True]
  for task in range(2):
    numbers = [
      r['number']
      for r in records(log)
      if r['task'] == task and r['kind'] == 'evaluation'
    ]
    assert numbers == list(range(len(numbers)))
