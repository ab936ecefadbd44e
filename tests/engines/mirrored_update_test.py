# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.engines.mirrored_update."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.agents.updates import OptimizerConfig
from pathnet_tf.engines import minibatches, mirrored_update

RATE = 0.5
SGD = OptimizerConfig('sgd', learning_rate=RATE, clip_norm=0.0)
# Of three layers, two of which have modules that are frozen (`told_apart`).
PATHS = (
  ((0, 1, 3), (1, 2), (0, 2, 4, 5)),
  ((1, 2), (2, 3), (5,)),
  ((3,), (0,), (1, 4)),
  ((0, 4), (0, 1), (3,)),
)


class Replicas:
  """A classifier on K devices, and a minibatch for each."""

  def __init__(self, strategy, make, told_apart, config, reads):
    self.strategy = strategy
    self.count = strategy.num_replicas_in_sync
    with strategy.scope():
      self.classifier = make(config, loss='sum', reads=reads)
    self.network = self.classifier.network
    self.updater = self.classifier.updater
    self.inputs, self.labels = told_apart.minibatches(
      self.network, self.count, 8
    )
    self._run = tf.function(
      lambda *arguments: strategy.run(self._in_replica, arguments),
      autograph=False,
    )

  def update(self, paths=PATHS, busy=None, inputs=None) -> list[float]:
    """One update together; gives the norms."""
    masks = [np.zeros([self.count, m], bool) for m in self.network.modules]
    for replica in range(self.count):
      for mask, rows in zip(masks, paths[replica], strict=True):
        mask[replica, list(rows)] = True
    norms = self._run(
      [tf.constant(mask) for mask in masks],
      tf.constant([True] * self.count if busy is None else busy),
      self.inputs if inputs is None else inputs,
      self.labels,
    )
    return [float(n) for n in self.strategy.experimental_local_results(norms)]

  def _in_replica(self, masks, busy, inputs, labels):
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    update = mirrored_update.MirroredUpdate(self.updater, masks, busy)
    norms = []

    def kept(*arguments):
      norm, handed = update(*arguments)
      norms.append(norm)
      return norm, handed

    minibatches.train_once(
      self.classifier,
      update.rows(replica),
      inputs[replica],
      labels[replica],
      minibatches.begin(),
      update=kept,
    )
    return norms[0]


@pytest.fixture
def make(mirrors, make_classifier, told_apart):
  def make_one(replicas: int, config=SGD, reads='') -> Replicas:
    return Replicas(
      mirrors(replicas), make_classifier, told_apart, config, reads
    )

  return make_one


def naive_gradients(naive, replicas: Replicas, replica: int, frozen):
  """A replica's, dense, zero for what may not change; and their norm."""
  weights = naive.weights(replicas.network, replicas.classifier.task)
  _, _, gradients = naive.gradients(
    weights,
    PATHS[replica],
    replicas.inputs[replica].numpy(),
    replicas.labels[replica].numpy(),
    'sum',
  )
  for pair, rows in zip(gradients[:-1], frozen, strict=True):
    for gradient in pair:
      gradient[list(rows)] = 0
  flat = np.concatenate([g.ravel() for pair in gradients for g in pair])
  return gradients, np.linalg.norm(flat)


@pytest.mark.parametrize('replicas', [1, 2, 4])
@pytest.mark.parametrize('clip_norm', [0.0, 1.0])
def test_an_update_is_the_sum_of_the_replicas_clipped_gradients(
  make,
  told_apart,
  naive_classifier,
  assert_replicas_equal,
  replicas,
  clip_norm,
):
  config = OptimizerConfig('sgd', learning_rate=RATE, clip_norm=clip_norm)
  subject = make(replicas, config)
  task = subject.classifier.task
  before = naive_classifier.weights(subject.network, task)
  expected = [[array.copy() for array in pair] for pair in before]
  expected_norms = []
  for replica in range(replicas):
    gradients, norm = naive_gradients(
      naive_classifier, subject, replica, told_apart.frozen
    )
    scale = min(1.0, clip_norm / norm) if clip_norm else 1.0
    expected_norms.append(norm)
    for pair, gradient_pair in zip(expected, gradients, strict=True):
      for array, gradient in zip(pair, gradient_pair, strict=True):
        array -= RATE * scale * gradient
  assert min(expected_norms) > clip_norm

  norms = subject.update()

  np.testing.assert_allclose(norms, expected_norms, rtol=1e-4)
  after = naive_classifier.weights(subject.network, task)
  for pair, other in zip(after, expected, strict=True):
    for array, right in zip(pair, other, strict=True):
      np.testing.assert_allclose(array, right, rtol=1e-4, atol=1e-5)
  assert_replicas_equal(subject.strategy, subject.updater)
  assert subject.updater.steps.numpy() == replicas
  assert subject.updater.updates.numpy() == 1


@pytest.mark.parametrize('name', ['sgd', 'rmsprop', 'adam'])
@pytest.mark.parametrize('reads', ['', 'scaled', 'columns'])
def test_only_rows_that_are_free_and_on_some_path_change(
  make,
  told_apart,
  state_of,
  assert_trained,
  assert_replicas_equal,
  name,
  reads,
):
  subject = make(2, OptimizerConfig(name, learning_rate=0.01), reads)
  before = state_of(subject.network, subject.updater.optimizer)
  for _ in range(3):
    subject.update()
  after = state_of(subject.network, subject.updater.optimizer)
  free = [
    sorted({*first, *second} - {*frozen})
    for first, second, frozen in zip(*PATHS[:2], told_apart.frozen, strict=True)
  ]
  assert_trained(before, after, free)
  assert_replicas_equal(subject.strategy, subject.updater)


@pytest.mark.parametrize('name', ['sgd', 'rmsprop', 'adam'])
@pytest.mark.parametrize('why', ['idle', 'not finite'])
def test_who_takes_no_part_is_as_if_it_were_not_there(
  make, state_of, assert_same_state, assert_replicas_equal, name, why
):
  config = OptimizerConfig(name, learning_rate=0.01)
  # Replica 0 learns alone on one device, and beside one that takes no part.
  alone, subject = make(1, config), make(2, config)
  alone.inputs, alone.labels = subject.inputs[:1], subject.labels[:1]
  bad = tf.fill(subject.inputs[:1].shape, np.nan)
  broken = tf.concat([subject.inputs[:1], bad], axis=0)
  for _ in range(2):
    alone.update()
    if why == 'idle':
      subject.update(busy=[True, False])
    else:
      _, norm = subject.update(inputs=broken)
      assert np.isnan(norm)
  assert_same_state(
    state_of(alone.network, alone.updater.optimizer),
    state_of(subject.network, subject.updater.optimizer),
  )
  assert_replicas_equal(subject.strategy, subject.updater)
  # Steps that were made count, whether anything was learnt of them or not.
  steps = 2 if why == 'idle' else 4
  assert subject.updater.steps.numpy() == steps
  assert subject.updater.updates.numpy() == 2


@pytest.mark.parametrize('reads', ['scaled', 'columns'])
def test_gains_are_trained_by_the_sum_of_the_replicas_gradients(
  make, told_apart, assert_replicas_equal, reads
):
  subject = make(2, reads=reads)
  head = subject.network.heads[1]
  expected = head.gains.numpy()
  for replica in range(2):
    rows = [tf.constant(modules) for modules in PATHS[replica]]
    _, gradients = subject.classifier.gradients(
      rows,
      subject.network.gather(rows, 1),
      subject.inputs[replica],
      subject.labels[replica],
    )
    expected -= RATE * gradients.head[2].numpy()
  subject.update()
  np.testing.assert_allclose(head.gains, expected, rtol=1e-4, atol=1e-6)
  assert (expected != np.float32(0.1)).any()
  assert_replicas_equal(subject.strategy, subject.updater)


@pytest.mark.parametrize('name', ['rmsprop', 'adam'])
def test_nothing_changes_where_nobody_takes_part(
  make, state_of, assert_same_state, name
):
  subject = make(2, OptimizerConfig(name))
  subject.update()  # Slots that would go on moving.
  before = state_of(subject.network, subject.updater.optimizer)
  subject.update(inputs=tf.fill(subject.inputs.shape, np.inf))
  after = state_of(subject.network, subject.updater.optimizer)
  assert_same_state(before, after)
  assert subject.updater.updates.numpy() == 2


def test_the_learning_rate_falls_by_the_steps_of_all_replicas(
  mirrors, make_updater, told_apart
):
  strategy = mirrors(2)
  with strategy.scope():
    updater = make_updater(told_apart.network(), SGD, anneal_steps=8)
  updater.count(tf.constant(2, tf.int64), 1)
  assert float(updater.learning_rate()) == pytest.approx(0.75 * RATE)
  for copy in strategy.experimental_local_results(updater.steps):
    assert int(copy) == 2
