# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Every kind of gated layer, small, for the tests that all kinds must pass."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.layers import (
  convolution,
  dense,
  gated,
  gru,
  heterogeneous,
  keras_modules,
  lstm,
)

MODULES = 6


@dataclasses.dataclass(frozen=True)
class Kind:
  """A kind of layer, with what makes small ones.

  Attributes:
    factory: the class.
    arguments: of the layer, besides those that all kinds have.
    shape: of one input, `[T, ...]` for layers with a state.
  """

  factory: type[gated.GatedLayer]
  arguments: Callable[[], dict[str, Any]]
  shape: tuple[int, ...]

  def make(self, **changes) -> gated.GatedLayer:
    """A layer of six modules that has no variables yet."""
    arguments = {'modules': MODULES, 'summed': 3, 'seed': 7}
    return self.factory(**(arguments | self.arguments() | changes))

  def built(self, **changes) -> gated.GatedLayer:
    """A layer with its first weights."""
    layer = self.make(**changes)
    layer.build([None, *self.shape])
    return layer

  def random(self, draw: int = 0, **changes) -> gated.GatedLayer:
    """A layer with random weights, the biases too, which start at zero."""
    layer = self.built(**changes)
    rng = np.random.default_rng(draw)
    for stack in layer.stacks:
      stack.assign(rng.normal(size=stack.shape))
    return layer

  def inputs(self, batch: int = 4) -> tf.Tensor:
    """A batch of random inputs."""
    values = np.random.default_rng(1).normal(size=(batch, *self.shape))
    return tf.constant(values, tf.float32)


KINDS = {
  'dense': Kind(dense.GatedDense, lambda: {'units': 5}, (4,)),
  'dense normalised': Kind(
    dense.GatedDense, lambda: {'units': 5, 'normalise': True}, (4,)
  ),
  'dense residual': Kind(
    dense.GatedDense, lambda: {'units': 4, 'residual': True}, (4,)
  ),
  'convolution': Kind(
    convolution.GatedConv2D,
    lambda: {'filters': 3, 'kernel_size': 3, 'strides': 2},
    (7, 6, 2),
  ),
  'convolution pooled': Kind(
    convolution.GatedConv2D,
    lambda: {
      'filters': 3,
      'kernel_size': 3,
      'padding': 'same',
      'pool': 2,
      'normalise': True,
    },
    (7, 6, 2),
  ),
  'convolution residual': Kind(
    convolution.GatedConv2D,
    lambda: {
      'filters': 2,
      'kernel_size': 3,
      'padding': 'same',
      'residual': True,
    },
    (4, 5, 2),
  ),
  'lstm': Kind(lstm.GatedLSTM, lambda: {'units': 5}, (3, 4)),
  'gru': Kind(gru.GatedGRU, lambda: {'units': 5}, (3, 4)),
  'unlike': Kind(
    heterogeneous.GatedHeterogeneous,
    lambda: {
      'kinds': [
        tf.keras.layers.Identity(),
        tf.keras.layers.Dense(4, 'relu'),
        keras_modules.ResidualDense(4),
      ]
    },
    (4,),
  ),
  'unlike recurrent': Kind(
    heterogeneous.GatedHeterogeneous,
    lambda: {
      'kinds': [
        tf.keras.layers.LSTMCell(5),
        tf.keras.layers.GRUCell(5),
        tf.keras.layers.SimpleRNNCell(5),
        tf.keras.layers.Dense(5),
      ]
    },
    (3, 4),
  ),
}


@pytest.fixture(scope='session', params=KINDS)
def kind(request) -> Kind:
  """Each kind of layer in turn."""
  return KINDS[request.param]


@pytest.fixture(scope='session')
def kinds() -> dict[str, Kind]:
  """All kinds by name."""
  return KINDS


@pytest.fixture(scope='session')
def module_weights():
  """Every module's own weights as arrays."""

  def read(layer: gated.GatedLayer) -> list[list[np.ndarray]]:
    if isinstance(layer, heterogeneous.GatedHeterogeneous):
      return [module.get_weights() for module in layer.members]
    stacks = [stack.numpy() for stack in layer.stacks]
    return [[stack[m] for stack in stacks] for m in range(layer.modules)]

  return read


@pytest.fixture(scope='session')
def entries():
  """The rows that some modules own: `{(number of the stack, row)}`."""

  def list_them(layer: gated.GatedLayer, modules) -> set[tuple[int, int]]:
    if not isinstance(layer, heterogeneous.GatedHeterogeneous):
      return {(k, m) for k in range(len(layer.stacks)) for m in modules}
    number = {id(stack): k for k, stack in enumerate(layer.stacks)}
    return {
      (number[id(variable)], row)
      for m in modules
      for variable in layer.members[m].weights
      for row in range(variable.shape[0])
    }

  return list_them


@pytest.fixture(scope='session')
def named():
  """The same of what `reinitialise`, `copy_module` or `updates` gave."""

  def list_them(layer: gated.GatedLayer, rows) -> set[tuple[int, int]]:
    number = {id(stack): k for k, stack in enumerate(layer.stacks)}
    found = [
      (number[id(variable)], row)
      for variable, indices, *_ in rows
      for row in indices.numpy().tolist()
    ]
    assert len(found) == len(set(found))
    return set(found)

  return list_them
