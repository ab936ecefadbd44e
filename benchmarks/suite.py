# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""All benchmarks of speed, one after the other: what `make bench` runs.

  python -m benchmarks.suite --peers=PEERS --output=FOLDER

Each is a program of this package in a process of its own. Its JSON is written
to FOLDER/NAME.json; a table of the goals is printed at the end. What a peer is
missing for is left out, in a line that says so. MNIST is read from
PATHNET_DATA_DIR, or downloaded.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import subprocess
import sys
import time
from typing import Any

from absl import flags

from launch import programs
from pathnet_tf.errors import UserError

_PEERS = flags.DEFINE_string(
  'peers', None, 'Folder that tools/peers.sh has made.'
)
_OUTPUT = flags.DEFINE_string('output', 'runs/bench', 'Folder of the results.')
_ONLY = flags.DEFINE_list('only', [], 'Names of those to run; by default all.')

_ROOT = pathlib.Path(__file__).parents[1]


@dataclasses.dataclass(frozen=True)
class Benchmark:
  """One program and its flags.

  Attributes:
    name: of its results.
    program: a module of this package.
    flags: it is run with.
  """

  name: str
  program: str
  flags: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Goal:
  """A row of the table.

  Attributes:
    what: is measured, and against what.
    benchmark: whose results say it.
    key: in them; its value has a median and quartiles.
    least: the goal is at least this; or
    most: at most this.
  """

  what: str
  benchmark: str
  key: str
  least: float | None = None
  most: float | None = None


GOALS = (
  Goal(
    'training step: throughput of plain Keras',
    'train_step',
    'throughput_of_keras',
    least=0.95,
  ),
  Goal(
    'training step: time at M = 100, of M = 10',
    'train_step',
    'time_of_m_10',
    most=1.1,
  ),
  Goal(
    'training step: throughput of all modules, masked',
    'train_step',
    'throughput_of_masked',
    least=9.0,
  ),
  Goal('the same at M = 20', 'train_step', 'throughput_of_masked_20'),
  Goal('plain Keras: the same', 'train_step', 'keras_of_masked'),
  Goal(
    'Pong: steps/s of Stable-Baselines3 A2C',
    'pong',
    'of_published',
    least=4.0,
  ),
  Goal('the same, at an equal network', 'pong', 'of_equal_network'),
  Goal('the same, in our environments', 'pong', 'of_same_environments'),
  Goal('the same, both', 'pong', 'of_same_both'),
  Goal('Pong: rate, of its serial limit', 'pong', 'of_serial_limit', least=0.9),
  Goal(
    'Breakout: steps/s of Stable-Baselines3 A2C', 'breakout', 'of_published'
  ),
  Goal(
    'MNIST: generations/s of the public one', 'mnist', 'ratio_published', 8.0
  ),
  Goal('the same, of its training alone', 'mnist', 'ratio'),
  Goal(
    'Pong: two parameter-server workers, of one, updates of 20 steps',
    'cluster_pong',
    'two_of_one',
    least=1.8,
  ),
  Goal('MinAtar: the same', 'cluster_minatar', 'two_of_one', least=1.5),
  Goal('seconds to first training steps', 'start_up', 'seconds', most=15.0),
)


def benchmarks(peers: pathlib.Path | None) -> list[Benchmark]:
  """What is run, in order; without peers, what needs none."""
  found = [
    Benchmark('train_step', 'train_step', ('--rounds=5', '--calls=6')),
    Benchmark('start_up', 'start_up', ('--rounds=3',)),
    Benchmark('breakdown', 'breakdown'),
  ]
  python = [f'--peer_python={peers}/bin/python'] if peers else []
  found += [
    Benchmark('pong', 'atari_loop', (*python, '--rounds=3', '--seconds=6')),
    Benchmark(
      'breakout',
      'atari_loop',
      (*python, '--game=breakout', '--kinds=published', '--rounds=2'),
    ),
  ]
  found += [
    Benchmark(
      f'pong_{workers}x{count}',
      'atari_loop',
      (
        f'--workers={workers}',
        f'--environments={workers * count}',
        '--rounds=2',
        '--seconds=6',
        '--episode_steps=100',
      ),
    )
    for workers, count in ((1, 4), (1, 16), (4, 4), (4, 16))
  ]
  if peers and (peers / 'pathnet-pytorch').exists():
    found.append(
      Benchmark(
        'mnist',
        'mnist_generations',
        (*python, f'--peer={peers}/pathnet-pytorch', '--rounds=25'),
      )
    )
  found.append(Benchmark('tasks', 'growth'))
  short = ('--kinds=one', '--kinds=two', '--rounds=2', '--seconds=8')
  found += [
    Benchmark('cluster_pong', 'cluster_loop', (*short, '--window=20')),
    Benchmark(
      'cluster_minatar',
      'cluster_loop',
      (*short, '--game=minatar/breakout', '--episodes=8'),
    ),
  ]
  return found


def main() -> None:
  """Runs all, prints the table."""
  peers = pathlib.Path(_PEERS.value).absolute() if _PEERS.value else None
  if peers and not (peers / 'bin/python').exists():
    raise UserError(f'no peers in {peers}: tools/peers.sh {peers} makes them')
  output = pathlib.Path(_OUTPUT.value)
  output.mkdir(parents=True, exist_ok=True)
  known = benchmarks(peers)
  names = [benchmark.name for benchmark in known]
  for name in _ONLY.value:
    if name not in names:
      raise UserError(f'no benchmark {name!r}: one of {", ".join(names)}')
  results = {}
  for benchmark in known:
    if _ONLY.value and benchmark.name not in _ONLY.value:
      continue
    begun = time.monotonic()
    results[benchmark.name] = _run(benchmark)
    file = output / f'{benchmark.name}.json'
    file.write_text(json.dumps(results[benchmark.name], indent=1) + '\n')
    seconds = time.monotonic() - begun
    print(f'{benchmark.name}: {seconds:.0f} s', file=sys.stderr, flush=True)
  print(table(results))


def table(results: dict[str, Any]) -> str:
  """The goals that were measured, a line each."""
  lines = []
  for goal in GOALS:
    found = results.get(goal.benchmark, {}).get(goal.key)
    if found is None:
      lines.append(f'{goal.what:50} not run')
      continue
    median, aim = found['median'], ''
    if goal.least is not None:
      met = median >= goal.least
      aim = f'at least {goal.least}: {"yes" if met else "NO"}'
    if goal.most is not None:
      met = median <= goal.most
      aim = f'at most {goal.most}: {"yes" if met else "NO"}'
    spread = f'[{found["lower"]:.2f}, {found["upper"]:.2f}]'
    lines.append(f'{goal.what:50} {median:6.2f} {spread:16} {aim}'.rstrip())
  return '\n'.join(lines)


def _run(benchmark: Benchmark) -> dict[str, Any]:
  """The results of a benchmark.

  Raises:
    UserError: it failed.
  """
  process = subprocess.run(
    [
      sys.executable,
      '-m',
      f'benchmarks.{benchmark.program}',
      *benchmark.flags,
    ],
    cwd=_ROOT,
    stdout=subprocess.PIPE,
    text=True,
    check=False,
  )
  if process.returncode:
    raise UserError(f'{benchmark.name} failed; the reason stands above')
  return json.loads(process.stdout.splitlines()[-1])


if __name__ == '__main__':
  programs.run(main)
