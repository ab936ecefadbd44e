# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Paths through the super-network: the modules and the head that run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from tf_agents.trajectories import time_step as ts

from pathnet_tf.networks import columns as columns_lib
from pathnet_tf.networks import super_network

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


class PathNet(super_network.SuperNetwork):
  """L gated layers and one head a task (Fernando et al. 2017, section 2).

  A call runs one path: the one given, or the modules in the layers' `active`
  masks. Task k's head is chosen by `task`; the newest is the default.
  """

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
    self,
    weights: Weights,
    rows: Sequence[tf.Tensor],
    task: int = -1,
    columns: Sequence[columns_lib.Column] | None = None,
  ) -> Weights:
    """Makes gathered weights what `forward` takes; differentiable."""
    return self.adapt(self.lay_out(weights, rows), rows, task, columns)

  def adapt(
    self,
    laid_out: Weights,
    rows: Sequence[tf.Tensor],
    task: int = -1,
    columns: Sequence[columns_lib.Column] | None = None,
  ) -> Weights:
    """Adds to a path's weights how its task reads what earlier ones froze.

    Args:
      laid_out: from `lay_out`.
      rows: for every layer the active modules `[n]`.
      task: whose path.
      columns: what `columns` gives, where that is at hand.
    """
    head = self.heads[task]
    gains, laterals = head.adapt(laid_out.head, rows, self.modules)
    if columns is None:
      columns = self.columns(task)
    return laid_out._replace(gains=gains, laterals=laterals, columns=columns)

  def columns(self, task: int = -1) -> list[columns_lib.Column]:
    """The earlier paths that a task reads: they are what they are for ever."""
    columns = []
    for earlier, path in enumerate(self.heads[task].adapter.columns):
      rows = [tf.constant(indices, tf.int32) for indices in path]
      laid_out = self.lay_out(self.gather(rows, earlier), rows)
      head = self.heads[earlier]
      gains, laterals = head.adapt(laid_out.head, rows, self.modules)
      columns.append(columns_lib.Column(laid_out.layers, gains, laterals))
    return columns

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
