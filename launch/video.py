# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Shows the training of a run as a video.

  python -m launch.video --run_dir=R

The paths move through the modules and are frozen, task after task, while the
score curves grow. It is drawn from the run's log alone, also while it trains.
"""

from __future__ import annotations

import pathlib

from absl import flags

from launch import programs
from pathnet_tf.errors import UserError

_RUN_DIR = flags.DEFINE_string('run_dir', None, 'Run folder to show; required.')
_OUTPUT = flags.DEFINE_string(
  'output',
  None,
  'File to write, .mp4 or .gif; by default report/training.mp4 in the run'
  ' folder.',
)


def main() -> None:
  """Writes the video and prints its path."""
  if not _RUN_DIR.value:
    raise UserError('no run folder: name one by --run_dir')
  from pathnet_tf.reports import history, training_video

  output = _OUTPUT.value or pathlib.Path(
    _RUN_DIR.value, 'report', 'training.mp4'
  )
  run = history.read_history(_RUN_DIR.value)
  print(training_video.write_training_video(run, output))


if __name__ == '__main__':
  programs.run(main)
