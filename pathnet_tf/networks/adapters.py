# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Adapters: how a task reads the modules that earlier tasks froze.

Some have *gains*: numbers trained with the task's head, small at first, that
the outputs of frozen modules are multiplied by, as in the adapters of
progressive networks (Rusu et al. 2016, section 2), of which the projection and
its nonlinearity are left out.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from pathnet_tf.errors import UserError
from pathnet_tf.layers import gated

# For every layer some modules, sorted and distinct.
Modules = Sequence[Sequence[int]]

FIRST_GAIN = 0.1  # So that a task begins almost as if nothing were frozen.


class Adapter:
  """Reads frozen modules as it does others. Base class: it has no gains.

  Attributes:
    shape: of the gains; () where there are none.
    columns: the modules of the paths that all earlier tasks ran, if these run
      beside the task's own path, see `columns`; else ().
  """

  shape: tuple[int, ...] = ()
  columns: tuple[Modules, ...] = ()

  def module_gains(
    self, gains: tf.Tensor, rows: Sequence[tf.Tensor], modules: Sequence[int]
  ) -> Sequence[tf.Tensor]:
    """What the outputs of a path's modules are multiplied by.

    Args:
      gains: of this shape; gradients flow back to them.
      rows: for every layer the modules `[n]`.
      modules: M of every layer.

    Returns:
      For every layer `[n]`; () if it would be 1 for every module there is.
    """
    del gains, rows, modules
    return ()

  def laterals(self, gains: tf.Tensor) -> Sequence[tf.Tensor]:
    """For every layer what the columns' outputs are multiplied by, `[columns]`.

    Args:
      gains: as of `module_gains`.

    Returns:
      () where there are no columns.
    """
    del gains
    return ()

  def extract(self, kept: Modules) -> tuple[Adapter, Sequence[int]]:
    """The adapter in a network of some modules alone.

    Args:
      kept: those modules.

    Returns:
      It, and which rows of the gains are its.
    """
    del kept
    return self, ()


class Scaled(Adapter):
  """A gain for every module that was frozen.

  Attributes:
    modules: which these are.
  """

  def __init__(self, modules: Modules):
    self.modules = tuple(map(tuple, modules))
    self.shape = (sum(map(len, self.modules)),)

  def module_gains(self, gains, rows, modules):
    # Padded: the gradient of a concatenation would be a sparse one.
    with_one = tf.pad(gains, [[0, 1]], constant_values=1.0)
    found, first = [], 0
    for scaled, indices, count in zip(self.modules, rows, modules, strict=True):
      table = np.full(count, with_one.shape[0] - 1, np.int32)
      table[list(scaled)] = range(first, first + len(scaled))
      first += len(scaled)
      found.append(tf.gather(with_one, tf.gather(tf.constant(table), indices)))
    return found

  def extract(self, kept):
    scaled, places, first = [], [], 0
    for mine, indices in zip(self.modules, kept, strict=True):
      scaled.append([i for i, m in enumerate(indices) if m in mine])
      places += [first + mine.index(m) for m in indices if m in mine]
      first += len(mine)
    return Scaled(scaled) if places else Adapter(), places


class Columns(Adapter):
  """A gain for every layer of every earlier task's path, `[L, columns]`.

  A module that runs in a column gives zeros in the task's own path.
  """

  def __init__(self, columns: Sequence[Modules]):
    self.columns = tuple(tuple(map(tuple, column)) for column in columns)
    self.shape = (len(self.columns[0]), len(self.columns))

  def module_gains(self, gains, rows, modules):
    found = []
    for index, (indices, count) in enumerate(zip(rows, modules, strict=True)):
      table = np.ones(count, np.float32)
      for column in self.columns:
        table[list(column[index])] = 0
      found.append(tf.gather(tf.constant(table), indices))
    return found

  def laterals(self, gains):
    return tf.unstack(gains)

  def extract(self, kept):
    columns = [
      [
        [indices.index(m) for m in there]
        for indices, there in zip(kept, column, strict=True)
      ]
      for column in self.columns
    ]
    return Columns(columns), range(self.shape[0])


def make(frozen: str, past: Sequence[Modules]) -> Adapter:
  """A task's adapter.

  Args:
    frozen: one of `config.FROZEN`.
    past: the modules that ran in each earlier task.
  """
  if past and frozen == 'columns':
    return Columns(past)
  if past and frozen == 'scaled':
    return Scaled(
      [sorted(set().union(*layer)) for layer in zip(*past, strict=True)]
    )
  return Adapter()


def check(frozen: str, layers: Sequence[gated.GatedLayer]) -> None:
  """Refuses layers that an adapter can't read.

  Raises:
    UserError: naming the first.
  """
  for layer in layers if frozen in ('scaled', 'columns') else ():
    methods = (layer.run, getattr(layer, 'forward', layer.run))
    if not all('gains' in inspect.signature(m).parameters for m in methods):
      raise UserError(
        f'{type(layer).__name__} has no gains, which frozen={frozen} multiplies'
        ' what its modules give by: another --frozen is right, or a'
        ' forward(inputs, merged, gains=None), see docs/networks.md'
      )
    if layer.sequences and frozen == 'columns':
      raise UserError(
        f'{layer.name} has recurrent modules, which frozen=columns does not'
        ' run: another --frozen, or a --network without them, is right'
      )
