# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Every kind of gated layer keeps what Keras expects of a layer."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tensorflow as tf

MODULES = 6


def model_of(kind, layer) -> tf.keras.Sequential:
  return tf.keras.Sequential([tf.keras.Input(kind.shape), layer])


def mark(layer) -> None:
  """Masks that are not the first ones."""
  layer.active.assign([True, False, True, False, False, True])
  layer.frozen.assign([False, True, True, False, True, False])


def test_a_call_builds_the_layer(kind):
  layer = kind.make()
  assert not layer.built
  assert layer.weights == []
  called = layer(kind.inputs(3))
  assert layer.built
  assert called.dtype == tf.float32
  assert np.abs(called).max() > 0.1
  np.testing.assert_array_equal(called, kind.built()(kind.inputs(3)))


def test_weights_are_the_stacks_and_the_masks(kind):
  layer = kind.built()
  assert {id(v) for v in layer.weights} == {
    id(v) for v in (*layer.stacks, layer.active, layer.frozen)
  }
  assert len(layer.get_weights()) == len(layer.stacks) + 2
  assert layer.count_params() == 2 * MODULES + sum(
    int(tf.size(stack)) for stack in layer.stacks
  )


def test_the_shape_of_the_outputs_is_known_beforehand(kind):
  model = model_of(kind, kind.make())
  shape = model(kind.inputs(3)).shape
  assert model.output_shape == (None, *shape[1:])
  layer = kind.make()
  assert layer.compute_output_shape([None, *kind.shape])[1:] == shape[1:]


def test_a_config_makes_the_same_layer_again(kind):
  layer = kind.make(
    name='some_layer', combine='mean', summed=2, seed=5, trainable=False
  )
  layer.build([None, *kind.shape])
  again = type(layer).from_config(layer.get_config())
  again.build([None, *kind.shape])
  assert again.get_config() == layer.get_config()
  assert (again.name, again.combine, again.summed, again.seed) == (
    'some_layer',
    'mean',
    2,
    5,
  )
  assert not again.trainable
  assert len(again.stacks) == len(layer.stacks)
  for one, two in zip(layer.get_weights(), again.get_weights(), strict=True):
    np.testing.assert_array_equal(one, two)
  np.testing.assert_array_equal(again(kind.inputs()), layer(kind.inputs()))


def test_a_config_is_plain_and_does_not_change(kind):
  layer = kind.make()
  config = layer.get_config()
  text = json.dumps(config)
  type(layer).from_config(config)
  assert json.dumps(config) == text
  assert layer.get_config() == json.loads(text)


def test_every_argument_is_in_the_config(kind):
  config = kind.make().get_config()
  for name, value in kind.arguments().items():
    if name != 'kinds':
      assert config[name] == value


def test_use_does_not_change_the_config(kind):
  layer = kind.make()
  config = layer.get_config()
  layer(kind.inputs())
  mark(layer)
  layer.reinitialise(layer.frozen, seed=99)
  assert layer.get_config() == config


def test_a_serialised_layer_comes_back(kind):
  layer = kind.make(dtype='mixed_bfloat16')
  again = tf.keras.layers.deserialize(tf.keras.layers.serialize(layer))
  assert type(again) is type(layer)
  assert again.get_config() == layer.get_config()
  assert again.compute_dtype == 'bfloat16'


@pytest.mark.parametrize('combine', ['sum', 'mean'])
def test_a_saved_model_comes_back_whole(kind, combine, tmp_path):
  layer = kind.random(combine=combine)
  mark(layer)
  model, inputs = model_of(kind, layer), kind.inputs()
  expected, path = model(inputs), tf.constant([1, 4])
  model.save(tmp_path / 'x.keras')
  loaded = tf.keras.models.load_model(tmp_path / 'x.keras')
  again = loaded.layers[0]
  assert type(again) is type(layer)
  np.testing.assert_array_equal(loaded(inputs), expected)
  np.testing.assert_array_equal(again(inputs, path), layer(inputs, path))
  for one, two in zip(layer.get_weights(), again.get_weights(), strict=True):
    np.testing.assert_array_equal(one, two)
  assert again.active.numpy().tolist() == layer.active.numpy().tolist()
  assert again.frozen.numpy().tolist() == layer.frozen.numpy().tolist()


def test_a_checkpoint_comes_back_whole(kind, tmp_path):
  layer, other = kind.random(draw=1), kind.random(draw=2)
  mark(layer)
  path = tf.train.Checkpoint(layer=layer).write(str(tmp_path / 'x'))
  status = tf.train.Checkpoint(layer=other).read(path)
  status.assert_consumed()
  for one, two in zip(layer.get_weights(), other.get_weights(), strict=True):
    np.testing.assert_array_equal(one, two)


def test_an_exported_model_follows_the_mask_it_was_saved_with(kind, tmp_path):
  layer = kind.random()
  mark(layer)
  model, inputs = model_of(kind, layer), kind.inputs()
  model.export(str(tmp_path))
  loaded = tf.saved_model.load(str(tmp_path))
  np.testing.assert_allclose(
    loaded.serve(inputs), layer(inputs), rtol=1e-5, atol=1e-5
  )
  np.testing.assert_allclose(
    loaded.serve(inputs[:1]), layer(inputs[:1]), rtol=1e-5, atol=1e-5
  )


def test_one_function_takes_batches_of_all_sizes(kind):
  layer, traces = kind.random(), []

  @tf.function(
    input_signature=[
      tf.TensorSpec([None, *kind.shape]),
      tf.TensorSpec([None], tf.int32),
    ],
    autograph=False,
  )
  def function(inputs, path):
    traces.append(inputs)
    return layer(inputs, path)

  inputs, path = kind.inputs(7), tf.constant([5, 0, 2])
  expected = layer(inputs, path).numpy()
  for batch in (1, 7, 3):
    outputs = function(inputs[:batch], path)
    np.testing.assert_allclose(outputs, expected[:batch], rtol=1e-5, atol=1e-5)
  assert len(traces) == 1


@pytest.mark.parametrize('compiled', [False, True])
def test_mixed_precision_computes_in_halves_and_keeps_whole_weights(
  kind, compiled
):
  exact, mixed = kind.built(), kind.built(dtype='mixed_bfloat16')
  inputs, path = kind.inputs(), tf.constant([1, 4, 2])
  call = tf.function(mixed) if compiled else mixed
  outputs, expected = call(inputs, path), exact(inputs, path).numpy()
  assert outputs.dtype == tf.bfloat16
  assert expected.dtype == np.float32
  for one, two in zip(mixed.stacks, exact.stacks, strict=True):
    assert one.dtype == tf.float32
    np.testing.assert_array_equal(one, two)
  np.testing.assert_allclose(
    tf.cast(outputs, tf.float32),
    expected,
    rtol=0.05,
    atol=0.02 * np.abs(expected).max(),
  )


def test_gradients_in_mixed_precision_are_whole(kind):
  exact, mixed = kind.built(), kind.built(dtype='mixed_bfloat16')
  found = []
  for layer in (exact, mixed):
    with tf.GradientTape() as tape:
      outputs = layer(kind.inputs(), tf.constant([1, 4, 2]))
      loss = tf.reduce_sum(tf.cast(outputs, tf.float32) ** 2)
    found.append(
      tape.gradient(
        loss, layer.stacks, unconnected_gradients=tf.UnconnectedGradients.ZERO
      )
    )
  for one, two in zip(*found, strict=True):
    one, two = tf.convert_to_tensor(one), tf.convert_to_tensor(two)
    assert two.dtype == tf.float32
    error, size = tf.norm(one - two), tf.norm(one)
    assert error <= 0.1 * size


def test_the_policy_is_float32_unless_another_is_asked_for(kind):
  layer = kind.make(dtype='float32')
  assert layer.compute_dtype == layer.variable_dtype == 'float32'
  assert kind.make().compute_dtype == 'float32'
  mixed = kind.make(dtype='mixed_bfloat16')
  assert mixed.compute_dtype == 'bfloat16'
  assert mixed.variable_dtype == 'float32'


def test_keras_itself_can_train_the_layer(kind):
  layer = kind.built()
  layer.active.assign([True, False, True, True, False, False])
  model = tf.keras.Sequential([layer])
  inputs = kind.inputs(8)
  targets = np.zeros(layer(inputs).shape, np.float32)
  optimizer = tf.keras.optimizers.SGD(0.01)
  model.compile(optimizer, 'mse', run_eagerly=True)  # Tracing takes longer.
  before = model.evaluate(inputs, targets, verbose=0)
  model.fit(inputs, targets, epochs=3, verbose=0)
  assert model.evaluate(inputs, targets, verbose=0) < before
