# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.networks.pathnet."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tf_agents.specs import tensor_spec

from pathnet_tf.layers import convolution, dense
from pathnet_tf.networks import pathnet

MODULES = (5, 4, 6)
SPEC = tensor_spec.BoundedTensorSpec([5, 4, 2], tf.float32, -9.0, 9.0)

paths = st.tuples(
  *(
    st.lists(st.integers(0, modules - 1), min_size=3, max_size=3)
    for modules in MODULES
  )
)


def make(spec=SPEC, heads: int = 2) -> pathnet.PathNet:
  layers = [
    convolution.GatedConv2D(MODULES[0], 3, 2, 1, summed=3, seed=1),
    dense.GatedDense(MODULES[1], 6, summed=3, seed=2),
    dense.GatedDense(MODULES[2], 5, summed=3, seed=3),
  ]
  network = pathnet.PathNet(spec, layers)
  for head in range(heads):
    network.add_head(actions=3 + head, seed=10 + head)
  return network


@functools.cache
def random_network() -> pathnet.PathNet:
  """Random weights, the biases too, that no test changes."""
  network = make()
  rng = np.random.default_rng(0)
  for owner in (*network.gated, *network.heads):
    for stack in owner.stacks:
      stack.assign(rng.normal(size=stack.shape))
  return network


def observations(seed: int, batch: int = 2) -> np.ndarray:
  rng = np.random.default_rng(seed)
  return rng.normal(size=(batch, *SPEC.shape)).astype(np.float32)


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


@settings(max_examples=40, deadline=None)
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


@settings(max_examples=20, deadline=None)
@given(path=paths)
def test_mask_path_and_steps_give_the_same_bits(path):
  network = random_network()
  observation = observations(0)
  expected, _ = network(observation, path=[tf.constant(g) for g in path])
  rows = network.rows(np.array(path), frozen=False)
  for genes, indices in zip(path, rows, strict=True):
    assert indices.dtype == np.int32
    assert indices.tolist() == sorted(set(genes))
  network.set_active(rows)
  by_mask, _ = network(observation)
  by_step = network.forward(observation, network.merge(network.gather(rows)))
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
  network.add_head(actions=7, seed=0)
  after, _ = network(observation, task=0)
  for one, two in zip(before, after, strict=True):
    np.testing.assert_array_equal(one, two)


def test_variables_are_there_before_the_first_call():
  network = make(heads=0)
  assert len(network.variables) == 3 * 4  # Two stacks and two masks a layer.
  network.add_head(actions=3, seed=0)
  assert len(network.variables) == 3 * 4 + 2
  assert len(network.trainable_variables) == 3 * 2 + 2
  assert network.modules == MODULES


def test_frozen_modules_run_always_or_where_a_path_names_them():
  network = make()
  network.freeze([np.array([4]), np.array([0, 1]), np.array([2])])
  path = np.array([[1, 1], [1, 3], [5, 0]])
  available = network.rows(path, frozen=False)
  always_on = network.rows(path, frozen=True)
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
  network.reinitialise(seed=77)
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
    (tensor_spec.BoundedTensorSpec([5, 4, 2], tf.uint8, 0, 254), 1 / 255),
    (tensor_spec.BoundedTensorSpec([5, 4, 2], tf.uint8, 0, 1), 1),
    (tensor_spec.BoundedTensorSpec([5, 4, 2], tf.float32, 0, 300), 1),
  ],
)
def test_images_are_scaled_to_one(spec, scale):
  images = np.random.default_rng(0).integers(0, 2, size=(3, 5, 4, 2))
  if scale != 1:
    images *= 255
  outputs, _ = make(spec)(tf.constant(images, spec.dtype))
  expected, _ = make()(tf.constant(images * scale, tf.float32))
  for one, two in zip(outputs, expected, strict=True):
    np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-7)


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
    network.set_active(network.rows(path, frozen=False))
    network.freeze(network.rows(path, frozen=False))
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
