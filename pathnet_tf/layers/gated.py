# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What every gated layer has: modules, two masks, and one way to be used.

A layer of a PathNet holds M modules; a path makes at most N of them active and
the layer's output is the sum of theirs (Fernando et al. 2017, section 2.1).
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

COMBINE = ('sum', 'mean')

# A variable, and rows of it, int32 and distinct; the same, with a gradient.
Rows = tuple[tf.Variable, tf.Tensor]
RowUpdate = tuple[tf.Variable, tf.Tensor, tf.Tensor]


class GatedLayer(tf.keras.layers.Layer):
  """M modules of which only the active ones run. Base class of all kinds.

  Used step by step:

      rows = layer.rows(path)               # [n] sorted, distinct
      gathered = layer.gather(rows)         # what gradients are taken of
      merged = layer.merge(gathered, rows)  # as `run` wants it
      outputs, state = layer.run(inputs, merged, state, is_first)
      layer.updates(rows, gradients)        # what an optimiser may change

  or all at once by `layer(inputs, path)`. A kind with like modules derives from
  `stacked.StackedLayer`, and gives `_shapes`, `merge` and `forward`.

  Attributes:
    modules: M.
    active: bool variable `[M]`: the modules that run when a call names no path.
    frozen: bool variable `[M]`: the modules that no update may change.
    stacks: the variables of the modules, built with the layer.
    sequences: whether a call takes `[B, T, ...]`, as layers with a state do.
    state_spec: nest of specs of what the layer remembers from step to step, of
      one environment and without a batch dimension; () for nothing.
  """

  sequences = False
  state_spec: Any = ()

  def __init__(
    self,
    modules: int,
    *,
    summed: int = 1,
    combine: str = 'sum',
    seed: int = 0,
    **kwargs,
  ):
    """Creates the layer; its variables come with `build`.

    Args:
      modules: M, the number of modules.
      summed: how many modules are expected to be active (N). Only the scale of
        the initial weights follows from it, see `initial.scale`.
      combine: 'sum' of the active modules' outputs, or their 'mean'.
      seed: of the initial weights.
      **kwargs: of the Keras layer.

    Raises:
      ValueError: if `modules` or `summed` is less than one, or `combine` is
        unknown.
    """
    super().__init__(**kwargs)
    if modules < 1 or summed < 1:
      raise ValueError(
        f'modules and summed must be at least 1, not {modules} and {summed}'
      )
    if combine not in COMBINE:
      raise ValueError(f'combine must be sum or mean, not {combine!r}')
    self.modules = modules
    self.summed = summed
    self.combine = combine
    self.seed = seed
    self.stacks: list[tf.Variable] = []

  def build(self, input_shape):
    """Creates the masks: everything active, nothing frozen."""

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
    super().build(input_shape)

  def call(self, inputs: tf.Tensor, path: tf.Tensor | None = None) -> tf.Tensor:
    """Runs the modules of a path.

    Args:
      inputs: `[B, ...]` float. For layers with a state `[B, T, ...]`, one
        sequence each from a state of zeros; T must be known.
      path: `[N]` int32 module indices in any order, duplicates allowed; by
        default the modules of the `active` mask.

    Returns:
      `[B, ...]` or `[B, T, ...]`, combined over the distinct modules named.
    """
    rows = self.rows(path)
    merged = self.merge(self.gather(rows), rows)
    if not self.sequences:
      return self.run(inputs, merged)[0]
    batch, length = tf.shape(inputs)[0], inputs.shape[1]
    outputs, _ = self.run(
      tf.reshape(_swapped(inputs), [-1, *inputs.shape[2:]]),
      merged,
      self.initial_state(rows, batch),
      tf.zeros([length, batch], tf.bool),
    )
    return _swapped(tf.reshape(outputs, [length, batch, *outputs.shape[1:]]))

  def rows(self, path: tf.Tensor | None = None) -> tf.Tensor:
    """The sorted, distinct modules `[n]` of a path or of the `active` mask."""
    if path is None:
      mask = tf.convert_to_tensor(self.active)
    else:
      named = tf.one_hot(path, self.modules, on_value=True, off_value=False)
      mask = tf.reduce_any(named, axis=0)
    return tf.cast(tf.where(mask)[:, 0], tf.int32)

  def gather(self, rows: tf.Tensor) -> list[tf.Tensor]:
    """The weights of some modules, as gradients are taken of them."""
    raise NotImplementedError

  def merge(
    self, gathered: Sequence[tf.Tensor], rows: tf.Tensor
  ) -> tuple[tf.Tensor, ...]:
    """Lays gathered weights out as `run` wants them; differentiable."""
    raise NotImplementedError

  def run(
    self,
    inputs: tf.Tensor,
    merged: Sequence[tf.Tensor],
    state: Any = (),
    is_first: tf.Tensor | None = None,
    gains: tf.Tensor | None = None,
  ) -> tuple[tf.Tensor, Any]:
    """Runs the modules whose weights are merged.

    Args:
      inputs: `[T B, ...]`, T steps of B environments, time outermost.
      merged: from `merge`.
      state: as `initial_state` and former runs give it.
      is_first: bool `[T, B]`, where an episode begins and the state with it;
        only layers with a state look at it.
      gains: `[n]`, what each module's outputs are multiplied by before they
        are combined; None: nothing.

    Returns:
      `[T B, ...]`, the active modules' outputs combined, and the state after
      the last step.
    """
    raise NotImplementedError

  def updates(
    self, rows: tf.Tensor, gradients: Sequence[tf.Tensor]
  ) -> list[RowUpdate]:
    """What an update may change: of the active modules those not frozen.

    Args:
      rows: the active modules.
      gradients: of what `gather` gave for them.
    """
    raise NotImplementedError

  def spread(
    self, gradients: Sequence[tf.Tensor], rows: tf.Tensor, onto: tf.Tensor
  ) -> list[tf.Tensor]:
    """Gradients of some modules, as those of others: zero for new ones.

    Args:
      gradients: of what `gather` gave for `rows`.
      rows: `[n]`, one at least.
      onto: `[u]`, other modules, which may have some in common with `rows`.

    Returns:
      Gradients of what `gather` gives for `onto`.
    """
    raise NotImplementedError

  def initial_state(self, rows: tf.Tensor, batch: int | tf.Tensor) -> Any:
    """The state of the active modules before the first step."""
    del rows, batch
    return ()

  def select_state(self, state: Any, rows: tf.Tensor) -> Any:
    """The active modules' part of the state of all, `[B, *state_spec]`."""
    del rows
    return state

  def put_state(self, state: Any, rows: tf.Tensor, part: Any) -> Any:
    """The state of all modules, with the active ones' part replaced."""
    del state, rows
    return part

  def reinitialise(self, keep: tf.Tensor, seed: int) -> list[Rows]:
    """Draws new initial weights for every module but those to keep.

    Args:
      keep: `[M]` bool; modules that are true stay, to the last bit.
      seed: of the new weights; the constructor's gives the first ones again.

    Returns:
      What was overwritten, for an optimiser to begin anew with.
    """
    raise NotImplementedError

  def copies_to(self, source: int) -> list[int]:
    """The modules that `copy_module` could copy this one over."""
    return [m for m in range(self.modules) if m != source]

  def copy_module(self, source: int, target: int) -> list[Rows]:
    """Copies a module's weights over another's.

    Returns:
      What was overwritten, as `reinitialise` does.
    """
    raise NotImplementedError

  def take(self, other: GatedLayer) -> None:
    """Takes over the modules and masks of a like layer with no larger M.

    Modules that the other has not are not active: what ran still runs.
    """
    self.active.assign(tf.zeros_like(self.active))
    pairs = [(self.active, other.active), (self.frozen, other.frozen)]
    # One of unlike modules has further variables, not longer ones.
    pairs += zip(self.stacks, other.stacks)  # noqa: B905
    for mine, theirs in pairs:
      mine.assign(tf.concat([theirs, mine[theirs.shape[0] :]], axis=0))

  def extract(self, rows: Sequence[int]) -> GatedLayer:
    """A layer of some modules alone: their weights, all of them active.

    Args:
      rows: the modules, sorted and distinct.
    """
    layer = self.like(rows)
    shape = self.get_build_config()['input_shape']
    if not layer.sequences:  # Where none of these modules remembers anything.
      shape = self._step_shape(shape)
    layer.build_from_config({'input_shape': shape})
    layer.frozen.assign(tf.gather(self.frozen, rows))
    layer._take_modules(self, rows)
    return layer

  def like(self, rows: Sequence[int]) -> GatedLayer:
    """A layer to hold modules like these, not yet built."""
    return type(self).from_config({**self.get_config(), 'modules': len(rows)})

  def _take_modules(self, other: GatedLayer, rows: Sequence[int]) -> None:
    """Takes over the weights of some modules, as many as the layer has."""
    raise NotImplementedError

  def _step_shape(self, input_shape) -> tf.TensorShape:
    """The shape `[B, ...]` of one step's inputs."""
    shape = tf.TensorShape(input_shape)
    return shape[:1] + shape[2:] if self.sequences else shape

  def get_config(self):
    return {
      **super().get_config(),
      'modules': self.modules,
      'summed': self.summed,
      'combine': self.combine,
      'seed': self.seed,
    }


def check_sizes(**sizes: Any) -> None:
  """Refuses sizes that a layer can't have.

  Raises:
    ValueError: naming the first that is not a whole number from 1.
  """
  for name, size in sizes.items():
    whole = isinstance(size, numbers.Integral) and not isinstance(size, bool)
    if not whole or size < 1:
      raise ValueError(f'{name} must be at least 1 and whole, not {size!r}')


def _swapped(tensor: tf.Tensor) -> tf.Tensor:
  """The first two axes exchanged."""
  return tf.transpose(tensor, [1, 0, *range(2, tensor.shape.rank)])
