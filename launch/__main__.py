# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""All programs as one command: `pathnet train ...` is `launch.train ...`."""

from __future__ import annotations

import os
import pathlib
import runpy
import sys

from launch import help as help_lib

PROGRAMS = {
  'train': 'trains tasks one after the other, in a run folder',
  'evaluate': 'scores what a run or an export has learnt',
  'report': 'one HTML page of one or several runs',
  'video': 'the training of a run as a video',
  'export': 'a SavedModel of a finished task',
  'cluster': 'a cluster on this machine that trains, in one command',
  'transfer': 'whether it transfers: a study, run after run',
  'demo': 'two MinAtar games in a row, and the second one from nothing',
}


def main() -> None:
  """Starts the program that the first argument names."""
  name = sys.argv[1] if len(sys.argv) > 1 else '--help'
  if name in ('-h', '--help', 'help'):
    print(_usage())
  elif name in PROGRAMS:
    own = __name__ == '__main__'
    help_lib.command = 'python -m launch ' if own else 'pathnet '
    sys.argv[:2] = [f'pathnet {name}']
    if os.getcwd() not in sys.path:  # As `python -m` has it, for own modules.
      sys.path.insert(0, os.getcwd())
    runpy.run_module(f'launch.{name}', run_name='__main__', alter_sys=True)
  else:
    known = ', '.join(PROGRAMS)
    print(f'error: no program {name!r}: one of {known}', file=sys.stderr)
    raise SystemExit(2)


def _usage() -> str:
  programs = [f'  {name:<10}{what}' for name, what in PROGRAMS.items()]
  settings = pathlib.Path(__file__).with_name('flagfiles')
  return '\n'.join(
    [
      'pathnet PROGRAM [FLAGS]; pathnet PROGRAM --help lists its flags',
      '',
      *programs,
      '',
      f'Flag files, for --flagfile: {settings}',
    ]
  )


if __name__ == '__main__':
  main()
