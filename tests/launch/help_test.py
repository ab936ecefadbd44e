# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of `--help`, of every program."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import pytest

import launch.__main__
from launch import run_flags

ROOT = pathlib.Path(__file__).parents[2]
TRAINS = ('train', 'transfer', 'demo')


# launch.cluster has three flags of its own, and hands all others on.
@pytest.mark.parametrize(
  'program', sorted({*launch.__main__.PROGRAMS} - {'cluster'})
)
def test_what_matters_comes_first_and_it_is_no_failure(start, program):
  process = start('--help', program=f'launch.{program}')
  out, err = process.communicate()
  assert (process.returncode, err) == (0, '')
  lines = out.splitlines()
  assert max(map(len, lines)) <= 80
  assert '--verbosity' not in out
  assert re.search(
    r'^  --run_dir.*\n(?:      .*\n)*?      .*[Rr]equired', out, re.M
  )
  named = re.findall(r'^  --(?:\[no\])?(\w+)', out, re.MULTILINE)
  assert len(named) == len({*named})
  if program in TRAINS:
    settings = [flag.name for flag in run_flags.SETTINGS.values()]
    begin = named.index('tasks')
    assert 'run_dir' in named[:begin]
    assert named[begin : begin + len(settings)] == settings
    assert 'hosts' not in named[:begin]
  else:
    assert 'population' not in out


@pytest.mark.parametrize('flag', ['--help', '--helpfull'])
def test_the_help_of_the_cluster_has_its_defaults(start, flag):
  process = start(flag, program='launch.cluster')
  out, err = process.communicate()
  assert (process.returncode, err) == (0, '')
  assert max(map(len, out.splitlines())) <= 80
  assert '--workers' in out
  assert '(default: 2)' in out
  assert '--hang_seconds' in out


def test_the_help_of_the_demo_has_the_defaults_of_the_demo(start):
  out, _ = start('--help', program='launch.demo').communicate()
  settings = (ROOT / 'launch/flagfiles/minatar.flags').read_text()
  for line in settings.splitlines():
    if not line.startswith('#'):
      assert f'  {line}'.replace('1e-3', '0.001') in out.splitlines()
  assert '  --run_dir=runs/demo' in out.splitlines()


@pytest.mark.parametrize('program', sorted(launch.__main__.PROGRAMS))
def test_the_help_of_the_installed_command_says_how_it_is_typed(program):
  shown = subprocess.run(
    [
      *(sys.executable, '-c'),
      'from launch.__main__ import main; main()',
      *(program, '--help'),
    ],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=False,
  )
  assert shown.returncode == 0
  assert f'  pathnet {program} ' in shown.stdout
  assert 'python -m' not in shown.stdout


def test_the_help_by_way_of_the_package_says_so(start):
  out, _ = start('train', '--help', program='launch').communicate()
  assert '  python -m launch train --tasks' in out


def test_the_full_help_has_absls_flags_at_its_end(start):
  out, _ = start('--helpfull', program='launch.train').communicate()
  assert out.index('--run_dir') < out.index('--reward_clip')
  assert out.index('--reward_clip') < out.index('--verbosity')
  assert '--flagfile' in out
