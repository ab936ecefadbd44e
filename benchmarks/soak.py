# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Whether memory stays flat: a training run, watched from outside.

  python -m benchmarks.soak

Trains Pong as the flag file of the article's pair has it, for half an hour, and
notes the resident memory of the process every ten seconds. Prints a JSON line:
mebibytes at the ends of the time after the first two minutes, and the slope of
a straight line through it.
"""

from __future__ import annotations

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
      times, sizes = _watch(process)
    finally:
      process.terminate()
      process.wait()
  slope = np.polyfit(times, sizes, 1)[0]
  timing.report(
    {
      'minutes': _MINUTES.value,
      'first_mebibytes': timing.summary(sizes[: max(1, len(sizes) // 10)]),
      'last_mebibytes': timing.summary(sizes[-max(1, len(sizes) // 10) :]),
      'mebibytes_an_hour': float(slope * 3600),
    }
  )


def _watch(process: subprocess.Popen) -> tuple[list[float], list[float]]:
  """Seconds since the start, and mebibytes, after the warm-up."""
  times, sizes, begun = [], [], time.monotonic()
  while (seconds := time.monotonic() - begun) < 60 * _MINUTES.value:
    if process.poll() is not None:
      raise UserError('the run ended early; the reason stands above')
    if seconds >= min(_WARM_UP, 30 * _MINUTES.value):
      times.append(seconds)
      sizes.append(_resident(process.pid))
    time.sleep(_EVERY.value)
  return times, sizes


def _resident(pid: int) -> float:
  """Mebibytes in memory."""
  with open(f'/proc/{pid}/status', encoding='ascii') as lines:
    for line in lines:
      if line.startswith('VmRSS:'):
        return int(line.split()[1]) / 1024
  raise UserError(f'process {pid} does not say how much memory it has')


if __name__ == '__main__':
  programs.run(main)
