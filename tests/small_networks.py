# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Small networks, plain ones and some with memory, for the tests."""

from __future__ import annotations

import functools

import numpy as np
import tensorflow as tf
from tf_agents.specs import tensor_spec

from pathnet_tf.layers import convolution, dense, gru, heterogeneous, lstm
from pathnet_tf.networks import head as head_lib
from pathnet_tf.networks import pathnet

MODULES = (5, 4, 6)
SPEC = tensor_spec.BoundedTensorSpec([5, 4, 2], tf.float32, -9.0, 9.0)
WIDTH = 6
MEMORY_SPEC = tensor_spec.BoundedTensorSpec([7], tf.float32, -9.0, 9.0)


def make(spec=SPEC, heads: int = 2, **changes) -> pathnet.PathNet:
  layers = [
    convolution.GatedConv2D(MODULES[0], 3, 2, 1, summed=3, seed=1),
    dense.GatedDense(MODULES[1], 6, summed=3, seed=2),
    dense.GatedDense(MODULES[2], 5, summed=3, seed=3),
  ]
  network = pathnet.PathNet(spec, layers, **changes)
  for head in range(heads):
    network.add_head(head_lib.ActorCriticHead, 3 + head, seed=10 + head)
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


def with_memory(modules=(4, 5, 6, 4), heads: int = 1) -> pathnet.PathNet:
  """A network with memory: stacked and unlike recurrent modules."""
  keras = tf.keras.layers
  kinds = [keras.GRUCell(WIDTH), keras.Dense(WIDTH), keras.LSTMCell(WIDTH)]
  layers = [
    dense.GatedDense(modules[0], WIDTH, summed=3, seed=1),
    lstm.GatedLSTM(modules[1], WIDTH, summed=3, seed=2),
    heterogeneous.GatedHeterogeneous(modules[2], kinds, summed=3, seed=3),
    gru.GatedGRU(modules[3], WIDTH, summed=3, seed=4),
  ]
  network = pathnet.PathNet(MEMORY_SPEC, layers)
  for head in range(heads):
    network.add_head(head_lib.ActorCriticHead, 3 + head, seed=10 + head)
  rng = np.random.default_rng(0)
  for owner in (*network.gated, *network.heads):
    for stack in owner.stacks:
      stack.assign(rng.normal(size=stack.shape) / 2)
  return network


def sequence(length: int, batch: int, seed: int = 0) -> np.ndarray:
  rng = np.random.default_rng(seed)
  shape = (length, batch, *MEMORY_SPEC.shape)
  return rng.normal(size=shape).astype(np.float32)


def tensors(path) -> list[tf.Tensor]:
  return [tf.constant(genes, tf.int32) for genes in path]


def images_of(network: pathnet.PathNet, batch: int = 6) -> tf.Tensor:
  """Random ones, the same for all networks of a spec."""
  shape = (batch, *network.input_tensor_spec.shape)
  return tf.constant(np.random.default_rng(5).normal(size=shape), tf.float32)


def outputs_of(network: pathnet.PathNet, path=None, task=-1) -> np.ndarray:
  """Logits and value of these images, along a path or the `active` masks."""
  path = None if path is None else tensors(path)
  (logits, value), _ = network(images_of(network), path=path, task=task)
  return np.concatenate([logits, value[:, None]], axis=1)


def same_bits(one, two) -> None:
  tf.nest.assert_same_structure(one, two)
  for a, b in zip(tf.nest.flatten(one), tf.nest.flatten(two), strict=True):
    np.testing.assert_array_equal(
      np.asarray(a).view(np.uint32), np.asarray(b).view(np.uint32)
    )
