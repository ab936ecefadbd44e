# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The commands that the documents give are understood, and the README's run."""

from __future__ import annotations

import functools
import os
import pathlib
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.slow

ROOT = pathlib.Path(__file__).parents[1]
DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  *(f'docs/{path.name}' for path in sorted((ROOT / 'docs').glob('*.md'))),
]
BIN = pathlib.Path(sys.executable).parent
PROGRAM = re.compile(r'python -m (?:launch|benchmarks)\b')
# Not ours, or the gate itself runs them.
OTHERS = re.compile(
  r'(?:pip|python -m pytest|saved_model_cli|tensorboard)\b'
  r'|python tools/\w+\.py|python3\.11 -m venv|git clone|grep'
)


def commands(document: str) -> list[str]:
  """The indented lines that begin like a command, put together."""
  text = (ROOT / document).read_text().replace('\\\n', ' ')
  lines = re.findall(r'^    +(\S.*)', text, re.MULTILINE)
  known = re.compile(
    f'(?:{PROGRAM.pattern})|(?:{OTHERS.pattern})|make |pathnet '
  )
  return [' '.join(line.split()) for line in lines if known.match(line)]


@functools.cache
def check(command: str) -> subprocess.CompletedProcess[str]:
  """Has a program look at its flags and go no further."""
  _, _, *arguments = shlex.split(command.replace('$seed', '1'), comments=True)
  return subprocess.run(
    [sys.executable, '-m', *arguments, '--only_check_args'],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=False,
  )


@pytest.mark.parametrize('document', DOCUMENTS)
def test_every_program_understands_its_flags(document):
  targets = re.findall('^([a-z]+):', (ROOT / 'Makefile').read_text(), re.M)
  for command in commands(document):
    if PROGRAM.match(command):
      done = check(command)
      assert done.returncode == 0, f'{command}: {done.stderr}'
    elif command.startswith('make '):
      assert command.split()[1] in targets
  if document in ('README.md', 'docs/exports.md', 'docs/results.md'):
    assert any(map(PROGRAM.match, commands(document)))


# What makes a training of minutes or hours one of seconds.
SHORTER = {
  'minatar.flags': '--steps_per_task=1500 --population=4 --rivals=2'
  ' --episodes=1 --environments=1',
  'pong_to_alien.flags': '--steps_per_task=500 --population=2 --rivals=1'
  ' --episodes=1 --environments=1 --workers=1',
  'mnist.flags': '--steps_per_task=200 --population=4',
  'launch.demo': '--steps_per_task=1500 --population=4 --rivals=2'
  ' --episodes=1 --environments=1',
  'launch.evaluate': '--episodes=2',
}


@pytest.fixture(scope='module')
def checkout(tmp_path_factory):
  """A folder as a clone is, for what the commands write."""
  folder = tmp_path_factory.mktemp('clone')
  for name in ('launch', 'pathnet_tf', 'testdata'):
    (folder / name).symlink_to(ROOT / name)
  np.savez(folder / 'in.npz', x=np.zeros([3, 10, 10, 10], np.uint8))
  return folder


def run(checkout: pathlib.Path, command: str) -> str:
  """Runs a command in the active environment; gives what it prints."""
  for part, flags in SHORTER.items():
    if part in command:
      command = f'{command} {flags}'
  done = subprocess.run(
    ['bash', '-c', command],
    cwd=checkout,
    env={**os.environ, 'PATH': f'{BIN}{os.pathsep}{os.environ["PATH"]}'},
    capture_output=True,
    text=True,
    check=False,
  )
  assert done.returncode == 0, f'{command}: {done.stderr}'
  return done.stdout


def test_the_readmes_and_the_exports_commands_run(checkout):
  ran = []
  given = [*commands('README.md'), *commands('docs/exports.md')]
  trained = next(each for each in given if '--run_dir=runs/mine' in each)
  run(checkout, trained.replace('runs/mine', 'runs/other'))
  for command in given:
    words = command.split()
    if words[0] == 'saved_model_cli' or PROGRAM.match(command):
      run(checkout, command)
      ran.append(words[2] if words[1] == '-m' else words[1])
  assert {'launch.train', 'launch.evaluate', 'launch.export', 'show'} <= {*ran}
  for path in (
    'runs/mine/report/index.html',
    'runs/mine/report/training.mp4',
    'runs/digits/exports',
    'runs/transfer/rows.jsonl',
    'runs/demo/nine_boxes.png',
    'runs/breakout/saved_model.pb',
    'play-0.gif',
  ):
    assert (checkout / path).exists(), path
