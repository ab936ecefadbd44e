# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A run on images that is killed over and over, in processes of its own."""

from __future__ import annotations

import json
import signal

import numpy as np
import pytest

KILLS = 20
SMALL = (
  '--data_dir=testdata',
  '--tasks=mnist/3v5?noise=0.5,mnist/6v7?noise=0.5',
  '--network=dense(12), dense(12), dense(12)',
  '--frozen=available',
  '--readout=mean',
  '--search=binary',
  '--modules=6',
  '--active=2',
  '--population=6',
  '--minibatches=5',
  '--batch_size=8',
  '--steps_per_task=400',
  '--workers=1',
  '--optimizer=adam',
  '--learning_rate=0.003',
  '--checkpoint_seconds=0',
  '--nosummaries',
  '--seed=5',
)


@pytest.mark.slow
def test_a_run_killed_at_random_moments_ends_bit_identical(
  tmp_path, start, signalled, assert_same_run
):
  whole = start(*SMALL, f'--run_dir={tmp_path / "whole"}')
  _, err = whole.communicate()
  assert whole.returncode == 0, err
  total = (tmp_path / 'whole' / 'evolution.jsonl').stat().st_size

  rng = np.random.default_rng(0)
  run_dir = tmp_path / 'killed'
  log = run_dir / 'evolution.jsonl'
  tasks_hit = []
  sizes = np.sort(rng.integers(1, int(0.9 * total), size=KILLS))
  for size in sizes:
    before = log.stat().st_size if log.exists() else 0
    code, err = signalled(
      SMALL, run_dir, size=max(size, before + 1), wait=rng.uniform(0, 0.08)
    )
    assert code == -signal.SIGKILL, err
    *_, last, _ = log.read_bytes().split(b'\n')
    tasks_hit.append(json.loads(last)['task'])
  assert {tasks_hit.count(task) > KILLS // 4 for task in (0, 1)} == {True}
  process = start(*SMALL, f'--run_dir={run_dir}')
  _, err = process.communicate()
  assert process.returncode == 0, err
  assert 'resumed: ' in err
  assert_same_run(run_dir, tmp_path / 'whole')
