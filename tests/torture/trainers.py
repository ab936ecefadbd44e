# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Trainers to be killed: real processes, started quickly.

Run as a program this file loads the package once, without starting TensorFlow,
and forks a trainer for every line on stdin. Each is `launch.train` as a person
runs it, with a process id, flags and signals of its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import traceback

ROOT = pathlib.Path(__file__).parents[2]

_COMMON = ('--workers=1', '--checkpoint_seconds=0', '--seed=5')
# Deterministic runs of two tasks, by name: small, and all is written.
SETTINGS = {
  'games': (
    '--tasks=minatar/breakout?max_episode_steps=50,'
    'minatar/freeway?max_episode_steps=50',
    '--steps_per_task=1500',
    '--environments=2',
    '--network=dense(16), dense(16)',
    '--modules=6',
    '--active=2',
    '--population=4',
    '--rivals=2',
    *_COMMON,
  ),
  'images': (
    '--tasks=mnist/3v5,mnist/6v7',
    '--steps_per_task=200',
    '--network=dense(16), dense(16)',
    '--modules=6',
    '--active=2',
    '--search=binary',
    '--population=6',
    '--frozen=available',
    '--minibatches=10',
    f'--data_dir={ROOT / "testdata"}',
    *_COMMON,
  ),
}


@dataclasses.dataclass
class Ended:
  """A trainer that has ended.

  Attributes:
    code: its exit code, or minus the signal that it died of.
    err: what it wrote to stderr.
    seconds: how long it lived.
  """

  code: int
  err: str
  seconds: float


class Trainers:
  """Starts trainers one after the other; a context manager."""

  def __enter__(self) -> Trainers:
    path = os.pathsep.join([str(ROOT), os.environ.get('PYTHONPATH', '')])
    self._process = subprocess.Popen(
      [sys.executable, __file__],
      stdin=subprocess.PIPE,
      stdout=subprocess.PIPE,
      text=True,
      cwd=ROOT,
      env={**os.environ, 'PYTHONPATH': path},
    )
    assert self._process.stdout.readline() == 'ready\n'
    return self

  def __exit__(self, *unused: object) -> None:
    self._process.stdin.close()
    self._process.wait()

  def run(
    self,
    arguments,
    run_dir: pathlib.Path,
    *,
    point: str | None = None,
    count: int = 1,
    kill_after: float | None = None,
    number: int = signal.SIGKILL,
  ) -> Ended:
    """Runs one trainer to its end, whatever that is.

    Args:
      arguments: its flags.
      run_dir: its run folder.
      point: where it kills itself, one of `points.POINTS`.
      count: at which of the times that it comes there.
      kill_after: seconds after which it is sent a signal.
      number: of the signal.
    """
    err = run_dir.parent / f'{run_dir.name}.err'
    order = {
      'argv': [*arguments, f'--run_dir={run_dir}'],
      'point': point,
      'count': count,
      'err': str(err),
    }
    print(json.dumps(order), file=self._process.stdin, flush=True)
    child = int(self._process.stdout.readline())
    start = time.monotonic()
    if kill_after is not None:
      time.sleep(kill_after)  # Only picks the moment: nothing waits for it.
      with contextlib.suppress(ProcessLookupError):  # It had ended before.
        os.kill(child, number)
    code = int(self._process.stdout.readline())
    return Ended(code, err.read_text(), time.monotonic() - start)


def _serve() -> None:
  # All that a trainer imports, but nothing that starts TensorFlow's threads,
  # which would not survive the fork.
  import pathnet_tf  # noqa: F401  First: it chooses Keras 2.

  # isort: split
  import matplotlib.figure  # noqa: F401
  import minatar  # noqa: F401
  import tensorflow as tf  # noqa: F401

  from launch import programs, train
  from pathnet_tf import coordinator, local_engines  # noqa: F401
  from pathnet_tf.exports import export  # noqa: F401
  from pathnet_tf.observers import progress, summaries  # noqa: F401
  from pathnet_tf.reports import (  # noqa: F401
    curves,
    history,
    nine_boxes,
    page,
  )
  from tests.torture import points

  print('ready', flush=True)
  for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
      try:
        _become(order, points, lambda: programs.run(train.main))
      except SystemExit as end:
        os._exit(end.code or 0)
      except BaseException:
        traceback.print_exc()
        os._exit(1)
      os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(order, points, run) -> None:
  """Trains as a process of its own would."""
  for descriptor, path in ((0, os.devnull), (1, os.devnull), (2, order['err'])):
    flags = os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT
    flags |= os.O_TRUNC if descriptor == 2 else 0
    opened = os.open(path, flags, 0o644)
    os.dup2(opened, descriptor)
    os.close(opened)
  if order['point']:
    points.install(order['point'], order['count'])
  sys.argv = ['launch.train', *order['argv']]
  run()


if __name__ == '__main__':
  _serve()
