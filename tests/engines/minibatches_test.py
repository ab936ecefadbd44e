# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.engines.minibatches: both ways, and a naive twin."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.agents import row_optimizers
from pathnet_tf.agents.updates import OptimizerConfig
from pathnet_tf.engines import minibatches

PLAIN = OptimizerConfig('sgd', learning_rate=0.1, clip_norm=0.0)
COUNT, SIZE = 5, 8  # T and B.
# Every optimiser; with the gradient's norm clipped, and without.
CLIPPED = [
  ('sgd', 0.0),
  ('rmsprop', 0.0),
  ('rmsprop', 0.3),
  ('adam', 0.0),
  ('adam', 0.3),
]


@pytest.fixture(params=[minibatches.run, minibatches.run_held])
def run(request):
  """Each way to train on minibatches."""
  return request.param


def tallied(tally: minibatches.Tally) -> list[float]:
  return [float(each) for each in tally]


def state(classifier, state_of) -> dict[str, np.ndarray]:
  return state_of(classifier.network, classifier.updater.optimizer)


@pytest.mark.parametrize('graph', [False, True])
def test_training_is_that_of_the_naive_network(
  graph, run, make_classifier, told_apart, naive_classifier
):
  if graph:
    run = tf.function(run, autograph=False)
  classifier = make_classifier(PLAIN)
  network = classifier.network
  inputs, labels = told_apart.minibatches(network, COUNT, SIZE)
  weights = naive_classifier.weights(network, task=1)
  losses, correct = 0.0, 0
  for images, classes in zip(inputs.numpy(), labels.numpy(), strict=True):
    loss, right, gradients = naive_classifier.gradients(
      weights, told_apart.active, images, classes, 'mean'
    )
    losses, correct = losses + loss, correct + right
    for arrays, slopes, rows in zip(
      weights[:-1], gradients[:-1], told_apart.free, strict=True
    ):
      for array, slope in zip(arrays, slopes, strict=True):
        array[rows] -= 0.1 * slope[rows]
    for array, slope in zip(weights[-1], gradients[-1], strict=True):
      array -= 0.1 * slope
  tally = run(classifier, told_apart.rows, inputs, labels)
  np.testing.assert_allclose(
    tallied(tally), [correct, losses, 5, 0, 0], rtol=1e-4
  )
  assert 0 < correct < COUNT * SIZE
  trained = naive_classifier.weights(network, task=1)
  for arrays, others in zip(trained, weights, strict=True):
    for one, two in zip(arrays, others, strict=True):
      np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-5)
  updater = classifier.updater
  assert (int(updater.steps), int(updater.updates)) == (COUNT, COUNT)


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
@pytest.mark.parametrize(
  ('clip_norm', 'anneal_steps', 'reads'),
  [
    (0.0, 7, ''),
    (0.3, 0, ''),
    (0.0, 7, 'scaled'),
    (0.3, 0, 'scaled'),
    (0.3, 7, 'columns'),
  ],
)
def test_both_ways_agree(
  name, clip_norm, anneal_steps, reads, make_classifier, told_apart, state_of
):
  found = []
  for way in (minibatches.run, minibatches.run_held):
    classifier = make_classifier(
      OptimizerConfig(name, 0.03, clip_norm),
      anneal_steps=anneal_steps,
      reads=reads,
    )
    if reads:  # Far from zero, so that they matter.
      gains = classifier.network.heads[1].gains
      gains.assign(
        tf.reshape(tf.linspace(-1.5, 1.5, tf.size(gains)), gains.shape)
      )
    tallies = []
    for seed in range(2):  # The second goes on from the slots of the first.
      arguments = told_apart.minibatches(
        classifier.network, COUNT, SIZE, seed=seed
      )
      tallies += tallied(way(classifier, told_apart.rows, *arguments))
    updater = classifier.updater
    assert (int(updater.steps), int(updater.updates)) == (10, 10)
    found.append((np.array(tallies), state(classifier, state_of)))
  (tallies, one), (others, two) = found
  for key, array in one.items():
    if name == 'sgd' and not clip_norm:
      np.testing.assert_array_equal(two[key], array, err_msg=key)
    else:
      np.testing.assert_allclose(
        two[key], array, rtol=1e-3, atol=1e-5, err_msg=key
      )
  np.testing.assert_allclose(tallies, others, rtol=1e-5)
  if name == 'sgd' and not clip_norm:
    np.testing.assert_array_equal(tallies, others)


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
def test_only_free_rows_of_the_path_and_its_head_change_a_bit(
  name, run, make_classifier, told_apart, state_of, assert_trained
):
  classifier = make_classifier(OptimizerConfig(name, 0.03))
  before = state(classifier, state_of)
  arguments = told_apart.minibatches(classifier.network, COUNT, SIZE)
  run(classifier, told_apart.rows, *arguments)
  assert_trained(before, state(classifier, state_of), told_apart.free)


def test_columns_are_read_once_an_evaluation(run, make_classifier, told_apart):
  """On parameter servers every reading is a message."""
  read = {}
  for reads in ('', 'columns'):
    classifier = make_classifier(PLAIN, reads=reads)
    arguments = told_apart.minibatches(classifier.network, COUNT, SIZE)
    graph = (
      tf.function(run, autograph=False)
      .get_concrete_function(classifier, told_apart.rows, *arguments)
      .graph.as_graph_def()
    )
    read[reads] = [
      sum(node.op == 'ResourceGather' for node in nodes)
      for nodes in (
        graph.node,
        *(
          f.node_def
          for f in graph.library.function
          if 'body' in f.signature.name
        ),
      )
    ]
  (before, *loop), (before_columns, *loop_of_columns) = read.values()
  assert before_columns > before
  assert loop_of_columns == loop


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_a_minibatch_that_is_not_finite_is_left_out_alone_or_with_all(
  value, make_classifier, told_apart, state_of, changed_rows
):
  inputs, labels = told_apart.minibatches(
    make_classifier().network, COUNT, SIZE
  )
  poisoned = inputs.numpy()
  poisoned[2, 3, 1, 1] = value

  # One update a minibatch: the third is left out, the others are made.
  classifier, other = make_classifier(PLAIN), make_classifier(PLAIN)
  train = minibatches.run
  tally = train(classifier, told_apart.rows, tf.constant(poisoned), labels)
  rest = [0, 1, 3, 4]
  expected = train(
    other,
    told_apart.rows,
    tf.gather(inputs, rest),
    tf.gather(labels, rest),
  )
  assert tallied(tally) == [*tallied(expected)[:2], 4.0, 1.0, 0.0]
  found = state(classifier, state_of), state(other, state_of)
  assert not any(changed_rows(*found).values())
  assert int(classifier.updater.updates) == COUNT

  # The path at once: nothing of the evaluation is kept.
  classifier = make_classifier(PLAIN)
  before = state(classifier, state_of)
  tally = minibatches.run_held(
    classifier, told_apart.rows, tf.constant(poisoned), labels
  )
  assert tallied(tally) == [0.0, 0.0, 0.0, COUNT, COUNT]
  after = state(classifier, state_of)
  assert not any(changed_rows(before, after).values())
  updater = classifier.updater
  assert (int(updater.steps), int(updater.updates)) == (COUNT, COUNT)


@pytest.mark.parametrize(
  ('name', 'clip_norm', 'value'),
  [('sgd', 0.0, np.inf), ('rmsprop', 0.3, np.nan), ('adam', 0.3, np.inf)],
)
def test_weights_that_are_not_finite_are_never_trained(
  name, clip_norm, value, run, make_classifier, told_apart, state_of
):
  classifier = make_classifier(OptimizerConfig(name, 0.03, clip_norm))
  bias = classifier.network.heads[1].bias
  bias.assign([0.0, value, 0.0])
  before = state(classifier, state_of)
  arguments = told_apart.minibatches(classifier.network, COUNT, SIZE)
  tally = run(classifier, told_apart.rows, *arguments)
  assert tallied(tally) == [0.0, 0.0, 0.0, COUNT, COUNT]
  for key, array in state(classifier, state_of).items():
    np.testing.assert_array_equal(array, before[key], err_msg=key)
  assert int(classifier.updater.updates) == COUNT


@pytest.mark.parametrize(('name', 'clip_norm'), CLIPPED)
def test_a_rate_that_is_far_too_high_leaves_nothing_that_is_not_finite(
  name, clip_norm, run, make_classifier, told_apart, state_of
):
  classifier = make_classifier(OptimizerConfig(name, 1e25, clip_norm))
  arguments = told_apart.minibatches(classifier.network, COUNT, SIZE)
  tally = run(classifier, told_apart.rows, *arguments)
  assert float(tally.skipped) > 0
  assert np.isfinite(tallied(tally)).all()
  assert float(tally.updates) + float(tally.skipped) == COUNT
  for key, array in state(classifier, state_of).items():
    assert np.isfinite(array).all(), key


@pytest.mark.parametrize(('name', 'clip_norm'), CLIPPED)
def test_gradients_too_steep_for_floats_are_left_out_though_the_loss_is_not(
  name,
  clip_norm,
  run,
  make_classifier,
  told_apart,
  state_of,
  changed_rows,
):
  classifier = make_classifier(OptimizerConfig(name, 0.03, clip_norm))
  before = state(classifier, state_of)
  inputs, labels = told_apart.minibatches(classifier.network, COUNT, SIZE)
  tally = run(classifier, told_apart.rows, 1e22 * inputs, labels)
  after = state(classifier, state_of)
  assert not any(changed_rows(before, after).values())
  assert tallied(tally) == [0.0, 0.0, 0.0, COUNT, COUNT]


def test_one_graph_trains_whatever_path(
  run, make_classifier, told_apart, state_of, changed_rows
):
  classifier = make_classifier(PLAIN)
  inputs, labels = told_apart.minibatches(classifier.network, COUNT, SIZE)
  traces = []

  @tf.function(
    input_signature=[[tf.TensorSpec([None], tf.int32)] * 3], autograph=False
  )
  def train(rows):
    traces.append(1)
    return run(classifier, rows, inputs, labels)

  for path, free in (
    ([[0], [1], [2]], [[0], [1], [2]]),
    ([[1, 2, 4], [0, 3], [4]], [[1, 2], [3], []]),
  ):
    before = state(classifier, state_of)
    train([tf.constant(modules) for modules in path])
    changed = changed_rows(before, state(classifier, state_of))
    assert [changed[f'layer {k} weight 0'] for k in range(3)] == free
  assert traces == [1]
