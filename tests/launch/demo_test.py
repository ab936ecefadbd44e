# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.demo: what it refuses; other tests run it."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
  ('tasks', 'words'),
  [
    ('minatar/breakout', ['one game alone', '--tasks=minatar/breakout,']),
    ('mnist/3v5,mnist/1v2', ['mnist/3v5 is no game', 'launch.transfer']),
    ('minatar/breakout,minatar/pnog', ['pnog']),
  ],
)
def test_tasks_that_it_cannot_compare_are_one_line(
  tmp_path, start, tasks, words
):
  process = start(
    f'--tasks={tasks}', f'--run_dir={tmp_path / "run"}', program='launch.demo'
  )
  out, err = process.communicate()
  assert (process.returncode, out) == (2, '')
  assert err.startswith('error: ')
  assert err.count('\n') == 1
  for word in words:
    assert word in err
  assert not (tmp_path / 'run').exists()
