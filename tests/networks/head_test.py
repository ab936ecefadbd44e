# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.networks.head."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.networks import head as head_lib

ACTOR_CRITIC, CLASSIFIER = head_lib.ActorCriticHead, head_lib.ClassifierHead


@pytest.fixture(params=[ACTOR_CRITIC, CLASSIFIER])
def kind(request) -> type[head_lib.Head]:
  """Each kind of head in turn."""
  return request.param


def built(kind, width: int = 6, **changes) -> head_lib.Head:
  head = kind(**({'outputs': 4, 'seed': 3} | changes))
  head.build([None, width])
  return head


def assert_same(one, two) -> None:
  tf.nest.assert_same_structure(one, two)
  for a, b in zip(tf.nest.flatten(one), tf.nest.flatten(two), strict=True):
    np.testing.assert_array_equal(a, b)


def random_columns(head, features) -> np.ndarray:
  """Gives the head random weights; its layer's columns, number by number."""
  rng = np.random.default_rng(0)
  for stack in head.stacks:
    stack.assign(rng.normal(size=stack.shape))
  kernel, bias = (stack.numpy().astype(np.float64) for stack in head.stacks)
  columns = np.zeros([len(features), len(bias)])
  for row, column in np.ndindex(*columns.shape):
    columns[row, column] = bias[column] + sum(
      kernel[k, column] * features[row, k] for k in range(len(kernel))
    )
  return columns


def test_logits_and_value_are_linear_in_the_features():
  head = built(ACTOR_CRITIC)
  features = np.random.default_rng(1).normal(size=(3, 6))
  expected = random_columns(head, features)
  logits, value = head(tf.constant(features, tf.float32))
  np.testing.assert_allclose(logits, expected[:, :4], rtol=1e-5, atol=1e-6)
  np.testing.assert_allclose(value, expected[:, 4], rtol=1e-5, atol=1e-6)


def test_a_classifiers_logits_are_linear_in_the_features():
  head = built(CLASSIFIER)
  features = np.random.default_rng(1).normal(size=(3, 6))
  expected = random_columns(head, features)
  assert expected.shape == (3, 4)
  logits = head(tf.constant(features, tf.float32))
  np.testing.assert_allclose(logits, expected, rtol=1e-5, atol=1e-6)


def test_gather_and_forward_give_the_bits_of_a_call(kind):
  head = built(kind)
  features = tf.random.stateless_normal([3, 6], [0, 0])
  assert_same(head(features), head.forward(features, head.gather()))


def test_features_of_any_shape_are_flattened(kind):
  head = built(kind, width=12)
  features = tf.random.stateless_normal([5, 2, 3, 2], [0, 0])
  expected = head(tf.reshape(features, [5, 12]))
  assert_same(head.forward(features, head.gather()), expected)
  assert_same(head(features), expected)


def test_an_update_changes_every_row_of_both_variables(kind):
  head = built(kind)
  features = tf.random.stateless_normal([3, 6], [0, 0])
  gathered = head.gather()
  with tf.GradientTape() as tape:
    tape.watch(gathered)
    outputs = tf.nest.flatten(head.forward(features, gathered))
    loss = sum(tf.reduce_sum(output**2 + output) for output in outputs)
  gradients = tape.gradient(loss, gathered)
  updates = head.updates(gradients)
  assert [
    variable is mine
    for (variable, _, _), mine in zip(
      updates, [head.kernel, head.bias], strict=True
    )
  ] == [True, True]
  for (variable, rows, gradient), expected in zip(
    updates, gradients, strict=True
  ):
    assert rows.dtype == tf.int32
    assert rows.numpy().tolist() == list(range(variable.shape[0]))
    np.testing.assert_array_equal(gradient, expected)
    assert gradient.shape == variable.shape
    assert gradient.numpy().any()


def test_the_first_policy_is_almost_uniform_and_the_value_is_not_flat():
  head = built(ACTOR_CRITIC, width=1000, outputs=18)
  features = tf.random.stateless_normal([500, 1000], [0, 0])
  logits, value = head(features)
  np.testing.assert_allclose(tf.nn.softmax(logits), 1 / 18, rtol=0.1)
  np.testing.assert_allclose(np.std(logits), 0.01, rtol=0.1)
  np.testing.assert_allclose(np.std(value), 1.0, rtol=0.15)
  assert not head.bias.numpy().any()


def test_a_classifiers_first_logits_are_as_large_as_its_features():
  head = built(CLASSIFIER, width=1000, outputs=10)
  features = tf.random.stateless_normal([500, 1000], [0, 0])
  np.testing.assert_allclose(np.std(head(features)), 1.0, rtol=0.1)
  assert not head.bias.numpy().any()


def test_a_seed_decides_the_first_weights(kind):
  first, again, other = (
    built(kind, seed=seed).kernel.numpy() for seed in (3, 3, 4)
  )
  np.testing.assert_array_equal(first, again)
  assert (first != other).all()
