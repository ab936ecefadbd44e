# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The super-network: gated layers, and a head for every task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tf_agents.networks import network

from pathnet_tf.layers import gated
from pathnet_tf.networks import head as head_lib


class Weights(NamedTuple):
  """What one path needs of the network, as tensors.

  Attributes:
    layers: for every layer, the active rows of each of its stacks, `[n, ...]`.
    head: the head's weights.
  """

  layers: Sequence[Sequence[tf.Tensor]]
  head: Sequence[tf.Tensor]


class PathNet(network.Network):
  """L gated layers and one head a task (Fernando et al. 2017, section 2).

  A call runs one path: the one given, or the modules in the layers' `active`
  masks. Task k's head is chosen by `task`; the newest is the default.

  Attributes:
    gated: the gated layers, first to last.
    heads: the tasks' heads, in the order of the tasks.
  """

  def __init__(
    self,
    input_tensor_spec: tf.TypeSpec,
    layers: Sequence[gated.GatedLayer],
    name: str = 'PathNet',
  ):
    """Creates the network and the variables of its gated layers.

    Args:
      input_tensor_spec: an observation without batch dimension; uint8 ones are
        taken as images of 0..255 unless the spec says that they end at 1.
      layers: the gated layers, first to last; the network takes them over.
      name: of the network.
    """
    super().__init__(input_tensor_spec=input_tensor_spec, name=name)
    self.gated = list(layers)
    self.heads: list[head_lib.ActorCriticHead] = []
    self._scale = _input_scale(input_tensor_spec)
    features = tf.zeros([1, *input_tensor_spec.shape])
    for layer in self.gated:
      features = layer(features)
    self._width = int(features.shape[-1])
    self.built = True  # Else TF-Agents hides the variables until a call.

  @property
  def modules(self) -> tuple[int, ...]:
    """M of every layer."""
    return tuple(layer.modules for layer in self.gated)

  def add_head(self, actions: int, seed: int) -> head_lib.ActorCriticHead:
    """Creates the next task's head.

    Args:
      actions: the task's number of actions.
      seed: of the head's initial weights.

    Returns:
      The head, now the last of `heads`.
    """
    number = len(self.heads)
    head = head_lib.ActorCriticHead(actions, seed=seed, name=f'head_{number}')
    head.build([None, self._width])
    self.heads.append(head)
    return head

  def rows(self, path: np.ndarray, frozen: bool) -> list[np.ndarray]:
    """The modules that run for a path, sorted and distinct.

    Args:
      path: `[L, N]` int.
      frozen: whether the frozen modules are always on (PATHNET in
        reinforcement learning, section 2.3) or only where the path names them.

    Returns:
      For every layer an int32 array `[n]`.
    """
    rows = []
    for layer, genes in zip(self.gated, path, strict=True):
      mask = np.zeros(layer.modules, bool)
      mask[np.asarray(genes)] = True
      if frozen:
        mask |= layer.frozen.numpy()
      rows.append(np.flatnonzero(mask).astype(np.int32))
    return rows

  def set_active(self, rows: Sequence[np.ndarray]) -> None:
    """Makes these modules the ones that run when a call names no path."""
    for layer, indices in zip(self.gated, rows, strict=True):
      mask = np.zeros(layer.modules, bool)
      mask[indices] = True
      layer.active.assign(mask)

  def freeze(self, rows: Sequence[np.ndarray]) -> None:
    """Freezes these modules, besides those that are frozen already."""
    for layer, indices in zip(self.gated, rows, strict=True):
      mask = layer.frozen.numpy()
      mask[indices] = True
      layer.frozen.assign(mask)

  def frozen_rows(self) -> list[list[int]]:
    """The frozen modules of every layer."""
    return [
      np.flatnonzero(layer.frozen.numpy()).tolist() for layer in self.gated
    ]

  def reinitialise(self, seed: int) -> None:
    """Draws every module that is not frozen anew (section 2.3)."""
    for index, layer in enumerate(self.gated):
      layer.reinitialise(layer.frozen, seed + index)

  def gather(self, rows: Sequence[tf.Tensor], task: int = -1) -> Weights:
    """The weights of these rows of each layer and of a task's head."""
    return Weights(
      [
        layer.gather(indices)
        for layer, indices in zip(self.gated, rows, strict=True)
      ],
      self.heads[task].gather(),
    )

  def merge(self, weights: Weights) -> Weights:
    """Lays gathered weights out as `forward` takes them; differentiable."""
    return weights._replace(
      layers=[
        layer.merge(gathered)
        for layer, gathered in zip(self.gated, weights.layers, strict=True)
      ]
    )

  def forward(
    self, observation: tf.Tensor, merged: Weights, task: int = -1
  ) -> tuple[tf.Tensor, tf.Tensor]:
    """Runs a path.

    Args:
      observation: `[B, ...]` of the input spec.
      merged: the weights of the path.
      task: whose head.

    Returns:
      Logits `[B, A]` and value `[B]`, float32.
    """
    features = tf.cast(observation, tf.float32) * self._scale
    for layer, weights in zip(self.gated, merged.layers, strict=True):
      features = layer.forward(features, weights)
    return self.heads[task].forward(features, merged.head)

  def call(
    self,
    observation,
    step_type=None,
    network_state=(),
    training=False,
    path=None,
    task=-1,
  ):
    """TF-Agents' interface: `((logits, value), network_state)`.

    Args:
      observation: `[B, ...]` of the input spec.
      step_type: not used.
      network_state: passed through.
      training: not used.
      path: for every layer an int32 tensor `[n]` of modules, duplicates
        allowed; by default the `active` masks.
      task: whose head.

    Returns:
      Logits `[B, A]` and value `[B]`, and the state.
    """
    del step_type, training
    if path is None:
      path = [None] * len(self.gated)
    rows = [
      layer.rows(genes) for layer, genes in zip(self.gated, path, strict=True)
    ]
    merged = self.merge(self.gather(rows, task))
    return self.forward(observation, merged, task), network_state


def _input_scale(spec: tf.TypeSpec) -> float:
  """What brings observations to about [0, 1]: images end at 255 or at 1."""
  if spec.dtype != tf.uint8:
    return 1.0
  return 1.0 if np.max(getattr(spec, 'maximum', 255)) <= 1 else 1 / 255
