# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The super-network: gated layers, and a head for every task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf
from tf_agents.networks import network

from pathnet_tf.layers import gated
from pathnet_tf.networks import adapters, inputs
from pathnet_tf.networks import head as head_lib

# Of the class that a method is called on.
_Kind = TypeVar('_Kind', bound='SuperNetwork')


class SuperNetwork(network.Network):
  """L gated layers and one head a task: what there is. `PathNet` runs paths.

  Attributes:
    gated: the gated layers, first to last.
    heads: the tasks' heads, in the order of the tasks.
    prepare: makes observations the first layer's inputs, float32.
  """

  def __init__(
    self,
    input_tensor_spec: tf.TypeSpec,
    layers: Sequence[gated.GatedLayer],
    pixels: str = 'centred',
    name: str = 'PathNet',
  ):
    """Creates the network and the variables of its gated layers.

    Args:
      input_tensor_spec: an observation without batch dimension.
      layers: the gated layers, first to last; the network takes them over.
      pixels: what becomes of images, see `inputs.preparation`.
      name: of the network.
    """
    features = tf.zeros([2, *input_tensor_spec.shape])
    for layer in layers:
      if layer.sequences:
        features = layer(features[:, None])[:, 0]
      else:
        features = layer(features)
      if features.shape[:1] != [2]:
        raise ValueError(
          f'{layer.name} gives outputs {list(features.shape)} of a batch of 2'
        )
    super().__init__(
      input_tensor_spec=input_tensor_spec,
      state_spec=_state_spec(layers),
      name=name,
    )
    self.gated = list(layers)
    self.heads: list[head_lib.Head] = []
    self.prepare = inputs.preparation(input_tensor_spec, pixels)
    self._pixels = pixels
    self._width = math.prod(features.shape[1:])
    self.built = True  # Else TF-Agents hides the variables until a call.

  @property
  def modules(self) -> tuple[int, ...]:
    """M of every layer."""
    return tuple(layer.modules for layer in self.gated)

  def add_head(
    self,
    kind: type[head_lib.Head],
    outputs: int,
    seed: int,
    adapter: adapters.Adapter | None = None,
  ) -> head_lib.Head:
    """Creates the next task's head.

    Args:
      kind: of head.
      outputs: the task's number of actions, or of classes.
      seed: of the head's initial weights.
      adapter: how the task reads what earlier ones froze; by default as it
        does other modules.

    Returns:
      The head, now the last of `heads`.
    """
    name = f'head_{len(self.heads)}'
    head = kind(outputs, seed=seed, adapter=adapter, name=name)
    head.build([None, self._width])
    self.heads.append(head)
    return head

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

  def reinitialise(self, seed: int) -> list[gated.Rows]:
    """Draws every module that is not frozen anew (section 2.3).

    Args:
      seed: of the new weights; what `make_pathnet` was given gives the first
        ones again.

    Returns:
      What was overwritten.
    """
    drawn = []
    for index, layer in enumerate(self.gated):
      drawn += layer.reinitialise(layer.frozen, seed + index)
    return drawn

  def take(self, other: SuperNetwork) -> None:
    """Takes over all weights and masks of a like network with no larger M."""
    for mine, theirs in zip(self.gated, other.gated, strict=True):
      mine.take(theirs)
    for mine, theirs in zip(self.heads, other.heads, strict=True):
      mine.set_weights(theirs.get_weights())

  def extract(self: _Kind, rows: Sequence[Sequence[int]], task: int) -> _Kind:
    """A network of one path alone, which it gives the same outputs as.

    The modules of the path are active. There are others, and heads before the
    last, only where the path reads earlier tasks' columns.

    Args:
      rows: for every layer the modules that run, sorted and distinct.
      task: whose head it has, as the last one.
    """
    columns = self.heads[task].adapter.columns
    kept = [
      sorted({*indices}.union(*others))
      for indices, *others in zip(rows, *columns, strict=True)
    ]
    layers = [
      layer.extract(indices)
      for layer, indices in zip(self.gated, kept, strict=True)
    ]
    network = type(self)(
      self.input_tensor_spec, layers, self._pixels, name=self.name
    )
    for head in self.heads[: task + 1] if columns else [self.heads[task]]:
      network.heads.append(head.extract(kept))
    network.set_active(
      [
        np.flatnonzero(np.isin(there, indices))
        for there, indices in zip(kept, rows, strict=True)
      ]
    )
    return network


def _state_spec(layers: Sequence[gated.GatedLayer]) -> Any:
  """Of all layers; () if none remembers anything."""
  specs = tuple(layer.state_spec for layer in layers)
  return specs if tf.nest.flatten(specs) else ()
