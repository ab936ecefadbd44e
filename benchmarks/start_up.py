# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""How long a run takes from its start to its first training steps.

  python -m benchmarks.start_up

Runs the training program anew each time: one evaluation of two updates on
Pong, with the article's network. The time is that of the whole process, to the
end of its last checkpoint, so it is an upper bound. Prints a JSON line.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile
import time

from absl import flags

from benchmarks import timing
from launch import programs
from pathnet_tf.errors import UserError

_ROUNDS = flags.DEFINE_integer('rounds', 5, 'Runs that are timed.')

_ROOT = pathlib.Path(__file__).parents[1]


def main() -> None:
  """Times, prints."""
  measured = timing.alternate({'run': _run}, _ROUNDS.value)
  timing.report({'seconds': timing.summary(measured['run'])})


def _run() -> float:
  with tempfile.TemporaryDirectory() as folder:
    command = [
      sys.executable,
      '-m',
      'launch.train',
      '--tasks=atari/pong?max_episode_steps=20',
      '--network=atari',
      '--steps_per_task=1',
      '--workers=1',
      '--environments=4',
      '--window=10',
      f'--run_dir={folder}/run',
    ]
    begun = time.perf_counter()
    run = subprocess.run(
      command, cwd=_ROOT, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - begun
  if run.returncode:
    raise UserError(f'the run failed: {run.stderr.strip()}')
  return taken


if __name__ == '__main__':
  programs.run(main)
