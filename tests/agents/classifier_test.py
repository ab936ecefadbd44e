# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.agents.classifier."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.agents import classifier as classifier_lib
from pathnet_tf.agents.updates import OptimizerConfig
from pathnet_tf.layers import dense, gru, heterogeneous, lstm
from pathnet_tf.networks import head, pathnet


def scramble(network, seed: int = 0) -> None:
  """Random weights, the biases too, which start at zero."""
  rng = np.random.default_rng(seed)
  for owner in (*network.gated, *network.heads):
    for stack in owner.stacks:
      stack.assign(rng.normal(size=stack.shape) / 2)


def first_minibatch(told_apart, classifier):
  inputs, labels = told_apart.minibatches(classifier.network, count=1)
  return inputs[0], labels[0]


def differentiate(classifier, rows, inputs, labels):
  gathered = classifier.network.gather(rows, classifier.task)
  return classifier.gradients(rows, gathered, inputs, labels)


@pytest.mark.parametrize('loss', classifier_lib.LOSSES)
@pytest.mark.parametrize('graph', [False, True])
def test_scores_and_gradients_are_those_of_the_naive_network(
  loss, graph, make_classifier, told_apart, naive_classifier
):
  classifier = make_classifier(loss=loss)
  scramble(classifier.network)
  inputs, labels = first_minibatch(told_apart, classifier)
  compute = differentiate
  if graph:
    compute = tf.function(differentiate, autograph=False)
  scores, gradients = compute(classifier, told_apart.rows, inputs, labels)
  expected_loss, correct, expected = naive_classifier.gradients(
    naive_classifier.weights(classifier.network, task=1),
    told_apart.active,
    inputs.numpy(),
    labels.numpy(),
    loss,
  )
  np.testing.assert_allclose(scores.loss, expected_loss, rtol=1e-5)
  assert 0 < correct < 8
  assert float(scores.correct) == correct
  *layers, last = expected
  for found, arrays, modules in zip(
    gradients.layers, layers, told_apart.active, strict=True
  ):
    for gradient, array in zip(found, arrays, strict=True):
      assert np.abs(array[list(modules)]).max() > 1e-3
      np.testing.assert_allclose(
        gradient, array[list(modules)], rtol=1e-4, atol=1e-6
      )
  for gradient, array in zip(gradients.head, last, strict=True):
    np.testing.assert_allclose(gradient, array, rtol=1e-4, atol=1e-6)


def test_weights_that_are_laid_out_have_the_same_gradients(
  make_classifier, told_apart
):
  classifier, rows = make_classifier(), told_apart.rows
  network = classifier.network
  inputs, labels = first_minibatch(told_apart, classifier)
  scores, gradients = differentiate(classifier, rows, inputs, labels)
  found, laid_out = classifier.merged_gradients(
    rows, network.merge(network.gather(rows, 1), rows), inputs, labels
  )
  assert [float(s) for s in found] == [float(s) for s in scores]
  expected = network.merge(gradients, rows)
  for one, two in zip(
    tf.nest.flatten(laid_out), tf.nest.flatten(expected), strict=True
  ):
    np.testing.assert_array_equal(one, two)


def test_the_sum_is_the_mean_times_the_images(make_classifier, told_apart):
  mean, total = (make_classifier(loss=loss) for loss in ('mean', 'sum'))
  inputs, labels = first_minibatch(told_apart, mean)
  one, two = (
    differentiate(each, told_apart.rows, inputs, labels)
    for each in (mean, total)
  )
  np.testing.assert_allclose(two[0].loss, 8 * one[0].loss, rtol=1e-6)
  assert float(one[0].correct) == float(two[0].correct)
  for small, large in zip(
    tf.nest.flatten(one[1]), tf.nest.flatten(two[1]), strict=True
  ):
    np.testing.assert_allclose(large, 8 * small, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize('right', [0, 3, 8])
def test_images_that_are_told_right_are_counted(
  right, make_classifier, told_apart
):
  classifier = make_classifier()
  inputs, _ = first_minibatch(told_apart, classifier)
  # Whatever it is shown, this head says class 2.
  classifier.network.heads[1].bias.assign([0.0, 0.0, 99.0])
  labels = np.where(np.arange(8) < right, 2, 1).astype(np.int32)
  scores, _ = differentiate(
    classifier, told_apart.rows, inputs, tf.constant(labels)
  )
  assert float(scores.correct) == right


def test_large_logits_give_a_finite_loss(make_classifier, told_apart):
  classifier = make_classifier()
  inputs, labels = first_minibatch(told_apart, classifier)
  classifier.network.heads[1].bias.assign([0.0, 1e6, -1e6])
  scores, gradients = differentiate(classifier, told_apart.rows, inputs, labels)
  assert float(scores.loss) > 1e5
  for gradient in tf.nest.flatten(gradients):
    assert np.isfinite(gradient).all()


def test_only_the_tasks_own_head_is_looked_at(make_classifier, told_apart):
  classifier = make_classifier()
  inputs, labels = first_minibatch(told_apart, classifier)
  results = []
  for value in (1.0, np.nan):
    for other in (0, 2):
      classifier.network.heads[other].kernel.assign(
        tf.fill(classifier.network.heads[other].kernel.shape, value)
      )
    results.append(differentiate(classifier, told_apart.rows, inputs, labels))
  for one, two in zip(*map(tf.nest.flatten, results), strict=True):
    np.testing.assert_array_equal(one, two)


def test_updates_by_its_gradients_learn_the_images(make_classifier, told_apart):
  classifier = make_classifier(
    OptimizerConfig('adam', learning_rate=0.01, clip_norm=0.0)
  )
  rows = told_apart.rows
  inputs, labels = first_minibatch(told_apart, classifier)

  @tf.function(autograph=False)
  def train():
    scores, gradients = differentiate(classifier, rows, inputs, labels)
    classifier.updater.update(
      rows, gradients, scores.loss, tf.constant(1, tf.int64)
    )
    return scores

  scores = [train() for _ in range(150)]
  assert float(scores[-1].loss) < 0.1 * float(scores[0].loss)
  assert float(scores[-1].correct) == 8
  assert int(classifier.updater.updates) == 150


def test_memory_sees_each_image_as_the_first_step_of_an_episode():
  spec = tf.TensorSpec([4], tf.float32)
  cells = [tf.keras.layers.GRUCell(6), tf.keras.layers.Dense(6)]
  network = pathnet.PathNet(
    spec,
    [
      dense.GatedDense(3, 6, seed=1),
      lstm.GatedLSTM(3, 6, seed=2),
      heterogeneous.GatedHeterogeneous(3, cells, seed=3),
      gru.GatedGRU(3, 6, seed=4),
    ],
  )
  network.add_head(head.ClassifierHead, 3, seed=5)
  scramble(network)
  rows = [tf.constant([0, 1])] * 4
  merged = network.merge(network.gather(rows), rows)
  images = tf.random.stateless_normal([5, 4], (0, 0))
  logits = classifier_lib.classify(network, rows, merged, images, task=0)
  assert len(np.unique(logits)) == logits.shape.num_elements()
  one_by_one = [network(image[None], path=rows)[0][0] for image in images]
  np.testing.assert_allclose(logits, one_by_one, rtol=1e-5, atol=1e-6)


def test_the_settings_are_the_papers():
  assert dataclasses.asdict(classifier_lib.ClassifierConfig()) == {
    'batch_size': 16,
    'minibatches': 50,
    'loss': 'mean',
  }
