# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.gated, on both kinds of layers."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.layers import convolution, dense, gated

MODULES = 6


def make_dense(**changes) -> dense.GatedDense:
  arguments = {'modules': MODULES, 'units': 5, 'summed': 3, 'seed': 7}
  return dense.GatedDense(**(arguments | changes))


def make_convolution(**changes) -> convolution.GatedConv2D:
  arguments = {
    'modules': MODULES,
    'filters': 3,
    'kernel_size': 3,
    'strides': 2,
    'summed': 3,
    'seed': 7,
  }
  return convolution.GatedConv2D(**(arguments | changes))


KINDS = {
  'dense': (make_dense, (4,)),
  'convolution': (make_convolution, (7, 6, 2)),
}


@pytest.fixture(params=KINDS)
def kind(request):
  """What makes a layer, and the shape of one of its inputs."""
  return KINDS[request.param]


def built(kind, **changes) -> gated.GatedLayer:
  make, shape = kind
  layer = make(**changes)
  layer.build([None, *shape])
  return layer


def randomise(layer: gated.GatedLayer, seed: int = 0) -> None:
  """Random weights, the biases too, which start at zero."""
  rng = np.random.default_rng(seed)
  for stack in layer.stacks:
    stack.assign(rng.normal(size=stack.shape))


def inputs_of(kind, batch: int = 4) -> tf.Tensor:
  values = np.random.default_rng(1).normal(size=(batch, *kind[1]))
  return tf.constant(values, tf.float32)


def test_every_module_is_active_and_none_frozen_at_first(kind):
  layer = built(kind)
  assert layer.active.numpy().tolist() == [True] * MODULES
  assert layer.frozen.numpy().tolist() == [False] * MODULES
  assert layer.rows().numpy().tolist() == list(range(MODULES))


def test_masks_are_saved_with_the_layer_but_not_trained(kind):
  layer = built(kind)
  assert {id(v) for v in layer.trainable_variables} == {
    id(stack) for stack in layer.stacks
  }
  assert {id(v) for v in layer.non_trainable_variables} == {
    id(layer.active),
    id(layer.frozen),
  }


def test_rows_of_a_path_are_sorted_and_distinct(kind):
  layer = built(kind)
  rows = layer.rows(tf.constant([4, 1, 4, 0, 1]))
  assert rows.dtype == tf.int32
  assert rows.numpy().tolist() == [0, 1, 4]


def test_mask_path_and_steps_give_the_same_bits(kind):
  layer = built(kind)
  randomise(layer)
  inputs = inputs_of(kind)
  expected = layer(inputs, tf.constant([1, 3, 4])).numpy()
  for path in ([4, 3, 1], [1, 1, 3, 4], [3, 4, 1, 4, 3]):
    np.testing.assert_array_equal(layer(inputs, tf.constant(path)), expected)
  layer.active.assign([False, True, False, True, True, False])
  np.testing.assert_array_equal(layer(inputs), expected)
  gathered = layer.gather(layer.rows(tf.constant([4, 3, 1])))
  assert [len(weights) for weights in gathered] == [3] * len(layer.stacks)
  stepwise = layer.forward(inputs, layer.merge(gathered))
  np.testing.assert_array_equal(stepwise, expected)


def test_a_path_that_is_given_leaves_the_masks_alone(kind):
  layer = built(kind)
  layer(inputs_of(kind), tf.constant([2, 2]))
  assert layer.active.numpy().all()
  assert not layer.frozen.numpy().any()


def test_another_path_or_mask_does_not_retrace(kind):
  layer = built(kind)
  randomise(layer)
  inputs = inputs_of(kind)
  traces = []

  @tf.function(
    input_signature=[
      tf.TensorSpec(inputs.shape),
      tf.TensorSpec([None], tf.int32),
    ],
    autograph=False,
  )
  def by_path(inputs, path):
    traces.append('path')
    return layer(inputs, path)

  @tf.function(autograph=False)
  def by_mask(inputs):
    traces.append('mask')
    return layer(inputs)

  outputs = []
  for path in ([0], [5, 2], [3, 3, 3], [1, 4, 0, 2, 2]):
    mask = np.zeros(MODULES, bool)
    mask[path] = True
    layer.active.assign(mask)
    outputs.append(by_path(inputs, tf.constant(path)).numpy())
    expected = layer(inputs, tf.constant(path))
    np.testing.assert_allclose(outputs[-1], expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(by_mask(inputs), expected, rtol=1e-5, atol=1e-5)
  assert sorted(traces) == ['mask', 'path']
  assert not np.allclose(outputs[0], outputs[1])


def test_gradients_come_for_the_active_rows_only(kind):
  layer = built(kind)
  randomise(layer)
  gathered = layer.gather(layer.rows(tf.constant([4, 1])))
  with tf.GradientTape() as tape:
    tape.watch(gathered)
    outputs = layer.forward(inputs_of(kind), layer.merge(gathered))
    loss = tf.reduce_sum(tf.square(outputs))
  gradients = tape.gradient(loss, gathered)
  for gradient, stack in zip(gradients, layer.stacks, strict=True):
    assert gradient.shape == [2, *stack.shape[1:]]
    assert np.abs(gradient.numpy()).reshape(2, -1).max(axis=1).all()


def test_a_seed_decides_the_first_weights(kind):
  first, again, other = (
    [stack.numpy() for stack in built(kind, seed=seed).stacks]
    for seed in (7, 7, 8)
  )
  for one, two in zip(first, again, strict=True):
    np.testing.assert_array_equal(one, two)
  assert (first[0] != other[0]).all()
  assert (first[0][0] != first[0][1]).all()  # Modules differ, too.


def test_reinitialise_keeps_what_it_is_told_to_and_draws_the_rest(kind):
  layer = built(kind)
  randomise(layer)
  before = [stack.numpy() for stack in layer.stacks]
  keep = np.array([True, False, False, True, False, True])
  layer.reinitialise(keep, seed=11)
  after = [stack.numpy() for stack in layer.stacks]
  fresh = [stack.numpy() for stack in built(kind, seed=11).stacks]
  for old, new, drawn in zip(before, after, fresh, strict=True):
    np.testing.assert_array_equal(new[keep], old[keep])
    np.testing.assert_array_equal(new[~keep], drawn[~keep])
    assert (new[~keep] != old[~keep]).all()


def test_reinitialise_with_the_first_seed_gives_the_first_weights(kind):
  layer = built(kind)
  first = [stack.numpy() for stack in layer.stacks]
  randomise(layer)
  layer.reinitialise(layer.frozen, seed=layer.seed)
  for stack, initial in zip(layer.stacks, first, strict=True):
    np.testing.assert_array_equal(stack, initial)


def test_a_config_makes_the_same_layer_again(kind):
  layer = built(kind, name='some_layer')
  again = type(layer).from_config(layer.get_config())
  again.build([None, *kind[1]])
  assert again.get_config() == layer.get_config()
  assert again.name == 'some_layer'
  for one, two in zip(layer.stacks, again.stacks, strict=True):
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize('wrong', [{'modules': 0}, {'summed': 0}])
def test_less_than_one_module_is_refused(kind, wrong):
  with pytest.raises(ValueError, match='at least 1'):
    kind[0](**wrong)


def variance(features) -> float:
  """Over the features of each example, on average."""
  flat = tf.reshape(features, [features.shape[0], -1])
  return float(tf.reduce_mean(tf.math.reduce_variance(flat, axis=1)))


@pytest.mark.parametrize('fan_in', [2, 64, 500])
def test_one_module_starts_with_the_gain_of_scaled_standardization(fan_in):
  # Brock et al. 2021: the gain of a ReLU is sqrt(2 / (1 - 1 / pi)), 1.713.
  expected = 1.713 / np.sqrt(fan_in - 1)
  np.testing.assert_allclose(
    gated.initial_scale(1, fan_in), expected, rtol=1e-3
  )


@pytest.mark.parametrize('summed', [1, 3, 4, 10])
def test_a_dense_layer_keeps_the_variance(summed):
  layer = dense.GatedDense(summed, 2000, summed=summed, seed=1)
  inputs = tf.random.stateless_normal([8, 300], [1, 2])
  inputs /= np.sqrt(variance(inputs))
  # The sampling error is about 2 %.
  np.testing.assert_allclose(variance(layer(inputs)), 1.0, rtol=0.1)


def test_a_convolution_keeps_the_variance():
  layer = convolution.GatedConv2D(4, 400, 4, 4, summed=4, seed=1)
  inputs = tf.random.stateless_normal([4, 16, 16, 8], [1, 2])
  np.testing.assert_allclose(variance(layer(inputs)), 1.0, rtol=0.1)


def test_the_signal_keeps_its_size_through_many_layers():
  features = tf.random.stateless_normal([8, 300], [1, 2])
  for index in range(6):
    features = dense.GatedDense(4, 300, summed=4, seed=index)(features)
  np.testing.assert_allclose(variance(features), 1.0, rtol=0.4)


@pytest.mark.parametrize('seed', [0, 1])
def test_what_all_inputs_share_does_not_pass_at_first(kind, seed):
  layer = kind[0](seed=seed)
  inputs = tf.random.stateless_normal([4, *kind[1]], [seed, 2])
  expected = layer(inputs)
  np.testing.assert_allclose(layer(inputs + 10.0), expected, atol=1e-4)


def test_one_input_is_not_centred_away():
  layer = dense.GatedDense(2, 50, summed=2, seed=1)
  assert variance(layer(tf.ones([1, 1]))) > 0
