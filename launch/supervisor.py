# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The processes of a cluster on this host: started, watched, started again.

Workers that can each have cores of their own are bound to them. A worker's
threads wake each other all the time, and where the system spreads them over
cores that others use as well, an agent step costs up to a quarter more
(docs/distributed.md).
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from typing import IO

from pathnet_tf.cluster import pulse

_GRACE_SECONDS = 120.0
_FAILURES = 8  # In a row before it was up, after which a process is given up.


@dataclasses.dataclass
class Process:
  """One process of the cluster, through all its starts."""

  job: str
  index: int
  command: list[str]
  popen: subprocess.Popen | None = None
  reader: threading.Thread | None = None
  pipe: int = -1
  up: bool = False
  heard_at: float = 0.0
  failures: int = 0
  starts: int = 0

  @property
  def name(self) -> str:
    return self.job if self.job == 'chief' else f'{self.job} {self.index}'


def worker_cores(cores: Iterable[int], workers: int) -> list[set[int]]:
  """The cores of each worker: an even part of them, or all for everyone.

  Args:
    cores: those that this program may use.
    workers: how many share them. One, or more than there are cores, are not
      bound to any.
  """
  every = sorted(cores)
  if not 1 < workers <= len(every):
    return [set(every) for _ in range(workers)]
  ends = [len(every) * index // workers for index in range(workers + 1)]
  return [set(every[low:high]) for low, high in itertools.pairwise(ends)]


class Supervisor:
  """Starts the processes, and watches over them until the chief is done."""

  def __init__(self, processes: list[Process], hang_seconds: float):
    self._processes = processes
    self._hang_seconds = hang_seconds
    self._selector = selectors.DefaultSelector()
    self._signals: list[int] = []
    self._ending_since: float | None = None

  def run(self) -> int:
    """Gives the exit code for this program."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
      if signal.getsignal(number) is not signal.SIG_IGN:  # As under nohup.
        signal.signal(number, lambda number, _: self._signals.append(number))
    try:
      for process in self._processes:
        self._start(process)
      while True:
        self._listen()
        code = self._look()
        if code is not None:
          return code
        self._obey()
    finally:
      self._end_all()

  def _start(self, process: Process) -> None:
    read, write = os.pipe()
    with on_cores(self._cores_of(process)):
      process.popen = subprocess.Popen(
        process.command,
        stdin=subprocess.DEVNULL,
        # The others have nothing to say but errors, and whose they are matters.
        stdout=None if process.job == 'chief' else subprocess.DEVNULL,
        stderr=None if process.job == 'chief' else subprocess.PIPE,
        env={**os.environ, pulse.VARIABLE: str(write)},
        pass_fds=[write],
        start_new_session=True,  # Ctrl-C is for this program alone.
        text=True,
        errors='replace',
      )
    os.close(write)
    os.set_blocking(read, False)
    process.pipe, process.up = read, False
    process.heard_at = time.monotonic()
    process.starts += 1
    self._selector.register(read, selectors.EVENT_READ, process)
    if lines := process.popen.stderr:
      process.reader = threading.Thread(
        target=_repeat, args=(process.name, lines), daemon=True
      )
      process.reader.start()
    again = ' again' if process.starts > 1 else ''
    _say(f'{process.name} started{again} as process {process.popen.pid}')

  def _cores_of(self, process: Process) -> set[int]:
    cores = os.sched_getaffinity(0)
    if process.job != 'worker':
      return cores
    workers = sum(other.job == 'worker' for other in self._processes)
    return worker_cores(cores, workers)[process.index]

  def _listen(self) -> None:
    """Takes in the pulses of about half a second."""
    for key, _ in self._selector.select(timeout=0.5):
      process = key.data
      with contextlib.suppress(BlockingIOError):
        beats = os.read(process.pipe, 4096)
        if not beats:  # It has ended.
          self._selector.unregister(process.pipe)
          continue
        process.heard_at = time.monotonic()
        if pulse.UP in beats and not process.up:
          process.up, process.failures = True, 0
          _say(f'{process.name} is up')

  def _look(self) -> int | None:
    """Starts again who is gone; gives the exit code when that was it."""
    for process in self._processes:
      assert process.popen is not None
      silence = time.monotonic() - process.heard_at
      if process.up and silence > self._hang_seconds:
        _say(f'{process.name} hangs: silent for {silence:.0f} s, killed')
        process.popen.kill()
        process.popen.wait()
      code = process.popen.poll()
      if code is None:
        continue
      self._forget(process)
      if process.job == 'chief' and (
        self._ending_since or not (code < 0 or code == pulse.RESTART)
      ):
        return self._code(code)
      if self._ending_since or (process.job != 'chief' and code == 0):
        continue  # The chief has sent it home, and is about to end.
      if code == 2:
        return 2
      how = f'by signal {-code}' if code < 0 else f'with code {code}'
      _say(f'{process.name} ended {how}')
      process.failures += 0 if process.up else 1
      if process.failures >= _FAILURES:
        _say(f'{process.name} ended {_FAILURES} times before it was up')
        return 1
      self._start(process)
    return None

  def _code(self, code: int) -> int:
    """The chief's exit code, or that of the signal which ended it all."""
    if self._ending_since and code < 0:
      return 128 - code
    return code

  def _obey(self) -> None:
    """Passes the first signal on to the chief; the second ends everything."""
    chief = self._processes[0].popen
    assert chief is not None
    if self._signals and self._ending_since is None:
      self._ending_since = time.monotonic()
      _say('ends: the chief is told to stop')
      chief.terminate()
    elif self._ending_since is not None and (
      len(self._signals) > 1
      or time.monotonic() - self._ending_since > _GRACE_SECONDS
    ):
      chief.kill()

  def _forget(self, process: Process) -> None:
    """Ends a process, once, with its pipe and what it has left behind."""
    if process.pipe >= 0:
      _end_session(process)
      with contextlib.suppress(KeyError):
        self._selector.unregister(process.pipe)
      os.close(process.pipe)
      process.pipe = -1

  def _end_all(self) -> None:
    for process in self._processes:
      self._forget(process)
      if process.popen is not None:
        process.popen.wait()
      if process.reader is not None:
        process.reader.join(timeout=1.0)  # For its last words.


def _end_session(process: Process) -> None:
  """Kills a process with what its environments have started."""
  assert process.popen is not None
  with contextlib.suppress(ProcessLookupError, PermissionError):
    os.killpg(process.popen.pid, signal.SIGKILL)


@contextlib.contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
  """Binds this thread, and what it starts, to cores for as long."""
  before = os.sched_getaffinity(0)
  os.sched_setaffinity(0, cores)
  try:
    yield
  finally:
    os.sched_setaffinity(0, before)


def _repeat(name: str, lines: IO[str]) -> None:
  """Passes on what a process says, with its name."""
  with lines:
    for line in lines:
      print_line(f'[{name}] {line}')


def _say(line: str) -> None:
  print_line(f'cluster: {line}')


def print_line(line: str) -> None:
  """In one piece, as several threads do: print() writes the end by itself."""
  sys.stderr.write(line.rstrip('\n') + '\n')
  sys.stderr.flush()
