# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A path's weights, taken out of the variables to be trained and put back.

While nobody else trains, a path's weights are nobody else's for a whole
evaluation. They are taken out once, laid out as the layers run them, and put
back once: the updates between take half of the time that updates of the
variables do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from pathnet_tf.agents import updates
from pathnet_tf.layers import gated, stacked
from pathnet_tf.networks import pathnet


class Held(NamedTuple):
  """What an update changes.

  Attributes:
    weights: of the path, as `PathNet.lay_out` lays them out.
    slots: of the optimiser, each laid out as the weights are.
  """

  weights: pathnet.Weights
  slots: Sequence[pathnet.Weights]


class HeldPath:
  """One path of a network, for the length of a graph."""

  @staticmethod
  def fits(network: pathnet.PathNet) -> bool:
    """Whether the layers let their weights be taken out, and put back."""
    return all(
      isinstance(layer, stacked.StackedLayer) and _rearranges(layer)
      for layer in network.gated
    )

  def __init__(self, updater: updates.Updater, rows: Sequence[tf.Tensor]):
    """Looks up which rows are frozen.

    Args:
      updater: of the task.
      rows: for every layer the active modules `[n]`, sorted and distinct.
    """
    self._updater = updater
    self._rows = rows
    self._gathered = updater.network.gather(rows, updater.task)
    head = updater.network.heads[updater.task]
    self._stacks = pathnet.Weights(
      [layer.stacks for layer in updater.network.gated], head.stacks
    )
    self._free = [
      ~tf.gather(layer.frozen, indices)
      for layer, indices in zip(updater.network.gated, rows, strict=True)
    ]
    # 1, or 0 for the weights of a frozen row, which learns at a rate of 0.
    self._rates = self._laid_out(
      self._gathered._replace(
        layers=[
          [_spread(tf.cast(free, weight.dtype), weight) for weight in weights]
          for free, weights in zip(
            self._free, self._gathered.layers, strict=True
          )
        ],
        head=[tf.ones_like(weight) for weight in self._gathered.head],
      )
    )
    if not updater.anneal_steps:
      rate = updater.learning_rate()
      self._rates = tf.nest.map_structure(lambda r: r * rate, self._rates)

  def take(self) -> Held:
    """The weights and slots as they are in the variables."""
    optimizer = self._updater.optimizer
    slots = []
    for number in range(len(optimizer.SLOTS + optimizer.ROW_SLOTS)):
      layers = [
        [
          _spread(tf.gather(optimizer.slots(stack)[number], indices), weight)
          for stack, weight in zip(stacks, weights, strict=True)
        ]
        for stacks, weights, indices in zip(
          self._stacks.layers, self._gathered.layers, self._rows, strict=True
        )
      ]
      head = [
        _spread(tf.convert_to_tensor(optimizer.slots(stack)[number]), weight)
        for stack, weight in zip(
          self._stacks.head, self._gathered.head, strict=True
        )
      ]
      slots.append(self._laid_out(pathnet.Weights(layers, head)))
    return Held(self._laid_out(self._gathered), slots)

  def update(
    self, held: Held, gradients: pathnet.Weights, done: tf.Tensor | int
  ) -> Held:
    """One update; frozen rows stay as they are.

    Args:
      held: what `take` or the last update gave.
      gradients: of its weights.
      done: the updates since `take`; the learning rate depends on it.
    """
    flat = tf.nest.flatten(gradients)
    rates = tf.nest.flatten(self._rates)
    clip_norm = self._updater.config.clip_norm
    if clip_norm:
      norm = tf.linalg.global_norm(
        [
          tf.where(rate > 0, gradient, 0.0)
          for gradient, rate in zip(flat, rates, strict=True)
        ]
      )
      # Infinity would pass for a scale of zero: NaN is found at the end.
      norm = tf.where(tf.math.is_finite(norm), norm, float('nan'))
      scale = tf.minimum(1.0, clip_norm / norm)
      flat = [gradient * scale for gradient in flat]
    if self._updater.anneal_steps:
      rate = self._updater.learning_rate(done)
      rates = [rate * free for free in rates]
    weights, after = [], []
    slots = [tf.nest.flatten(slot) for slot in held.slots]
    for place, (weight, gradient, rate) in enumerate(
      zip(tf.nest.flatten(held.weights), flat, rates, strict=True)
    ):
      change, values = self._updater.optimizer.step(
        [slot[place] for slot in slots], gradient, rate
      )
      weights.append(weight - change)
      after.append(values)

    def packed(parts):
      return tf.nest.pack_sequence_as(held.weights, list(parts))

    return Held(packed(weights), [packed(p) for p in zip(*after, strict=True)])

  def put(self, held: Held) -> None:
    """Writes the rows that are not frozen back."""
    optimizer = self._updater.optimizer
    parts = [self._gathered_from(part) for part in (held.weights, *held.slots)]
    for layer, (free, indices) in enumerate(
      zip(self._free, self._rows, strict=True)
    ):
      free_rows = tf.boolean_mask(indices, free)
      for place, stack in enumerate(self._stacks.layers[layer]):
        for variable, part in zip(
          (stack, *optimizer.slots(stack)), parts, strict=True
        ):
          value = tf.boolean_mask(part.layers[layer][place], free)
          variable.scatter_update(
            tf.IndexedSlices(_narrowed(value, variable), free_rows)
          )
    for place, stack in enumerate(self._stacks.head):
      for variable, part in zip(
        (stack, *optimizer.slots(stack)), parts, strict=True
      ):
        variable.assign(_narrowed(part.head[place], variable))

  def _laid_out(self, gathered: pathnet.Weights) -> pathnet.Weights:
    return self._updater.network.lay_out(gathered, self._rows)

  def _gathered_from(self, laid_out: pathnet.Weights) -> pathnet.Weights:
    """What was laid out: the gradient of what only rearranges undoes it."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
      tape.watch(self._gathered)
      again = self._laid_out(self._gathered)
    return tape.gradient(again, self._gathered, output_gradients=laid_out)


def _rearranges(layer: gated.GatedLayer) -> bool:
  """Whether `merge` moves numbers about and changes none; tried on two rows."""
  with tf.init_scope():  # Of real numbers, whoever traces what.
    count = min(2, layer.modules)
    gathered, first = [], 0
    for stack in layer.stacks:
      shape = (count, *stack.shape[1:])
      numbers = np.arange(first, first + np.prod(shape)).reshape(shape)
      gathered.append(tf.constant(numbers, stack.dtype))
      first += numbers.size
    merged = layer.merge(gathered, tf.range(count))
    numbers = np.concatenate([part.numpy().ravel() for part in merged])
  return np.array_equal(np.sort(numbers), np.arange(first))


def _spread(rows: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
  """`[n]`, or `[n, 1, ...]`, to the shape of a weight `[n, ...]`."""
  column = [tf.shape(rows)[0]] + [1] * (like.shape.rank - 1)
  if rows.shape.rank == 1 and like.shape.rank != 1:
    rows = tf.reshape(rows, column)
  return tf.broadcast_to(rows, tf.shape(like))


def _narrowed(value: tf.Tensor, variable: tf.Variable) -> tf.Tensor:
  """A number a row again, where that is what the variable has."""
  return value[tuple(slice(0, size) for size in (None, *variable.shape[1:]))]
