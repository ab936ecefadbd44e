# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of benchmarks.suite."""

from __future__ import annotations

import pathlib
import subprocess
import sys

from benchmarks import suite

ROOT = pathlib.Path(__file__).parents[2]


def test_a_goal_is_met_missed_or_was_not_measured():
  spread = {'lower': 0.5, 'median': 1.0, 'upper': 2.0}
  table = suite.table(
    {
      'train_step': {
        'throughput_of_keras': spread,
        'throughput_of_masked': spread,
        'time_of_m_10': spread,
      }
    }
  )
  lines = table.splitlines()
  assert len(lines) == len(suite.GOALS)
  assert lines[0].endswith('1.00 [0.50, 2.00]     at least 0.95: yes')
  assert lines[1].endswith('1.00 [0.50, 2.00]     at most 1.1: yes')
  assert lines[2].endswith('1.00 [0.50, 2.00]     at least 9.0: NO')
  assert all(line.endswith('not run') for line in lines[3:])


def test_every_goal_has_its_benchmark_and_every_benchmark_its_program(tmp_path):
  (tmp_path / 'pathnet-pytorch').mkdir()
  known = suite.benchmarks(tmp_path)
  assert {g.benchmark for g in suite.GOALS} <= {b.name for b in known}
  for benchmark in known:
    assert (ROOT / 'benchmarks' / f'{benchmark.program}.py').is_file()


def run(*flags: str) -> subprocess.CompletedProcess[str]:
  return subprocess.run(
    [sys.executable, '-m', 'benchmarks.suite', *flags],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=False,
  )


def test_what_is_wrong_is_one_line(tmp_path):
  for flags, said in (
    (['--only=nothing', f'--output={tmp_path}'], "no benchmark 'nothing'"),
    ([f'--peers={tmp_path}'], 'tools/peers.sh'),
  ):
    found = run(*flags)
    assert found.returncode == 2
    assert found.stderr.count('\n') == 1
    assert said in found.stderr
