# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.signals, in a process that signals itself."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = """
import os, signal, sys, threading
from launch import signals
signals._SAME_SECONDS = float(sys.argv[1])
stopped = threading.Event()
with signals.stopped_by(stopped.set, grace_seconds=1e6):
  for _ in range(int(sys.argv[2])):
    os.kill(os.getpid(), signal.SIGTERM)
  stopped.wait()
  print('saved', flush=True)
"""


@pytest.mark.parametrize(
  ('same', 'count', 'saved'),
  [(1e6, 1, 'saved\n'), (1e6, 3, 'saved\n'), (-1.0, 2, '')],
)
def test_a_second_signal_ends_at_once_and_the_same_one_does_not(
  same, count, saved
):
  ended = subprocess.run(
    [sys.executable, '-c', PROGRAM, str(same), str(count)],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=False,
  )
  assert ended.returncode == 143
  assert ended.stdout == saved
  assert ended.stderr == 'stopped by a signal; the same command goes on\n'
