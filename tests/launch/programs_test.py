# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.programs: how programs end."""

from __future__ import annotations

import pathlib
import subprocess
import sys

_ROOT = pathlib.Path(__file__).parents[2]


def test_a_reader_that_has_read_enough_gets_no_traceback():
  program = (
    'from launch import programs\n'
    'def main():\n'
    '  while True:\n'
    '    print("a line", flush=True)\n'
    'programs.run(main)\n'
  )
  process = subprocess.Popen(
    [sys.executable, '-c', program],
    cwd=_ROOT,
    stdout=subprocess.PIPE,
    stderr=subprocess.PIPE,
    text=True,
  )
  assert process.stdout.readline() == 'a line\n'
  process.stdout.close()
  assert process.stderr.read() == ''
  assert process.wait() == 141
