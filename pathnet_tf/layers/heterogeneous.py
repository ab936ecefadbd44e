# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Gated layer of unlike modules: Keras layers, models, recurrent cells."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from pathnet_tf import seeds
from pathnet_tf.layers import gated


@tf.keras.utils.register_keras_serializable('pathnet_tf')
class GatedHeterogeneous(gated.GatedLayer):
  """M modules of several kinds, taken in turn; the active ones are combined.

  Every module keeps its own variables, and sits in a branch of its own that is
  taken only while it is active. It costs an op a module where like modules cost
  one in all, so layers of like modules are better stacked.

  A module is called as in inference: dropout does nothing, and the statistics
  of a batch normalisation stand still. One that has a `state_size`, as Keras's
  recurrent cells have, is given its state.

  A window reads the weights as they are: where several workers train at a time
  another's update can come between two of its steps.

  The first weights follow from the seed as far as the modules' configs name
  initialisers, as those of Keras's own layers do.

  Attributes:
    members: the M modules, Keras layers.
  """

  def __init__(
    self, modules: int, kinds: Sequence[tf.keras.layers.Layer], **kwargs
  ):
    """As `GatedLayer`, with what the modules are made like.

    Args:
      modules: M.
      kinds: Keras layers or models with `get_config`; module m is one like
        `kinds[m % len(kinds)]`, with weights of its own. All take the layer's
        inputs, and give outputs of one shape.
      **kwargs: of `GatedLayer`.
    """
    super().__init__(modules, **kwargs)
    if not kinds:
      raise ValueError('a heterogeneous layer needs a kind of module at least')
    self._kinds = [(type(kind), kind.get_config()) for kind in kinds]
    self.sequences = any(_is_cell(kind) for kind in kinds)
    self.members: list[tf.keras.layers.Layer] = []

  def build(self, input_shape):
    """Creates the modules with their variables, and the masks."""
    shape = self._step_shape(input_shape)
    self.members = [
      self._make(m, self.seed, shape) for m in range(self.modules)
    ]
    self.stacks = [v for module in self.members for v in module.weights]
    if self.sequences:
      self.state_spec = tuple(map(self._state_spec, self.members))
    self._build_shape = shape
    self._shape = self._output_shape(shape)
    super().build(input_shape)

  def gather(self, rows):
    """The variables themselves: nothing is copied, and a tape watches them."""
    del rows
    return list(self.stacks)

  def merge(self, gathered, rows):
    """Bool `[M]`: which modules run; and their rows."""
    del gathered
    return self._mask(rows), rows

  def run(self, inputs, merged, state=(), is_first=None, gains=None):
    active, rows = merged
    if not state:
      state = ((),) * self.modules
    inputs = tf.cast(inputs, self.compute_dtype)
    # Summed module by module, so that the bits do not depend on M: the order in
    # which add_n sums does, and a grown layer must give what it gave before.
    total = tf.zeros([tf.shape(inputs)[0], *self._shape], self.compute_dtype)
    if gains is not None:
      gains = tf.cast(gains, self.compute_dtype)
      gains = tf.scatter_nd(rows[:, None], gains, [self.modules])
    states = []
    for m in range(self.modules):
      total, after = self._add_or_skip(
        m,
        active[m],
        total,
        inputs,
        state[m],
        is_first,
        None if gains is None else gains[m],
      )
      states.append(after)
    if self.combine == 'mean':
      total /= tf.reduce_sum(tf.cast(active, total.dtype))
    return total, tuple(states) if self.sequences else ()

  def updates(self, rows, gradients):
    free = self._mask(rows) & ~self.frozen
    trained = {id(v) for m in self.members for v in m.trainable_weights}
    updates = []
    for (m, variable), gradient in zip(self._owned(), gradients, strict=True):
      # Neither statistics nor what its kind keeps from training.
      changes = free[m] & (id(variable) in trained)
      length = tf.where(changes, variable.shape[0], 0)
      gradient = tf.convert_to_tensor(gradient)  # Of embeddings it is sparse.
      updates.append((variable, tf.range(length), gradient[:length]))
    return updates

  def spread(self, gradients, rows, onto):
    """As they are, but dense: `gather` gives all variables for any modules."""
    del rows, onto
    return [tf.convert_to_tensor(gradient) for gradient in gradients]

  def initial_state(self, rows, batch):
    """Zeros for every module, active or not."""
    del rows
    return (
      tf.nest.map_structure(
        lambda spec: tf.zeros([batch, *spec.shape], spec.dtype), self.state_spec
      )
      if self.sequences
      else ()
    )

  def reinitialise(self, keep, seed):
    drawn = []
    for m, kept in enumerate(tf.convert_to_tensor(keep, tf.bool).numpy()):
      if not kept:
        fresh = self._make(m, seed, self._build_shape)
        self.members[m].set_weights(fresh.get_weights())
        drawn += _all_rows(self.members[m])
    return drawn

  def copies_to(self, source):
    """Modules of the same kind."""
    kinds = len(self._kinds)
    return [m for m in super().copies_to(source) if m % kinds == source % kinds]

  def copy_module(self, source, target):
    self.members[target].set_weights(self.members[source].get_weights())
    return _all_rows(self.members[target])

  def like(self, rows):
    kinds = self._fresh_kinds()
    config = {**super().get_config(), 'modules': len(rows)}
    return type(self)(kinds=[kinds[m % len(kinds)] for m in rows], **config)

  def _take_modules(self, other, rows):
    for mine, m in zip(self.members, rows, strict=True):
      mine.set_weights(other.members[m].get_weights())

  def get_config(self):
    kinds = [tf.keras.layers.serialize(kind) for kind in self._fresh_kinds()]
    return {**super().get_config(), 'kinds': kinds}

  @classmethod
  def from_config(cls, config):
    kinds = [tf.keras.layers.deserialize(kind) for kind in config['kinds']]
    return cls(**{**config, 'kinds': kinds})

  def _fresh_kinds(self) -> list[tf.keras.layers.Layer]:
    """Layers without weights, one of each kind."""
    return [
      kind.from_config(copy.deepcopy(config)) for kind, config in self._kinds
    ]

  def _add_or_skip(
    self,
    m: int,
    active: tf.Tensor,
    total: tf.Tensor,
    inputs: tf.Tensor,
    state: Any,
    is_first: tf.Tensor | None,
    gain: tf.Tensor | None,
  ) -> tuple[tf.Tensor, Any]:
    """Adds the module's outputs to the total, if it is active."""
    module = self.members[m]

    def run():
      if _is_cell(module):
        output, after = _unroll(module, inputs, state, is_first)
      else:
        output, after = module(inputs, training=False), state
      output = tf.cast(output, self.compute_dtype)
      return total + (output if gain is None else gain * output), after

    return tf.cond(active, run, lambda: (total, state))

  def _make(self, m: int, seed: int, shape) -> tf.keras.layers.Layer:
    """Module m, with initial weights that follow from the seed."""
    kind, config = self._kinds[m % len(self._kinds)]
    count = iter(range(10**6))
    config = _seeded(
      copy.deepcopy(config), lambda: seeds.derive(seed, m, next(count))
    )
    config['name'] = f'{self.name}_module_{m}'
    # Layers that a kind makes within it have initialisers without a seed.
    tf.keras.utils.set_random_seed(seeds.derive(seed, m))
    module = kind.from_config(config)
    if not module.built:
      module.build(shape)
    self._shape_of(module, shape)  # Some have no weights before a call.
    if any(variable.shape.rank == 0 for variable in module.weights):
      raise ValueError(f'module {m}, {kind.__name__}, has a scalar weight')
    return module

  def _state_spec(self, module: tf.keras.layers.Layer) -> Any:
    if not _is_cell(module):
      return ()
    return tuple(
      tf.TensorSpec(tf.TensorShape(size), module.compute_dtype, 'state')
      for size in tf.nest.flatten(module.state_size)
    )

  def _output_shape(self, shape: tf.TensorShape) -> list[int]:
    """The one shape that all modules' outputs have, without the batch."""
    shapes = [self._shape_of(module, shape) for module in self.members]
    if any(other != shapes[0] for other in shapes):
      raise ValueError(
        'the modules of a layer must give outputs of one shape, not'
        f' {", ".join(map(str, shapes[: len(self._kinds)]))}'
      )
    return shapes[0]

  def _shape_of(self, module: tf.keras.layers.Layer, shape) -> list[int]:
    """The shape of a module's outputs, without the batch."""
    inputs = tf.zeros([1, *shape[1:]], self.compute_dtype)
    if _is_cell(module):
      state = [
        tf.zeros([1, *spec.shape], spec.dtype)
        for spec in self._state_spec(module)
      ]
      outputs, _ = module(inputs, state, training=False)
    else:
      outputs = module(inputs, training=False)
    return outputs.shape[1:].as_list()

  def _mask(self, rows: tf.Tensor) -> tf.Tensor:
    named = tf.one_hot(rows, self.modules, on_value=True, off_value=False)
    return tf.reduce_any(named, axis=0)

  def _owned(self) -> list[tuple[int, tf.Variable]]:
    """Every variable of `stacks`, with the module that it belongs to."""
    return [
      (m, variable)
      for m, module in enumerate(self.members)
      for variable in module.weights
    ]


def _all_rows(module: tf.keras.layers.Layer) -> list[gated.Rows]:
  return [(v, tf.range(v.shape[0])) for v in module.weights]


def _is_cell(module: tf.keras.layers.Layer) -> bool:
  return hasattr(module, 'state_size')


def _unroll(cell, inputs, state, is_first) -> tuple[tf.Tensor, Any]:
  """A recurrent cell over T steps, its state zero where an episode begins."""
  length = is_first.shape[0]
  steps = tf.reshape(inputs, [length, -1, *inputs.shape[1:]])
  outputs = []
  for t in range(length):
    state = [_zero_where(is_first[t], part) for part in state]
    output, state = cell(steps[t], state, training=False)
    state = tf.nest.flatten(state)
    outputs.append(output)
  stacked = tf.stack(outputs)
  return tf.reshape(stacked, [-1, *stacked.shape[2:]]), tuple(state)


def _zero_where(mask: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
  column = tf.reshape(mask, [-1] + [1] * (state.shape.rank - 1))
  return tf.where(column, tf.zeros_like(state), state)


def _seeded(config: Any, draw: Callable[[], int]) -> Any:
  """A Keras config with a seed of its own in each initialiser that has one."""
  if isinstance(config, dict):
    inner = config.get('config')
    if 'class_name' in config and isinstance(inner, dict) and 'seed' in inner:
      inner['seed'] = draw()
    for value in config.values():
      _seeded(value, draw)
  elif isinstance(config, (list, tuple)):
    for value in config:
      _seeded(value, draw)
  return config
