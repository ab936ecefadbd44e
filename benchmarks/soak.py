# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Whether memory stays flat: a training run, watched from outside.

  python -m benchmarks.soak --minutes=120

Trains Pong as the flag file of the article's pair has it, and notes the
resident memory and the open file handles of the process every ten seconds.
Prints a JSON line: both at the ends of the time after the first two minutes,
and the slopes of straight lines through them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from absl import flags

from benchmarks import timing
from launch import programs
from pathnet_tf.errors import UserError

_MINUTES = flags.DEFINE_float('minutes', 30.0, 'Length of the run.')
_EVERY = flags.DEFINE_float('every', 10.0, 'Seconds between two looks.')

_WARM_UP = 120.0  # Seconds in which graphs are traced and buffers filled.


def main() -> None:
  """Runs, watches, prints."""
  import numpy as np

  with tempfile.TemporaryDirectory() as folder:
    process = subprocess.Popen(
      [
        sys.executable,
        '-m',
        'launch.train',
        '--flagfile=launch/flagfiles/pong_to_alien.flags',
        '--steps_per_task=1000000000',
        f'--run_dir={folder}/run',
      ],
      stdout=subprocess.DEVNULL,
    )
    try:
      looks = np.array(_watch(process))
    finally:
      process.terminate()
      process.wait()
  seconds, *values = looks.T
  tenth = max(1, len(seconds) // 10)
  told = {'minutes': _MINUTES.value}
  for name, value in zip(('mebibytes', 'file_handles'), values, strict=True):
    told[name] = {
      'first': timing.summary(value[:tenth].tolist()),
      'last': timing.summary(value[-tenth:].tolist()),
      'an_hour': float(np.polyfit(seconds, value, 1)[0] * 3600),
    }
  timing.report(told)


def _watch(process: subprocess.Popen) -> list[tuple[float, float, int]]:
  """Seconds since the start, mebibytes and handles, after the warm-up."""
  looks, begun = [], time.monotonic()
  while (seconds := time.monotonic() - begun) < 60 * _MINUTES.value:
    if process.poll() is not None:
      raise UserError('the run ended early; the reason stands above')
    if seconds >= min(_WARM_UP, 30 * _MINUTES.value):
      handles = len(os.listdir(f'/proc/{process.pid}/fd'))
      looks.append((seconds, _resident(process.pid), handles))
    time.sleep(_EVERY.value)
  return looks


def _resident(pid: int) -> float:
  """Mebibytes in memory."""
  with open(f'/proc/{pid}/status', encoding='ascii') as lines:
    for line in lines:
      if line.startswith('VmRSS:'):
        return int(line.split()[1]) / 1024
  raise UserError(f'process {pid} does not say how much memory it has')


if __name__ == '__main__':
  programs.run(main)
