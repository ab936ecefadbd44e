# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Trains on a cluster of processes on this host, and keeps them alive.

  python -m launch.cluster --workers=2 -- --tasks=minatar/breakout --run_dir=R

What follows `--` are flags of launch.train, which all the processes get. They
talk over loopback. One that dies or hangs is started again; when the chief is
done, or this program ends in whatever way, all end.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import signal
import socket
import subprocess
import sys
from typing import NoReturn

from launch import help as help_lib
from launch import supervisor

# Less than launch.train's --silence_seconds: what hangs is gone before others
# that wait for it count as silent.
_HANG_SECONDS = 15.0
_LEAST_HANG_SECONDS = 2.0
_HELP = ('-h', '--help', '--helpfull')
# In a process of its own: it takes TensorFlow, which this one does without.
_CHECK = 'from launch import programs, train; programs.run(train.check)'


class _Arguments(argparse.ArgumentParser):
  """Refuses in one line."""

  def error(self, message: str) -> NoReturn:
    if 'unrecognized arguments' in message:
      message += '; flags of launch.train stand behind --'
    _fail(re.sub(r'invalid (int|float) value', 'not a number', message))


class _Help(
  argparse.RawDescriptionHelpFormatter, argparse.ArgumentDefaultsHelpFormatter
):
  """With the module's own text, and defaults."""


def _fail(message: str) -> NoReturn:
  supervisor.print_line(f'error: {message}')
  raise SystemExit(2)


def _free_addresses(count: int) -> list[str]:
  with contextlib.ExitStack() as stack:
    links = [stack.enter_context(socket.socket()) for _ in range(count)]
    for link in links:
      link.bind(('127.0.0.1', 0))
    ports = [link.getsockname()[1] for link in links]
  return [f'127.0.0.1:{port}' for port in ports]


def main(argv: list[str]) -> int:
  """Reads the command line, runs the cluster, gives the exit code."""
  signal.signal(signal.SIGINT, signal.SIG_DFL)
  end = [*argv, '--'].index('--')
  own, train = argv[:end], argv[end + 1 :]
  own += [word for word in train if word in _HELP]
  parser = _Arguments(
    prog=help_lib.as_typed('python -m launch.cluster'),
    description=help_lib.as_typed(__doc__ or ''),
    epilog='Flags of launch.train follow after --: `'
    f'{help_lib.as_typed("python -m launch.train")} --help`.',
    formatter_class=_Help,
    allow_abbrev=False,
    add_help=False,
  )
  parser.add_argument(
    *_HELP, action='help', help='shows this', default=argparse.SUPPRESS
  )
  parser.add_argument('--workers', type=int, default=2, help='worker processes')
  parser.add_argument('--ps', type=int, default=1, help='parameter servers')
  parser.add_argument(
    '--hang_seconds',
    type=float,
    default=_HANG_SECONDS,
    help='a process silent for so many seconds is killed and started again',
  )
  chosen = parser.parse_args(own)
  if chosen.workers < 1 or chosen.ps < 1:
    _fail('a cluster needs at least one worker and one parameter server')
  if not chosen.hang_seconds >= _LEAST_HANG_SECONDS:  # Also for NaN.
    _fail(
      f'--hang_seconds is {chosen.hang_seconds:g}: at least'
      f' {_LEAST_HANG_SECONDS:g} is right, as processes beat once a second'
    )
  train += ['--strategy=parameter_server', f'--workers={chosen.workers}']
  check = subprocess.run(
    [sys.executable, '-c', _CHECK, *train], stdin=subprocess.DEVNULL
  )
  if check.returncode:  # Below zero: the signal that ended it.
    return check.returncode if check.returncode > 0 else 128 - check.returncode
  jobs = [
    ('chief', 0),
    *(('ps', index) for index in range(chosen.ps)),
    *(('worker', index) for index in range(chosen.workers)),
  ]
  hosts = ','.join(
    f'{job}={address}'
    for (job, _), address in zip(jobs, _free_addresses(len(jobs)), strict=True)
  )
  processes = [
    supervisor.Process(
      job,
      index,
      [
        *(sys.executable, '-m', 'launch.train', *train, f'--hosts={hosts}'),
        *(f'--job={job}', f'--task_index={index}'),
      ],
    )
    for job, index in jobs
  ]
  return supervisor.Supervisor(processes, chosen.hang_seconds).run()


if __name__ == '__main__':
  raise SystemExit(main(sys.argv[1:]))
