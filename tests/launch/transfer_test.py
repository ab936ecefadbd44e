# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.transfer: what a person types, and a study that is killed."""

from __future__ import annotations

import json
import os
import pathlib
import runpy
import select
import signal
import time

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver

from launch import side_by_side, transfer
from pathnet_tf.errors import UserError
from pathnet_tf.transfer import figures, game_table, runs, table

ROOT = pathlib.Path(__file__).parents[2]
made_up = runpy.run_path(str(ROOT / 'tests' / 'transfer' / 'conftest.py'))
make_study, make_games = made_up['make_study'], made_up['make_games']

SETTINGS = (
  '--data_dir=testdata',
  '--tasks=mnist/0v1,mnist/2v3',
  '--network=dense(12), dense(12)',
  '--frozen=available',
  '--readout=mean',
  '--search=binary',
  '--modules=6',
  '--active=2',
  '--population=4',
  '--batch_size=8',
  '--minibatches=5',
  '--steps_per_task=200',
  '--optimizer=adam',
  '--learning_rate=0.001',
  '--workers=1',
  '--seed=5',
)
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


@pytest.fixture(name='call')
def _call(tmp_path, monkeypatch):
  """Calls main with arguments in this process, which has its TensorFlow."""
  monkeypatch.chdir(ROOT)
  monkeypatch.setenv('PATHNET_DATA_DIR', 'testdata')  # Or main's would stay.
  monkeypatch.setattr(
    transfer.programs, 'start_tensorflow', lambda workers: None
  )

  def call(*arguments, run_dir=tmp_path / 'study'):
    with flagsaver.flagsaver():
      folder = (f'--run_dir={run_dir}',) if run_dir else ()
      flags.FLAGS(['transfer', *SETTINGS, *folder, *arguments])
      transfer.main()

  return call


@pytest.fixture(name='planned')
def _planned(call, monkeypatch):
  """Gives the keys of the runs that arguments ask for; none is trained."""

  def plan(*arguments):
    found = []
    with monkeypatch.context() as patch:
      patch.setattr(
        side_by_side, 'train', lambda rows, new, *args: found.extend(new)
      )
      patch.setattr(transfer, 'report', lambda rows, run_dir: None)
      call(*arguments)
    return [run.key for run in found]

  return plan


@pytest.mark.parametrize(
  ('arguments', 'words'),
  [
    (['--arms=pathnet,denovo'], ["'denovo'", 'de_novo']),
    (['--arms=pathnet?popul=3'], ['popul=3', 'SETTING=VALUE']),
    (['--arms=pathnet?active=7'], ['active (N) is 7', '6 modules']),
    (['--arms='], ['nothing to compare', '--arms']),
    (['--sources=mnist/0v1'], ['nothing to compare', '--targets']),
    (['--targets=mnist/0v1'], ['nothing to compare', '--sources']),
    (['--tasks=mnist/0v1'], ['nothing to compare', '--pairs']),
    (
      ['--sources=mnist/0v1', '--targets=mnist/0v1'],
      ['nothing to compare', '--targets'],
    ),
    (
      ['--sources=mnits/0v1', '--targets=mnist/0v1'],
      ["'mnits/0v1'", 'mnist'],
    ),
    (['--parallel=0'], ['parallel is 0', 'at least 1']),
    (['--seeds=0'], ['seeds is 0', 'at least 1']),
    (['--pairs=absent.txt'], ['absent.txt', 'No such file']),
    (['--pairs=pyproject.toml'], ['line 1', 'SOURCE TARGET SEED']),
    (['--rows=absent.jsonl'], ['absent.jsonl', 'No such file']),
    (['--rows=pyproject.toml'], ['pyproject.toml', 'line 1']),
    (['--seed=-1'], ['seed is -1', 'at least 0']),
    (['--all_pairs', '--pairs=absent.txt'], ['--all_pairs and --pairs both']),
    (
      ['--pairs=absent.txt', '--targets=mnist/0v1'],
      ['--pairs and --sources and --targets both'],
    ),
    (['--max_skipped=3'], ['--max_skipped is of launch.train']),
    (['--hosts=chief=a:1'], ['--hosts belongs to --strategy']),
    (['--arms=pathnet?strategy=mirrored'], ['strategy', 'all arms']),
    (['--arms=de_novo?solved_at=0.5'], ['give the study --solved_at']),
    (['--arms=random?active=1'], ['random play has no settings']),
    (
      ['--tasks=minatar/breakout,minatar/asterix', '--solved_at=3'],
      ['solved_at is 3', 'leave it out'],
    ),
    (
      [
        '--tasks=minatar/breakout,minatar/asterix',
        '--arms=de_novo,pathnet?steps_per_task=300',
      ],
      ['give the study --steps_per_task'],
    ),
  ],
)
def test_bad_input_is_one_line_and_leaves_nothing_behind(
  tmp_path, call, arguments, words
):
  with pytest.raises(UserError) as caught:
    call(*arguments)
  message = str(caught.value)
  assert len(message.splitlines()) == 1
  for word in words:
    assert word in message
  assert not (tmp_path / 'study').exists()


def test_a_study_without_a_folder_is_refused(call):
  for arguments in ([], ['--rows=absent.jsonl']):
    with pytest.raises(UserError, match=r'^no folder .*--run_dir$'):
      call(*arguments, run_dir=None)


@pytest.mark.parametrize(
  'arguments',
  [
    ['--sources=mnist/0v1', '--targets=mnist/2v3'],
    ['--pairs=launch/studies/mnist_pairs.txt'],
  ],
)
def test_sources_and_targets_or_pairs_are_enough(planned, arguments):
  assert planned('--tasks=', *arguments)


# Random play of every game, once; a source is a run of its own.
@pytest.mark.parametrize(
  ('name', 'runs'),
  [
    # 5 sources of pathnet, 5 of de novo, 5 of twice the size, 3 arms of pairs,
    # and of each game after itself.
    ('minatar', 5 + 5 * (5 + 5 + 5 + 3 * (20 + 5))),
    # 17 arms of pathnet, three targets each, and 15 sources: what later tasks
    # do with frozen modules is nothing to a source. De novo on all targets.
    ('minatar_settings', 3 + 3 * (17 * 3 + 15 + 3)),
    # De novo on three games, two sources of pathnet, 3 arms of 3 pairs.
    ('atari', 3 + 3 * (3 + 2 + 3 * 3)),
    ('minatar_sweep', 2 + 3 * 2 * 9),
  ],
)
def test_the_flag_file_of_a_study_plans_it(planned, tmp_path, name, runs):
  file = f'--flagfile=launch/studies/{name}.flags'
  keys = planned(file, f'--run_dir={tmp_path / "study"}')
  assert len(keys) == len({*keys}) == runs


def test_the_program_prints_one_line_and_exits_with_2(tmp_path, start):
  arguments = ('--arms=pathnett', f'--run_dir={tmp_path / "study"}')
  process = start(*SETTINGS, *arguments, program='launch.transfer')
  out, err = process.communicate()
  assert (process.returncode, out) == (2, '')
  assert err.startswith("error: no arm 'pathnett': one of pathnet, ")
  assert err.count('\n') == 1


def test_the_tasks_are_a_source_and_its_targets(planned):
  assert planned('--tasks=mnist/0v1,mnist/2v3,mnist/4v5') == [
    ('pathnet', 'mnist/0v1', 'mnist/2v3', 5),
    ('de_novo', None, 'mnist/2v3', 5),
    ('fine_tuning', 'mnist/0v1', 'mnist/2v3', 5),
    ('pathnet', 'mnist/0v1', 'mnist/4v5', 5),
    ('de_novo', None, 'mnist/4v5', 5),
    ('fine_tuning', 'mnist/0v1', 'mnist/4v5', 5),
  ]


def test_sources_and_targets_stand_for_the_tasks(planned):
  found = planned(
    '--arms=pathnet,de_novo',
    '--sources=mnist/0v1,mnist/2v3',
    '--targets=mnist/2v3',
    '--seeds=2',
  )
  assert found == [
    ('pathnet', 'mnist/0v1', 'mnist/2v3', 5),
    ('de_novo', None, 'mnist/2v3', 5),
    ('pathnet', 'mnist/0v1', 'mnist/2v3', 6),
    ('de_novo', None, 'mnist/2v3', 6),
  ]


def test_a_file_of_pairs_stands_for_sources_and_targets(planned, tmp_path):
  file = tmp_path / 'pairs.txt'
  file.write_text('mnist/6v7 mnist/8v9\nmnist/8v9 mnist/6v7 40  # Back.\n')
  found = planned(
    f'--pairs={file}',
    '--arms=pathnet?population=6&frozen=always_on',
  )
  label = 'pathnet?population=6&frozen=always_on'
  assert found == [
    (label, 'mnist/6v7', 'mnist/8v9', 5),
    (label, 'mnist/8v9', 'mnist/6v7', 40),
  ]


def test_rows_that_there_are_get_a_table_and_figures(tmp_path, call, capsys):
  rows = make_study(runs=3)
  files = [tmp_path / 'first.jsonl', tmp_path / 'second.jsonl']
  for file, part in zip(files, (rows[:4], rows[4:]), strict=True):
    file.write_text(''.join(json.dumps(row) + '\n' for row in part))
  call(f'--rows={files[0]},{files[1]}')
  printed = capsys.readouterr().out
  expected = table.format_study(rows) + '\n'
  assert printed.startswith(expected)
  paths = [pathlib.Path(p) for p in printed[len(expected) :].splitlines()]
  report = tmp_path / 'study' / 'report'
  assert set(paths) == set(report.iterdir())
  assert {path.name for path in paths} == {
    'learning_curves.png', 'time_to_solution.png', 'overlap.png',
    'convergence_pathnet.png',
  }  # fmt: skip
  for path in paths:
    assert path.read_bytes().startswith(b'\x89PNG')
  # Nothing was trained, and nothing claimed.
  assert list((tmp_path / 'study').iterdir()) == [report]


def test_rows_may_be_of_some_tasks_alone(tmp_path, call, capsys):
  rows = make_games()
  file = tmp_path / 'rows.jsonl'
  file.write_text(''.join(json.dumps(row) + '\n' for row in rows))
  asterix, breakout = 'minatar/asterix', 'minatar/breakout'
  call(f'--rows={file}', f'--targets={asterix}', f'--sources={breakout}')
  chosen = [
    row
    for row in rows
    if row['target'] == asterix and row['source'] in (None, breakout)
  ]
  assert capsys.readouterr().out.startswith(
    game_table.format_games(chosen) + '\n'
  )


@pytest.mark.parametrize('change', ['tasks', 'solved_at', 'mixed'])
def test_what_is_no_row_of_a_study_is_refused(tmp_path, call, change):
  rows = make_study(runs=1)
  if change == 'mixed':
    rows += make_games()
  else:
    del rows[0][change]
  file = tmp_path / 'rows.jsonl'
  file.write_text(''.join(json.dumps(row) + '\n' for row in rows))
  with pytest.raises(UserError, match='rows'):
    call(f'--rows={file}')


def test_a_table_does_not_depend_on_which_run_was_done_first(
  tmp_path, call, capsys, monkeypatch
):
  monkeypatch.setattr(figures, 'draw_study', lambda rows, folder: [])
  rows, printed = make_study(runs=20), []
  for order in (range(60), np.random.default_rng(0).permutation(60)):
    file = tmp_path / 'rows.jsonl'
    file.write_text(''.join(json.dumps(rows[i]) + '\n' for i in order))
    call(f'--rows={file}')
    printed.append(capsys.readouterr().out)
  assert printed[0] == printed[1]


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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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
