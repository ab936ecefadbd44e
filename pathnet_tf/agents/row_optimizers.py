# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Optimisers that change the named rows of a variable and nothing else.

The optimisers of Keras move rows whose gradient is zero (through momentum, or
by decaying their slots), so they can freeze a variable but not a module, which
is a row of one. These change no other row, of the weights or of the slots, by
one bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from pathnet_tf.layers import variable_rows


class RowOptimizer(tf.Module):
  """Base class: keeps the slots, variable by variable."""

  SLOTS: tuple[float, ...] = ()  # Initial value of each slot.
  ROW_SLOTS: tuple[float, ...] = ()  # The same, of slots with a number a row.

  def __init__(self, name: str | None = None):
    super().__init__(name=name)
    self._variables: list[tf.Variable] = []
    self._slots: list[list[tf.Variable]] = []

  def add(self, variables: Sequence[tf.Variable]) -> None:
    """Creates the slots of further variables."""
    for variable in variables:
      self._variables.append(variable)
      number_a_row = [variable.shape[0]] + [1] * (variable.shape.rank - 1)
      self._slots.append(
        [
          *(_slot(variable.shape, value) for value in self.SLOTS),
          *(_slot(number_a_row, value) for value in self.ROW_SLOTS),
        ]
      )

  def slots(self, variable: tf.Variable) -> list[tf.Variable]:
    """A variable's slots: of its shape, then `[M, 1, ...]`."""
    for known, slots in zip(self._variables, self._slots, strict=True):
      if known is variable:
        return slots
    raise ValueError(f'{variable.name} was not added to the optimiser')

  def reset(self, variable: tf.Variable, rows: tf.Tensor) -> None:
    """Gives the slots of some rows `[n]` their initial values."""
    for slot, value in zip(
      self.slots(variable), self.SLOTS + self.ROW_SLOTS, strict=True
    ):
      shape = [tf.size(rows), *slot.shape[1:]]
      slot.scatter_update(tf.IndexedSlices(tf.fill(shape, value), rows))

  def take(
    self,
    variable: tf.Variable,
    other: RowOptimizer,
    others_variable: tf.Variable,
  ) -> None:
    """Takes over the slots of a variable with as many rows, or fewer."""
    for slot, old in zip(
      self.slots(variable), other.slots(others_variable), strict=True
    ):
      slot.assign(tf.concat([old, slot[old.shape[0] :]], axis=0))

  def apply(
    self,
    variable: tf.Variable,
    rows: tf.Tensor,
    gradient: tf.Tensor,
    learning_rate: tf.Tensor,
  ) -> None:
    """Updates some rows of a variable.

    Args:
      variable: one that was added, `[M, ...]`.
      rows: `[n]` int32, distinct: a row named twice would be updated twice.
      gradient: `[n, ...]`, of those rows.
      learning_rate: scalar.
    """
    slots = self.slots(variable)
    change, values = self.step(
      [variable_rows.gather(slot, rows) for slot in slots],
      gradient,
      learning_rate,
    )
    for slot, value in zip(slots, values, strict=True):
      slot.scatter_update(tf.IndexedSlices(value, rows))
    # Not by scatter_sub, which takes more than twice as long on a CPU.
    value = variable_rows.gather(variable, rows) - change
    variable.scatter_update(tf.IndexedSlices(value, rows))

  def step(
    self,
    slots: Sequence[tf.Tensor],
    gradient: tf.Tensor,
    learning_rate: tf.Tensor,
  ) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """What an update does to n rows.

    Args:
      slots: of the rows, `[n, ...]` each.
      gradient: `[n, ...]`.
      learning_rate: scalar, or one a row `[n, 1, ...]`.

    Returns:
      What is to be subtracted from the rows, and their slots after it.
    """
    raise NotImplementedError


def _slot(shape: Sequence[int], value: float) -> tf.Variable:
  return tf.Variable(tf.fill(shape, value), trainable=False)


class SGD(RowOptimizer):
  """Plain gradient descent: `w -= lr g`."""

  def step(self, slots, gradient, learning_rate):
    return learning_rate * gradient, []


class RMSProp(RowOptimizer):
  """As in A3C (Mnih et al. 2016, section 4): `w -= lr g / sqrt(s + eps)`.

  `s` is the running mean of `g^2`. It starts at one, as in the TensorFlow
  of that time; at zero the first steps are about ten times too long.
  """

  SLOTS = (1.0,)

  def __init__(self, decay: float = 0.99, epsilon: float = 1e-5):
    super().__init__()
    self._decay = decay
    self._epsilon = epsilon

  def step(self, slots, gradient, learning_rate):
    (square,) = slots
    square += (1 - self._decay) * (tf.square(gradient) - square)
    change = learning_rate * gradient * tf.math.rsqrt(square + self._epsilon)
    return change, [square]


class Adam(RowOptimizer):
  """Adam (Kingma & Ba 2015) with a step count of its own for every row.

  A module is trained only while a path holds it, so the bias correction counts
  the module's own updates.

  Workers write the rows of a module without a lock (as A3C's threads do), so
  one may read the other's first moment `m` beside a second moment `v` that
  lacks the same gradient: at zero, a step of `lr m / eps`. What one sequence
  of gradients leaves has `m^2 <= c v`, c = (1 - b1)^2 / ((1 - b2)
  (1 - b1^2 / b2)) (Cauchy-Schwarz); `v` is raised to that where it lies below.
  A step is then at most `sqrt(c) lr` (7.3 lr) whatever was read, and sound
  ones are as without it.
  """

  SLOTS = (0.0, 0.0)  # First and second moment.
  ROW_SLOTS = (0.0,)  # The row's updates so far.

  def __init__(
    self, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8
  ):
    super().__init__()
    self._beta_1 = beta_1
    self._beta_2 = beta_2
    self._epsilon = epsilon
    largest = (1 - beta_1) ** 2 / ((1 - beta_2) * (1 - beta_1**2 / beta_2))
    # A per cent of room, so that rounding never touches a sound row.
    self._least_ratio = 0.99 / largest

  def step(self, slots, gradient, learning_rate):
    first, second, count = slots
    first += (1 - self._beta_1) * (gradient - first)
    second += (1 - self._beta_2) * (tf.square(gradient) - second)
    second = tf.maximum(second, self._least_ratio * tf.square(first))
    count += 1
    corrected = first / (1 - self._beta_1**count)
    scale = tf.sqrt(second / (1 - self._beta_2**count)) + self._epsilon
    return learning_rate * corrected / scale, [first, second, count]


OPTIMIZERS: dict[str, type[RowOptimizer]] = {
  'rmsprop': RMSProp,
  'sgd': SGD,
  'adam': Adam,
}
