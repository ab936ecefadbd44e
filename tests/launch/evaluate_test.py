# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.evaluate, as a program."""

from __future__ import annotations

import pathlib
import subprocess
import sys

from pathnet_tf import config, coordinator, run_folder

_ROOT = pathlib.Path(__file__).parents[2]


def test_a_run_without_an_evaluated_path_is_refused_in_one_line(tmp_path):
  settings = config.RunConfig(tasks=('gym/CartPole-v1',), steps_per_task=1)
  with run_folder.RunFolder(tmp_path) as folder:
    coordinator.Coordinator(settings, folder, lambda *_: None)
  program = [sys.executable, '-m', 'launch.evaluate', f'--run_dir={tmp_path}']
  done = subprocess.run(
    program, cwd=_ROOT, capture_output=True, text=True, check=False
  )
  assert (done.returncode, done.stdout) == (2, '')
  assert done.stderr.count('\n') == 1
  assert 'no path that was evaluated yet' in done.stderr
