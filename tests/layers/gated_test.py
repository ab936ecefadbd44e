# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.gated, on every kind of layer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.layers import gated, heterogeneous
from tests.gated_layers import (
  stepwise,
  values_of,
)

MODULES = 6


def test_every_module_is_active_and_none_frozen_at_first(kind):
  layer = kind.built()
  assert layer.active.numpy().tolist() == [True] * MODULES
  assert layer.frozen.numpy().tolist() == [False] * MODULES
  assert layer.rows().numpy().tolist() == list(range(MODULES))


def test_masks_are_saved_with_the_layer_but_not_trained(kind):
  layer = kind.built()
  assert layer.stacks
  assert {id(v) for v in layer.trainable_variables} == {
    id(stack) for stack in layer.stacks
  }
  assert {id(v) for v in layer.non_trainable_variables} == {
    id(layer.active),
    id(layer.frozen),
  }


def test_rows_of_a_path_are_sorted_and_distinct(kind):
  layer = kind.built()
  rows = layer.rows(tf.constant([4, 1, 4, 0, 1]))
  assert rows.dtype == tf.int32
  assert rows.numpy().tolist() == [0, 1, 4]


def test_mask_path_and_steps_give_the_same_bits(kind):
  layer = kind.random()
  inputs = kind.inputs()
  expected = layer(inputs, tf.constant([1, 3, 4])).numpy()
  assert np.abs(expected).max() > 0.1
  for path in ([4, 3, 1], [1, 1, 3, 4], [3, 4, 1, 4, 3]):
    np.testing.assert_array_equal(layer(inputs, tf.constant(path)), expected)
  layer.active.assign([False, True, False, True, True, False])
  np.testing.assert_array_equal(layer(inputs), expected)
  rows = layer.rows(tf.constant([4, 3, 1]))
  steps = stepwise(layer, inputs, layer.gather(rows), rows)
  np.testing.assert_array_equal(steps, expected)


def test_like_modules_are_gathered_without_the_others(kind):
  layer = kind.random()
  gathered = layer.gather(layer.rows(tf.constant([4, 3, 1])))
  for weights, stack in zip(gathered, layer.stacks, strict=True):
    if isinstance(layer, heterogeneous.GatedHeterogeneous):
      assert weights is stack
    else:
      np.testing.assert_array_equal(weights, stack.numpy()[[1, 3, 4]])


@pytest.fixture(scope='module')
def random_layer(kind):
  """One that no test changes, and what each module gives on its own."""
  layer = kind.random()
  inputs = kind.inputs(2)
  alone = [layer(inputs, tf.constant([m])).numpy() for m in range(MODULES)]
  return layer, inputs, alone


@settings(max_examples=10, derandomize=True)
@given(path=st.lists(st.integers(0, MODULES - 1), min_size=1, max_size=8))
def test_outputs_are_the_sum_over_the_distinct_modules(random_layer, path):
  layer, inputs, alone = random_layer
  outputs = layer(inputs, tf.constant(path))
  expected = sum(alone[m] for m in set(path))
  np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-4)


def test_every_module_gives_something_else(random_layer, module_weights):
  layer, _, alone = random_layer
  weighty = [m for m, weights in enumerate(module_weights(layer)) if weights]
  assert len(weighty) >= 4
  for one, two in itertools.combinations(weighty, 2):
    assert np.abs(alone[one] - alone[two]).max() > 1e-3


def test_the_mean_is_the_sum_divided_by_the_modules(kind):
  total, mean = kind.random(), kind.make(combine='mean')
  mean.build([None, *kind.shape])
  mean.set_weights(total.get_weights())
  inputs = kind.inputs()
  for path, count in (([2], 1), ([5, 0], 2), ([3, 1, 3, 4], 3)):
    np.testing.assert_allclose(
      mean(inputs, tf.constant(path)),
      total(inputs, tf.constant(path)) / count,
      rtol=1e-5,
      atol=1e-6,
    )
  for layer in (total, mean):
    layer.active.assign([True, False, True, True, True, False])
  np.testing.assert_allclose(
    mean(inputs), total(inputs) / 4, rtol=1e-5, atol=1e-6
  )


def test_a_path_that_is_given_leaves_the_masks_alone(kind):
  layer = kind.built()
  layer(kind.inputs(), tf.constant([2, 2]))
  assert layer.active.numpy().all()
  assert not layer.frozen.numpy().any()


def test_another_path_or_mask_does_not_retrace(kind):
  layer = kind.random()
  inputs = kind.inputs()
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


def gradients_of(layer: gated.GatedLayer, inputs, path):
  """The modules that are active, and the gradient of each gathered weight."""
  rows = layer.rows(path)
  gathered = layer.gather(rows)
  with tf.GradientTape(watch_accessed_variables=False) as tape:
    tape.watch(gathered)
    outputs = stepwise(layer, inputs, gathered, rows)
    loss = tf.reduce_sum(tf.square(outputs))
  return rows, tape.gradient(
    loss, gathered, unconnected_gradients=tf.UnconnectedGradients.ZERO
  )


@pytest.fixture(params=['eager', 'graph'])
def differentiate(request):
  """`gradients_of`, as it is and compiled."""
  if request.param == 'eager':
    return gradients_of

  def compiled(layer, inputs, path):
    function = tf.function(
      lambda inputs, path: gradients_of(layer, inputs, path),
      input_signature=[
        tf.TensorSpec(inputs.shape),
        tf.TensorSpec([None], tf.int32),
      ],
      autograph=False,
    )
    return function(inputs, path)

  return compiled


def test_gradients_come_for_the_active_rows_only(kind, differentiate):
  layer = kind.random()
  _, gradients = differentiate(layer, kind.inputs(), tf.constant([4, 1]))
  if isinstance(layer, heterogeneous.GatedHeterogeneous):
    by_variable = {
      id(stack): gradient.numpy()
      for stack, gradient in zip(layer.stacks, gradients, strict=True)
    }
    for m, module in enumerate(layer.members):
      for variable in module.weights:
        assert by_variable[id(variable)].shape == tuple(variable.shape)
        assert by_variable[id(variable)].any() == (m in (1, 4))
    return
  for gradient, stack in zip(gradients, layer.stacks, strict=True):
    assert gradient.shape == [2, *stack.shape[1:]]
    assert np.abs(gradient.numpy()).reshape(2, -1).max(axis=1).all()


@pytest.mark.parametrize('combine', gated.COMBINE)
def test_a_gradient_is_the_slope_of_the_loss(kind, differentiate, combine):
  layer = kind.random(combine=combine)
  inputs, path = kind.inputs(), tf.constant([4, 1])
  rows, gradients = differentiate(layer, inputs, path)

  def loss() -> float:
    return float(tf.reduce_sum(tf.square(layer(inputs, path))))

  updates = layer.updates(rows, gradients)
  rng = np.random.default_rng(3)
  expected, before = 0.0, values_of(layer)
  ways = []
  for _, _, gradient in updates:
    ways.append(rng.choice([-1.0, 1.0], gradient.shape))
    expected += float((gradient.numpy() * ways[-1]).sum())
  losses = []
  for size in (1e-3, -1e-3):
    for (variable, indices, _), way in zip(updates, ways, strict=True):
      variable.scatter_add(
        tf.IndexedSlices(tf.constant(size * way, tf.float32), indices)
      )
    losses.append(loss())
    for stack, old in zip(layer.stacks, before, strict=True):
      stack.assign(old)
  slope = (losses[0] - losses[1]) / 2e-3
  # The mean of two outputs has a quarter of the squares of their sum.
  assert abs(slope) > (1.0 if combine == 'sum' else 0.25)
  np.testing.assert_allclose(slope, expected, rtol=0.05)


def test_updates_leave_out_what_is_frozen_or_not_active(
  kind, differentiate, entries, named
):
  layer = kind.random()
  layer.frozen.assign([True, False, False, True, False, True])
  rows, gradients = differentiate(
    layer, kind.inputs(), tf.constant([4, 3, 1, 0])
  )
  updates = layer.updates(rows, gradients)
  assert named(layer, updates) == entries(layer, [1, 4])
  for (variable, indices, left), whole, stack in zip(
    updates, gradients, layer.stacks, strict=True
  ):
    assert variable is stack
    assert left.shape == [len(indices), *stack.shape[1:]]
    if isinstance(layer, heterogeneous.GatedHeterogeneous):
      np.testing.assert_array_equal(left, whole.numpy()[: len(indices)])
    else:  # Of rows 0, 1, 3, 4 the second and the last.
      np.testing.assert_array_equal(left, whole.numpy()[[1, 3]])


def test_where_all_active_modules_are_frozen_nothing_is_updated(kind, named):
  layer = kind.random()
  layer.frozen.assign([True, True, False, True, True, False])
  rows, gradients = gradients_of(layer, kind.inputs(), tf.constant([4, 1]))
  assert named(layer, layer.updates(rows, gradients)) == set()


@pytest.mark.parametrize('wrong', [{'modules': 0}, {'summed': 0}])
def test_less_than_one_module_is_refused(kind, wrong):
  with pytest.raises(ValueError, match='at least 1'):
    kind.make(**wrong)


@pytest.mark.parametrize('wrong', ['max', 'SUM', ''])
def test_an_unknown_combination_is_refused(kind, wrong):
  with pytest.raises(ValueError, match='sum or mean'):
    kind.make(combine=wrong)


@pytest.mark.parametrize('wrong', [0, -1, 2.5, '3', True, None])
@pytest.mark.parametrize('name', ['dense', 'lstm', 'gru'])
def test_a_width_that_is_no_whole_number_from_one_is_refused(
  kinds, name, wrong
):
  with pytest.raises(ValueError, match='units must be at least 1 and whole'):
    kinds[name].make(units=wrong)
