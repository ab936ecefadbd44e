# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.networks.configs."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.errors import UserError
from pathnet_tf.layers import convolution, dense
from pathnet_tf.networks import configs

ATARI = tf.TensorSpec([84, 84, 4], tf.uint8)
MINATAR = tf.TensorSpec([10, 10, 10], tf.uint8)


def make(name: str, spec: tf.TensorSpec, **changes):
  arguments = {'modules': 3, 'active': 2, 'seed': 5}
  return configs.make_pathnet(name, spec, **(arguments | changes))


def kernel_shapes(network) -> list[list[int]]:
  return [layer.stacks[0].shape.as_list() for layer in network.gated]


def test_the_atari_network_is_the_papers():
  network = make('atari', ATARI, modules=10, active=4)
  assert network.modules == (10, 10, 10, 10)
  assert kernel_shapes(network) == [
    [10, 8, 8, 4, 8],
    [10, 4, 4, 8, 8],
    [10, 3, 3, 8, 8],
    [10, 7 * 7 * 8, 50],
  ]
  assert [layer.strides for layer in network.gated[:3]] == [4, 2, 1]
  assert [layer.summed for layer in network.gated] == [4, 4, 4, 4]


def test_the_minatar_network_is_one_convolution_and_two_dense_layers():
  network = make('minatar', MINATAR)
  assert kernel_shapes(network) == [
    [3, 3, 3, 10, 8],
    [3, 8 * 8 * 8, 32],
    [3, 32, 32],
  ]
  kinds = [type(layer) for layer in network.gated]
  assert kinds == [convolution.GatedConv2D, dense.GatedDense, dense.GatedDense]


@pytest.mark.parametrize('shape', [[4], [], [2, 3], [5, 5, 3]])
def test_the_vector_network_takes_any_shape(shape):
  network = make('vector', tf.TensorSpec(shape, tf.float32))
  assert kernel_shapes(network) == [
    [3, int(np.prod(shape)), 20],
    [3, 20, 20],
    [3, 20, 20],
  ]


def test_a_seed_decides_all_weights_and_every_layer_has_its_own():
  first, again, other = (
    make('vector', tf.TensorSpec([20], tf.float32), seed=seed)
    for seed in (5, 5, 99)
  )
  for one, two, three in zip(
    first.variables, again.variables, other.variables, strict=True
  ):
    np.testing.assert_array_equal(one, two)
    if one.dtype == tf.float32 and one.shape.rank > 2:
      assert (one.numpy() != three.numpy()).all()
  one, two, three = (layer.stacks[0].numpy() for layer in first.gated)
  assert (one != two).all()
  assert (two != three).all()


def test_an_unknown_network_is_refused_with_the_known_ones():
  with pytest.raises(UserError, match=r"'dqn'.*atari, minatar, vector"):
    make('dqn', ATARI)


@pytest.mark.parametrize(
  ('name', 'shape', 'message'),
  [
    ('atari', [4], 'needs images'),
    ('minatar', [10, 10], 'needs images'),
    ('minatar', [2, 9, 1], '2x9 are smaller than a kernel of 3x3'),
    ('atari', [10, 10, 10], '1x1 are smaller than a kernel of 4x4'),
  ],
)
def test_a_network_that_does_not_fit_is_one_line(name, shape, message):
  with pytest.raises(UserError, match=message) as caught:
    make(name, tf.TensorSpec(shape, tf.float32))
  assert '\n' not in str(caught.value)
