# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Writes the report of one or several runs, as one HTML page.

  python -m launch.report --run_dir=R [--run_dir=R2 ...] [--output=FILE]

The page needs no other file and no network: scores, the evolution under a
slider, and what to type to have the runs again. They may still be in training.
"""

from __future__ import annotations

import os

from absl import flags

from launch import programs
from pathnet_tf.errors import UserError

_RUN_DIRS = flags.DEFINE_multi_string(
  'run_dir', [], 'Required: a run folder to report on; several may be given.'
)
_OUTPUT = flags.DEFINE_string(
  'output',
  None,
  'File to write; by default report/index.html in the first run folder.',
)


def main() -> None:
  """Writes the page and prints its path."""
  if not all(_RUN_DIRS.value or ['']):
    raise UserError('no run folder: name one by --run_dir')
  # Now, as the flags of a run are not this program's.
  from launch import run_flags
  from pathnet_tf.reports import page

  output = _OUTPUT.value or os.path.join(
    _RUN_DIRS.value[0], 'report', page.NAME
  )
  print(page.write_page(_RUN_DIRS.value, output, run_flags.flags_of))


if __name__ == '__main__':
  programs.run(main)
