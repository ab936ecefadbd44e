# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A path's weights, taken out of the variables to be trained and put back.

While nobody else trains, a path's weights are nobody else's for a whole
evaluation: taken out once and put back once, the updates between cost half of
what updates of the variables do (docs/performance.md). The bits are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import tensorflow as tf

from pathnet_tf.agents import updates
from pathnet_tf.layers import stacked
from pathnet_tf.networks import pathnet


class Held(NamedTuple):
  """What an update changes.

  Attributes:
    weights: of the path, as `PathNet.gather` gives them.
    slots: of the optimiser, for each of these weights, in their order.
  """

  weights: pathnet.Weights
  slots: Sequence[Sequence[tf.Tensor]]


class HeldPath:
  """One path of a network of stacked layers, for the length of a graph."""

  @staticmethod
  def fits(network: pathnet.PathNet) -> bool:
    """Whether the network's layers let their weights be taken out."""
    return all(isinstance(x, stacked.StackedLayer) for x in network.gated)

  def __init__(self, updater: updates.Updater, rows: Sequence[tf.Tensor]):
    """Looks up which rows are frozen.

    Args:
      updater: of the task.
      rows: for every layer the active modules `[n]`, sorted and distinct.
    """
    self._updater = updater
    self._rows = rows
    self._free = []
    self._rates = []  # 1 or 0, [n, 1, ..]: a frozen row learns at a rate of 0.
    for layer, indices in zip(updater.network.gated, rows, strict=True):
      free = ~tf.gather(layer.frozen, indices)
      self._free.append(free)
      for stack in layer.stacks:
        column = [-1] + [1] * (stack.shape.rank - 1)
        self._rates.append(tf.reshape(tf.cast(free, stack.dtype), column))
    head = updater.network.heads[updater.task]
    self._rates += [tf.ones([])] * len(head.stacks)

  def take(self) -> Held:
    """The weights and slots as they are in the variables."""
    weights = self._updater.network.gather(self._rows, self._updater.task)
    slots = [
      [tf.gather(slot, indices) for slot in self._slots(stack)]
      for stack, indices, _ in self._stacks()
    ]
    return Held(weights, slots)

  def update(self, held: Held, gradients: pathnet.Weights, done: int) -> Held:
    """One update; frozen rows stay as they are.

    Args:
      held: what `take` or the last update gave.
      gradients: of its weights.
      done: the updates since `take`; the learning rate depends on it.
    """
    flat = tf.nest.flatten(gradients)
    clip_norm = self._updater.config.clip_norm
    if clip_norm:
      norm = tf.linalg.global_norm(
        [
          gradient * free
          for gradient, free in zip(flat, self._rates, strict=True)
        ]
      )
      scale = tf.minimum(1.0, clip_norm / norm)
      flat = [gradient * scale for gradient in flat]
    rate = self._updater.learning_rate(done)
    weights, slots = [], []
    for weight, slot, gradient, free in zip(
      tf.nest.flatten(held.weights), held.slots, flat, self._rates, strict=True
    ):
      change, slot = self._updater.optimizer.step(slot, gradient, rate * free)
      weights.append(weight - change)
      slots.append(slot)
    return Held(tf.nest.pack_sequence_as(held.weights, weights), slots)

  def put(self, held: Held) -> None:
    """Writes the rows that are not frozen back."""
    for (stack, indices, free), weight, slots in zip(
      self._stacks(), tf.nest.flatten(held.weights), held.slots, strict=True
    ):
      pairs = [(stack, weight), *zip(self._slots(stack), slots, strict=True)]
      for variable, value in pairs:
        variable.scatter_update(
          tf.IndexedSlices(
            tf.boolean_mask(value, free), tf.boolean_mask(indices, free)
          )
        )

  def _slots(self, stack: tf.Variable) -> list[tf.Variable]:
    return self._updater.optimizer.slots(stack)

  def _stacks(self) -> Iterator[tuple[tf.Variable, tf.Tensor, tf.Tensor]]:
    """Every variable, the rows of it, and which of these are not frozen."""
    network = self._updater.network
    for layer, indices, free in zip(
      network.gated, self._rows, self._free, strict=True
    ):
      for stack in layer.stacks:
        yield stack, indices, free
    for stack in network.heads[self._updater.task].stacks:
      rows = tf.range(stack.shape[0])
      yield stack, rows, tf.fill(rows.shape, True)
