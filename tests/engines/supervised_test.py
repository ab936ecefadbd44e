# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.engines.supervised, on real images."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf import evaluation
from pathnet_tf.agents.classifier import ClassifierConfig
from pathnet_tf.config import (
  EvolutionConfig,
  NetworkConfig,
  OptimizerConfig,
  RunConfig,
)
from pathnet_tf.datasets import arrays
from pathnet_tf.engines import engine as engine_lib
from pathnet_tf.engines import supervised
from pathnet_tf.layers import heterogeneous
from pathnet_tf.learner import Learner

pytestmark = pytest.mark.usefixtures('testdata')

SMALL = RunConfig(
  tasks=('mnist/3v5',),
  steps_per_task=1000,
  seed=3,
  network=NetworkConfig('dense(12), dense(12), dense(12)', modules=5, active=2),
  evolution=EvolutionConfig('binary', population=8),
  classifier=ClassifierConfig(batch_size=8, minibatches=6),
  optimizer=OptimizerConfig('sgd', learning_rate=0.05, clip_norm=0.0),
)
PATHS = [[[0, 1]] * 3, [[2, 2]] * 3, [[0, 3]] * 3]


class Run:
  """A learner in its first task, with one frozen module, and an engine."""

  def __init__(self, workers: int = 1, split=None, config=SMALL, **changes):
    """Of all images of the task, or those of a split; changes settings."""
    groups = {
      name: dataclasses.replace(getattr(config, name), **values)
      for name, values in changes.items()
    }
    config = dataclasses.replace(config, workers=workers, **groups)
    self.learner = Learner(config)
    layers = len(self.learner.network.gated)
    self.learner.network.freeze([np.array([4])] * layers)
    self.learner.begin()
    self.classifier = self.learner.agent()
    self.graphs = 0  # As many as the images' preparation is part of.
    network, prepare = self.learner.network, self.learner.network.prepare

    def counted(images):
      self.graphs += 1
      return prepare(images)

    network.prepare = counted
    self.split = split or self.learner.tasks[0].load().train
    self.engine = supervised.SupervisedEngine(
      self.classifier, self.split, workers=workers
    )

  def __enter__(self):
    return self

  def __exit__(self, *_):
    self.engine.close()

  def start(self, worker: int, path, seed: int) -> None:
    path = np.array(path, np.int32)
    rows = self.learner.rows(path)
    self.engine.start(worker, engine_lib.Job(0, path, rows, seed))

  def evaluate(self, path, seed: int) -> engine_lib.Result:
    self.start(0, path, seed)
    return self.engine.wait()

  def state(self, state_of) -> dict[str, np.ndarray]:
    return state_of(self.learner.network, self.learner.optimizer)


def fields(result: engine_lib.Result) -> dict:
  """All but the job, whose arrays do not compare."""
  shown = {f.name: getattr(result, f.name) for f in dataclasses.fields(result)}
  return {key: value for key, value in shown.items() if key != 'job'}


def trained(state_of, seeds, **changes):
  """Evaluations by worker 0 alone: the first state, results, the last state."""
  with Run(**changes) as run:
    before = run.state(state_of)
    results = [
      run.evaluate(path, seed) for path, seed in zip(PATHS, seeds, strict=True)
    ]
    return before, results, run.state(state_of)


def one_image(label: int) -> arrays.Split:
  image = np.zeros((1, 28, 28, 1), np.uint8)
  image[0, 4:9] = 255
  return arrays.Split(image, np.array([label], np.int32))


def test_results_say_what_was_done():
  with Run() as run:
    results = [run.evaluate(path, seed) for seed, path in enumerate(PATHS)]
    updater = run.classifier.updater
    assert int(updater.steps) == int(updater.updates) == 18
    assert run.graphs == 1
  for seed, result in enumerate(results):
    assert (result.job.seed, result.worker) == (seed, 0)
    assert (result.episodes, result.steps, result.skipped) == (48, 6, 0)
    assert float(48 * result.fitness).is_integer()
    assert 0 < result.fitness < 1
    assert tuple(result.metrics) == ('loss',)
    assert 0 < result.metrics['loss'] < 5


@pytest.mark.parametrize('workers', [1, 2])
def test_images_are_judged_before_they_are_trained_on(workers):
  changes = {
    'classifier': {'batch_size': 1, 'minibatches': 3},
    'optimizer': {'learning_rate': 1.0},
  }
  with Run(workers, one_image(label=0), **changes) as run:
    # Wrong to begin with, and right after one update.
    run.learner.network.heads[0].bias.assign([-0.1, 0.1])
    run.learner.network.heads[0].kernel.assign(
      0 * run.learner.network.heads[0].kernel
    )
    assert run.evaluate(PATHS[0], 0).fitness == pytest.approx(2 / 3)
    assert run.evaluate(PATHS[0], 1).fitness == 1.0


def test_without_training_fitness_is_the_paths_accuracy():
  changes = {
    'classifier': {'batch_size': 100, 'minibatches': 20},
    'optimizer': {'learning_rate': 0.0},
  }
  with Run(**changes) as run:
    for path in PATHS:
      result = run.evaluate(path, 1)
      rows = run.learner.rows(np.array(path))
      classify = evaluation.path_classifier(run.learner.network, rows, head=0)
      expected = evaluation.accuracy(classify, run.split)
      assert result.fitness == pytest.approx(expected, abs=0.05)


def test_the_loss_is_the_mean_over_the_minibatches():
  changes = {
    'classifier': {'batch_size': 2, 'minibatches': 5},
    'optimizer': {'learning_rate': 0.0},
  }
  for loss, times in (('mean', 1), ('sum', 2)):
    changes['classifier']['loss'] = loss
    with Run(split=one_image(label=1), **changes) as run:
      head = run.learner.network.heads[0]
      head.kernel.assign(0 * head.kernel)
      head.bias.assign([0.0, np.log(3.0)])  # Of class 1 by 3 to 1.
      result = run.evaluate(PATHS[0], 0)
    np.testing.assert_allclose(
      result.metrics['loss'], times * np.log(4 / 3), rtol=1e-5
    )


@pytest.fixture(scope='module')
def once(state_of, testdata):
  return trained(state_of, seeds=(0, 1, 2))


def test_a_seed_draws_the_images_and_all_else_follows(
  once, state_of, changed_rows
):
  before, results, after = once
  _, again, same = trained(state_of, seeds=(0, 1, 2))
  assert list(map(fields, results)) == list(map(fields, again))
  assert not any(changed_rows(after, same).values())
  _, others, different = trained(state_of, seeds=(5, 1, 2))
  assert fields(others[0]) != fields(results[0])
  assert any(changed_rows(after, different).values())
  # Module 4 is frozen and always on; 0 to 3 were each on some path.
  changed = changed_rows(before, after)
  for layer in range(3):
    assert changed[f'layer {layer} weight 0'] == [0, 1, 2, 3]
  assert changed['head 0 weight 0']


def test_one_of_several_workers_alone_gives_the_same_bits(
  once, state_of, changed_rows
):
  """Though one worker holds its path, and several share the variables."""
  _, results, after = once
  _, others, same = trained(state_of, seeds=(0, 1, 2), workers=2)
  assert list(map(fields, results)) == list(map(fields, others))
  assert not any(changed_rows(after, same).values())


def test_workers_share_the_weights_and_every_update_counts(
  state_of, changed_rows
):
  with Run(workers=3) as run:
    before = run.state(state_of)
    for worker in range(3):
      run.start(worker, [[worker, worker]] * 3, seed=worker)
    results = []
    for number in range(12):
      results.append(run.engine.wait())
      if number < 9:
        worker = results[-1].worker
        run.start(worker, [[worker, 0]] * 3, seed=3 + number)
    assert {result.worker for result in results} == {0, 1, 2}
    updater = run.classifier.updater
    assert int(updater.steps) == int(updater.updates) == 12 * 6
    assert sum(result.steps for result in results) == 12 * 6
    assert run.graphs == 1
    changed = changed_rows(before, run.state(state_of))
  for layer in range(3):
    assert changed[f'layer {layer} weight 0'] == [0, 1, 2]


@pytest.mark.parametrize(
  ('workers', 'network'),
  [
    (1, 'dense(12), [identity(), dense(12)]'),
    (2, 'dense(12), [gru(8), dense(8)], gru(8)'),
    (1, 'conv(2, 5, 4), lstm(8)'),
    (2, 'conv(2, 5, 4), lstm(8)'),
  ],
)
def test_unlike_modules_and_memory_are_trained_too(
  workers, network, state_of, changed_rows
):
  changes = {
    'network': {'name': network},
    'optimizer': {'name': 'adam', 'learning_rate': 0.01},
    'classifier': {'batch_size': 16, 'minibatches': 20},
  }
  with Run(workers, **changes) as run:
    before = run.state(state_of)
    layers = run.learner.network.gated
    path = [[0, 1]] * len(layers)
    results = [run.evaluate(path, seed) for seed in range(3)]
    changed = changed_rows(before, run.state(state_of))
  assert results[-1].fitness > 0.8
  assert results[-1].metrics['loss'] < results[0].metrics['loss']
  for index, layer in enumerate(layers):
    for number, stack in enumerate(layer.stacks):
      rows = changed[f'layer {index} weight {number}']
      if 'recurrent' in stack.name:  # Of an image there is nothing to remember.
        assert rows == [], stack.name
      elif isinstance(layer, heterogeneous.GatedHeterogeneous):
        active = layer.members[:2]
        trained = any(stack is v for m in active for v in m.trainable_weights)
        assert bool(rows) == trained, stack.name
      else:
        assert rows == [0, 1], stack.name


def test_after_stop_no_evaluation_begins(state_of, changed_rows):
  with Run(workers=2) as run:
    before = run.state(state_of)
    run.engine.stop()
    for worker in range(2):
      run.start(worker, PATHS[worker], seed=0)
    assert [run.engine.wait(), run.engine.wait()] == [None, None]
    assert not any(changed_rows(before, run.state(state_of)).values())
    assert int(run.classifier.updater.updates) == 0


def test_close_waits_for_the_workers():
  with Run(workers=2) as run:
    for worker in range(2):
      run.start(worker, PATHS[worker], seed=0)
  assert not any(thread.is_alive() for thread in run.engine._threads)


def test_what_goes_wrong_in_a_worker_comes_out_of_wait():
  with Run(split=one_image(label=7)) as run:  # There are two classes.
    run.start(0, PATHS[0], seed=0)
    with pytest.raises(tf.errors.InvalidArgumentError, match='label'):
      run.engine.wait()
