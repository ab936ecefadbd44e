# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Updates of variables that live on parameter servers.

A window reads and changes some twenty variables. Over a network each read and
write would be a message; here a window is one message to each server and its
answer, all that goes or comes laid end to end. Only the rows of the path
travel: gradients of those that are free to the servers, which keep the
optimiser's slots and apply it where they are, and the weights that follow to
the worker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from pathnet_tf.agents import updates
from pathnet_tf.errors import UserError
from pathnet_tf.layers import stacked
from pathnet_tf.networks import pathnet


class _Stack(NamedTuple):
  """A variable that a path has rows of; layer -1 is the head, all rows."""

  layer: int
  place: int
  variable: tf.Variable


class RemoteUpdater(updates.Updater):
  """An updater whose variables are on parameter servers.

  It holds for one task on one set of servers. Each server has a *fence*, the
  number of the engine whose updates it takes: a worker that was given up for
  lost, and wakes up after the task has ended, changes nothing any more.
  """

  def __init__(
    self, updater: updates.Updater, fences: Sequence[tf.Variable], number: int
  ):
    """Takes over the settings of an updater.

    Args:
      updater: of the task.
      fences: an int64 variable on each server.
      number: what they hold while the updates are welcome.

    Raises:
      UserError: a layer is not one of like modules.
    """
    self.__dict__.update(updater.__dict__)
    network = self.network
    if not all(isinstance(x, stacked.StackedLayer) for x in network.gated):
      raise UserError(
        'a network with unlike modules in a layer trains in one process:'
        ' --strategy=local is right'
      )
    self._number = number
    self._fences = {fence.device: fence for fence in fences}
    # A task freezes nothing before it ends.
    self._free = [~layer.frozen.numpy() for layer in network.gated]
    self._stacks: dict[str, list[_Stack]] = {}
    owners: list[Any] = [*network.gated, network.heads[self.task]]
    for index, owner in enumerate(owners):
      layer = index if index < len(network.gated) else -1
      for place, variable in enumerate(owner.stacks):
        self._stacks.setdefault(variable.device, []).append(
          _Stack(layer, place, variable)
        )
    for counter in (self.steps, self.updates):
      self._stacks.setdefault(counter.device, [])

  def gather(self, rows):
    """The weights of a path: one message to each server, and one back."""
    packed = _pack_rows(rows)
    answers = {}
    for device, stacks in self._stacks.items():
      if stacks:
        with tf.device(device):
          answers[device] = _function(self._give)(device, tf.identity(packed))
    return self._laid_out(answers, rows)

  def begin(self, rows):
    """As `gather`: from then on they come with the answer to an update."""
    return self.gather(rows)

  def update(self, rows, gradients, loss, steps):
    """As `Updater.update`: one message to each server, and one back.

    Returns:
      The norm, and the weights of the path after the update.
    """
    where = self._where_free(rows)
    sent = {
      device: [
        gradients.head[stack.place]
        if stack.layer < 0
        else tf.gather(
          gradients.layers[stack.layer][stack.place], where[stack.layer]
        )
        for stack in stacks
      ]
      for device, stacks in self._stacks.items()
    }
    norm = tf.linalg.global_norm([g for part in sent.values() for g in part])
    finite = tf.math.is_finite(norm) & tf.math.is_finite(loss)
    scale = self.scale(norm)
    numbers = tf.stack(
      [
        1.0 if scale is None else scale,
        self.learning_rate(),
        tf.cast(finite, tf.float32),
        tf.cast(steps, tf.float32),
      ]
    )
    packed = tf.cast(_pack_rows(rows), tf.float32)  # Exact to 16 million.
    answers = {}
    for device in self._stacks:
      parts = [tf.reshape(part, [-1]) for part in sent[device]]
      flat = tf.concat([numbers, packed, *parts], 0)
      with tf.device(device):
        answers[device] = _function(self._apply)(device, tf.identity(flat))
    return norm, self._laid_out(answers, rows)

  def _laid_out(
    self, answers: dict[str, tf.Tensor], rows: Sequence[tf.Tensor]
  ) -> pathnet.Weights:
    """What the servers sent of a path, as `Updater.gather` gives it."""
    layers = [[None] * len(layer.stacks) for layer in self.network.gated]
    head = [None] * len(self.network.heads[self.task].stacks)
    for device, stacks in self._stacks.items():
      if not stacks:
        continue
      shapes = [_shape(stack, rows) for stack in stacks]
      parts = tf.split(
        tf.identity(answers[device]),
        [tf.reduce_prod(s) for s in shapes],
        num=len(stacks),
      )
      for stack, part, shape in zip(stacks, parts, shapes, strict=True):
        weight = tf.reshape(part, shape)
        weight.set_shape([None, *stack.variable.shape[1:]])
        if stack.layer < 0:
          weight.set_shape(stack.variable.shape)
          head[stack.place] = weight
        else:
          layers[stack.layer][stack.place] = weight
    return pathnet.Weights(layers, head)

  def _where_free(self, rows: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Where those that are not frozen stand among each layer's rows."""
    return [
      tf.where(tf.gather(mask, indices))[:, 0]
      for mask, indices in zip(self._free, rows, strict=True)
    ]

  def _give(self, device: str, packed: tf.Tensor) -> tf.Tensor:
    """What a server answers who asks for the rows of a path."""
    rows, _ = _unpack_rows(packed, len(self._free))
    return self._end_to_end(device, rows)

  def _end_to_end(self, device: str, rows: Sequence[tf.Tensor]) -> tf.Tensor:
    """What a server has of a path."""
    parts = [_read(stack, rows) for stack in self._stacks[device]]
    if not parts:  # Only counters are here.
      return tf.zeros([0])
    return tf.concat([tf.reshape(part, [-1]) for part in parts], 0)

  def _apply(self, device: str, flat: tf.Tensor) -> tf.Tensor:
    """What a server does with a message, and answers: it all runs there."""
    with tf.control_dependencies([flat]):  # Not before it has come.
      fence = self._fences[device].read_value()
    welcome = tf.equal(fence, self._number)
    scale, learning_rate, finite, steps = tf.unstack(flat[:4], 4)
    rows, flat = _unpack_rows(flat[4:], len(self._free))
    where = self._where_free(rows)
    free = [tf.gather(r, kept) for r, kept in zip(rows, where, strict=True)]
    stacks = self._stacks[device]
    shapes = [_shape(stack, free) for stack in stacks]
    sizes = [tf.reduce_prod(shape) for shape in shapes]
    parts = tf.split(flat, sizes, num=len(stacks)) if stacks else []
    for stack, part, shape in zip(stacks, parts, shapes, strict=True):
      gradient = tf.reshape(part, shape) * scale
      indices = (
        tf.range(stack.variable.shape[0])
        if stack.layer < 0
        else free[stack.layer]
      )
      count = tf.where(welcome & (finite > 0), tf.size(indices), 0)
      self.optimizer.apply(
        stack.variable, indices[:count], gradient[:count], learning_rate
      )
    for counter, more in ((self.steps, steps), (self.updates, 1.0)):
      if counter.device == device:
        counter.assign_add(tf.cast(tf.where(welcome, more, 0.0), tf.int64))
    return self._end_to_end(device, rows)


def _function(work: Callable[..., Any]) -> Callable[..., Any]:
  """What a server does as a function of its own, whose end is one message.

  Else the worker waits for a message from each op that changes something.
  """
  return tf.function(work, autograph=False)


def _pack_rows(rows: Sequence[tf.Tensor]) -> tf.Tensor:
  """How many each layer has, then all of them."""
  return tf.concat([[tf.size(r) for r in rows], *rows], 0)


def _unpack_rows(
  packed: tf.Tensor, layers: int
) -> tuple[list[tf.Tensor], tf.Tensor]:
  """The rows of each layer, int32, and what follows them."""
  counts = tf.cast(packed[:layers], tf.int32)
  end = layers + tf.reduce_sum(counts)
  rows = tf.cast(packed[layers:end], tf.int32)
  return tf.split(rows, counts, num=layers), packed[end:]


def _read(stack: _Stack, rows: Sequence[tf.Tensor]) -> tf.Tensor:
  if stack.layer < 0:
    return tf.convert_to_tensor(stack.variable)
  return tf.gather(stack.variable, rows[stack.layer])


def _shape(stack: _Stack, rows: Sequence[tf.Tensor]) -> tf.Tensor:
  """Of the rows of a variable."""
  shape = np.array(stack.variable.shape, np.int32)
  if stack.layer < 0:
    return tf.constant(shape)
  return tf.concat([[tf.size(rows[stack.layer])], shape[1:]], 0)
