# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What every gated layer has: modules, two masks, and one way to be used.

A layer of a PathNet holds M modules; a path makes at most N of them active and
the layer's output is the sum of theirs (Fernando et al. 2017, section 2.1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import tensorflow as tf


class GatedLayer(tf.keras.layers.Layer):
  """M like modules in stacked variables, of which only the active ones run.

  Every weight of the layer is one variable `[M, ...]`, a row a module. A call
  gathers the rows of the active modules and computes nothing for the others,
  so its cost follows the size of the path and not M. Used step by step:

      rows = layer.rows(path)          # [n] sorted, unique
      gathered = layer.gather(rows)    # tensors [n, ...], what gradients are of
      merged = layer.merge(gathered)   # laid out for one fused op
      outputs = layer.forward(inputs, merged)

  or all at once by `layer(inputs, path)`. A subclass gives `_shapes`, `merge`
  and `forward`.

  Attributes:
    modules: M.
    active: bool variable `[M]`: the modules that run when a call names no path.
    frozen: bool variable `[M]`: the modules that no update may change.
    stacks: the stacked variables, each `[M, ...]`, built with the layer.
  """

  def __init__(
    self,
    modules: int,
    *,
    summed: int = 1,
    seed: int = 0,
    **kwargs,
  ):
    """Creates the layer; its variables come with `build`.

    Args:
      modules: M, the number of modules.
      summed: how many modules' outputs are expected to be summed (N). Only the
        scale of the initial weights follows from it, see `initial_scale`.
      seed: of the initial weights.
      **kwargs: of the Keras layer.

    Raises:
      ValueError: if `modules` or `summed` is less than one.
    """
    super().__init__(**kwargs)
    if modules < 1 or summed < 1:
      raise ValueError(
        f'modules and summed must be at least 1, not {modules} and {summed}'
      )
    self.modules = modules
    self.summed = summed
    self.seed = seed
    self.stacks: list[tf.Variable] = []

  def _shapes(self, input_shape: tf.TensorShape) -> dict[str, tuple[int, ...]]:
    """The shapes of one module's weights by name; a bias has one dimension."""
    raise NotImplementedError

  def merge(self, gathered: Sequence[tf.Tensor]) -> tuple[tf.Tensor, ...]:
    """Lays gathered weights `[n, ...]` out for one op over all n modules."""
    raise NotImplementedError

  def forward(
    self, inputs: tf.Tensor, merged: Sequence[tf.Tensor]
  ) -> tf.Tensor:
    """The sum of the outputs of the modules whose weights are merged."""
    raise NotImplementedError

  def build(self, input_shape):
    """Creates the masks (everything active, nothing frozen) and the stacks."""

    def mask(name: str, value: bool) -> tf.Variable:
      return self.add_weight(
        name,
        [self.modules],
        tf.bool,
        lambda shape, dtype: tf.fill(shape, value),
        trainable=False,
      )

    self.active = mask('active', True)
    self.frozen = mask('frozen', False)
    self.stacks = [
      self.add_weight(
        name,
        (self.modules, *shape),
        initializer=lambda s, dtype, index=index: self._initial(
          s, dtype, self.seed, index
        ),
      )
      for index, (name, shape) in enumerate(
        self._shapes(tf.TensorShape(input_shape)).items()
      )
    ]
    super().build(input_shape)

  def call(self, inputs: tf.Tensor, path: tf.Tensor | None = None) -> tf.Tensor:
    """Runs the modules of a path.

    Args:
      inputs: `[B, ...]` float.
      path: `[N]` int32 module indices in any order, duplicates allowed; by
        default the modules of the `active` mask.

    Returns:
      `[B, ...]`, the sum over the distinct modules named.
    """
    return self.forward(inputs, self.merge(self.gather(self.rows(path))))

  def rows(self, path: tf.Tensor | None = None) -> tf.Tensor:
    """The sorted, distinct modules `[n]` of a path or of the `active` mask."""
    if path is None:
      mask = tf.convert_to_tensor(self.active)
    else:
      named = tf.one_hot(path, self.modules, on_value=True, off_value=False)
      mask = tf.reduce_any(named, axis=0)
    return tf.cast(tf.where(mask)[:, 0], tf.int32)

  def gather(self, rows: tf.Tensor) -> list[tf.Tensor]:
    """The weights of some modules, a tensor `[n, ...]` for every stack."""
    return [tf.gather(stack, rows) for stack in self.stacks]

  def reinitialise(self, keep: tf.Tensor, seed: int) -> None:
    """Draws new initial weights for every module but those to keep.

    Args:
      keep: `[M]` bool; rows that are true stay as they are, to the last bit.
      seed: of the new weights; the constructor's gives the first ones again.
    """
    keep = tf.convert_to_tensor(keep, tf.bool)
    for index, stack in enumerate(self.stacks):
      fresh = self._initial(stack.shape, stack.dtype, seed, index)
      column = tf.reshape(keep, [-1] + [1] * (stack.shape.rank - 1))
      stack.assign(tf.where(column, stack, fresh))

  def get_config(self):
    return {
      **super().get_config(),
      'modules': self.modules,
      'summed': self.summed,
      'seed': self.seed,
    }

  def _initial(self, shape, dtype, seed: int, index: int) -> tf.Tensor:
    """Initial rows of the stack of that index: zero biases, centred kernels."""
    if len(shape) == 2:
      return tf.zeros(shape, dtype)
    inputs = list(range(1, len(shape) - 1))
    normal = tf.random.stateless_normal(
      shape, seed=(seed % 2**31, index), dtype=dtype
    )
    fan_in = math.prod(shape[axis] for axis in inputs)
    if fan_in > 1:
      normal -= tf.reduce_mean(normal, axis=inputs, keepdims=True)
    return initial_scale(self.summed, fan_in) * normal


def initial_scale(summed: int, fan_in: int) -> float:
  """Standard deviation that keeps the signal's size through a summing layer.

  What comes out of a sum over ReLUs is positive, and so are images: a large
  mean that all inputs of the next layer share, and on it a small signal. With
  ordinary initial weights the mean passes and the signal drowns. So each
  kernel's weights are centred: they sum to zero over its inputs, and answer to
  differences only (docs/results.md has what that does on frames of Pong).

  For inputs of variance 1 and weights of variance `2 / fan_in` a rectified
  module's outputs have the variance `1 - 1 / pi` (Brock et al. 2021, Scaled
  Weight Standardization), and the sum of N modules N times that, by which the
  weights' variance is divided. Centring takes a `fan_in`-th of it, given back.

  Args:
    summed: N.
    fan_in: number of inputs that one output sees.
  """
  variance = summed * (1 - 1 / math.pi)
  return math.sqrt(2.0 / (max(fan_in - 1, 1) * variance))
