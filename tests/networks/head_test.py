# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.networks.head."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from pathnet_tf.networks import head as head_lib


def built(width: int = 6, **changes) -> head_lib.ActorCriticHead:
  head = head_lib.ActorCriticHead(**({'actions': 4, 'seed': 3} | changes))
  head.build([None, width])
  return head


def test_logits_and_value_are_linear_in_the_features():
  head = built()
  rng = np.random.default_rng(0)
  for stack in head.stacks:
    stack.assign(rng.normal(size=stack.shape))
  kernel, bias = (stack.numpy().astype(np.float64) for stack in head.stacks)
  features = rng.normal(size=(3, 6))
  logits, value = head(tf.constant(features, tf.float32))
  for row in range(3):
    outputs = [
      bias[unit] + sum(kernel[k, unit] * features[row, k] for k in range(6))
      for unit in range(5)
    ]
    np.testing.assert_allclose(logits[row], outputs[:4], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(value[row], outputs[4], rtol=1e-5, atol=1e-6)


def test_gather_and_forward_give_the_bits_of_a_call():
  head = built()
  features = tf.random.stateless_normal([3, 6], [0, 0])
  for one, two in zip(
    head(features), head.forward(features, head.gather()), strict=True
  ):
    np.testing.assert_array_equal(one, two)


def test_features_of_any_shape_are_flattened():
  head = built(width=12)
  features = tf.random.stateless_normal([5, 2, 3, 2], [0, 0])
  flat = tf.reshape(features, [5, 12])
  for one, two in zip(
    head.forward(features, head.gather()), head(flat), strict=True
  ):
    np.testing.assert_array_equal(one, two)
  for one, two in zip(head(features), head(flat), strict=True):
    np.testing.assert_array_equal(one, two)


def test_an_update_changes_every_row_of_both_variables():
  head = built()
  features = tf.random.stateless_normal([3, 6], [0, 0])
  gathered = head.gather()
  with tf.GradientTape() as tape:
    tape.watch(gathered)
    logits, value = head.forward(features, gathered)
    loss = tf.reduce_sum(logits**2) + tf.reduce_sum(value)
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
  head = built(width=1000, actions=18)
  features = tf.random.stateless_normal([500, 1000], [0, 0])
  logits, value = head(features)
  np.testing.assert_allclose(tf.nn.softmax(logits), 1 / 18, rtol=0.1)
  np.testing.assert_allclose(np.std(logits), 0.01, rtol=0.1)
  np.testing.assert_allclose(np.std(value), 1.0, rtol=0.15)
  assert not head.bias.numpy().any()


def test_a_seed_decides_the_first_weights():
  first, again, other = (built(seed=seed).kernel.numpy() for seed in (3, 3, 4))
  np.testing.assert_array_equal(first, again)
  assert (first != other).all()


def test_a_config_makes_the_same_head_again():
  head = built(name='some_head')
  again = head_lib.ActorCriticHead.from_config(head.get_config())
  again.build([None, 6])
  assert again.get_config() == head.get_config()
  np.testing.assert_array_equal(head.kernel, again.kernel)
