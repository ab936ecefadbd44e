# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.evaluate, as a program."""

from __future__ import annotations

import json

import pytest

from pathnet_tf import (
  config,
  coordinator,
  evaluation,
  local_engines,
  run_folder,
)


def test_a_run_without_an_evaluated_path_is_refused_in_one_line(
  tmp_path, start
):
  settings = config.RunConfig(tasks=('gym/CartPole-v1',), steps_per_task=1)
  with run_folder.RunFolder(tmp_path) as folder:
    coordinator.Coordinator(settings, folder, lambda *_: None)
  process = start(f'--run_dir={tmp_path}', program='launch.evaluate')
  out, err = process.communicate()
  assert (process.returncode, out) == (2, '')
  assert err.count('\n') == 1
  assert 'no path that was evaluated yet' in err


class StopInSecondTask:
  """An observer that stops the run there: at its begin, or an evaluation."""

  run: coordinator.Coordinator

  def __init__(self, number: int | None):
    self._number = number

  def resume(self, records):
    pass

  def observe(self, record, state):
    if (record['task'], record.get('number')) == (1, self._number):
      self.run.stop()


SETTINGS = config.RunConfig(
  tasks=('mnist/3v5', 'mnist/0v6v8'),
  steps_per_task=100,
  workers=1,
  network=config.NetworkConfig('dense(8), dense(8)', 4, 2, 'available'),
  evolution=config.EvolutionConfig('binary', population=3),
  classifier=config.ClassifierConfig(minibatches=20),
  optimizer=config.OptimizerConfig('adam', learning_rate=0.003),
)


def stopped_run(path, number: int | None) -> coordinator.Coordinator:
  """A run that ended in its second task."""
  stop = StopInSecondTask(number)
  with run_folder.RunFolder(path) as folder:
    stop.run = coordinator.Coordinator(
      SETTINGS, folder, local_engines.make_engine, [stop], 0.0
    )
    stop.run.run()
  return stop.run


def test_a_task_that_has_only_begun_is_told_of(testdata, tmp_path, start):
  stopped_run(tmp_path, None)
  arguments = (f'--run_dir={tmp_path}', f'--data_dir={testdata}')
  process = start(*arguments, '--json', program='launch.evaluate')
  out, err = process.communicate()
  assert process.returncode == 0
  assert err == 'mnist/0v6v8: begun, no evaluation has ended yet\n'
  (line,) = map(json.loads, out.splitlines())
  assert (line['task'], line['finished']) == ('mnist/3v5', True)


def test_images_kept_for_the_test_are_told_apart(testdata, tmp_path, start):
  run = stopped_run(tmp_path, 2)
  arguments = (f'--run_dir={tmp_path}', f'--data_dir={testdata}')
  process = start(*arguments, '--json', program='launch.evaluate')
  out, err = process.communicate()
  assert (process.returncode, err) == (0, '')
  first, second = map(json.loads, out.splitlines())
  assert [each['task'] for each in (first, second)] == [*SETTINGS.tasks]
  assert [each['finished'] for each in (first, second)] == [True, False]
  assert [each['images'] for each in (first, second)] == [60, 90]
  learner = run.learner
  (finished,) = learner.finished
  assert first['fitness'] == finished.fitness
  assert first['accuracy'] == pytest.approx(
    evaluation.accuracy(
      evaluation.path_classifier(learner.network, finished.rows, 0),
      learner.tasks[0].load().test,
    )
  )
  assert first['accuracy'] > 0.8
  assert 1 / 3 < second['accuracy'] <= 1

  process = start(*arguments, program='launch.evaluate')
  out, err = process.communicate()
  assert (process.returncode, err) == (0, '')
  head, _, one, two, unfinished, _, *notes = out.splitlines()
  assert head.split() == ['task', 'score', 'interval', 'of', 'fitness']
  for row, each in ((one, first), (two, second)):
    assert row.split() == [
      each['task'],
      f'{each["accuracy"]:.3f}',
      str(each['images']),
      'images',
      f'{each["fitness"]:.3f}',
    ]
  assert 'still being learnt' in unfinished
  assert [note.partition(':')[0] for note in notes] == ['score', 'fitness']

  process = start(
    *arguments, f'--video={tmp_path / "a.gif"}', program='launch.evaluate'
  )
  out, err = process.communicate()
  assert (process.returncode, out) == (2, '')
  assert err == f"error: no video of '{tmp_path}': it has learnt no game\n"
