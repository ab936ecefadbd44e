# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A cluster on this host: two workers against one, and against one process.

  python -m benchmarks.cluster_loop --game=minatar/breakout --episodes=8

Runs what a person runs, `launch.cluster` and `launch.train`, in alternation. A
run is timed between two of its evaluations, when it has warmed up. Prints a
JSON line:

  one, two: a cluster with a parameter server and so many workers;
  core: that of one worker, all of its processes on a single core;
  local: one process with two workers;
  alone, apart: one process with one worker, and two such runs side by side that
    have nothing to do with each other: what the machine's cores allow;
  rates: agent steps a second; processor: CPU seconds of all processes together
    an agent step, in microseconds.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from absl import flags

from benchmarks import timing
from launch import programs, supervisor
from pathnet_tf.errors import UserError

KINDS = ('one', 'two', 'core', 'local', 'alone', 'apart')
_GAME = flags.DEFINE_string(
  'game',
  'atari/pong?max_episode_steps=250',
  'A task. Short episodes make for many evaluations.',
)
_KINDS = flags.DEFINE_multi_enum('kinds', list(KINDS), KINDS, 'What to time.')
_ENVIRONMENTS = flags.DEFINE_integer('environments', 8, 'Of each worker.')
_WINDOW = flags.DEFINE_integer('window', 10, 'Steps of an update.')
_EPISODES = flags.DEFINE_integer('episodes', 1, 'T; more of short games.')
_ROUNDS = flags.DEFINE_integer('rounds', 3, 'Timings of everything.')
_SECONDS = flags.DEFINE_float('seconds', 25.0, 'How long one takes.')


def main() -> None:
  """Times, prints."""
  kinds = list(dict.fromkeys(_KINDS.value))
  rates: dict[str, list[float]] = {kind: [] for kind in kinds}
  processor: dict[str, list[float]] = {kind: [] for kind in kinds}
  for _ in range(_ROUNDS.value):
    for kind in kinds:
      rate, used = _measure(kind)
      rates[kind].append(rate)
      processor[kind].append(used)
  report = {
    'game': _GAME.value,
    'environments': _ENVIRONMENTS.value,
    'window': _WINDOW.value,
    'episodes': _EPISODES.value,
    'rates': {kind: timing.summary(v) for kind, v in rates.items()},
    'processor': {kind: timing.summary(v) for kind, v in processor.items()},
    'load': os.getloadavg()[0],
  }
  for name, figures, kind, other in (
    ('two_of_one', rates, 'two', 'one'),
    ('two_of_core', rates, 'two', 'core'),
    ('two_of_local', rates, 'two', 'local'),
    ('apart_of_alone', rates, 'apart', 'alone'),
    ('processor_of_local', processor, 'two', 'local'),
  ):
    if {kind, other} <= set(kinds):
      report[name] = timing.ratio(figures[kind], figures[other])
  timing.report(report)


def _measure(kind: str) -> tuple[float, float]:
  """Agent steps a second, and CPU microseconds an agent step."""
  workers = 2 if kind in ('two', 'local') else 1
  program = ['launch.train', f'--workers={workers}']
  if kind in ('one', 'two', 'core'):
    program = ['launch.cluster', f'--workers={workers}', '--ps=1', '--']
  runs = 2 if kind == 'apart' else 1
  with contextlib.ExitStack() as stack:
    if kind == 'core':
      stack.enter_context(supervisor.on_cores({min(os.sched_getaffinity(0))}))
    started = [stack.enter_context(_started(program)) for _ in range(runs)]
    for log, process in started:
      _next(log, process, 4 * workers)  # All have been traced and run.
    with concurrent.futures.ThreadPoolExecutor(runs) as pool:
      timed = list(pool.map(lambda run: _timed(*run), started))
  rate = sum(steps / seconds for steps, seconds, _ in timed)
  steps = sum(steps for steps, _, _ in timed)
  return rate, 1e6 * sum(cpu for _, _, cpu in timed) / steps


@contextlib.contextmanager
def _started(
  program: list[str],
) -> Iterator[tuple[pathlib.Path, subprocess.Popen]]:
  """A run and its log, until it is not needed any more."""
  with tempfile.TemporaryDirectory() as folder:
    log = pathlib.Path(folder, 'run', 'evolution.jsonl')
    process = subprocess.Popen(
      [
        *(sys.executable, '-m', *program),
        *(f'--tasks={_GAME.value}', f'--run_dir={log.parent}'),
        *('--steps_per_task=1000000000', '--checkpoint_seconds=1000'),
        *(f'--environments={_ENVIRONMENTS.value}', '--population=8'),
        *('--rivals=3', f'--window={_WINDOW.value}'),
        f'--episodes={_EPISODES.value}',
      ],
      stdout=subprocess.DEVNULL,
      stderr=subprocess.DEVNULL,
    )
    try:
      yield log, process
    finally:
      process.send_signal(signal.SIGTERM)
      process.wait()


def _timed(
  log: pathlib.Path, process: subprocess.Popen
) -> tuple[int, float, float]:
  """Agent steps, and the seconds and CPU seconds that they took."""
  begin = _next(log, process)
  pids = _tree(process.pid)
  cpu = _used(pids)
  end = begin
  while end[0] - begin[0] < _SECONDS.value:
    end = _next(log, process)
  return end[1] - begin[1], end[0] - begin[0], _used(pids) - cpu


def _next(
  log: pathlib.Path, process: subprocess.Popen, more: int = 1
) -> tuple[float, int]:
  """When so many more evaluations have ended, and the agent steps by then."""
  wanted = _lines(log) + more
  while _lines(log) < wanted:
    if process.poll() is not None:
      raise UserError(f'{process.args} ended with {process.returncode}')
    time.sleep(0.01)
  now = time.monotonic()
  last = json.loads(log.read_text().split('\n')[-2])
  return now, last.get('task_steps', 0)


def _lines(log: pathlib.Path) -> int:
  return log.read_bytes().count(b'\n') if log.exists() else 0


def _tree(pid: int) -> list[int]:
  """A process and all its descendants."""
  children = pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text()
  return [pid, *(p for c in children.split() for p in _tree(int(c)))]


def _used(pids: list[int]) -> float:
  """Their CPU seconds, user and system."""
  total = 0
  for pid in pids:
    fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2]
    total += sum(map(int, fields.split()[11:13]))
  return total / os.sysconf('SC_CLK_TCK')


if __name__ == '__main__':
  programs.run(main)
