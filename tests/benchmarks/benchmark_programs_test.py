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


@pytest.mark.slow
def test_frozen_features_are_the_same_in_the_first_layer_alone(tmp_path):
  def run(*arguments):
    return subprocess.run(
      [sys.executable, '-m', *arguments],
      cwd=ROOT,
      capture_output=True,
      text=True,
      check=False,
    )

  trained = run(
    *('launch.train', '--tasks=minatar/breakout,minatar/asterix'),
    *('--frozen=scaled', f'--run_dir={tmp_path}', '--steps_per_task=2000'),
    *('--population=2', '--rivals=1', '--workers=1'),
  )
  assert trained.returncode == 0, trained.stderr
  found = run('benchmarks.frozen_features', f'--run_dir={tmp_path}')
  assert found.returncode == 0, found.stderr
  told = json.loads(found.stdout.splitlines()[-1])
  (gains,) = told['gains']
  assert len(gains) == 3
  assert all(0.05 < gain < 0.2 for gain in gains)  # They begin at 0.1.
  assert sorted(told['correlation']) == ['0.1', '1.0']
  for first, *others in told['correlation'].values():
    assert first == 1
    assert len(others) == 2
    assert all(abs(other) < 0.9 for other in others)
