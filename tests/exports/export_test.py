# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.exports.export and .load."""

from __future__ import annotations

import dataclasses
import os
import shutil

import numpy as np
import pytest
import tensorflow as tf
from tf_agents.trajectories import time_step as ts

from pathnet_tf import durable_files, evaluation
from pathnet_tf.errors import UserError
from pathnet_tf.exports import description, export, load
from pathnet_tf.tasks import registry


@pytest.fixture(scope='module')
def exported(game, tmp_path_factory):
  """A learner, and the folder of its first task's export."""
  folder = tmp_path_factory.mktemp('exports') / 'first'
  export.write(game, 0, str(folder))
  return game, folder


def test_an_export_says_what_it_is(exported):
  learner, folder = exported
  told = description.read(str(folder))
  finished = learner.finished[0]
  assert told.task == 'minatar/breakout'
  assert told.plays
  assert told.observation == {
    'shape': [10, 10, 10],
    'dtype': 'uint8',
    'minimum': 0,
    'maximum': 1,
  }
  assert told.preparation == 'cast to float32'
  assert told.outputs == 6
  assert (told.path, told.modules) == (finished.path, finished.rows)
  assert (told.fitness, told.seed) == (1.5, 3)
  assert told.network == learner.config.network.name
  assert told.versions['tensorflow'] == tf.__version__
  recurrent = 'lstm' in told.network
  assert bool(told.state) == recurrent
  assert 'saved_model.pb' in told.files
  assert 'policy/saved_model.pb' in told.files


@pytest.mark.parametrize('greedy', [False, True])
def test_an_export_plays_as_the_super_network_does(exported, greedy):
  learner, folder = exported
  task = learner.tasks[0]
  policies = (
    load.Export(str(folder)).policy(7, greedy),
    evaluation.path_policy(
      learner.network, learner.finished[0].rows, 0, 7, greedy
    ),
  )
  returns = [evaluation.play(task, act, 20, 5) for act in policies]
  assert returns[0] == returns[1]
  assert len(returns[0]) == 20


def test_the_policy_saver_form_gives_the_same_distribution(
  exported, observations
):
  learner, folder = exported
  assert_policy_is_the_networks(learner, 0, folder, observations)


def test_so_does_that_of_a_task_that_reads_what_was_frozen(
  second, observations, tmp_path
):
  export.write(second, 1, str(tmp_path / 'second'))
  assert_policy_is_the_networks(second, 1, tmp_path / 'second', observations)


def assert_policy_is_the_networks(learner, task, folder, observations):
  policy = tf.saved_model.load(str(folder / 'policy'))
  state = policy.get_initial_state(4)
  rows = [tf.constant(r, tf.int32) for r in learner.finished[task].rows]
  observation = observations(learner, 4)
  (logits, _), _ = learner.network(observation, path=rows, task=task)
  step = ts.restart(observation, batch_size=4)
  found = policy.distribution(step, state)
  np.testing.assert_allclose(
    found.action.probs_parameter(), tf.nn.softmax(logits), rtol=1e-4, atol=1e-6
  )
  assert policy.action(step, state).action.shape == [4]


@pytest.mark.parametrize(
  ('fixture', 'task', 'classes'),
  [('images', 0, 3), ('images_in_columns', 0, 3), ('images_in_columns', 1, 2)],
)
def test_an_export_of_images_tells_them_apart(
  request, testdata, tmp_path, fixture, task, classes
):
  learner = request.getfixturevalue(fixture)
  export.write(learner, task, str(tmp_path / 'digits'))
  read = load.Export(str(tmp_path / 'digits'))
  assert not read.description.plays
  assert read.description.outputs == classes
  assert read.description.preparation == (
    'divided by 255, each image less its own mean'
  )
  assert not (tmp_path / 'digits' / 'policy').exists()
  test = learner.tasks[task].load().test
  rows = learner.finished[task].rows
  whole = evaluation.path_classifier(learner.network, rows, task)
  accuracy = evaluation.accuracy(read.classify, test)
  assert accuracy == evaluation.accuracy(whole, test)
  assert 0 < accuracy < 1


def test_a_finished_task_is_exported_once(exported, tmp_path):
  learner, _ = exported
  run = export.exporter(str(tmp_path))
  run(learner, 0)
  path = tmp_path / '0-minatar-breakout'
  assert [p.name for p in tmp_path.iterdir()] == [path.name]
  stamp = (path / description.FILE).stat().st_mtime_ns
  run(learner, 0)
  assert (path / description.FILE).stat().st_mtime_ns == stamp


def test_an_export_of_another_end_of_the_task_is_put_aside(exported, tmp_path):
  learner, _ = exported
  run, first = export.exporter(str(tmp_path)), learner.finished[0]
  run(learner, 0)
  learner.finished[0] = dataclasses.replace(first, fitness=first.fitness + 1)
  try:
    run(learner, 0)
  finally:
    learner.finished[0] = first
  newer, older = sorted(tmp_path.iterdir(), key=lambda p: len(p.name))
  assert newer.name == '0-minatar-breakout'
  assert older.name.startswith('0-minatar-breakout.before-')
  assert description.read(str(newer)).fitness == first.fitness + 1
  assert description.read(str(older)).fitness == first.fitness


@pytest.mark.parametrize(
  ('task', 'name'),
  [
    (
      'atari/freeway?mode=1&difficulty=0',
      '3-atari-freeway-mode=1-difficulty=0',
    ),
    ('mnist/3v5?noise=0.5', '3-mnist-3v5-noise=0.5'),
    ('gym/CartPole-v1?observed=0+2', '3-gym-CartPole-v1-observed=0+2'),
  ],
)
def test_folders_have_plain_names(task, name):
  assert export.folder_name(3, task) == name


def test_long_names_are_cut_and_stay_apart(tmp_path):
  numbers = '+'.join(map(str, range(90)))
  names = [
    export.folder_name(0, f'gym/wide:Wide-v0?observed={numbers}+{last}')
    for last in (90, 91)
  ]
  assert names[0] != names[1]
  for name in names:
    assert name.startswith('0-gym-wide-Wide-v0-observed=0+1+2')
    # Also with what is put before and behind it for a while.
    (
      tmp_path / f'{durable_files.TEMPORARY}{name}.before-1234567890123456789'
    ).mkdir()


def test_what_exists_is_not_written_over(exported):
  learner, folder = exported
  before = sorted(os.listdir(folder))
  with pytest.raises(UserError, match='exists: name a folder that does not'):
    export.write(learner, 0, str(folder))
  assert sorted(os.listdir(folder)) == before


def test_a_name_that_could_not_be_read_again_is_refused(exported, tmp_path):
  learner, folder = exported
  there = tmp_path / 'lr[0.1]'
  with pytest.raises(UserError, match='for a pattern'):
    export.write(learner, 0, str(there / 'export'))
  assert not there.exists()
  shutil.copytree(folder, there / 'export')
  with pytest.raises(UserError, match='for a pattern'):
    load.Export(str(there / 'export'))


def test_where_nothing_can_be_written_is_one_line(exported, tmp_path):
  (tmp_path / 'file').write_text('')
  with pytest.raises(UserError, match='cannot write export') as raised:
    export.write(exported[0], 0, str(tmp_path / 'file' / 'export'))
  assert '\n' not in str(raised.value)


def test_what_a_killed_export_left_is_cleared_away(exported, tmp_path):
  learner, _ = exported
  left = tmp_path / '.tmp-export'
  left.mkdir()
  (left / 'saved_model.pb').write_text('half')
  export.write(learner, 0, str(tmp_path / 'export'))
  assert [p.name for p in tmp_path.iterdir()] == ['export']
  load.Export(str(tmp_path / 'export'))


@pytest.mark.parametrize(
  'name',
  [
    'saved_model.pb',
    'variables/variables.index',
    'variables/variables.data-00000-of-00001',
    'policy/saved_model.pb',
  ],
)
@pytest.mark.parametrize('damage', ['flip', 'cut', 'remove'])
def test_damage_is_one_line_that_names_the_file(
  exported, tmp_path, name, damage
):
  folder = tmp_path / 'copy'
  shutil.copytree(exported[1], folder)
  path = folder / name
  data = bytearray(path.read_bytes())
  if damage == 'remove':
    path.unlink()
  elif damage == 'cut':
    path.write_bytes(data[: len(data) // 2])
  else:
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
  with pytest.raises(UserError, match='is damaged') as raised:
    load.Export(str(folder))
  assert repr(name) in str(raised.value)
  assert '\n' not in str(raised.value)


@pytest.mark.parametrize('foreign', ['', 'empty', 'other', 'savedmodel'])
def test_what_is_no_export_is_one_line(exported, tmp_path, foreign):
  folder = tmp_path / foreign
  if foreign == 'empty':
    folder.mkdir()
  elif foreign == 'other':
    folder = tmp_path / 'missing'
  elif foreign == 'savedmodel':
    shutil.copytree(exported[1], folder)
    (folder / description.FILE).unlink()
  with pytest.raises(UserError, match='is not an export'):
    load.Export(str(folder))


def test_an_export_of_another_task_is_refused(exported):
  read = load.Export(str(exported[1]))
  read.check(registry.make('minatar/breakout'))
  for other in ('gym/CartPole-v1', 'mnist'):
    with pytest.raises(UserError, match='its shape is'):
      read.check(registry.make(other))
