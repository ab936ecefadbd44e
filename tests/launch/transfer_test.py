# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.transfer: what a person types."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver

from launch import side_by_side, transfer
from pathnet_tf.errors import UserError
from pathnet_tf.transfer import figures, game_table, games, table
from tests.launch.small_study import SETTINGS
from tests.transfer.made_up import make_games, make_study

ROOT = pathlib.Path(__file__).parents[2]


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
    # 18 arms of pathnet, three targets each, and 15 sources: what later tasks
    # do with frozen modules is nothing to a source. De novo on all targets.
    ('minatar_settings', 3 + 3 * (18 * 3 + 15 + 3)),
    # De novo on three games, two sources of pathnet, 5 arms of 3 pairs.
    ('atari', 3 + 3 * (3 + 2 + 5 * 3)),
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
    for row in games.complete(rows)
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
