# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of a study whose processes are killed, or one of whose runs fails."""

from __future__ import annotations

import json
import os
import pathlib
import select
import signal
import time

import numpy as np
import pytest

from pathnet_tf.transfer import runs
from tests.launch.small_study import SETTINGS

# 15 runs: de novo's are shared by the two sources.
STUDY = (
  *SETTINGS,
  '--solved_at=1',
  '--sources=mnist/0v1?noise=0.5,mnist/4v5?noise=0.5',
  '--targets=mnist/2v3?noise=0.5',
  '--seeds=3',
  '--parallel=2',
)
RUNS = 15
# 2 of random, 2 sources of pathnet and 2 of the others, and 3 x 2.
GAMES = (
  '--tasks=minatar/breakout,minatar/asterix',
  '--all_pairs',
  '--arms=pathnet,fine_tuning,progressive',
  '--network=dense(8), dense(6)',
  '--modules=5',
  '--active=2',
  '--population=3',
  '--rivals=1',
  '--environments=2',
  '--steps_per_task=400',
  '--workers=1',
  '--seed=5',
  '--parallel=2',
)
GAME_RUNS = 12

pytestmark = pytest.mark.slow


def lines_of(run_dir: pathlib.Path) -> int:
  """How many rows a study has."""
  rows = run_dir / 'rows.jsonl'
  return rows.read_bytes().count(b'\n') if rows.exists() else 0


def children_of(pid: int) -> dict[int, str]:
  """The command lines of a process's children, by their ids."""
  found = {}
  for folder in pathlib.Path('/proc').glob('[0-9]*'):
    try:
      stat = (folder / 'stat').read_text()
      command = (folder / 'cmdline').read_text()
    except OSError:  # It has ended.
      continue
    if int(stat.rpartition(')')[2].split()[1]) == pid:
      found[int(folder.name)] = command
  return found


def interrupted(start, study, run_dir, lines, wait, number, child=False):
  """Starts the study, and sends a signal once it has so many rows.

  Gives the exit code and what was on stderr, after all its processes ended.
  """
  process = start(*study, f'--run_dir={run_dir}', program='launch.transfer')
  while lines_of(run_dir) < lines and process.poll() is None:
    time.sleep(0.005)
  time.sleep(wait)  # A part of a run: to hit any moment of one.
  children = children_of(process.pid)
  workers = [pid for pid, line in children.items() if 'spawn_main' in line]
  assert len(workers) == 2
  ends = [os.pidfd_open(pid) for pid in children]
  if child:
    os.kill(workers[0], number)
  else:
    process.send_signal(number)
  _, err = process.communicate()  # Its children write to the same pipe.
  for end in ends:
    select.select([end], [], [])  # Until the child has ended.
    os.close(end)
  return process.returncode, err


def completed(start, study, run_dir):
  """Runs the study to its end; gives what it printed, and its stderr."""
  process = start(*study, f'--run_dir={run_dir}', program='launch.transfer')
  out, err = process.communicate()
  assert process.returncode == 0, err
  return out, err


@pytest.mark.parametrize(
  ('study', 'count'), [(STUDY, RUNS), (GAMES, GAME_RUNS)]
)
def test_a_study_that_is_killed_over_and_over_ends_with_the_same_rows(
  tmp_path, start, study, count
):
  _, err = completed(start, study, tmp_path / 'whole')
  assert err.count(f'/{count}  ') == count
  whole = (tmp_path / 'whole' / 'rows.jsonl').read_bytes().splitlines()
  rows = [json.loads(line) for line in whole]
  assert len(rows) == len({runs.key_of(row) for row in rows}) == count

  run_dir = tmp_path / 'killed'
  rng = np.random.default_rng(0)
  kills = (
    (signal.SIGKILL, False),
    (signal.SIGINT, False),
    (signal.SIGKILL, True),
    (signal.SIGTERM, False),
    (signal.SIGKILL, False),
  )
  for number, child in kills[: count // 3]:
    before = lines_of(run_dir)
    wait = rng.uniform(0, 0.3)
    code, err = interrupted(
      start, study, run_dir, before + 1, wait, number, child
    )
    assert before < lines_of(run_dir) < count
    assert 'Traceback' not in err
    if child:
      assert code == 2
      assert err.splitlines()[-1].startswith('error: a process of the study')
    elif number == signal.SIGKILL:
      assert code == -signal.SIGKILL
    else:
      assert code == 128 + number
      assert err.splitlines()[-1].startswith('stopped by a signal; the same')
  left = count - lines_of(run_dir)
  out, err = completed(start, study, run_dir)
  # Only what was missing was trained.
  assert err.count(f'/{count}  ') == left
  assert err.splitlines()[-1].startswith(f'{count}/{count}  ')
  found = (run_dir / 'rows.jsonl').read_bytes().splitlines()
  assert sorted(found) == sorted(whole)
  assert list((run_dir / 'runs').iterdir()) == []
  assert completed(start, study, run_dir) == (out, '')


def test_a_run_that_fails_leaves_the_others_in_peace(tmp_path, start):
  wild = 'fine_tuning?optimizer.learning_rate=1e30'
  study = (
    *GAMES, '--noall_pairs', f'--arms={wild},de_novo',
    '--steps_per_task=60000', f'--run_dir={tmp_path}',
  )  # fmt: skip
  for _ in range(2):
    process = start(*study, program='launch.transfer')
    _, err = process.communicate()
    assert process.returncode == 2
    said = err.splitlines()
    assert any(
      line.startswith('de_novo?optimizer.learning_rate=1e30: minatar/breakout')
      and 'not finite' in line
      for line in said
    )
    assert said[-1].startswith('error: runs that failed: 1, so 2 have no row')
    # Random play of both, and de novo on the target.
    assert lines_of(tmp_path) == 3


def test_a_source_whose_checkpoint_is_gone_is_learnt_again_if_it_is_needed(
  tmp_path, start
):
  runs_dir = tmp_path / 'elsewhere'
  study = (*GAMES, f'--runs_dir={runs_dir}')
  completed(start, study, tmp_path / 'study')
  rows = tmp_path / 'study' / 'rows.jsonl'
  whole = rows.read_bytes().splitlines(keepends=True)
  assert list(runs_dir.iterdir()) == []
  (gone,) = (
    line
    for line in whole
    if (json.loads(line)['arm'], json.loads(line)['source'])
    == ('progressive', 'minatar/asterix')
  )
  rows.write_bytes(b''.join(line for line in whole if line != gone))
  _, err = completed(start, study, tmp_path / 'study')
  assert [line.split(':')[0] for line in err.splitlines()] == [
    '11/12  de_novo', '12/12  progressive',
  ]  # fmt: skip
  assert sorted(rows.read_bytes().splitlines(keepends=True)) == sorted(whole)
