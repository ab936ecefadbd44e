# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of `--help`, of every program."""

from __future__ import annotations

import re

import pytest

import launch.__main__
from launch import run_flags

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


def test_the_full_help_has_absls_flags_at_its_end(start):
  out, _ = start('--helpfull', program='launch.train').communicate()
  assert out.index('--run_dir') < out.index('--reward_clip')
  assert out.index('--reward_clip') < out.index('--verbosity')
  assert '--flagfile' in out
