# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.cluster: real processes that train, are killed, and go on.

PATHNET_KILLS=20,5,5 sets how many workers, servers and chiefs are killed.
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from launch import supervisor
from pathnet_tf import checkpoints, config, learner

ROOT = pathlib.Path(__file__).parents[2]
SMALL = (
  '--environments=4',
  '--modules=6',
  '--active=2',
  '--population=8',
  '--rivals=2',
  '--window=2',
  '--seed=5',
)
TASKS = '--tasks=minatar/breakout,minatar/asterix'

pytestmark = pytest.mark.slow


class Cluster:
  """A `launch.cluster` that runs, and what it says of its processes.

  Attributes:
    pids: of the processes by name, the newest.
    up: the names of those that are up.
    said: its lines, and those of the chief.
  """

  def __init__(self, *arguments: str):
    self.pids: dict[str, int] = {}
    self.up: set[str] = set()
    self.said: list[str] = []
    self.popen = subprocess.Popen(
      [sys.executable, '-m', 'launch.cluster', *arguments],
      cwd=ROOT,
      stdin=subprocess.DEVNULL,
      stdout=subprocess.DEVNULL,
      stderr=subprocess.PIPE,
      text=True,
    )
    self._reader = threading.Thread(target=self._read, daemon=True)
    self._reader.start()

  def end(self) -> int:
    """Waits for the end; gives the exit code."""
    self._reader.join()
    return self.popen.wait()

  def wait_for(self, condition) -> None:
    """Waits until something is so, or the cluster has ended."""
    while not condition() and self._reader.is_alive():
      time.sleep(0.02)

  def _read(self) -> None:
    assert self.popen.stderr is not None
    for line in self.popen.stderr:
      self.said.append(line)
      if found := re.match(r'cluster: (.+) started.* process (\d+)', line):
        self.pids[found[1]] = int(found[2])
        self.up.discard(found[1])
      elif found := re.match(r'cluster: (.+) is up', line):
        self.up.add(found[1])


def records(run_dir: pathlib.Path, name='evolution.jsonl') -> list[dict]:
  """The whole lines of one of a run's logs."""
  log = run_dir / name
  if not log.exists():
    return []
  lines = log.read_text().split('\n')[:-1]
  return [json.loads(line) for line in lines]


def assert_complete(run_dir: pathlib.Path, steps_per_task: int) -> None:
  """Every evaluation is there once, and the budgets are spent, not more."""
  by_task = collections.defaultdict(list)
  for record in records(run_dir):
    by_task[record['task']].append(record)
  assert sorted(by_task) == [0, 1]
  for first, *evaluations, last in by_task.values():
    assert (first['kind'], last['kind']) == ('begin', 'finish')
    assert {e['kind'] for e in evaluations} == {'evaluation'}
    numbers = [e['number'] for e in evaluations]
    assert numbers == list(range(len(evaluations)))
    steps = np.array([e['steps'] for e in evaluations])
    assert (steps > 0).all()
    totals = [e['task_steps'] for e in evaluations]
    assert totals == np.cumsum(steps).tolist()
    assert last['task_steps'] == totals[-1] >= steps_per_task
    # Those under way when it was spent end: one a worker.
    assert np.sum(np.array(totals) >= steps_per_task) <= 2


def frozen_bits(run_dir: pathlib.Path, newest: bool) -> list[bytes]:
  """Weights and slots of the first task's rows, at its end or at the end."""
  settings = json.loads((run_dir / 'config.json').read_text())
  store = checkpoints.CheckpointStore(run_dir / 'checkpoints', read_only=True)
  found = store.latest() if newest else store.pinned('task-0')
  learnt = learner.Learner(config.RunConfig.from_json(settings))
  learnt.restore(store, found)
  bits = []
  for layer, rows in zip(
    learnt.network.gated, learnt.finished[0].rows, strict=True
  ):
    for stack in layer.stacks:
      for variable in (stack, *learnt.optimizer.slots(stack)):
        bits.append(variable.numpy()[rows].tobytes())
  for stack in learnt.network.heads[0].stacks:
    for variable in (stack, *learnt.optimizer.slots(stack)):
      bits.append(variable.numpy().tobytes())
  return bits


def test_trains_two_games_and_exports_them(tmp_path):
  run_dir = tmp_path / 'run'
  cluster = Cluster(
    *('--workers=2', '--ps=2', '--', TASKS, *SMALL),
    *('--steps_per_task=3000', f'--run_dir={run_dir}'),
  )
  assert cluster.end() == 0, ''.join(cluster.said)
  assert_complete(run_dir, 3000)
  assert frozen_bits(run_dir, False) == frozen_bits(run_dir, True)
  assert len(list((run_dir / 'exports').glob('*/saved_model.pb'))) == 2
  assert (run_dir / 'report' / 'index.html').exists()
  workers = {r['worker'] for r in records(run_dir) if 'worker' in r}
  assert workers == {0, 1}
  assert not any(pid_lives(pid) for pid in cluster.pids.values())


def test_a_single_core_is_enough(tmp_path):
  """There TensorFlow gives a server one thread for ops, and it stands still."""
  with supervisor.on_cores({min(os.sched_getaffinity(0))}):
    cluster = Cluster(
      *('--workers=2', '--ps=1', '--', TASKS, *SMALL),
      *('--steps_per_task=1000', f'--run_dir={tmp_path}'),
    )
  assert cluster.end() == 0, cluster.said
  assert_complete(tmp_path, 1000)


def test_trains_classifiers(tmp_path):
  run_dir = tmp_path / 'run'
  cluster = Cluster(
    *('--workers=2', '--ps=1', '--', '--tasks=mnist/3v5,mnist/1v2', *SMALL),
    *('--steps_per_task=500', '--minibatches=20', '--learning_rate=0.05'),
    *('--search=binary', '--optimizer=sgd', '--clip_norm=0'),
    *(f'--data_dir={ROOT / "testdata"}', f'--run_dir={run_dir}'),
  )
  assert cluster.end() == 0, ''.join(cluster.said)
  assert_complete(run_dir, 500)
  assert frozen_bits(run_dir, False) == frozen_bits(run_dir, True)
  fitness = [
    record['fitness']
    for record in records(run_dir)
    if record['kind'] == 'evaluation'
  ]
  assert np.mean(fitness[-5:]) > 0.8  # Guessing gives a half.


def pid_lives(pid: int) -> bool:
  try:
    return pathlib.Path(f'/proc/{pid}/stat').read_text().split()[2] != 'Z'
  except OSError:
    return False


@pytest.mark.parametrize(
  ('number', 'code'), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_ends_its_processes_when_it_ends(tmp_path, number, code):
  run_dir = tmp_path / 'run'
  cluster = Cluster(
    *('--', TASKS, *SMALL, '--steps_per_task=100000000'),
    f'--run_dir={run_dir}',
  )
  cluster.wait_for(lambda: len(records(run_dir)) > 3)
  cluster.popen.send_signal(number)
  assert cluster.popen.wait() == code, ''.join(cluster.said)
  deadline = time.monotonic() + 120
  while any(map(pid_lives, cluster.pids.values())):
    assert time.monotonic() < deadline
    time.sleep(0.1)


def test_kills_cost_nothing_but_time(tmp_path):
  run_dir = tmp_path / 'run'
  counts = os.environ.get('PATHNET_KILLS', '5,2,2').split(',')
  workers, servers, chiefs = map(int, counts)
  rng = random.Random(workers)
  victims = ['worker'] * workers + ['ps'] * servers + ['chief'] * chiefs
  rng.shuffle(victims)
  victims.insert(len(victims) // 2, 'stopped worker')
  # Whoever is left trains on while another is lost: the steps between two kills
  # and after the last are more than even a fast machine makes in that time.
  steps_per_task = 4000 * len(victims)
  cluster = Cluster(
    *('--workers=2', '--ps=1', '--hang_seconds=6', '--', TASKS, *SMALL),
    *('--window=1', '--checkpoint_seconds=1', '--silence_seconds=20'),
    *(f'--steps_per_task={steps_per_task}', f'--run_dir={run_dir}'),
  )

  def steps() -> int:
    total = 0
    for record in records(run_dir):
      if 'task_steps' in record:
        total = record['task_steps'] + record['task'] * steps_per_task
    return total

  def events() -> collections.Counter:
    return collections.Counter(
      (event['event'], event['job'])
      for event in records(run_dir, 'cluster.jsonl')
    )

  killed: collections.Counter = collections.Counter()
  chief_starts = 0  # When it, or what it can't go on without, was killed last.
  for number, victim in enumerate(victims):
    target = 3 * 2 * steps_per_task * (number + 1) // (4 * len(victims))
    job = victim.split()[-1]

    def candidates(job=job) -> list[str]:
      return sorted(name for name in cluster.up if name.split()[0] == job)

    def due(target=target, candidates=candidates, since=chief_starts) -> bool:
      # A chief that is only about to be there takes down no losses.
      there = 'chief' in cluster.up and events()['started', 'chief'] > since
      return there and steps() >= target and bool(candidates())

    stopped = victim.startswith('stopped')
    sent = signal.SIGSTOP if stopped else signal.SIGKILL
    while True:
      cluster.wait_for(due)
      assert candidates(), ''.join(cluster.said)
      name = rng.choice(candidates())
      pid = cluster.pids[name]
      time.sleep(rng.random() / 2)  # Any moment of an evaluation.
      with contextlib.suppress(ProcessLookupError):  # It has just ended.
        os.kill(pid, sent)
        break
      assert cluster.popen.poll() is None, ''.join(cluster.said)
    killed[victim] += 1
    if job != 'worker':
      chief_starts = events()['started', 'chief']
    cluster.wait_for(lambda name=name, pid=pid: cluster.pids[name] != pid)
  assert cluster.end() == 0, ''.join(cluster.said)
  assert killed == collections.Counter(victims)
  assert_complete(run_dir, steps_per_task)
  assert frozen_bits(run_dir, False) == frozen_bits(run_dir, True)
  seen = events()
  assert seen['lost', 'chief'] == seen['recovered', 'chief'] >= chiefs
  assert seen['lost', 'ps'] == seen['recovered', 'ps'] == servers
  assert seen['lost', 'worker'] >= workers + 1


def test_members_may_be_lost_while_the_chief_starts(tmp_path):
  cluster = Cluster(
    *('--workers=2', '--ps=1', '--', TASKS, *SMALL),
    *('--steps_per_task=2000', f'--run_dir={tmp_path}'),
  )
  rng = random.Random(1)
  for name in ('worker 0', 'ps 0'):
    cluster.wait_for(lambda: {'worker 0', 'worker 1', 'ps 0'} <= cluster.up)
    # While the chief looks around, loads TensorFlow, and connects; a process
    # is given up after eight ends before it was up.
    for _ in range(6):
      pid = cluster.pids[name]
      time.sleep(rng.random())
      with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
      cluster.wait_for(lambda name=name, pid=pid: cluster.pids[name] != pid)
  assert cluster.end() == 0, ''.join(cluster.said)
  assert_complete(tmp_path, 2000)
