# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the one command that starts every program."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]


def test_it_knows_every_program_and_where_the_flag_files_are(start):
  programs = {
    path.stem
    for path in (ROOT / 'launch').glob('*.py')
    if "__name__ == '__main__'" in path.read_text()
  } - {'__main__'}
  for arguments in ([], ['--help']):
    process = start(*arguments, program='launch')
    out, err = process.communicate()
    assert (process.returncode, err) == (0, '')
    lines = out.splitlines()
    assert {line.split()[0] for line in lines if line[:2] == '  '} == programs
    assert list(pathlib.Path(lines[-1].split(': ')[1]).glob('*.flags'))


def test_an_unknown_program_is_refused_in_one_line(start):
  process = start('trian', program='launch')
  out, err = process.communicate()
  assert (process.returncode, out) == (2, '')
  assert err.startswith("error: no program 'trian': one of train, ")
  assert err.count('\n') == 1


def test_flags_and_exit_code_are_those_of_the_program(start, tmp_path):
  direct = start(f'--run_dir={tmp_path}', program='launch.video')
  process = start('video', f'--run_dir={tmp_path}', program='launch')
  assert process.communicate() == direct.communicate()
  assert process.returncode == direct.returncode == 2


@pytest.fixture
def script(tmp_path_factory):
  """The installed command: its main module is a script, elsewhere."""
  path = tmp_path_factory.mktemp('bin') / 'pathnet'
  path.write_text('import launch.__main__\nlaunch.__main__.main()\n')
  return path


def test_a_program_that_starts_processes_of_its_own_runs(tmp_path, script):
  flags = [
    '--flagfile=launch/flagfiles/mnist.flags',
    '--data_dir=testdata',
    '--sources=mnist/3v5',
    '--targets=mnist/0v6',
    '--arms=pathnet,de_novo',
    '--steps_per_task=64',
    '--population=3',
    '--minibatches=2',
    '--parallel=2',
    f'--run_dir={tmp_path}/study',
  ]
  done = subprocess.run(
    [sys.executable, script, 'transfer', *flags],
    cwd=ROOT,
    env={'PYTHONPATH': str(ROOT), 'PATH': '/usr/bin:/bin'},
    capture_output=True,
    text=True,
    check=False,
  )
  assert done.returncode == 0, done.stderr
  assert len((tmp_path / 'study' / 'rows.jsonl').read_text().splitlines()) == 2


def test_modules_of_the_present_folder_are_found(tmp_path, script):
  (tmp_path / 'mine.py').write_text('print("here I am")\n')
  flags = ['--tasks=gym/mine:Own-v0', f'--run_dir={tmp_path}/run']
  done = subprocess.run(
    [sys.executable, script, 'train', *flags],
    cwd=tmp_path,
    env={**os.environ, 'PYTHONPATH': str(ROOT)},
    capture_output=True,
    text=True,
  )
  assert done.returncode == 2
  assert done.stdout == 'here I am\n'
  assert 'Own' in done.stderr
