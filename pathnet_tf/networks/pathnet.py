# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The super-network: gated layers, and a head for every task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from tf_agents.networks import network
from tf_agents.trajectories import time_step as ts

from pathnet_tf.layers import gated
from pathnet_tf.networks import adapters, inputs
from pathnet_tf.networks import columns as columns_lib
from pathnet_tf.networks import head as head_lib

# What every layer remembers; () for those that remember nothing.
State = tuple[Any, ...]


class Weights(NamedTuple):
  """What one path needs of the network, as tensors.

  Attributes:
    layers: for every layer, the active rows of each of its stacks, `[n, ...]`.
    head: the head's weights.
    gains: of what `merge` gave, for every layer what the outputs of its modules
      are multiplied by, `[n]`; () where nothing is.
    laterals: likewise what the outputs of `columns` are multiplied by,
      `[columns]`; () where there are none.
    columns: of what `merge` gave, the earlier tasks' paths that run as well.
  """

  layers: Sequence[Sequence[tf.Tensor]]
  head: Sequence[tf.Tensor]
  gains: Sequence[tf.Tensor] = ()
  laterals: Sequence[tf.Tensor] = ()
  columns: Sequence[columns_lib.Column] = ()


class PathNet(network.Network):
  """L gated layers and one head a task (Fernando et al. 2017, section 2).

  A call runs one path: the one given, or the modules in the layers' `active`
  masks. Task k's head is chosen by `task`; the newest is the default.

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

  def take(self, other: PathNet) -> None:
    """Takes over all weights and masks of a like network with no larger M."""
    for mine, theirs in zip(self.gated, other.gated, strict=True):
      mine.take(theirs)
    for mine, theirs in zip(self.heads, other.heads, strict=True):
      mine.set_weights(theirs.get_weights())

  def extract(self, rows: Sequence[Sequence[int]], task: int) -> PathNet:
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
    network = PathNet(
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

  def gather(self, rows: Sequence[tf.Tensor], task: int = -1) -> Weights:
    """The weights of these rows of each layer and of a task's head."""
    return Weights(
      [
        layer.gather(indices)
        for layer, indices in zip(self.gated, rows, strict=True)
      ],
      self.heads[task].gather(),
    )

  def merge(
    self, weights: Weights, rows: Sequence[tf.Tensor], task: int = -1
  ) -> Weights:
    """Makes gathered weights what `forward` takes; differentiable."""
    return self.scale(self.lay_out(weights, rows), rows, task)

  def scale(
    self, laid_out: Weights, rows: Sequence[tf.Tensor], task: int = -1
  ) -> Weights:
    """Adds what of the task's head the layers need: gains, and columns."""
    head = self.heads[task]
    gains, laterals = head.adapt(laid_out.head, rows, self.modules)
    paths = enumerate(head.adapter.columns)
    columns = [self._column(earlier, path) for earlier, path in paths]
    return laid_out._replace(gains=gains, laterals=laterals, columns=columns)

  def lay_out(self, weights: Weights, rows: Sequence[tf.Tensor]) -> Weights:
    """Lays gathered weights out as the layers run them; differentiable."""
    return weights._replace(
      layers=[
        layer.merge(gathered, indices)
        for layer, gathered, indices in zip(
          self.gated, weights.layers, rows, strict=True
        )
      ]
    )

  def _column(self, task: int, path: adapters.Rows) -> columns_lib.Column:
    """An earlier task's path, as it ran."""
    rows = [tf.constant(indices, tf.int32) for indices in path]
    laid_out = self.lay_out(self.gather(rows, task), rows)
    gains, laterals = self.heads[task].adapt(laid_out.head, rows, self.modules)
    return columns_lib.Column(laid_out.layers, gains, laterals)

  def initial_state(
    self, rows: Sequence[tf.Tensor], batch: int | tf.Tensor
  ) -> State:
    """What the active modules of every layer remember before the first step."""
    return tuple(
      layer.initial_state(indices, batch)
      for layer, indices in zip(self.gated, rows, strict=True)
    )

  def forward(
    self,
    observation: tf.Tensor,
    merged: Weights,
    state: State,
    is_first: tf.Tensor,
    task: int = -1,
  ) -> tuple[Any, State]:
    """Runs a path on observations, see `run`.

    Args:
      observation: `[T B, ...]` of the input spec, time outermost.
      merged: the weights of the path.
      state: of the active modules.
      is_first: bool `[T, B]`, where an episode begins.
      task: whose head.
    """
    return self.run(self.prepare(observation), merged, state, is_first, task)

  def run(
    self,
    features: tf.Tensor,
    merged: Weights,
    state: State,
    is_first: tf.Tensor,
    task: int = -1,
  ) -> tuple[Any, State]:
    """Runs a path on what has been prepared.

    Args:
      features: `[T B, ...]`, from `prepare`, time outermost.
      merged: the weights of the path.
      state: of the active modules, from `initial_state` or the step before.
      is_first: bool `[T, B]`, where an episode begins; T must be known.
      task: whose head.

    Returns:
      What the task's head gives, float32, and the state after: logits
      `[T B, A]` and value `[T B]`, or the logits `[T B, classes]`.
    """
    features, first = self.run_first(features, merged, state, is_first)
    outputs, rest = self.run_rest(features, merged, state, is_first, task)
    return outputs, first + rest

  def run_first(
    self,
    features: tf.Tensor,
    merged: Weights,
    state: State,
    is_first: tf.Tensor,
  ) -> tuple[tf.Tensor, State]:
    """As `run`, of the first layer: its outputs and the state after.

    Where the path reads earlier tasks' columns these are theirs as well,
    `[T B, columns + 1, ...]`.
    """
    inputs = [features] * (len(merged.columns) + 1)
    outputs, after = self._run([0], inputs, merged, state, is_first)
    return tf.stack(outputs, 1) if merged.columns else outputs[0], after

  def run_rest(
    self,
    features: tf.Tensor,
    merged: Weights,
    state: State,
    is_first: tf.Tensor,
    task: int = -1,
  ) -> tuple[Any, State]:
    """As `run`, of what follows the first layer, whose outputs it takes."""
    inputs = tf.unstack(features, axis=1) if merged.columns else [features]
    outputs, after = self._run(
      range(1, len(self.gated)), inputs, merged, state, is_first
    )
    return self.heads[task].forward(outputs[-1], merged.head), after

  def _run(
    self,
    which: Sequence[int],
    features: Sequence[tf.Tensor],
    merged: Weights,
    state: State,
    is_first: tf.Tensor,
  ) -> tuple[list[tf.Tensor], State]:
    """Runs some of the layers, see `columns.run`."""
    own = columns_lib.Column(merged.layers, merged.gains, merged.laterals)
    return columns_lib.run(
      self.gated, which, [*merged.columns, own], features, state, is_first
    )

  def call(
    self,
    observation,
    step_type=None,
    network_state=(),
    training=False,
    path=None,
    task=-1,
  ):
    """TF-Agents' interface: `(outputs, network_state)`.

    Args:
      observation: `[B, ...]` of the input spec.
      step_type: `[B]`; where it is FIRST a recurrent module begins anew.
      network_state: of all modules, a batch of `state_spec`; () for the first.
      training: not used.
      path: for every layer an int32 tensor `[n]` of modules, duplicates
        allowed; by default the `active` masks.
      task: whose head.

    Returns:
      What the task's head gives, as `forward`, and the state. The state of a
      module that is not active stays as it was.
    """
    del training
    if path is None:
      path = [None] * len(self.gated)
    rows = [
      layer.rows(genes) for layer, genes in zip(self.gated, path, strict=True)
    ]
    merged = self.merge(self.gather(rows, task), rows, task)
    batch = tf.shape(observation)[0]
    if step_type is None:
      is_first = tf.zeros([1, batch], tf.bool)
    else:
      is_first = tf.equal(step_type, ts.StepType.FIRST)[None]
    if self.state_spec and not network_state:
      network_state = tf.nest.map_structure(
        lambda spec: tf.zeros([batch, *spec.shape], spec.dtype), self.state_spec
      )
    whole = network_state or ((),) * len(self.gated)
    parts = tuple(
      layer.select_state(state, indices)
      for layer, state, indices in zip(self.gated, whole, rows, strict=True)
    )
    outputs, parts = self.forward(observation, merged, parts, is_first, task)
    if self.state_spec:
      network_state = tuple(
        layer.put_state(state, indices, part)
        for layer, state, indices, part in zip(
          self.gated, whole, rows, parts, strict=True
        )
      )
    return outputs, network_state


def active_rows(
  path: Sequence[Sequence[int]] | np.ndarray,
  always_on: Sequence[Sequence[int]] | None = None,
) -> list[np.ndarray]:
  """The modules that run for a path, sorted and distinct.

  Args:
    path: `[L, N]` int.
    always_on: for every layer, modules that run as well: the frozen ones in
      reinforcement learning (section 2.3); None: none.

  Returns:
    For every layer an int32 array `[n]`.
  """
  return [
    np.unique([*genes, *others]).astype(np.int32)
    for genes, others in zip(path, always_on or [[]] * len(path), strict=True)
  ]


def _state_spec(layers: Sequence[gated.GatedLayer]) -> Any:
  """Of all layers; () if none remembers anything."""
  specs = tuple(layer.state_spec for layer in layers)
  return specs if tf.nest.flatten(specs) else ()
