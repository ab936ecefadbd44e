# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""For tests of programs: starts them, kills them, and compares their runs."""

from __future__ import annotations

import json
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

ROOT = pathlib.Path(__file__).parents[2]


def size_of(run_dir: pathlib.Path) -> int:
  """The bytes of a run's log; 0 before there is one."""
  log = run_dir / 'evolution.jsonl'
  return log.stat().st_size if log.exists() else 0


def variables(run_dir: pathlib.Path) -> dict[str, np.ndarray]:
  """Every variable of a run's newest checkpoint, by name."""
  newest = max(
    (run_dir / 'checkpoints').iterdir(),
    key=lambda p: json.loads((p / 'manifest.json').read_text())['serial'],
  )
  reader = tf.train.load_checkpoint(str(newest / 'weights'))
  return {
    name: reader.get_tensor(name)
    for name in reader.get_variable_to_shape_map()
    if name != '_CHECKPOINTABLE_OBJECT_GRAPH'
  }


@pytest.fixture(scope='session')
def start():
  """Starts a program as a person does, in a process of its own."""

  def popen(*arguments, program='launch.train', **options):
    return subprocess.Popen(
      [sys.executable, '-m', program, *arguments],
      cwd=ROOT,
      stdin=subprocess.DEVNULL,
      stdout=subprocess.PIPE,
      stderr=subprocess.PIPE,
      text=True,
      **options,
    )

  return popen


@pytest.fixture(scope='session')
def signalled(start):
  """Starts training, and sends it a signal once its log is so many bytes long.

  Gives the exit code and what was on stderr. If the program is faster than that
  it ends by itself.
  """

  def run(arguments, run_dir, size, number=signal.SIGKILL, wait=0.0):
    process = start(*arguments, f'--run_dir={run_dir}')
    while size_of(run_dir) < size and process.poll() is None:
      time.sleep(0.002)
    time.sleep(wait)  # A part of an evaluation: to hit any moment of one.
    process.send_signal(number)
    _, err = process.communicate()
    return process.returncode, err

  return run


@pytest.fixture(scope='session')
def assert_same_run():
  """That two runs have one log and one last checkpoint, to the bit."""

  def compare(run_dir, other) -> None:
    logs = [
      (path / 'evolution.jsonl').read_bytes() for path in (run_dir, other)
    ]
    assert logs[0] == logs[1]
    mine, theirs = variables(run_dir), variables(other)
    assert mine.keys() == theirs.keys()
    for name, value in mine.items():
      np.testing.assert_array_equal(value, theirs[name], err_msg=name)

  return compare
