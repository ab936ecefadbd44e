# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of what one network takes over from another, whole or a path."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from tf_agents.specs import tensor_spec

from pathnet_tf.networks import pathnet
from tests.small_networks import (
  make,
  observations,
  random_network,
  same_bits,
  sequence,
  tensors,
  with_memory,
)


@pytest.mark.parametrize('by_mask', [True, False])
def test_a_network_with_more_modules_takes_over_all_that_another_gives(by_mask):
  network, larger = with_memory(heads=2), with_memory((6, 5, 10, 9), heads=2)
  for layer in (*larger.gated, *larger.heads):
    for stack in layer.stacks:
      stack.assign(tf.ones_like(stack))
  path = [[1, 3], [0, 4], [0, 1, 5], [2, 3]]
  network.set_active(pathnet.active_rows(path))
  network.freeze([np.array([m]) for m in (3, 0, 2, 1)])
  fresh = [[stack.numpy() for stack in layer.stacks] for layer in larger.gated]
  larger.take(network)
  assert larger.modules == (6, 5, 10, 9)
  assert larger.frozen_rows() == network.frozen_rows() == [[3], [0], [2], [1]]
  for layer, theirs, olds in zip(
    larger.gated, network.gated, fresh, strict=True
  ):
    # Unlike modules have stacks of their own: a larger layer has more of them.
    pairs = zip(theirs.stacks, layer.stacks, olds)  # noqa: B905
    for old, new, first in pairs:
      rows = old.shape[0]
      np.testing.assert_array_equal(new[:rows], old)
      np.testing.assert_array_equal(new[rows:], first[rows:])
  named = None if by_mask else tensors(path)
  for task in (0, 1):
    state, others_state = (), ()
    for step in range(3):
      inputs = sequence(1, 3, seed=step)[0]
      outputs, state = network(
        inputs, network_state=state, path=named, task=task
      )
      others, others_state = larger(
        inputs, network_state=others_state, path=named, task=task
      )
      same_bits(others, outputs)


@pytest.mark.parametrize('task', [0, 1])
def test_an_extracted_path_gives_what_the_network_gives(task):
  network = random_network()
  rows = [[0, 3], [2], [1, 4, 5]]
  alone = network.extract(rows, task)
  assert alone.modules == (2, 1, 3)
  (head,) = alone.heads
  assert head.outputs == network.heads[task].outputs
  for seed in range(3):
    inputs = observations(seed, batch=5)
    whole, _ = network(inputs, path=tensors(rows), task=task)
    same_bits(alone(inputs)[0], whole)


def test_a_path_without_memory_leaves_a_network_that_has_some():
  network = with_memory()
  rows = [[0, 3], [2], [1, 4], [1]]  # The third layer's dense modules.
  alone = network.extract(rows, 0)
  assert alone.state_spec[2] == ()
  inputs = sequence(1, 5)[0]
  whole, _ = network(inputs, path=tensors(rows))
  same_bits(alone(inputs)[0], whole)


@pytest.mark.parametrize('pixels', ['centred', 'unit'])
def test_an_extracted_path_prepares_observations_alike(pixels):
  spec = tensor_spec.BoundedTensorSpec([5, 4, 2], tf.uint8, 0, 255)
  network = make(spec, pixels=pixels)
  rows = [[0, 3], [2], [1, 4, 5]]
  inputs = np.random.default_rng(0).integers(0, 256, (4, 5, 4, 2))
  inputs = tf.constant(inputs, tf.uint8)
  whole, _ = network(inputs, path=tensors(rows), task=0)
  same_bits(network.extract(rows, 0)(inputs)[0], whole)
