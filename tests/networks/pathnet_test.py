# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.networks.pathnet."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tf_agents.specs import tensor_spec

from pathnet_tf.layers import convolution, dense
from pathnet_tf.networks import head as head_lib
from pathnet_tf.networks import pathnet
from tests.small_networks import (
  MODULES,
  SPEC,
  make,
  observations,
  random_network,
  same_bits,
  tensors,
)

paths = st.tuples(
  *(
    st.lists(st.integers(0, modules - 1), min_size=3, max_size=3)
    for modules in MODULES
  )
)


def naive(network, observation, path, task) -> tuple[np.ndarray, np.ndarray]:
  """All modules of all layers, times their masks, in double precision."""
  features = observation.astype(np.float64)
  for layer, genes in zip(network.gated, path, strict=True):
    kernel, bias = (stack.numpy().astype(np.float64) for stack in layer.stacks)
    total = 0.0
    for module in range(layer.modules):
      if isinstance(layer, convolution.GatedConv2D):
        patches = np.lib.stride_tricks.sliding_window_view(
          features, (2, 2), axis=(1, 2)
        )
        signal = np.einsum('bijchw,hwcf->bijf', patches, kernel[module])
      else:
        signal = features.reshape(len(features), -1) @ kernel[module]
      mask = 1.0 if module in genes else 0.0
      total = total + mask * np.maximum(signal + bias[module], 0.0)
    features = total
  kernel, bias = (stack.numpy() for stack in network.heads[task].stacks)
  outputs = features @ kernel + bias
  return outputs[:, :-1], outputs[:, -1]


@settings(max_examples=40)
@given(path=paths, task=st.integers(0, 1), seed=st.integers(0, 1000))
def test_a_path_equals_the_naive_masked_network(path, task, seed):
  network = random_network()
  observation = observations(seed)
  (logits, value), state = network(
    observation, path=[tf.constant(genes) for genes in path], task=task
  )
  assert state == ()
  expected_logits, expected_value = naive(network, observation, path, task)
  scale = np.abs(expected_logits).max() + 1
  np.testing.assert_allclose(logits / scale, expected_logits / scale, atol=1e-4)
  np.testing.assert_allclose(value / scale, expected_value / scale, atol=1e-4)


@settings(max_examples=20)
@given(path=paths)
def test_mask_path_and_steps_give_the_same_bits(path):
  network = random_network()
  observation = observations(0)
  expected, _ = network(observation, path=[tf.constant(g) for g in path])
  rows = pathnet.active_rows(np.array(path))
  for genes, indices in zip(path, rows, strict=True):
    assert indices.dtype == np.int32
    assert indices.tolist() == sorted(set(genes))
  network.set_active(rows)
  by_mask, _ = network(observation)
  by_step, state = network.forward(
    observation,
    network.merge(network.gather(rows), rows),
    network.initial_state(rows, 2),
    tf.zeros([1, 2], tf.bool),
  )
  assert state == ((), (), ())
  for outputs in (by_mask, by_step):
    for one, two in zip(outputs, expected, strict=True):
      np.testing.assert_array_equal(one, two)


def test_a_head_belongs_to_its_task_and_the_newest_is_the_default():
  network = random_network()
  observation = observations(0)
  (newest, _), _ = network(observation)
  (first, _), _ = network(observation, task=0)
  (second, _), _ = network(observation, task=1)
  assert (first.shape, second.shape) == ([2, 3], [2, 4])
  np.testing.assert_array_equal(newest, second)


def test_a_new_head_leaves_the_others_alone():
  network = make(heads=1)
  observation = observations(0)
  before, _ = network(observation, task=0)
  network.add_head(head_lib.ActorCriticHead, 7, seed=0)
  after, _ = network(observation, task=0)
  for one, two in zip(before, after, strict=True):
    np.testing.assert_array_equal(one, two)


def test_variables_are_there_before_the_first_call():
  network = make(heads=0)
  assert len(network.variables) == 3 * 4  # Two stacks and two masks a layer.
  network.add_head(head_lib.ActorCriticHead, 3, seed=0)
  assert len(network.variables) == 3 * 4 + 2
  assert len(network.trainable_variables) == 3 * 2 + 2
  assert network.modules == MODULES


def test_frozen_modules_run_always_or_where_a_path_names_them():
  network = make()
  network.freeze([np.array([4]), np.array([0, 1]), np.array([2])])
  path = np.array([[1, 1], [1, 3], [5, 0]])
  available = pathnet.active_rows(path)
  always_on = pathnet.active_rows(path, network.frozen_rows())
  assert [rows.tolist() for rows in available] == [[1], [1, 3], [0, 5]]
  assert [rows.tolist() for rows in always_on] == [[1, 4], [0, 1, 3], [0, 2, 5]]


def test_a_later_task_does_not_thaw_an_earlier_one():
  network = make()
  assert network.frozen_rows() == [[], [], []]
  network.freeze([np.array([4]), np.array([0, 1]), np.array([2])])
  network.freeze([np.array([0]), np.array([1]), np.array([], np.int32)])
  assert network.frozen_rows() == [[0, 4], [0, 1], [2]]


def test_reinitialise_draws_all_but_the_frozen_rows():
  network = make()
  rng = np.random.default_rng(0)
  for owner in (*network.gated, *network.heads):
    for stack in owner.stacks:
      stack.assign(rng.normal(size=stack.shape))
  frozen = [np.array([4]), np.array([0, 1]), np.array([], np.int32)]
  network.freeze(frozen)
  before = [[s.numpy() for s in layer.stacks] for layer in network.gated]
  heads = [stack.numpy() for head in network.heads for stack in head.stacks]
  drawn = network.reinitialise(seed=77)
  expected = [
    (stack, np.setdiff1d(np.arange(layer.modules), kept).tolist())
    for layer, kept in zip(network.gated, frozen, strict=True)
    for stack in layer.stacks
  ]
  assert len(drawn) == len(expected)
  for (stack, rows), (other, others) in zip(drawn, expected, strict=True):
    assert stack is other
    assert rows.numpy().tolist() == others
  for layer, kept, olds in zip(network.gated, frozen, before, strict=True):
    mask = np.isin(np.arange(layer.modules), kept)
    for stack, old in zip(layer.stacks, olds, strict=True):
      np.testing.assert_array_equal(stack.numpy()[mask], old[mask])
      assert (stack.numpy()[~mask] != old[~mask]).all()
  stacks = [stack for head in network.heads for stack in head.stacks]
  for stack, old in zip(stacks, heads, strict=True):
    np.testing.assert_array_equal(stack, old)


def test_reinitialised_layers_of_one_shape_differ():
  spec = tf.TensorSpec([4], tf.float32)
  network = pathnet.PathNet(spec, [dense.GatedDense(3, 4) for _ in range(2)])
  network.reinitialise(seed=77)
  one, two = (layer.stacks[0].numpy() for layer in network.gated)
  assert (one != two).all()


@pytest.mark.parametrize(
  ('spec', 'scale'),
  [
    (tf.TensorSpec([5, 4, 2], tf.uint8), 1 / 255),
    (tensor_spec.BoundedTensorSpec([5, 4, 2], tf.uint8, 0, 254), 1 / 254),
    (tensor_spec.BoundedTensorSpec([5, 4, 2], tf.uint8, 0, 1), 1),
    (tensor_spec.BoundedTensorSpec([5, 4, 2], tf.float32, 0, 300), 1),
  ],
)
def test_images_are_scaled_and_centred(spec, scale):
  images = np.random.default_rng(0).integers(0, 2, size=(3, 5, 4, 2))
  if scale != 1:
    images *= round(1 / scale)
  outputs, _ = make(spec)(tf.constant(images, spec.dtype))
  inputs = images * scale
  if scale != 1:
    inputs = inputs - inputs.mean(axis=(1, 2, 3), keepdims=True)
  expected, _ = make()(tf.constant(inputs, tf.float32))
  for one, two in zip(outputs, expected, strict=True):
    np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


def test_a_path_may_be_run_on_images_that_were_prepared_before():
  spec = tensor_spec.BoundedTensorSpec(SPEC.shape, tf.uint8, 0, 255)
  for pixels in ('centred', 'unit'):
    network = make(spec, pixels=pixels)
    images = np.random.default_rng(0).integers(0, 256, (3, *SPEC.shape))
    images = tf.constant(images, tf.uint8)
    rows = tensors([[0, 2], [1], [3, 5]])
    merged = network.merge(network.gather(rows), rows)
    arguments = (merged, network.initial_state(rows, 3), tf.ones([1, 3], bool))
    prepared = network.prepare(images)
    assert bool(np.all(prepared.numpy() >= 0)) == (pixels == 'unit')
    expected = network.forward(images, *arguments)
    same_bits(network.run(prepared, *arguments), expected)
    same_bits(network(images, path=rows)[0], expected[0])


def test_heads_of_both_kinds_share_a_network():
  network = make(heads=1)
  network.add_head(head_lib.ClassifierHead, 7, seed=0)
  observation = observations(0)
  logits, state = network(observation)
  assert (logits.shape, state) == ([2, 7], ())
  (logits, value), _ = network(observation, task=0)
  assert (logits.shape, value.shape) == ([2, 3], [2])


def test_another_path_mask_or_frozen_set_does_not_retrace():
  network = make()
  traces = []

  @tf.function(
    input_signature=[
      tf.TensorSpec([2, *SPEC.shape]),
      [tf.TensorSpec([None], tf.int32)] * 3,
    ],
    autograph=False,
  )
  def by_path(observation, path):
    traces.append('path')
    return network(observation, path=path)[0]

  @tf.function(
    input_signature=[tf.TensorSpec([2, *SPEC.shape])], autograph=False
  )
  def by_mask(observation):
    traces.append('mask')
    return network(observation)[0]

  values = set()
  for path in ([[0], [1], [2]], [[4, 4, 0], [3, 1], [5]], [[2, 1]] * 3):
    network.set_active(pathnet.active_rows(path))
    network.freeze(pathnet.active_rows(path))
    observation = observations(0)
    expected = network(observation)[0]
    for outputs in (
      by_path(observation, [tf.constant(genes) for genes in path]),
      by_mask(observation),
    ):
      for one, two in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-5)
    values.add(float(expected[1][0]))
  assert sorted(traces) == ['mask', 'path']
  assert len(values) == 3
