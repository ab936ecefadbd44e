# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.exports.saved_model."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.engines import window
from pathnet_tf.exports import saved_model
from pathnet_tf.networks import configs, head


@pytest.fixture(scope='module')
def saved(game, tmp_path_factory):
  """A learner, and its first task's SavedModel loaded again."""
  folder = str(tmp_path_factory.mktemp('saved') / 'model')
  network = game.network.extract(game.finished[0].rows, 0)
  saved_model.save(network, True, folder)
  return game, tf.saved_model.load(folder).signatures, pathlib.Path(folder)


def whole_network(learner):
  """The super-network along the first task's path, as a graph of its own."""
  network = learner.network
  rows = [tf.constant(r, tf.int32) for r in learner.finished[0].rows]

  @tf.function(autograph=False)
  def run(observation, state):
    merged = network.merge(network.gather(rows, 0), rows)
    is_first = tf.zeros([1, observation.shape[0]], tf.bool)
    return network.forward(observation, merged, state, is_first, 0)

  return run, lambda batch: network.initial_state(rows, batch)


def named(state) -> dict[str, tf.Tensor]:
  """The active modules' state, as signatures name it."""
  parts = tf.nest.flatten(state)
  return {f'state_{number}': part for number, part in enumerate(parts)}


@pytest.mark.parametrize('batch', [1, 64])
def test_outputs_are_those_of_the_super_network_to_the_bit(
  saved, observations, batch
):
  learner, signatures, _ = saved
  specs = saved_model.state_specs(
    learner.network.extract(learner.finished[0].rows, 0)
  )
  run, initial = whole_network(learner)
  state, mine = initial(batch), {}
  for spec in specs:
    mine[spec.name] = tf.zeros([batch, *spec.shape[1:]], spec.dtype)
  for step in range(4):
    inputs = {'observation': observations(learner, batch, step), **mine}
    (logits, value), state = run(inputs['observation'], state)
    outputs = signatures['logits_and_value'](**inputs)
    np.testing.assert_array_equal(outputs['logits'], logits)
    np.testing.assert_array_equal(outputs['value'], value)
    greedy = signatures['greedy'](**inputs)
    assert greedy['action'].dtype == tf.int32
    default = signatures['serving_default'](**inputs)
    np.testing.assert_array_equal(default['action'], greedy['action'])
    np.testing.assert_array_equal(greedy['action'], np.argmax(logits, -1))
    sampled = signatures['sampled'](seed=tf.constant([5, step]), **inputs)
    np.testing.assert_array_equal(
      sampled['action'], window.sample(logits, tf.constant(5), step)
    )
    mine = {spec.name: outputs[spec.name] for spec in specs}
    assert {*greedy} == {*sampled} == {'action', *mine}
    if specs:
      assert any(np.any(part) for part in mine.values())
    if batch > 1:
      assert len(np.unique(logits, axis=0)) > 10


def test_more_than_ten_states_of_unlike_widths_keep_their_places(tmp_path):
  """By the alphabet `state_10` comes before `state_2`."""
  text = '[lstm(6), gru(6)], lstm(5), [gru(7), dense(7), lstm(7)]'
  network = configs.make_pathnet(
    text, tf.TensorSpec([3], tf.float32), modules=6, active=4, seed=1
  )
  network.add_head(head.ActorCriticHead, 2, 0)
  network = network.extract([range(6)] * 3, 0)
  specs = saved_model.state_specs(network)
  assert len(specs) > 11
  saved_model.save(network, True, str(tmp_path / 'model'))
  run = tf.saved_model.load(str(tmp_path / 'model')).signatures[
    'logits_and_value'
  ]
  rows = [tf.range(6)] * 3
  state = network.initial_state(rows, 2)
  mine = {s.name: tf.zeros([2, *s.shape[1:]], s.dtype) for s in specs}
  for step in range(3):
    observation = tf.random.stateless_normal([2, 3], [step, 0])
    (logits, _), state = network(observation, network_state=state, path=rows)
    outputs = run(observation=observation, **mine)
    np.testing.assert_allclose(outputs['logits'], logits, rtol=1e-5, atol=1e-6)
    mine = {spec.name: outputs[spec.name] for spec in specs}
    for part, expected in zip(
      mine.values(), tf.nest.flatten(state), strict=True
    ):
      np.testing.assert_allclose(part, expected, rtol=1e-5, atol=1e-6)


def test_the_default_is_the_greedy_action(saved):
  _, signatures, _ = saved
  assert sorted(signatures) == [
    'greedy',
    'logits_and_value',
    'sampled',
    'serving_default',
  ]
  default = signatures['serving_default']
  assert default.structured_outputs['action'].shape.as_list() == [None]
  assert [*default.structured_outputs] == [
    *signatures['greedy'].structured_outputs
  ]


def test_it_holds_the_path_and_nothing_else(saved):
  learner, _, folder = saved
  alone = learner.network.extract(learner.finished[0].rows, 0)
  floats = [v for owner in (*alone.gated, *alone.heads) for v in owner.stacks]
  expected = sum(4 * int(tf.size(v)) for v in floats)
  data = folder.glob('variables/variables.data*')
  size = sum(file.stat().st_size for file in data)
  # Besides the weights: which modules run, and TensorFlow's own table.
  assert expected <= size <= expected + 3000
  whole = sum(
    4 * int(tf.size(v)) for layer in learner.network.gated for v in layer.stacks
  )
  assert expected < 0.7 * whole


def test_a_task_that_reads_what_was_frozen_gives_the_same_bits(
  second, observations, tmp_path
):
  rows, folder = second.finished[1].rows, str(tmp_path / 'model')
  network = second.network.extract(rows, 1)
  head = network.heads[-1]
  # A gain for a layer of a column, or for a module.
  shape = [3, 1] if head.adapter.columns else [6]
  assert head.gains.shape == second.network.heads[1].gains.shape == shape
  saved_model.save(network, True, folder)
  signature = tf.saved_model.load(folder).signatures['logits_and_value']
  inputs = observations(second, 64)

  # Not made inside, where TensorFlow would fold constants.
  path = [tf.constant(r, tf.int32) for r in rows]

  @tf.function(autograph=False)
  def whole(observation):
    return second.network(observation, path=path, task=1)[0]

  specs = saved_model.state_specs(network)
  zeros = {spec.name: tf.zeros([64, *spec.shape[1:]]) for spec in specs}
  found = signature(observation=inputs, **zeros)
  logits, value = whole(inputs)
  np.testing.assert_array_equal(found['logits'], logits)
  np.testing.assert_array_equal(found['value'], value)
  second.network.heads[1].gains.assign_add(tf.ones_like(head.gains))
  assert (whole(inputs)[0].numpy() != logits.numpy()).any()
  second.network.heads[1].gains.assign(head.gains)


@pytest.mark.parametrize('batch', [1, 64])
def test_images_are_told_apart_to_the_bit(
  images, observations, tmp_path, batch
):
  folder = str(tmp_path / 'model')
  rows = [tf.constant(r, tf.int32) for r in images.finished[0].rows]
  saved_model.save(
    images.network.extract(images.finished[0].rows, 0), False, folder
  )
  signatures = tf.saved_model.load(folder).signatures
  assert sorted(signatures) == ['probabilities', 'serving_default']
  inputs = observations(images, batch)

  @tf.function(autograph=False)
  def whole(observation):
    logits, _ = images.network(observation, path=rows, task=0)
    return logits

  logits = whole(inputs)
  told = signatures['probabilities'](observation=inputs)
  np.testing.assert_array_equal(told['logits'], logits)
  np.testing.assert_array_equal(told['label'], np.argmax(logits, -1))
  default = signatures['serving_default'](observation=inputs)
  assert {*default} == {*told}
  for name, value in told.items():
    np.testing.assert_array_equal(default[name], value)
  powers = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
  np.testing.assert_allclose(
    told['probabilities'],
    powers / powers.sum(axis=-1, keepdims=True),
    rtol=1e-5,
  )
