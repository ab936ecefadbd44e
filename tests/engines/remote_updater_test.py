# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.engines.remote_updater: its twin is the plain updater."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.agents import updates
from pathnet_tf.engines import remote_updater
from pathnet_tf.errors import UserError
from pathnet_tf.layers import heterogeneous
from pathnet_tf.networks import head, pathnet

NUMBER = 4


@pytest.fixture(params=['', 'scaled', 'columns'])
def make_pair(request, partly_frozen, make_updater):
  """Makes a plain updater and a remote one, of equal networks."""

  def make(config=None, anneal_steps=0):
    plain, other = (
      make_updater(
        partly_frozen.network(request.param), config, anneal_steps=anneal_steps
      )
      for _ in range(2)
    )
    fence = tf.Variable(NUMBER, dtype=tf.int64)
    remote = remote_updater.RemoteUpdater(other, [fence], NUMBER)
    return plain, remote, fence

  return make


def gradients_of(updater, rows, seed=0, poison=False):
  """Random gradients of the path's weights."""
  rng = np.random.default_rng(seed)
  gathered = updater.gather(rows)
  drawn = [
    rng.normal(size=weight.shape).astype(np.float32)
    for weight in tf.nest.flatten(gathered)
  ]
  if poison:
    drawn[-1].flat[0] = np.nan
  return tf.nest.pack_sequence_as(gathered, list(map(tf.constant, drawn)))


def test_gathers_what_the_network_gathers(make_pair, partly_frozen):
  plain, remote, _ = make_pair()
  for rows in (partly_frozen.rows, [tf.constant([4]), tf.constant([0, 1, 2])]):
    gathered = tf.function(remote.gather)(rows)
    right = plain.gather(rows)
    for mine, theirs in zip(
      tf.nest.flatten(gathered), tf.nest.flatten(right), strict=True
    ):
      np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize('name', ['rmsprop', 'sgd', 'adam'])
@pytest.mark.parametrize('clip_norm', [0.0, 0.5])
def test_updates_as_the_plain_updater_does(
  make_pair, partly_frozen, state_of, name, clip_norm
):
  config = updates.OptimizerConfig(name, 0.01, clip_norm)
  plain, remote, _ = make_pair(config, anneal_steps=100)
  rows, states = partly_frozen.rows, []
  for updater in (plain, remote):
    update = tf.function(updater.update)
    for step in range(3):
      gradients = gradients_of(updater, rows, seed=step)
      update(rows, gradients, tf.constant(1.0), tf.constant(5, tf.int64))
    states.append(state_of(updater.network, updater.optimizer))
    assert int(updater.steps) == 15
    assert int(updater.updates) == 3
  for key, value in states[0].items():
    np.testing.assert_allclose(states[1][key], value, 1e-6, 1e-7, err_msg=key)


def test_answers_with_the_weights_after_the_update(make_pair, partly_frozen):
  _, remote, _ = make_pair()
  rows = partly_frozen.rows
  before = tf.nest.flatten(remote.begin(rows))
  _, handed = tf.function(remote.update)(
    rows, gradients_of(remote, rows), tf.constant(1.0), tf.constant(1, tf.int64)
  )
  after = tf.nest.flatten(remote.gather(rows))
  for mine, right in zip(tf.nest.flatten(handed), after, strict=True):
    np.testing.assert_array_equal(mine, right)
  assert not all(
    np.array_equal(old, new) for old, new in zip(before, after, strict=True)
  )


def test_changes_free_rows_of_the_path_and_no_other_bit(
  make_pair, partly_frozen, state_of, assert_trained
):
  _, remote, _ = make_pair()
  before = state_of(remote.network, remote.optimizer)
  gradients = gradients_of(remote, partly_frozen.rows)
  remote.update(
    partly_frozen.rows, gradients, tf.constant(1.0), tf.constant(1, tf.int64)
  )
  after = state_of(remote.network, remote.optimizer)
  assert_trained(before, after, partly_frozen.free)


@pytest.mark.parametrize('why', ['fence', 'gradient', 'loss'])
def test_changes_nothing_behind_a_closed_fence_or_not_finite(
  make_pair, partly_frozen, state_of, changed_rows, why
):
  _, remote, fence = make_pair()
  before = state_of(remote.network, remote.optimizer)
  if why == 'fence':
    fence.assign(NUMBER + 1)
  gradients = gradients_of(remote, partly_frozen.rows, poison=why == 'gradient')
  loss = tf.constant(np.inf if why == 'loss' else 1.0)
  tf.function(remote.update)(
    partly_frozen.rows, gradients, loss, tf.constant(1, tf.int64)
  )
  after = state_of(remote.network, remote.optimizer)
  assert not any(changed_rows(before, after).values())


def test_refuses_unlike_modules(make_updater):
  layer = heterogeneous.GatedHeterogeneous(
    2, [tf.keras.layers.Dense(3), tf.keras.layers.Flatten()][:1]
  )
  network = pathnet.PathNet(tf.TensorSpec([4], tf.float32), [layer])
  network.add_head(head.ActorCriticHead, 2, 0)
  with pytest.raises(UserError, match='--strategy=local'):
    remote_updater.RemoteUpdater(make_updater(network, task=0), [], NUMBER)
