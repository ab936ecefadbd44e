# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.heterogeneous and .keras_modules."""

from __future__ import annotations

import collections

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.layers import gated, heterogeneous, keras_modules

MODULES, INPUTS, LENGTH = 6, 4, 3

# How often each module ran, by its name.
RUNS: collections.Counter[str] = collections.Counter()


def count_a_run(module: tf.keras.layers.Layer) -> None:
  """An op that counts each time it runs, not when it is traced."""

  def count() -> None:
    RUNS[module.name] += 1

  tf.py_function(count, [], [])


@tf.keras.utils.register_keras_serializable('heterogeneous_test')
class Counted(tf.keras.layers.Dense):
  """A dense module that counts its runs."""

  def call(self, inputs):
    count_a_run(self)
    return super().call(inputs)


@tf.keras.utils.register_keras_serializable('heterogeneous_test')
class CountedCell(tf.keras.layers.GRUCell):
  """A recurrent module that counts its steps."""

  def call(self, inputs, states, training=None):
    count_a_run(self)
    return super().call(inputs, states, training=training)


@tf.keras.utils.register_keras_serializable('heterogeneous_test')
class Block(tf.keras.layers.Layer):
  """Builds the layer within only when it is called, as many models do."""

  def __init__(self, units: int, **kwargs):
    super().__init__(**kwargs)
    self.units = units
    self.inner = tf.keras.layers.Dense(units, 'tanh')

  def call(self, inputs):
    return self.inner(inputs)

  def get_config(self):
    return {**super().get_config(), 'units': self.units}


def functional() -> tf.keras.Model:
  """A small model with a fork: `[..., 4]` to `[..., 4]`."""
  inputs = tf.keras.Input([INPUTS])
  hidden = tf.keras.layers.Dense(3, 'relu')(inputs)
  both = tf.keras.layers.Concatenate()([inputs, hidden])
  return tf.keras.Model(inputs, tf.keras.layers.Dense(4)(both))


def make(kinds, modules: int = MODULES, **kwargs):
  """A layer of random weights."""
  layer = heterogeneous.GatedHeterogeneous(modules, kinds, seed=3, **kwargs)
  steps = [LENGTH] if layer.sequences else []
  layer.build([None, *steps, INPUTS])
  rng = np.random.default_rng(0)
  for stack in layer.stacks:
    stack.assign(rng.normal(size=stack.shape))
  return layer


def inputs_of(layer, batch: int = 2) -> tf.Tensor:
  steps = [LENGTH] if layer.sequences else []
  values = np.random.default_rng(1).normal(size=(batch, *steps, INPUTS))
  return tf.constant(values, tf.float32)


def take_gradients(layer, inputs, path):
  """As the engines do."""
  rows = layer.rows(path)
  gathered = layer.gather(rows)
  with tf.GradientTape(watch_accessed_variables=False) as tape:
    tape.watch(gathered)
    outputs, _ = layer.run(inputs, layer.merge(gathered, rows))
    loss = tf.reduce_sum(tf.square(outputs))
  gradients = tape.gradient(
    loss, gathered, unconnected_gradients=tf.UnconnectedGradients.ZERO
  )
  return rows, gradients


class Runner:
  """A layer of modules that count their runs, called by path or by mask."""

  def __init__(self, kinds, mode: str):
    self.layer = make(kinds)
    self.inputs = inputs_of(self.layer)
    by_path = tf.TensorSpec([None], tf.int32)
    self.by_path = lambda path: self.layer(self.inputs, path)
    self.by_mask = lambda: self.layer(self.inputs)
    if mode == 'graph':
      self.by_path = tf.function(self.by_path, input_signature=[by_path])
      self.by_mask = tf.function(self.by_mask, input_signature=[])

  def runs(self, function, *arguments) -> list[int]:
    """How often each module runs in a call."""
    RUNS.clear()
    np.asarray(function(*arguments))
    return [RUNS[module.name] for module in self.layer.members]


RUNNERS = {
  'dense': lambda: [Counted(4), Counted(4, 'relu'), Counted(4, 'tanh')],
  'recurrent': lambda: [CountedCell(4), Counted(4), CountedCell(4)],
}
STEPS = {
  'dense': [1] * MODULES,
  'recurrent': [LENGTH, 1, LENGTH] * 2,  # Steps of a cell, else all at once.
}


@pytest.fixture(scope='module', params=['eager', 'graph'])
def mode(request) -> str:
  return request.param


@pytest.fixture(scope='module', params=RUNNERS)
def runner(request, mode):
  """A runner, and how often each of its modules runs while it is active."""
  return Runner(RUNNERS[request.param](), mode), STEPS[request.param]


@settings(max_examples=20, deadline=None)
@given(path=st.lists(st.integers(0, MODULES - 1), min_size=1, max_size=8))
def test_only_the_modules_of_the_path_run(runner, path):
  counted, steps = runner
  expected = [n if m in path else 0 for m, n in enumerate(steps)]
  assert counted.runs(counted.by_path, tf.constant(path)) == expected


@settings(max_examples=5, deadline=None)
@given(mask=st.lists(st.booleans(), min_size=6, max_size=6).filter(any))
def test_only_the_modules_of_the_mask_run(runner, mask):
  counted, steps = runner
  counted.layer.active.assign(mask)
  expected = [n if on else 0 for n, on in zip(steps, mask, strict=True)]
  assert counted.runs(counted.by_mask) == expected


def test_a_backward_pass_runs_no_other_module_either(mode):
  layer = make(RUNNERS['dense']())
  function = take_gradients if mode == 'eager' else tf.function(take_gradients)
  RUNS.clear()
  function(layer, inputs_of(layer), tf.constant([4, 1]))
  runs = [RUNS[module.name] for module in layer.members]
  assert runs == [0, 1, 0, 0, 1, 0]


@pytest.fixture(scope='module')
def plain():
  """An identity, a dense and a residual module, two of each."""
  return make(
    [
      tf.keras.layers.Identity(),
      tf.keras.layers.Dense(4, 'relu'),
      keras_modules.ResidualDense(4),
    ]
  )


def naive(layer, inputs: np.ndarray, path) -> np.ndarray:
  """Every module of `plain` computed, times a 0/1 mask, summed."""
  total = np.zeros([len(inputs), 4])
  for m in range(MODULES):
    output = inputs
    if m % 3:
      kernel, bias = (w.astype(float) for w in layer.members[m].get_weights())
      output = np.maximum(inputs @ kernel + bias, 0.0)
      output += inputs if m % 3 == 2 else 0.0
    total += float(m in path) * output
  return total


@settings(max_examples=40, deadline=None)
@given(
  path=st.lists(st.integers(0, MODULES - 1), min_size=1, max_size=8),
  batch=st.integers(1, 3),
  seed=st.integers(0, 1000),
)
def test_a_path_equals_the_masked_sum_of_all_modules(plain, path, batch, seed):
  inputs = np.random.default_rng(seed).normal(size=(batch, INPUTS))
  outputs = plain(tf.constant(inputs, tf.float32), tf.constant(path))
  np.testing.assert_allclose(
    outputs, naive(plain, inputs, path), rtol=1e-4, atol=1e-4
  )


def test_kinds_repeat_in_turn_with_weights_of_their_own():
  dense = tf.keras.layers.Dense(4)
  dense.build([None, INPUTS])
  own = dense.get_weights()
  layer = heterogeneous.GatedHeterogeneous(
    5, [dense, tf.keras.layers.Identity(), keras_modules.ResidualDense(4)]
  )
  layer.build([None, INPUTS])
  assert [type(module).__name__ for module in layer.members] == [
    'Dense',
    'Identity',
    'ResidualDense',
    'Dense',
    'Identity',
  ]
  assert len(layer.stacks) == 6
  assert len({id(v) for v in (*layer.stacks, *dense.weights)}) == 8
  kernels = [layer.members[m].get_weights()[0] for m in (0, 2, 3)]
  for one, two in ((0, 1), (0, 2), (1, 2)):
    assert (kernels[one] != kernels[two]).all()
  layer.reinitialise([False] * 5, seed=4)
  for before, after in zip(own, dense.get_weights(), strict=True):
    np.testing.assert_array_equal(before, after)


def test_fewer_modules_than_kinds_take_the_first_kinds():
  kinds = [tf.keras.layers.Dense(4), tf.keras.layers.Identity(), Block(4)]
  layer = make(kinds, modules=2)
  assert [type(module).__name__ for module in layer.members] == [
    'Dense',
    'Identity',
  ]


def test_one_kind_may_stand_twice(plain):
  dense = tf.keras.layers.Dense(4)
  layer = make([dense, dense], modules=2)
  assert len({id(stack) for stack in layer.stacks}) == 4
  assert layer.copies_to(0) == []


def test_an_initialiser_with_a_seed_gives_each_module_its_own_weights():
  seeded = tf.keras.initializers.GlorotUniform(seed=1)
  layer = heterogeneous.GatedHeterogeneous(
    3, [tf.keras.layers.Dense(4, kernel_initializer=seeded)]
  )
  layer.build([None, INPUTS])
  first, second, third = (stack.numpy() for stack in layer.stacks[::2])
  assert (first != second).all()
  assert (second != third).all()
  layer.reinitialise([True, False, True], seed=5)
  assert (layer.stacks[2].numpy() != second).all()


def test_only_modules_of_the_same_kind_are_copied_over_each_other(plain):
  assert [plain.copies_to(m) for m in range(MODULES)] == [
    [3],
    [4],
    [5],
    [0],
    [1],
    [2],
  ]
  seven = make([tf.keras.layers.Dense(4), Block(4)], modules=7)
  assert seven.copies_to(2) == [0, 4, 6]
  assert seven.copies_to(5) == [1, 3]


def test_gradients_of_inactive_modules_are_zero_and_never_applied(mode):
  layer = make(
    [tf.keras.layers.Dense(4), keras_modules.ResidualDense(4), functional()]
  )
  layer.frozen.assign([False, True, False, False, False, False])
  owner = {
    id(variable): m
    for m, module in enumerate(layer.members)
    for variable in module.weights
  }

  def compute(path):
    rows, gradients = take_gradients(layer, inputs_of(layer), path)
    updates = layer.updates(rows, gradients)
    return gradients, [tuple(update[1:]) for update in updates]

  if mode == 'graph':
    spec = tf.TensorSpec([None], tf.int32)
    compute = tf.function(compute, input_signature=[spec], autograph=False)
  for path in ([0, 1, 2], [5, 5], [1], [4, 3, 0, 1]):
    gradients, updates = compute(tf.constant(path))
    assert len(gradients) == len(updates) == len(layer.stacks)
    for stack, gradient, (rows, left) in zip(
      layer.stacks, gradients, updates, strict=True
    ):
      m = owner[id(stack)]
      assert gradient.numpy().any() == (m in path)
      if m in path and m != 1:
        assert rows.numpy().tolist() == list(range(stack.shape[0]))
        np.testing.assert_array_equal(left, gradient)
      else:
        assert rows.shape == [0]
        assert left.shape == [0, *stack.shape[1:]]


def test_unlike_shapes_of_outputs_are_refused():
  kinds = [tf.keras.layers.Dense(4), tf.keras.layers.Dense(5)]
  with pytest.raises(ValueError, match=r'one shape, not \[4\], \[5\]'):
    make(kinds)
  with pytest.raises(ValueError, match='one shape'):
    make([tf.keras.layers.Dense(8), tf.keras.layers.Reshape([2, 2])])
  with pytest.raises(ValueError, match='one shape'):
    make([tf.keras.layers.LSTMCell(4), tf.keras.layers.Dense(3)])


def test_a_residual_module_of_another_width_is_refused():
  with pytest.raises(ValueError, match='5 units needs as many inputs, not 4'):
    make([keras_modules.ResidualDense(5)])


def test_no_kinds_are_refused():
  with pytest.raises(ValueError, match='needs a kind'):
    heterogeneous.GatedHeterogeneous(3, [])


def test_a_scalar_weight_is_refused():
  class Scaled(tf.keras.layers.Layer):
    def build(self, input_shape):
      self.scale = self.add_weight('scale', [], initializer='ones')

    def call(self, inputs):
      return self.scale * inputs

  with pytest.raises(ValueError, match='module 0, Scaled, has a scalar weight'):
    make([Scaled()])


def test_a_module_without_a_usable_config_is_named():
  class Applied(tf.keras.layers.Layer):
    """Has an argument that Keras can not write down."""

    def __init__(self, function, **kwargs):
      super().__init__(**kwargs)
      self.function = function

    def call(self, inputs):
      return self.function(inputs)

  with pytest.raises(NotImplementedError, match=r'Applied[^$]*get_config'):
    heterogeneous.GatedHeterogeneous(3, [Applied(tf.nn.relu)])


def test_a_module_whose_config_leaves_something_out_is_named():
  class Forgetful(tf.keras.layers.Layer):
    """Does not tell its `units`."""

    def __init__(self, units: int, **kwargs):
      super().__init__(**kwargs)
      self.units = units

    def get_config(self):
      return {'name': self.name}

  with pytest.raises(TypeError, match=r"Forgetful[^$]*'units'"):
    make([Forgetful(4)])


def test_a_functional_model_may_be_a_module(tmp_path):
  model = functional()
  own = model.get_weights()
  layer = make([model, tf.keras.layers.Identity()], modules=4)
  assert len(layer.stacks) == 8
  inputs = inputs_of(layer)
  values = inputs.numpy().astype(float)
  expected = values.copy()  # The identity, module 1.
  for m in (0, 2):
    inner, bias, outer, last = layer.members[m].get_weights()
    hidden = np.maximum(values @ inner + bias, 0.0)
    expected += np.concatenate([values, hidden], axis=1) @ outer + last
  np.testing.assert_allclose(
    layer(inputs, tf.constant([2, 0, 1])), expected, rtol=1e-4, atol=1e-4
  )
  for before, after in zip(own, model.get_weights(), strict=True):
    np.testing.assert_array_equal(before, after)
  whole = tf.keras.Sequential([layer])
  expected = whole(inputs)
  whole.save(tmp_path / 'x.keras')
  loaded = tf.keras.models.load_model(tmp_path / 'x.keras')
  np.testing.assert_array_equal(loaded(inputs), expected)


def test_first_weights_of_a_model_follow_from_the_seed():
  def first(seed: int):
    layer = heterogeneous.GatedHeterogeneous(2, [functional()], seed=seed)
    layer.build([None, INPUTS])
    return layer

  one, two, other = first(1), first(1), first(2)
  kernels = [k for k, stack in enumerate(one.stacks) if stack.shape.rank == 2]
  assert len(kernels) == 4
  for k in kernels:
    np.testing.assert_array_equal(one.stacks[k], two.stacks[k])
    assert (one.stacks[k].numpy() != other.stacks[k].numpy()).all()
  other.reinitialise([True, False], seed=1)
  for k in kernels:
    same = (one.stacks[k].numpy() == other.stacks[k].numpy()).all()
    assert same == (k in kernels[2:])


def test_weights_that_come_with_the_first_call_are_weights_of_the_layer():
  layer = make([Block(4), tf.keras.layers.Identity()], modules=4)
  assert len(layer.stacks) == 4
  assert {id(v) for v in layer.trainable_variables} == {
    id(stack) for stack in layer.stacks
  }
  kernel, bias = (stack.numpy() for stack in layer.stacks[2:])
  inputs = inputs_of(layer)
  np.testing.assert_allclose(
    layer(inputs, tf.constant([2])),
    np.tanh(inputs @ kernel + bias),
    rtol=1e-4,
    atol=1e-5,
  )
  rows, gradients = take_gradients(layer, inputs, tf.constant([2]))
  sizes = [len(r) for _, r, _ in layer.updates(rows, gradients)]
  assert sizes == [0, 0, INPUTS, 4]
  layer.reinitialise([True, True, False, True], seed=9)
  assert (layer.stacks[2].numpy() != kernel).all()
  assert not layer.stacks[3].numpy().any()


def test_statistics_of_a_batch_normalisation_stand_still():
  layer = make(
    [tf.keras.layers.BatchNormalization(), tf.keras.layers.Identity()],
    modules=2,
  )
  module = layer.members[0]
  module.moving_variance.assign([1.0, 2.0, 3.0, 4.0])
  before = module.moving_mean.numpy(), module.moving_variance.numpy()
  inputs = inputs_of(layer)
  tf.keras.Sequential([layer])(inputs, training=True)
  rows, gradients = take_gradients(layer, inputs, tf.constant([0, 1]))
  sizes = {
    id(variable): len(indices)
    for variable, indices, _ in layer.updates(rows, gradients)
  }
  assert sizes[id(module.gamma)] == sizes[id(module.beta)] == INPUTS
  assert sizes[id(module.moving_mean)] == 0
  assert sizes[id(module.moving_variance)] == 0
  np.testing.assert_array_equal(module.moving_mean, before[0])
  np.testing.assert_array_equal(module.moving_variance, before[1])


def test_what_is_not_to_be_trained_is_not_updated():
  layer = make([tf.keras.layers.Dense(4, trainable=False)], modules=2)
  rows, gradients = take_gradients(layer, inputs_of(layer), tf.constant([0, 1]))
  for _, indices, _ in layer.updates(rows, gradients):
    assert indices.shape == [0]


def test_gradients_of_an_embedding_are_dense(mode):
  layer = heterogeneous.GatedHeterogeneous(
    2, [tf.keras.layers.Embedding(5, 3), tf.keras.layers.Embedding(7, 3)]
  )
  layer.build([None, 2])
  numbers = tf.constant([[1.0, 4.0], [1.0, 0.0]])

  def compute(path):
    rows, gradients = take_gradients(layer, numbers, path)
    return [update[1:] for update in layer.updates(rows, gradients)]

  if mode == 'graph':
    spec = tf.TensorSpec([None], tf.int32)
    compute = tf.function(compute, input_signature=[spec], autograph=False)
  (rows, gradient), (others, nothing) = compute(tf.constant([0]))
  assert rows.numpy().tolist() == [0, 1, 2, 3, 4]
  assert gradient.numpy().any(axis=1).tolist() == [
    True,
    True,
    False,
    False,
    True,
  ]
  assert others.shape == [0]
  assert nothing.shape == [0, 3]


@pytest.mark.parametrize(
  'kinds',
  [
    lambda: [tf.keras.layers.Dropout(0.5)],
    lambda: [tf.keras.layers.LSTMCell(4, dropout=0.5, recurrent_dropout=0.5)],
  ],
)
def test_dropout_does_nothing_even_while_keras_trains(kinds):
  layer = make(kinds(), modules=2)
  model, inputs = tf.keras.Sequential([layer]), inputs_of(layer)
  train = tf.function(lambda: model(inputs, training=True))
  np.testing.assert_allclose(
    train(), model(inputs, training=False), rtol=1e-5, atol=1e-6
  )


CELLS = {
  'lstm': lambda: tf.keras.layers.LSTMCell(4),
  'gru': lambda: tf.keras.layers.GRUCell(4),
  'stack': lambda: tf.keras.layers.StackedRNNCells(
    [tf.keras.layers.SimpleRNNCell(3), tf.keras.layers.LSTMCell(4)]
  ),
  'dense': lambda: tf.keras.layers.Dense(4),
}


@pytest.fixture(scope='module')
def recurrent():
  """An LSTM, a GRU, a stack of cells and a module without a state."""
  return make([cell() for cell in CELLS.values()])


def random_state(layer, batch: int, seed: int = 0):
  rng = np.random.default_rng(seed)
  return tf.nest.map_structure(
    lambda spec: tf.constant(rng.normal(size=(batch, *spec.shape)), spec.dtype),
    layer.state_spec,
  )


def run(layer: gated.GatedLayer, inputs, state, is_first, path):
  """Outputs `[T, B, U]` and the state after."""
  rows = layer.rows(tf.constant(path))
  outputs, after = layer.run(
    tf.reshape(inputs, [-1, INPUTS]),
    layer.merge(layer.gather(rows), rows),
    layer.select_state(state, rows),
    tf.constant(is_first, tf.bool),
  )
  after = layer.put_state(state, rows, after)
  return outputs.numpy().reshape(*inputs.shape[:2], 4), after


def time_major(batch: int, seed: int = 2) -> tf.Tensor:
  rng = np.random.default_rng(seed)
  return tf.constant(rng.normal(size=(LENGTH, batch, INPUTS)), tf.float32)


def assert_same(one, two, **tolerance) -> None:
  tf.nest.assert_same_structure(one, two)
  for first, second in zip(
    tf.nest.flatten(one), tf.nest.flatten(two), strict=True
  ):
    np.testing.assert_allclose(first, second, **tolerance)


def test_every_recurrent_module_has_its_own_state(recurrent):
  assert recurrent.sequences
  sizes = [[spec.shape[0] for spec in part] for part in recurrent.state_spec]
  assert sizes == [[4, 4], [4], [3, 4, 4], [], [4, 4], [4]]
  state = recurrent.initial_state(tf.constant([1]), 3)
  tf.nest.assert_same_structure(state, recurrent.state_spec)
  for part, spec in zip(
    tf.nest.flatten(state),
    tf.nest.flatten(recurrent.state_spec),
    strict=True,
  ):
    np.testing.assert_array_equal(part, np.zeros([3, *spec.shape]))


def test_a_layer_without_cells_has_no_state(plain):
  assert not plain.sequences
  assert plain.state_spec == ()
  assert plain.initial_state(tf.constant([1]), 3) == ()


@pytest.mark.parametrize('m', range(4))
def test_a_module_steps_as_its_keras_cell_does(recurrent, m):
  kind = list(CELLS.values())[m]()
  kind.build([None, INPUTS])
  kind.set_weights(recurrent.members[m].get_weights())
  inputs, state = time_major(2), random_state(recurrent, 2)
  is_first = np.zeros([LENGTH, 2], bool)
  is_first[1, 0] = True
  outputs, after = run(recurrent, inputs, state, is_first, [m])
  expected, part = [], list(state[m])
  for t in range(LENGTH):
    if m == 3:
      output = kind(inputs[t])
    else:
      keep = tf.constant(1.0 - is_first[t][:, None], tf.float32)
      output, part = kind(inputs[t], [tensor * keep for tensor in part])
      part = tf.nest.flatten(part)
    expected.append(output)
  np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)
  assert_same(list(after[m]), part, rtol=1e-5, atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(
  path=st.lists(st.integers(0, MODULES - 1), min_size=1, max_size=8),
  seed=st.integers(0, 1000),
)
def test_the_state_of_inactive_modules_stays(recurrent, path, seed):
  state = random_state(recurrent, 2, seed)
  is_first = np.random.default_rng(seed).random([LENGTH, 2]) < 0.3
  _, after = run(recurrent, time_major(2), state, is_first, path)
  tf.nest.assert_same_structure(after, state)
  for m in range(MODULES):
    for old, new in zip(state[m], after[m], strict=True):
      same = old.numpy().tobytes() == new.numpy().tobytes()
      assert same == (m not in path)


def test_steps_at_once_equal_one_step_after_another(recurrent):
  inputs, start, path = time_major(3), random_state(recurrent, 3), [3, 0, 2, 1]
  is_first = np.zeros([LENGTH, 3], bool)
  is_first[2, 1] = is_first[0, 2] = True
  expected, last = run(recurrent, inputs, start, is_first, path)
  state = start
  for t in range(LENGTH):
    step = slice(t, t + 1)
    outputs, state = run(recurrent, inputs[step], state, is_first[step], path)
    np.testing.assert_allclose(outputs[0], expected[t], rtol=1e-5, atol=1e-5)
  assert_same(state, last, rtol=1e-5, atol=1e-5)


def test_no_environment_learns_of_another(recurrent):
  path, none = [0, 1, 2, 3], np.zeros([LENGTH, 2], bool)
  inputs, start = time_major(2), random_state(recurrent, 2)
  expected, last = run(recurrent, inputs, start, none, path)
  other = tf.stack([inputs[:, 0], time_major(2, seed=8)[:, 1]], axis=1)
  first = none.copy()
  first[1, 1] = True
  state = tf.nest.map_structure(
    lambda part: tf.stack([part[0], part[1] + 1.0]), start
  )
  outputs, after = run(recurrent, other, state, first, path)
  np.testing.assert_array_equal(outputs[:, 0], expected[:, 0])
  assert (np.abs(outputs - expected)[:, 1].max(axis=1) > 1e-4).all()
  for one, two in zip(
    tf.nest.flatten(after), tf.nest.flatten(last), strict=True
  ):
    np.testing.assert_array_equal(one[0], two[0])


def test_another_path_or_batch_does_not_retrace(recurrent):
  traces = []
  state_spec = tf.nest.map_structure(
    lambda spec: tf.TensorSpec([None, *spec.shape], spec.dtype),
    tuple(tuple(part) for part in recurrent.state_spec),
  )

  def step(inputs, is_first, state, path):
    traces.append(path)
    rows = recurrent.rows(path)
    outputs, part = recurrent.run(
      tf.reshape(inputs, [-1, INPUTS]),
      recurrent.merge(recurrent.gather(rows), rows),
      recurrent.select_state(state, rows),
      is_first,
    )
    return outputs, recurrent.put_state(state, rows, part)

  compiled = tf.function(
    step,
    input_signature=[
      tf.TensorSpec([LENGTH, None, INPUTS]),
      tf.TensorSpec([LENGTH, None], tf.bool),
      state_spec,
      tf.TensorSpec([None], tf.int32),
    ],
    autograph=False,
  )
  for batch, path in ((1, [2]), (3, [4, 0, 4]), (2, [3, 1, 0, 2])):
    first = np.arange(LENGTH * batch).reshape(LENGTH, batch) % 3 == 0
    arguments = (
      time_major(batch),
      tf.constant(first),
      random_state(recurrent, batch),
      tf.constant(path),
    )
    assert_same(compiled(*arguments), step(*arguments), rtol=1e-4, atol=1e-5)
  assert len(traces) == 1 + 3  # Once compiled, and three times as it is.


def test_modules_may_compute_in_halves_on_their_own():
  kinds = [
    tf.keras.layers.LSTMCell(4, dtype='mixed_bfloat16'),
    tf.keras.layers.GRUCell(4),
    tf.keras.layers.Dense(4, dtype='mixed_bfloat16'),
  ]
  layer = make(kinds, modules=3)
  exact = make([type(kind)(4) for kind in kinds], modules=3)
  exact.set_weights(layer.get_weights())
  dtypes = [[spec.dtype for spec in part] for part in layer.state_spec]
  assert dtypes == [[tf.bfloat16] * 2, [tf.float32], []]
  inputs, path = inputs_of(layer), tf.constant([0, 1, 2])
  outputs = tf.function(layer)(inputs, path)
  assert outputs.dtype == tf.float32
  np.testing.assert_allclose(outputs, exact(inputs, path), atol=0.1)


def test_the_residual_module_adds_its_inputs():
  module = keras_modules.ResidualDense(3)
  inputs = tf.constant([[1.0, -2.0, 3.0]])
  module(inputs)
  module.set_weights([np.diag([1.0, 1.0, 2.0]), np.array([0.5, 0.5, 0.5])])
  assert module(inputs).numpy().tolist() == [[2.5, -2.0, 9.5]]


def test_a_config_makes_the_same_residual_module_again():
  initializer = tf.keras.initializers.HeNormal(seed=4)
  module = keras_modules.ResidualDense(3, initializer, name='some_module')
  again = tf.keras.layers.deserialize(tf.keras.layers.serialize(module))
  assert again.get_config() == module.get_config()
  for layer in (module, again):
    layer.build([None, 3])
  for one, two in zip(module.get_weights(), again.get_weights(), strict=True):
    np.testing.assert_array_equal(one, two)
  assert module.get_weights()[0].any()
