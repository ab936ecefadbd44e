# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.programs: how programs end."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

_ROOT = pathlib.Path(__file__).parents[2]


def told(program: str) -> tuple[str, str]:
  """What a program that ends well writes, and what it says of that."""
  ended = subprocess.run(
    [sys.executable, '-c', program],
    cwd=_ROOT,
    capture_output=True,
    text=True,
    check=False,
  )
  assert ended.returncode == 0, ended.stderr
  return ended.stdout, ended.stderr


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


def test_a_warning_of_this_package_is_plain_and_others_keep_their_prefix():
  program = (
    'from absl import logging\n'
    'from launch import programs\n'
    'from pathnet_tf import checkpoint_folder\n'
    'def main():\n'
    '  path = "/absent"\n'
    '  folder = checkpoint_folder.CheckpointFolder(path, read_only=True)\n'
    '  folder.set_aside("000000000001", "no\\nmanifest")\n'
    '  logging.warning("of another package")\n'
    'programs.run(main)\n'
  )
  out, err = told(program)
  assert out == ''
  ours, other = err.splitlines()
  assert ours == (
    'warning: checkpoint 000000000001 is damaged (no manifest): passed over'
  )
  assert re.fullmatch(r'W\d{4} .*\] of another package', other)


def test_gpus_are_chosen_before_tensorflow_uses_its_devices():
  # There is no GPU here; TensorFlow refuses the choice of one once it runs.
  program = (
    'import tensorflow as tf\n'
    'from tensorflow.python.eager import context\n'
    'from launch import programs\n'
    'def found(kind):\n'
    '  return ["one", "two"] if kind == "GPU" else []\n'
    'def chosen(devices, kind):\n'
    '  print(devices, kind, context.context()._initialized)\n'
    'tf.config.list_physical_devices = found\n'
    'tf.config.set_visible_devices = chosen\n'
    'programs.start_tensorflow(1, gpus=lambda found: found[1:])\n'
  )
  out, _ = told(program)
  assert out == "['two'] GPU False\n"
