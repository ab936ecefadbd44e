# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of what may be a module of pathnet_tf.layers.heterogeneous."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.layers import heterogeneous, keras_modules
from tests.mixed_layers import (
  INPUTS,
  Block,
  functional,
  inputs_of,
  make,
  take_gradients,
)


def test_unlike_shapes_of_outputs_are_refused():
  kinds = [tf.keras.layers.Dense(4), tf.keras.layers.Dense(5)]
  with pytest.raises(ValueError, match=r'one shape, not \[4\], \[5\]'):
    make(kinds)
  with pytest.raises(ValueError, match='one shape'):
    make([tf.keras.layers.Dense(8), tf.keras.layers.Reshape([2, 2])])
  with pytest.raises(ValueError, match='one shape'):
    make([tf.keras.layers.LSTMCell(4), tf.keras.layers.Dense(3)])


def test_a_residual_module_of_another_width_is_refused():
  with pytest.raises(ValueError, match='5 units needs as many inputs, not 4'):
    make([keras_modules.ResidualDense(5)])


def test_no_kinds_are_refused():
  with pytest.raises(ValueError, match='needs a kind'):
    heterogeneous.GatedHeterogeneous(3, [])


def test_a_scalar_weight_is_refused():
  class Scaled(tf.keras.layers.Layer):
    def build(self, input_shape):
      self.scale = self.add_weight('scale', [], initializer='ones')

    def call(self, inputs):
      return self.scale * inputs

  with pytest.raises(ValueError, match='module 0, Scaled, has a scalar weight'):
    make([Scaled()])


def test_a_module_without_a_usable_config_is_named():
  class Applied(tf.keras.layers.Layer):
    """Has an argument that Keras can not write down."""

    def __init__(self, function, **kwargs):
      super().__init__(**kwargs)
      self.function = function

    def call(self, inputs):
      return self.function(inputs)

  with pytest.raises(NotImplementedError, match=r'Applied[^$]*get_config'):
    heterogeneous.GatedHeterogeneous(3, [Applied(tf.nn.relu)])


def test_a_module_whose_config_leaves_something_out_is_named():
  class Forgetful(tf.keras.layers.Layer):
    """Does not tell its `units`."""

    def __init__(self, units: int, **kwargs):
      super().__init__(**kwargs)
      self.units = units

    def get_config(self):
      return {'name': self.name}

  with pytest.raises(TypeError, match=r"Forgetful[^$]*'units'"):
    make([Forgetful(4)])


def test_a_functional_model_may_be_a_module(tmp_path):
  model = functional()
  own = model.get_weights()
  layer = make([model, tf.keras.layers.Identity()], modules=4)
  assert len(layer.stacks) == 8
  inputs = inputs_of(layer)
  values = inputs.numpy().astype(float)
  expected = values.copy()  # The identity, module 1.
  for m in (0, 2):
    inner, bias, outer, last = layer.members[m].get_weights()
    hidden = np.maximum(values @ inner + bias, 0.0)
    expected += np.concatenate([values, hidden], axis=1) @ outer + last
  np.testing.assert_allclose(
    layer(inputs, tf.constant([2, 0, 1])), expected, rtol=1e-4, atol=1e-4
  )
  for before, after in zip(own, model.get_weights(), strict=True):
    np.testing.assert_array_equal(before, after)
  whole = tf.keras.Sequential([layer])
  expected = whole(inputs)
  whole.save(tmp_path / 'x.keras')
  loaded = tf.keras.models.load_model(tmp_path / 'x.keras')
  np.testing.assert_array_equal(loaded(inputs), expected)


@tf.keras.utils.register_keras_serializable('heterogeneous_modules_test')
class Gate(tf.keras.layers.Layer):
  """Makes its layers as it is built: no configuration names their seeds."""

  def build(self, shape):
    self.gate, self.map = (tf.keras.layers.Dense(4) for _ in range(2))
    self.gate.build(shape)
    self.map.build(shape)
    super().build(shape)

  def call(self, inputs):
    return tf.sigmoid(self.gate(inputs)) * self.map(inputs)


def test_first_weights_of_layers_within_a_layer_follow_from_the_seed():
  def made(seed: int) -> heterogeneous.GatedHeterogeneous:
    tf.keras.layers.Dense(2).build([1, 3])  # Draws from what all share.
    layer = heterogeneous.GatedHeterogeneous(2, [Gate()], seed=seed)
    layer.build([1, 3])
    return layer

  one, again, other = made(1), made(1), made(2)
  for kernel, same, changed in zip(
    one.stacks[::2], again.stacks[::2], other.stacks[::2], strict=True
  ):
    np.testing.assert_array_equal(kernel, same)
    assert (kernel.numpy() != changed.numpy()).all()
  assert (one.stacks[0].numpy() != one.stacks[4].numpy()).all()
  again.reinitialise([False, False], seed=7)
  again.reinitialise([False, False], seed=1)
  np.testing.assert_array_equal(one.stacks[0], again.stacks[0])


def test_first_weights_of_a_model_follow_from_the_seed():
  def first(seed: int):
    layer = heterogeneous.GatedHeterogeneous(2, [functional()], seed=seed)
    layer.build([None, INPUTS])
    return layer

  one, two, other = first(1), first(1), first(2)
  kernels = [k for k, stack in enumerate(one.stacks) if stack.shape.rank == 2]
  assert len(kernels) == 4
  for k in kernels:
    np.testing.assert_array_equal(one.stacks[k], two.stacks[k])
    assert (one.stacks[k].numpy() != other.stacks[k].numpy()).all()
  other.reinitialise([True, False], seed=1)
  for k in kernels:
    same = (one.stacks[k].numpy() == other.stacks[k].numpy()).all()
    assert same == (k in kernels[2:])


def test_weights_that_come_with_the_first_call_are_weights_of_the_layer():
  layer = make([Block(4), tf.keras.layers.Identity()], modules=4)
  assert len(layer.stacks) == 4
  assert {id(v) for v in layer.trainable_variables} == {
    id(stack) for stack in layer.stacks
  }
  kernel, bias = (stack.numpy() for stack in layer.stacks[2:])
  inputs = inputs_of(layer)
  np.testing.assert_allclose(
    layer(inputs, tf.constant([2])),
    np.tanh(inputs @ kernel + bias),
    rtol=1e-4,
    atol=1e-5,
  )
  rows, gradients = take_gradients(layer, inputs, tf.constant([2]))
  sizes = [len(r) for _, r, _ in layer.updates(rows, gradients)]
  assert sizes == [0, 0, INPUTS, 4]
  layer.reinitialise([True, True, False, True], seed=9)
  assert (layer.stacks[2].numpy() != kernel).all()
  assert not layer.stacks[3].numpy().any()


def test_statistics_of_a_batch_normalisation_stand_still():
  layer = make(
    [tf.keras.layers.BatchNormalization(), tf.keras.layers.Identity()],
    modules=2,
  )
  module = layer.members[0]
  module.moving_variance.assign([1.0, 2.0, 3.0, 4.0])
  before = module.moving_mean.numpy(), module.moving_variance.numpy()
  inputs = inputs_of(layer)
  tf.keras.Sequential([layer])(inputs, training=True)
  rows, gradients = take_gradients(layer, inputs, tf.constant([0, 1]))
  sizes = {
    id(variable): len(indices)
    for variable, indices, _ in layer.updates(rows, gradients)
  }
  assert sizes[id(module.gamma)] == sizes[id(module.beta)] == INPUTS
  assert sizes[id(module.moving_mean)] == 0
  assert sizes[id(module.moving_variance)] == 0
  np.testing.assert_array_equal(module.moving_mean, before[0])
  np.testing.assert_array_equal(module.moving_variance, before[1])


def test_what_is_not_to_be_trained_is_not_updated():
  layer = make([tf.keras.layers.Dense(4, trainable=False)], modules=2)
  rows, gradients = take_gradients(layer, inputs_of(layer), tf.constant([0, 1]))
  for _, indices, _ in layer.updates(rows, gradients):
    assert indices.shape == [0]


@pytest.mark.parametrize('mode', ['eager', 'graph'])
def test_gradients_of_an_embedding_are_dense(mode):
  layer = heterogeneous.GatedHeterogeneous(
    2, [tf.keras.layers.Embedding(5, 3), tf.keras.layers.Embedding(7, 3)]
  )
  layer.build([None, 2])
  numbers = tf.constant([[1.0, 4.0], [1.0, 0.0]])

  def compute(path):
    rows, gradients = take_gradients(layer, numbers, path)
    return [update[1:] for update in layer.updates(rows, gradients)]

  if mode == 'graph':
    spec = tf.TensorSpec([None], tf.int32)
    compute = tf.function(compute, input_signature=[spec], autograph=False)
  (rows, gradient), (others, nothing) = compute(tf.constant([0]))
  assert rows.numpy().tolist() == [0, 1, 2, 3, 4]
  assert gradient.numpy().any(axis=1).tolist() == [
    True,
    True,
    False,
    False,
    True,
  ]
  assert others.shape == [0]
  assert nothing.shape == [0, 3]


@pytest.mark.parametrize(
  'kinds',
  [
    lambda: [tf.keras.layers.Dropout(0.5)],
    lambda: [tf.keras.layers.LSTMCell(4, dropout=0.5, recurrent_dropout=0.5)],
  ],
)
def test_dropout_does_nothing_even_while_keras_trains(kinds):
  layer = make(kinds(), modules=2)
  model, inputs = tf.keras.Sequential([layer]), inputs_of(layer)
  train = tf.function(lambda: model(inputs, training=True))
  np.testing.assert_allclose(
    train(), model(inputs, training=False), rtol=1e-5, atol=1e-6
  )


def test_modules_may_compute_in_halves_on_their_own():
  kinds = [
    tf.keras.layers.LSTMCell(4, dtype='mixed_bfloat16'),
    tf.keras.layers.GRUCell(4),
    tf.keras.layers.Dense(4, dtype='mixed_bfloat16'),
  ]
  layer = make(kinds, modules=3)
  exact = make([type(kind)(4) for kind in kinds], modules=3)
  exact.set_weights(layer.get_weights())
  dtypes = [[spec.dtype for spec in part] for part in layer.state_spec]
  assert dtypes == [[tf.bfloat16] * 2, [tf.float32], []]
  inputs, path = inputs_of(layer), tf.constant([0, 1, 2])
  outputs = tf.function(layer)(inputs, path)
  assert outputs.dtype == tf.float32
  np.testing.assert_allclose(outputs, exact(inputs, path), atol=0.1)
