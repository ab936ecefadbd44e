# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What a run leaves behind is used without it, as a person would."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig

import imageio.v3 as imageio
import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf import checkpoints, config, evaluation, run_folder
from pathnet_tf.learner import Learner

pytestmark = pytest.mark.slow

TASKS = ('minatar/breakout', 'minatar/asterix', 'minatar/freeway')
NAMES = [f'{n}-{task.replace("/", "-")}' for n, task in enumerate(TASKS)]

# What an export must do without.
EXTRAS = ('pathnet_tf', 'tf_agents', 'tf_keras', 'tensorflow_probability')

# Plays breakout with what a SavedModel says, and nothing but TensorFlow.
PROGRAM = f"""
import importlib.util, sys
import minatar, numpy as np, tensorflow as tf
assert not any(map(importlib.util.find_spec, {EXTRAS!r}))
folder, inputs, outputs = sys.argv[1:]
run = tf.saved_model.load(folder).signatures
told = {{}}
for name, observation in np.load(inputs).items():
  for key, value in run['logits_and_value'](
    observation=tf.constant(observation)
  ).items():
    told[name + key] = value.numpy()
np.savez(outputs, **told)

game = minatar.Environment('breakout', sticky_action_prob=0.0)
game.seed(1)
game.reset()
ended, total, steps = False, 0.0, 0
while not ended:
  observation = np.zeros((1, 10, 10, 10), np.uint8)
  observation[..., : game.state().shape[-1]] = game.state()
  action = run['sampled'](
    observation=tf.constant(observation), seed=tf.constant([1, steps])
  )['action']
  reward, ended = game.act(int(action[0]))
  total, steps = total + reward, steps + 1
print(steps, total)
"""


@pytest.fixture(scope='module')
def run_dir(start, tmp_path_factory):
  """A run of three games."""
  folder = tmp_path_factory.mktemp('run') / 'three'
  process = start(
    f'--tasks={",".join(TASKS)}',
    f'--run_dir={folder}',
    '--steps_per_task=3000',
    '--workers=1',
    '--population=4',
    '--rivals=2',
    '--window=20',
  )
  _, err = process.communicate()
  assert process.returncode == 0, err
  return folder


def restored(run_dir, pinned=None) -> Learner:
  """What a run had learnt at its newest checkpoint, or at a pinned one."""
  folder = run_folder.RunFolder(run_dir)
  learner = Learner(config.RunConfig.from_json(folder.read_config()))
  store = checkpoints.CheckpointStore(folder.checkpoints, read_only=True)
  found = store.latest() if pinned is None else store.pinned(pinned)
  learner.restore(store, found)
  return learner


@pytest.fixture(scope='module')
def learner(run_dir):
  """What the run has learnt, all three tasks done."""
  return restored(run_dir)


@pytest.fixture(scope='module')
def only_tensorflow(tmp_path_factory):
  """A folder of all packages that are installed, but those it does without."""
  folder = tmp_path_factory.mktemp('packages')
  for path in pathlib.Path(sysconfig.get_path('purelib')).iterdir():
    if not path.name.startswith((*EXTRAS, '__editable__')):
      (folder / path.name).symlink_to(path)
  return folder


def test_training_exports_every_task(run_dir):
  assert sorted(os.listdir(run_dir / 'exports')) == NAMES


@pytest.mark.parametrize('task', [0, 2])
def test_a_process_with_only_tensorflow_gets_the_same_bits_and_plays(
  run_dir, learner, only_tensorflow, tmp_path, task
):
  rng = np.random.default_rng(task)
  inputs = {
    f'batch_{size}_': rng.integers(0, 2, (size, 10, 10, 10), np.uint8)
    for size in (1, 64)
  }
  np.savez(tmp_path / 'in.npz', **inputs)
  played = subprocess.run(
    [
      *(sys.executable, '-S', '-c', PROGRAM),
      run_dir / 'exports' / NAMES[task],
      tmp_path / 'in.npz',
      tmp_path / 'out.npz',
    ],
    cwd=tmp_path,
    env={
      'PATH': os.environ['PATH'],
      'PYTHONPATH': str(only_tensorflow),
      # As here: how many threads share a sum can change its last bit.
      'TF_NUM_INTRAOP_THREADS': '1',
    },
    capture_output=True,
    text=True,
    check=False,
  )
  assert played.returncode == 0, played.stderr
  steps, _ = map(float, played.stdout.split())
  assert steps > 5
  told = np.load(tmp_path / 'out.npz')
  path = [tf.constant(r, tf.int32) for r in learner.finished[task].rows]

  @tf.function(autograph=False)
  def whole(observation):
    return learner.network(observation, path=path, task=task)[0]

  for name, observation in inputs.items():
    logits, value = whole(tf.constant(observation))
    np.testing.assert_array_equal(told[f'{name}logits'], logits)
    np.testing.assert_array_equal(told[f'{name}value'], value)


def test_tensorflows_own_tool_shows_and_runs_it(run_dir, tmp_path):
  tool = pathlib.Path(sys.executable).with_name('saved_model_cli')
  folder = run_dir / 'exports' / NAMES[0]

  def call(*arguments):
    done = subprocess.run(
      [tool, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout

  shown = call('show', '--dir', folder, '--all')
  for name in ('greedy', 'sampled', 'logits_and_value', 'serving_default'):
    assert f"signature_def['{name}']" in shown
  assert 'shape: (-1, 10, 10, 10)' in shown
  observations = np.zeros((3, 10, 10, 10), np.uint8)
  np.savez(tmp_path / 'in.npz', x=observations)
  ran = call(
    *('run', '--dir', folder, '--tag_set', 'serve'),
    *('--signature_def', 'greedy'),
    *('--inputs', f'observation={tmp_path / "in.npz"}[x]'),
    *('--outdir', tmp_path),
  )
  assert 'Result for output key action' in ran
  action = np.load(tmp_path / 'action.npy')
  assert action.shape == (3,)
  assert len(set(action)) == 1


def lines(start, *arguments):
  """What launch.evaluate tells programs."""
  process = start(*arguments, '--json', program='launch.evaluate')
  out, err = process.communicate()
  assert process.returncode == 0, err
  return [json.loads(line) for line in out.splitlines()]


def test_nothing_was_forgotten_and_the_exports_score_the_same(run_dir, start):
  told = lines(start, f'--run_dir={run_dir}', '--all_tasks', '--episodes=20')
  assert [line['task'] for line in told] == [*TASKS]
  for line in told:
    assert line['unchanged'] is True
    for key, value in line['at_its_end'].items():
      assert line[key] == value
    assert line['episodes'] == 20
    assert line['interval'][0] <= line['mean'] <= line['interval'][1]
  for number, name in ((0, NAMES[0]), (2, NAMES[2])):
    (alone,) = lines(
      start, f'--export={run_dir / "exports" / name}', '--episodes=20'
    )
    for key in ('mean', 'median', 'min', 'max', 'interval', 'fitness'):
      assert alone[key] == told[number][key]


def test_what_was_forgotten_is_told(start, tmp_path):
  process = start(
    f'--tasks={TASKS[0]},{TASKS[1]}',
    f'--run_dir={tmp_path / "run"}',
    *('--steps_per_task=3000', '--workers=1', '--search=fixed'),
    *('--frozen=none', '--reinitialise=none', '--optimizer=adam'),
    '--learning_rate=0.01',
  )
  _, err = process.communicate()
  assert process.returncode == 0, err
  first, last = lines(
    start, f'--run_dir={tmp_path / "run"}', '--all_tasks', '--episodes=20'
  )
  assert first['unchanged'] is False
  assert first['at_its_end']['mean'] != first['mean']
  assert last['unchanged'] is True
  then = restored(tmp_path / 'run', 'task-0')
  act = evaluation.path_policy(then.network, then.finished[0].rows, 0, 1000)
  scores = evaluation.play(then.tasks[0], act, 20, 1000)
  assert first['at_its_end']['mean'] == pytest.approx(np.mean(scores))


@pytest.mark.parametrize('greedy', [False, True])
def test_episodes_and_actions_follow_from_the_flags(
  run_dir, learner, start, greedy
):
  told, *_ = lines(
    *(start, f'--run_dir={run_dir}', '--episodes=8', '--seed=5'),
    *(['--greedy'] if greedy else []),
  )
  rows = learner.finished[0].rows
  scores = [
    evaluation.play(
      learner.tasks[0],
      evaluation.path_policy(learner.network, rows, 0, 5, likeliest),
      episodes=8,
      seed=5,
    )
    for likeliest in (greedy, not greedy)
  ]
  assert told['mean'] == pytest.approx(np.mean(scores[0]))
  assert scores[0] != scores[1]


def test_a_person_gets_a_table(run_dir, start, tmp_path):
  process = start(
    f'--run_dir={run_dir}',
    '--all_tasks',
    '--episodes=2',
    f'--video={tmp_path / "play.gif"}',
    program='launch.evaluate',
  )
  out, err = process.communicate()
  assert process.returncode == 0, err
  head, _, *rows, _, score, interval, _, fitness = out.splitlines()
  assert max(map(len, (head, score, interval, fitness))) <= 80
  for number, task in enumerate(TASKS):
    row, end, video = rows[3 * number : 3 * number + 3]
    name, mean, low, high, count, unit, _ = row.split()
    assert (name, count, unit) == (task, '2', 'episodes')
    assert float(low[1:-1]) <= float(mean) <= float(high[:-1])
    assert end == f'  at its end {mean}, unchanged'
    assert f'play-{number}.gif: an episode, score ' in video
  assert score.startswith('score: the mean raw return')
  assert 'bootstrap' in interval
  assert fitness.startswith('fitness: ')


def test_the_episode_of_the_score_is_recorded(run_dir, start, tmp_path):
  file = tmp_path / 'play.gif'
  told = lines(start, f'--run_dir={run_dir}', '--episodes=1', f'--video={file}')
  for number, line in enumerate(told):
    numbered = tmp_path / f'play-{number}.gif'
    assert line['video']['file'] == str(numbered)
    assert line['video']['score'] == line['mean']
    # Equal pictures in a row are one of a gif.
    shown = sum(1 for _ in imageio.imiter(numbered, plugin='pillow'))
    assert 1 < shown <= line['video']['pictures']
  (alone,) = lines(
    start,
    f'--export={run_dir / "exports" / NAMES[1]}',
    '--episodes=1',
    f'--video={file}',
  )
  assert alone['video'] == {**told[1]['video'], 'file': str(file)}
  assert file.read_bytes() == (tmp_path / 'play-1.gif').read_bytes()


def weights(export):
  """The variables of an export, by name."""
  reader = tf.train.load_checkpoint(str(export / 'variables' / 'variables'))
  names = set(reader.get_variable_to_shape_map())
  names.remove('_CHECKPOINTABLE_OBJECT_GRAPH')
  assert len(names) == 8  # Three layers and a head, each a kernel and a bias.
  return {name: reader.get_tensor(name) for name in names}


def test_a_task_is_exported_again_the_same(run_dir, start, tmp_path):
  for number, task in ((0, '0'), (1, 'minatar/asterix')):
    process = start(
      f'--run_dir={run_dir}',
      f'--task={task}',
      f'--output={tmp_path / str(number)}',
      program='launch.export',
    )
    out, err = process.communicate()
    assert (process.returncode, err) == (0, '')
    assert out == f'{tmp_path / str(number)}\n'
    first = weights(run_dir / 'exports' / NAMES[number])
    again = weights(tmp_path / str(number))
    assert first.keys() == again.keys()
    for name, value in first.items():
      np.testing.assert_array_equal(again[name], value)


def test_an_export_that_a_kill_prevented_is_made_by_the_next_start(
  run_dir, start, tmp_path
):
  folder = tmp_path / 'run'
  shutil.copytree(run_dir, folder)
  shutil.rmtree(folder / 'exports' / NAMES[2])
  process = start(
    f'--tasks={",".join(TASKS)}',
    f'--run_dir={folder}',
    '--steps_per_task=3000',
    '--workers=1',
    '--population=4',
    '--rivals=2',
    '--window=20',
  )
  _, err = process.communicate()
  assert process.returncode == 0, err
  assert sorted(os.listdir(folder / 'exports')) == NAMES


@pytest.mark.parametrize(
  ('program', 'flags', 'message'),
  [
    ('export', [], 'name a run folder by --run_dir'),
    ('export', ['--run_dir={run}', '--output={new}'], 'no task: give --task'),
    (
      'export',
      ['--run_dir={run}', '--output={new}', '--task=3'],
      "task is '3': give --task one of those done, 0 (minatar/breakout), 1",
    ),
    (
      'export',
      ['--run_dir={run}', '--output={run}', '--task=0'],
      'exists: name a folder that does not',
    ),
    (
      'export',
      ['--run_dir={new}', '--output={new}2', '--task=0'],
      'is not a run folder',
    ),
    ('evaluate', [], 'name one run folder by --run_dir, or an export'),
    (
      'evaluate',
      ['--run_dir={run}', '--export={run}'],
      'name one run folder by --run_dir, or an export',
    ),
    ('evaluate', ['--export={run}'], 'is not an export'),
    (
      'evaluate',
      ['--export={run}', '--all_tasks'],
      'an export is of one task',
    ),
    (
      'evaluate',
      ['--run_dir={run}', '--video=play.avi'],
      'its name must end in .mp4 or .gif',
    ),
  ],
)
def test_what_a_person_got_wrong_is_one_line(
  run_dir, start, tmp_path, program, flags, message
):
  flags = [flag.format(run=run_dir, new=tmp_path / 'new') for flag in flags]
  process = start(*flags, program=f'launch.{program}')
  out, err = process.communicate()
  assert (process.returncode, out) == (2, '')
  assert err.startswith('error: ')
  assert err.count('\n') == 1
  assert message in err
