# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.report, as a program."""

from __future__ import annotations

import pathlib

import pytest

from pathnet_tf import config, coordinator, local_engines, run_folder

SETTINGS = config.RunConfig(
  tasks=('gym/CartPole-v1', 'gym/CartPole-v1?max_episode_steps=9'),
  steps_per_task=99,
  workers=1,
)


class Stop:
  """An observer that stops the run after its first evaluation."""

  run: coordinator.Coordinator

  def resume(self, records):
    pass

  def observe(self, record, state):
    if record['kind'] == 'evaluation':
      self.run.stop()


@pytest.fixture
def begun(tmp_path):
  """A run folder of which the first task has begun."""
  path, stop = tmp_path / 'a run', Stop()
  with run_folder.RunFolder(path) as folder:
    stop.run = coordinator.Coordinator(
      SETTINGS, folder, local_engines.make_engine, [stop]
    )
    stop.run.run()
  return path


@pytest.fixture
def report(start):
  """Runs the program; gives its exit code, stdout and stderr."""

  def run(*arguments):
    process = start(*arguments, program='launch.report')
    out, err = process.communicate()
    return process.returncode, out, err

  return run


def test_a_run_in_training_has_a_page_with_its_command(begun, report):
  code, out, err = report(f'--run_dir={begun}')

  assert (code, err) == (0, '')
  path = begun / 'report' / 'index.html'
  assert out == f'{path}\n'
  text = path.read_text()
  assert '1 evaluation.' in text
  assert '--steps_per_task=99' in text
  assert '--tasks=gym/CartPole-v1,gym/CartPole-v1?max_episode_steps=9' in text
  assert f'&#x27;--run_dir={begun}&#x27;' in text


def test_several_runs_are_written_to_the_file_that_is_named(
  begun, report, tmp_path
):
  output = tmp_path / 'new' / 'both.html'

  code, out, _ = report(
    f'--run_dir={begun}', f'--run_dir={begun}', f'--output={output}'
  )

  assert (code, out) == (0, f'{output}\n')
  assert 'id="run-1"' in output.read_text()
  assert not pathlib.Path(begun, 'report').exists()


@pytest.mark.parametrize(
  ('arguments', 'words'),
  [
    ([], 'no run folder: name one by --run_dir'),
    (['--run_dir='], 'no run folder: name one by --run_dir'),
    (['--run_dir=ABSENT'], 'is not a run folder'),
    (['--run_dir=BEGUN', '--run_dir=ABSENT'], 'is not a run folder'),
    (['--run_dir=BEGUN', '--output=BEGUN'], 'cannot write'),
    (['--run_dir=BEGUN', '--modules=3'], "Unknown command line flag 'modules'"),
  ],
)
def test_bad_input_is_one_line(begun, report, tmp_path, arguments, words):
  places = {'BEGUN': str(begun), 'ABSENT': str(tmp_path / 'absent')}
  for name, place in places.items():
    arguments = [a.replace(name, place) for a in arguments]

  code, out, err = report(*arguments)

  assert (code, out) == (2, '')
  assert err.startswith('error: ')
  assert err.count('\n') == 1
  assert words in err
