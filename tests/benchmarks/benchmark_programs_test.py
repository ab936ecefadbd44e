# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests that the benchmarks run that need no peers, as short as can be."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(
  ('program', 'flags', 'key'),
  [
    ('train_step', ('--calls=1', '--batch=4'), 'throughput_of_keras'),
    ('breakdown', (), 'microseconds'),
    ('growth', (), 'ratio'),
  ],
)
def test_a_benchmark_runs_and_prints_its_figures(program, flags, key):
  found = subprocess.run(
    [sys.executable, '-m', f'benchmarks.{program}', '--rounds=1', *flags],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=False,
  )
  assert found.returncode == 0, found.stderr
  assert key in json.loads(found.stdout.splitlines()[-1])
