# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.engines.mirrored_images, on real images."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.agents.classifier import ClassifierConfig
from pathnet_tf.config import (
  EvolutionConfig,
  NetworkConfig,
  OptimizerConfig,
  RunConfig,
)
from pathnet_tf.engines import engine as engine_lib
from pathnet_tf.engines import minibatches, mirrored_images, supervised
from pathnet_tf.learner import Learner

pytestmark = pytest.mark.usefixtures('testdata')

MINIBATCHES, BATCH = 4, 8
SMALL = RunConfig(
  tasks=('mnist/3v5',),
  steps_per_task=1000,
  seed=3,
  network=NetworkConfig('dense(12), dense(12), dense(12)', modules=5, active=2),
  evolution=EvolutionConfig('binary', population=8),
  classifier=ClassifierConfig(BATCH, MINIBATCHES, loss='sum'),
  optimizer=OptimizerConfig('rmsprop', learning_rate=0.01, clip_norm=0.0),
)
PATHS = [[[0, 1]] * 3, [[2, 2]] * 3, [[0, 3]] * 3, [[1, 4]] * 3]


class Run:
  """A learner in its first task, with one frozen module, and an engine."""

  def __init__(self, strategy, config=SMALL):
    self.strategy = strategy
    self.learner = Learner(config, strategy.scope)
    self.learner.network.freeze([np.array([4])] * 3)
    self.learner.begin()
    self.classifier = self.learner.agent()
    self.split = self.learner.tasks[0].load().train
    self.engine = mirrored_images.MirroredImages(
      self.classifier, self.split, strategy
    )

  def job(self, path, seed: int) -> engine_lib.Job:
    path = np.array(path, np.int32)
    return engine_lib.Job(0, path, self.learner.rows(path), seed)

  def evaluate(self, paths, seeds) -> list[engine_lib.Result]:
    """All replicas' evaluations, in the order of their results."""
    for worker, (path, seed) in enumerate(zip(paths, seeds, strict=True)):
      self.engine.start(worker, self.job(path, seed))
    return [self.engine.wait() for _ in paths]

  def state(self, state_of):
    return state_of(self.learner.network, self.learner.optimizer)


@pytest.mark.parametrize('replicas', [1, 2, 4])
def test_a_run_repeats_to_the_bit_and_so_do_its_replicas(
  mirrors,
  state_of,
  changed_rows,
  assert_replicas_equal,
  assert_same_state,
  replicas,
):
  states, told = [], []
  for _ in range(2):
    run = Run(mirrors(replicas))
    before = run.state(state_of)
    results = []
    for start in (0, 10):
      seeds = range(start, start + replicas)
      results += run.evaluate(PATHS[:replicas], seeds)
    assert_replicas_equal(run.strategy, run.classifier.updater)
    states.append(run.state(state_of))
    told.append([(r.worker, r.fitness, r.metrics) for r in results])
  assert_same_state(*states)
  assert told[0] == told[1]
  assert [worker for worker, _, _ in told[0]] == [*range(replicas)] * 2
  # Module 4 is frozen; of the others those change that are on a path.
  on_paths = sorted({m for p in PATHS[:replicas] for m in p[0]} - {4})
  changed = changed_rows(before, states[0])
  for layer in range(3):
    assert changed[f'layer {layer} weight 0'] == on_paths
    assert changed[f'layer {layer} weight 0 slot 0'] == on_paths
  assert changed['head 0 weight 0']


@pytest.mark.parametrize('replicas', [2, 4])
@pytest.mark.parametrize('name', ['sgd', 'rmsprop', 'adam'])
def test_replicas_on_one_path_are_one_with_a_batch_so_many_times_as_large(
  mirrors, state_of, replicas, name
):
  optimizer = OptimizerConfig(name, learning_rate=0.01, clip_norm=0.0)
  config = dataclasses.replace(SMALL, optimizer=optimizer)
  run = Run(mirrors(replicas), config)
  before = run.state(state_of)
  results = run.evaluate([PATHS[2]] * replicas, range(replicas))

  # The same images to one learner, in minibatches so many times as large.
  one = Learner(config)
  one.network.freeze([np.array([4])] * 3)
  one.begin()
  classifier, split = one.agent(), run.split
  drawn = np.concatenate(
    [
      supervised.draw(seed, len(split.labels), (MINIBATCHES, BATCH))
      for seed in range(replicas)
    ],
    axis=1,
  )
  images = one.network.prepare(tf.constant(split.images[drawn.ravel()]))
  tally = minibatches.run(
    classifier,
    [tf.constant(rows) for rows in one.rows(np.array(PATHS[2]))],
    tf.reshape(images, [*drawn.shape, *images.shape[1:]]),
    tf.constant(split.labels[drawn]),
  )
  after, expected = run.state(state_of), state_of(one.network, one.optimizer)
  moved = 0.0
  for key, array in expected.items():
    np.testing.assert_allclose(
      after[key], array, rtol=1e-4, atol=2e-5, err_msg=key
    )
    moved = max(moved, np.abs(array - before[key]).max())
  assert moved > 1e-2
  total = sum(result.metrics['loss'] for result in results)
  assert total == pytest.approx(float(tally.loss) / MINIBATCHES, rel=1e-4)
  correct = sum(result.fitness for result in results) * MINIBATCHES * BATCH
  assert correct == pytest.approx(float(tally.correct))


def test_results_say_what_was_done(mirrors):
  run = Run(mirrors(2))
  results = run.evaluate(PATHS[:2], [5, 6])
  for worker, result in enumerate(results):
    assert (result.job.seed, result.worker) == (5 + worker, worker)
    assert result.job.path.tolist() == PATHS[worker]
    assert (result.episodes, result.steps) == (32, 4)
    assert result.skipped == 0
    assert float(32 * result.fitness).is_integer()
    assert tuple(result.metrics) == ('loss',)
  assert run.classifier.updater.steps.numpy() == 2 * 4
  assert run.classifier.updater.updates.numpy() == 4


def test_a_replica_without_a_job_changes_nothing(
  mirrors, state_of, assert_same_state, assert_replicas_equal
):
  alone, run = Run(mirrors(1)), Run(mirrors(2))
  for seed, path in enumerate(PATHS[:2]):
    (expected,) = alone.evaluate([path], [seed])
    # Once the first has none, once the second.
    run.engine.start(1 - seed, run.job(path, seed))
    result = run.engine.wait()
    assert (result.worker, result.fitness) == (1 - seed, expected.fitness)
  assert_same_state(alone.state(state_of), run.state(state_of))
  assert_replicas_equal(run.strategy, run.classifier.updater)


def test_one_replica_learns_as_the_local_engine_does(mirrors, state_of):
  run = Run(mirrors(1))
  local = Learner(SMALL)
  local.network.freeze([np.array([4])] * 3)
  local.begin()
  engine = supervised.SupervisedEngine(local.agent(), run.split, workers=1)
  for seed, path in enumerate(PATHS):
    (mine,) = run.evaluate([path], [seed])
    engine.start(0, run.job(path, seed))
    other = engine.wait()
    assert mine.fitness == other.fitness
    assert mine.metrics['loss'] == pytest.approx(other.metrics['loss'], 1e-4)
  engine.close()
  expected = state_of(local.network, local.optimizer)
  for key, array in run.state(state_of).items():
    np.testing.assert_allclose(
      array, expected[key], rtol=1e-3, atol=1e-4, err_msg=key
    )


def test_after_stop_there_are_no_results(mirrors):
  run = Run(mirrors(2))
  run.engine.start(0, run.job(PATHS[0], 0))
  run.engine.stop()
  assert run.engine.wait() is None
  run.engine.close()
