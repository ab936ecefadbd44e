# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.networks.pathnet."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tf_agents.specs import tensor_spec
from tf_agents.trajectories import time_step as ts

from pathnet_tf.layers import convolution, dense, gru, heterogeneous, lstm
from pathnet_tf.networks import head as head_lib
from pathnet_tf.networks import pathnet

MODULES = (5, 4, 6)
SPEC = tensor_spec.BoundedTensorSpec([5, 4, 2], tf.float32, -9.0, 9.0)

paths = st.tuples(
  *(
    st.lists(st.integers(0, modules - 1), min_size=3, max_size=3)
    for modules in MODULES
  )
)


def make(spec=SPEC, heads: int = 2, **changes) -> pathnet.PathNet:
  layers = [
    convolution.GatedConv2D(MODULES[0], 3, 2, 1, summed=3, seed=1),
    dense.GatedDense(MODULES[1], 6, summed=3, seed=2),
    dense.GatedDense(MODULES[2], 5, summed=3, seed=3),
  ]
  network = pathnet.PathNet(spec, layers, **changes)
  for head in range(heads):
    network.add_head(head_lib.ActorCriticHead, 3 + head, seed=10 + head)
  return network


@functools.cache
def random_network() -> pathnet.PathNet:
  """Random weights, the biases too, that no test changes."""
  network = make()
  rng = np.random.default_rng(0)
  for owner in (*network.gated, *network.heads):
    for stack in owner.stacks:
      stack.assign(rng.normal(size=stack.shape))
  return network


def observations(seed: int, batch: int = 2) -> np.ndarray:
  rng = np.random.default_rng(seed)
  return rng.normal(size=(batch, *SPEC.shape)).astype(np.float32)


def naive(network, observation, path, task) -> tuple[np.ndarray, np.ndarray]:
  """All modules of all layers, times their masks, in double precision."""
  features = observation.astype(np.float64)
  for layer, genes in zip(network.gated, path, strict=True):
    kernel, bias = (stack.numpy().astype(np.float64) for stack in layer.stacks)
    total = 0.0
    for module in range(layer.modules):
      if isinstance(layer, convolution.GatedConv2D):
        patches = np.lib.stride_tricks.sliding_window_view(
          features, (2, 2), axis=(1, 2)
        )
        signal = np.einsum('bijchw,hwcf->bijf', patches, kernel[module])
      else:
        signal = features.reshape(len(features), -1) @ kernel[module]
      mask = 1.0 if module in genes else 0.0
      total = total + mask * np.maximum(signal + bias[module], 0.0)
    features = total
  kernel, bias = (stack.numpy() for stack in network.heads[task].stacks)
  outputs = features @ kernel + bias
  return outputs[:, :-1], outputs[:, -1]


@settings(max_examples=40, deadline=None)
@given(path=paths, task=st.integers(0, 1), seed=st.integers(0, 1000))
def test_a_path_equals_the_naive_masked_network(path, task, seed):
  network = random_network()
  observation = observations(seed)
  (logits, value), state = network(
    observation, path=[tf.constant(genes) for genes in path], task=task
  )
  assert state == ()
  expected_logits, expected_value = naive(network, observation, path, task)
  scale = np.abs(expected_logits).max() + 1
  np.testing.assert_allclose(logits / scale, expected_logits / scale, atol=1e-4)
  np.testing.assert_allclose(value / scale, expected_value / scale, atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(path=paths)
def test_mask_path_and_steps_give_the_same_bits(path):
  network = random_network()
  observation = observations(0)
  expected, _ = network(observation, path=[tf.constant(g) for g in path])
  rows = pathnet.active_rows(np.array(path))
  for genes, indices in zip(path, rows, strict=True):
    assert indices.dtype == np.int32
    assert indices.tolist() == sorted(set(genes))
  network.set_active(rows)
  by_mask, _ = network(observation)
  by_step, state = network.forward(
    observation,
    network.merge(network.gather(rows), rows),
    network.initial_state(rows, 2),
    tf.zeros([1, 2], tf.bool),
  )
  assert state == ((), (), ())
  for outputs in (by_mask, by_step):
    for one, two in zip(outputs, expected, strict=True):
      np.testing.assert_array_equal(one, two)


def test_a_head_belongs_to_its_task_and_the_newest_is_the_default():
  network = random_network()
  observation = observations(0)
  (newest, _), _ = network(observation)
  (first, _), _ = network(observation, task=0)
  (second, _), _ = network(observation, task=1)
  assert (first.shape, second.shape) == ([2, 3], [2, 4])
  np.testing.assert_array_equal(newest, second)


def test_a_new_head_leaves_the_others_alone():
  network = make(heads=1)
  observation = observations(0)
  before, _ = network(observation, task=0)
  network.add_head(head_lib.ActorCriticHead, 7, seed=0)
  after, _ = network(observation, task=0)
  for one, two in zip(before, after, strict=True):
    np.testing.assert_array_equal(one, two)


def test_variables_are_there_before_the_first_call():
  network = make(heads=0)
  assert len(network.variables) == 3 * 4  # Two stacks and two masks a layer.
  network.add_head(head_lib.ActorCriticHead, 3, seed=0)
  assert len(network.variables) == 3 * 4 + 2
  assert len(network.trainable_variables) == 3 * 2 + 2
  assert network.modules == MODULES


def test_frozen_modules_run_always_or_where_a_path_names_them():
  network = make()
  network.freeze([np.array([4]), np.array([0, 1]), np.array([2])])
  path = np.array([[1, 1], [1, 3], [5, 0]])
  available = pathnet.active_rows(path)
  always_on = pathnet.active_rows(path, network.frozen_rows())
  assert [rows.tolist() for rows in available] == [[1], [1, 3], [0, 5]]
  assert [rows.tolist() for rows in always_on] == [[1, 4], [0, 1, 3], [0, 2, 5]]


def test_a_later_task_does_not_thaw_an_earlier_one():
  network = make()
  assert network.frozen_rows() == [[], [], []]
  network.freeze([np.array([4]), np.array([0, 1]), np.array([2])])
  network.freeze([np.array([0]), np.array([1]), np.array([], np.int32)])
  assert network.frozen_rows() == [[0, 4], [0, 1], [2]]


def test_reinitialise_draws_all_but_the_frozen_rows():
  network = make()
  rng = np.random.default_rng(0)
  for owner in (*network.gated, *network.heads):
    for stack in owner.stacks:
      stack.assign(rng.normal(size=stack.shape))
  frozen = [np.array([4]), np.array([0, 1]), np.array([], np.int32)]
  network.freeze(frozen)
  before = [[s.numpy() for s in layer.stacks] for layer in network.gated]
  heads = [stack.numpy() for head in network.heads for stack in head.stacks]
  drawn = network.reinitialise(seed=77)
  expected = [
    (stack, np.setdiff1d(np.arange(layer.modules), kept).tolist())
    for layer, kept in zip(network.gated, frozen, strict=True)
    for stack in layer.stacks
  ]
  assert len(drawn) == len(expected)
  for (stack, rows), (other, others) in zip(drawn, expected, strict=True):
    assert stack is other
    assert rows.numpy().tolist() == others
  for layer, kept, olds in zip(network.gated, frozen, before, strict=True):
    mask = np.isin(np.arange(layer.modules), kept)
    for stack, old in zip(layer.stacks, olds, strict=True):
      np.testing.assert_array_equal(stack.numpy()[mask], old[mask])
      assert (stack.numpy()[~mask] != old[~mask]).all()
  stacks = [stack for head in network.heads for stack in head.stacks]
  for stack, old in zip(stacks, heads, strict=True):
    np.testing.assert_array_equal(stack, old)


def test_reinitialised_layers_of_one_shape_differ():
  spec = tf.TensorSpec([4], tf.float32)
  network = pathnet.PathNet(spec, [dense.GatedDense(3, 4) for _ in range(2)])
  network.reinitialise(seed=77)
  one, two = (layer.stacks[0].numpy() for layer in network.gated)
  assert (one != two).all()


@pytest.mark.parametrize(
  ('spec', 'scale'),
  [
    (tf.TensorSpec([5, 4, 2], tf.uint8), 1 / 255),
    (tensor_spec.BoundedTensorSpec([5, 4, 2], tf.uint8, 0, 254), 1 / 255),
    (tensor_spec.BoundedTensorSpec([5, 4, 2], tf.uint8, 0, 1), 1),
    (tensor_spec.BoundedTensorSpec([5, 4, 2], tf.float32, 0, 300), 1),
  ],
)
def test_images_are_scaled_and_centred(spec, scale):
  images = np.random.default_rng(0).integers(0, 2, size=(3, 5, 4, 2))
  if scale != 1:
    images *= 255
  outputs, _ = make(spec)(tf.constant(images, spec.dtype))
  inputs = images * scale
  if scale != 1:
    inputs = inputs - inputs.mean(axis=(1, 2, 3), keepdims=True)
  expected, _ = make()(tf.constant(inputs, tf.float32))
  for one, two in zip(outputs, expected, strict=True):
    np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


def test_a_path_may_be_run_on_images_that_were_prepared_before():
  spec = tensor_spec.BoundedTensorSpec(SPEC.shape, tf.uint8, 0, 255)
  for pixels in ('centred', 'unit'):
    network = make(spec, pixels=pixels)
    images = np.random.default_rng(0).integers(0, 256, (3, *SPEC.shape))
    images = tf.constant(images, tf.uint8)
    rows = tensors([[0, 2], [1], [3, 5]])
    merged = network.merge(network.gather(rows), rows)
    arguments = (merged, network.initial_state(rows, 3), tf.ones([1, 3], bool))
    prepared = network.prepare(images)
    assert bool(np.all(prepared.numpy() >= 0)) == (pixels == 'unit')
    expected = network.forward(images, *arguments)
    same_bits(network.run(prepared, *arguments), expected)
    same_bits(network(images, path=rows)[0], expected[0])


def test_heads_of_both_kinds_share_a_network():
  network = make(heads=1)
  network.add_head(head_lib.ClassifierHead, 7, seed=0)
  observation = observations(0)
  logits, state = network(observation)
  assert (logits.shape, state) == ([2, 7], ())
  (logits, value), _ = network(observation, task=0)
  assert (logits.shape, value.shape) == ([2, 3], [2])


def test_another_path_mask_or_frozen_set_does_not_retrace():
  network = make()
  traces = []

  @tf.function(
    input_signature=[
      tf.TensorSpec([2, *SPEC.shape]),
      [tf.TensorSpec([None], tf.int32)] * 3,
    ],
    autograph=False,
  )
  def by_path(observation, path):
    traces.append('path')
    return network(observation, path=path)[0]

  @tf.function(
    input_signature=[tf.TensorSpec([2, *SPEC.shape])], autograph=False
  )
  def by_mask(observation):
    traces.append('mask')
    return network(observation)[0]

  values = set()
  for path in ([[0], [1], [2]], [[4, 4, 0], [3, 1], [5]], [[2, 1]] * 3):
    network.set_active(pathnet.active_rows(path))
    network.freeze(pathnet.active_rows(path))
    observation = observations(0)
    expected = network(observation)[0]
    for outputs in (
      by_path(observation, [tf.constant(genes) for genes in path]),
      by_mask(observation),
    ):
      for one, two in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-5)
    values.add(float(expected[1][0]))
  assert sorted(traces) == ['mask', 'path']
  assert len(values) == 3


WIDTH = 6
MEMORY_SPEC = tensor_spec.BoundedTensorSpec([7], tf.float32, -9.0, 9.0)
FIRST, MID = int(ts.StepType.FIRST), int(ts.StepType.MID)
# With a module twice, and one that has no state.
MEMORY_PATH = [[1, 3], [0, 4, 4], [0, 1, 2], [2, 3]]


def with_memory(modules=(4, 5, 6, 4), heads: int = 1) -> pathnet.PathNet:
  """A network with memory: stacked and unlike recurrent modules."""
  keras = tf.keras.layers
  kinds = [keras.GRUCell(WIDTH), keras.Dense(WIDTH), keras.LSTMCell(WIDTH)]
  layers = [
    dense.GatedDense(modules[0], WIDTH, summed=3, seed=1),
    lstm.GatedLSTM(modules[1], WIDTH, summed=3, seed=2),
    heterogeneous.GatedHeterogeneous(modules[2], kinds, summed=3, seed=3),
    gru.GatedGRU(modules[3], WIDTH, summed=3, seed=4),
  ]
  network = pathnet.PathNet(MEMORY_SPEC, layers)
  for head in range(heads):
    network.add_head(head_lib.ActorCriticHead, 3 + head, seed=10 + head)
  rng = np.random.default_rng(0)
  for owner in (*network.gated, *network.heads):
    for stack in owner.stacks:
      stack.assign(rng.normal(size=stack.shape) / 2)
  return network


def sequence(length: int, batch: int, seed: int = 0) -> np.ndarray:
  rng = np.random.default_rng(seed)
  shape = (length, batch, *MEMORY_SPEC.shape)
  return rng.normal(size=shape).astype(np.float32)


def tensors(path) -> list[tf.Tensor]:
  return [tf.constant(genes, tf.int32) for genes in path]


def random_state(network, batch: int, seed: int = 5):
  rng = np.random.default_rng(seed)
  return tf.nest.map_structure(
    lambda spec: tf.constant(rng.normal(size=[batch, *spec.shape]), spec.dtype),
    network.state_spec,
  )


def same_bits(one, two) -> None:
  tf.nest.assert_same_structure(one, two)
  for a, b in zip(tf.nest.flatten(one), tf.nest.flatten(two), strict=True):
    np.testing.assert_array_equal(
      np.asarray(a).view(np.uint32), np.asarray(b).view(np.uint32)
    )


def module_states(network, state) -> dict[tuple[int, int, int], np.ndarray]:
  """What each module remembers: by layer, module and tensor, `[B, WIDTH]`."""
  found = {}
  for index, (layer, part) in enumerate(zip(network.gated, state, strict=True)):
    for m in range(layer.modules):
      if isinstance(layer, heterogeneous.GatedHeterogeneous):
        mine = part[m]
      else:
        mine = [tensor[:, m] for tensor in part]
      for number, tensor in enumerate(mine):
        found[index, m, number] = np.asarray(tensor)
  return found


def test_a_network_that_remembers_nothing_has_no_state():
  network = random_network()
  assert network.state_spec == ()
  assert network.initial_state([tf.range(2)] * 3, 4) == ((), (), ())
  unlike = heterogeneous.GatedHeterogeneous(3, [tf.keras.layers.Dense(6)])
  assert pathnet.PathNet(MEMORY_SPEC, [unlike]).state_spec == ()
  step_type = tf.constant([FIRST, MID])
  (logits, _), state = network(observations(0), step_type, ())
  assert state == ()
  (expected, _), _ = network(observations(0))
  np.testing.assert_array_equal(logits, expected)


def test_the_state_is_that_of_every_module_of_a_layer_with_memory():
  network = with_memory()
  shapes = tf.nest.map_structure(
    lambda spec: tuple(spec.shape), network.state_spec
  )
  one = (WIDTH,)
  assert shapes == (
    (),
    ((5, WIDTH), (5, WIDTH)),
    ((one,), (), (one, one)) * 2,
    ((4, WIDTH),),
  )
  _, state = network(sequence(1, 3)[0])
  for spec, part in zip(
    tf.nest.flatten(network.state_spec), tf.nest.flatten(state), strict=True
  ):
    assert part.shape == [3, *spec.shape]
    assert part.dtype == spec.dtype


def test_no_state_is_a_state_of_zeros():
  network = with_memory()
  zeros = tf.nest.map_structure(
    lambda spec: tf.zeros([3, *spec.shape]), network.state_spec
  )
  same_bits(
    network(sequence(1, 3)[0], network_state=zeros), network(sequence(1, 3)[0])
  )
  rows = [tf.constant([0, 2]) for _ in network.gated]
  for part in tf.nest.flatten(network.initial_state(rows, 3)):
    assert part.shape[0] == 3
    assert not part.numpy().any()


@pytest.mark.parametrize('path', [MEMORY_PATH, [[0], [2], [1], [3]]])
def test_steps_at_once_equal_steps_one_by_one(path):
  network = with_memory()
  length, batch = 5, 3
  inputs = sequence(length, batch)
  step_type = np.full([length, batch], MID, np.int32)
  step_type[0] = FIRST
  step_type[2, 1] = step_type[3, 2] = FIRST
  rows = tensors(pathnet.active_rows(path))
  (logits, value), parts = network.forward(
    inputs.reshape([-1, *MEMORY_SPEC.shape]),
    network.merge(network.gather(rows), rows),
    network.initial_state(rows, batch),
    tf.constant(step_type == FIRST),
  )
  state = ()
  for t in range(length):
    (one, two), state = network(
      inputs[t], tf.constant(step_type[t]), state, path=tensors(path)
    )
    steps = slice(t * batch, (t + 1) * batch)
    np.testing.assert_allclose(one, logits[steps], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(two, value[steps], rtol=1e-4, atol=1e-5)
  selected = tuple(
    layer.select_state(whole, indices)
    for layer, whole, indices in zip(network.gated, state, rows, strict=True)
  )
  tf.nest.assert_same_structure(selected, parts)
  for one, two in zip(
    tf.nest.flatten(selected), tf.nest.flatten(parts), strict=True
  ):
    np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-5)


def test_what_was_seen_is_remembered():
  network = with_memory()
  now = sequence(1, 2)[0]
  outputs = []
  for seed in (1, 2):
    _, state = network(sequence(1, 2, seed)[0], path=tensors(MEMORY_PATH))
    (logits, _), _ = network(
      now, tf.constant([MID, MID]), state, path=tensors(MEMORY_PATH)
    )
    outputs.append(logits.numpy())
  assert (np.abs(outputs[0] - outputs[1]) > 1e-3).any(axis=1).all()


def test_an_episode_begins_with_a_state_of_zeros():
  network = with_memory()
  inputs, path = sequence(1, 3)[0], tensors(MEMORY_PATH)
  state = random_state(network, 3)
  began, began_state = network(
    inputs, tf.constant([MID, FIRST, MID]), state, path=path
  )
  went_on, state_after = network(
    inputs, tf.constant([MID, MID, MID]), state, path=path
  )
  without, _ = network(inputs, network_state=state, path=path)
  fresh, fresh_state = network(inputs, path=path)
  for one, two, three, four in zip(began, went_on, fresh, without, strict=True):
    np.testing.assert_array_equal(one[1], three[1])
    np.testing.assert_array_equal(one[::2], two[::2])
    assert (one[1].numpy() != two[1].numpy()).all()
    np.testing.assert_array_equal(two, four)  # No step type: nothing begins.
  expected = [module_states(network, s) for s in (state_after, fresh_state)]
  active = [set(genes) for genes in MEMORY_PATH]
  for key, found in module_states(network, began_state).items():
    if key[1] in active[key[0]]:
      np.testing.assert_array_equal(found[::2], expected[0][key][::2])
      np.testing.assert_array_equal(found[1], expected[1][key][1])


@pytest.mark.parametrize('by_mask', [True, False])
def test_modules_that_are_not_active_keep_their_state(by_mask):
  network = with_memory()
  state = random_state(network, 3)
  path = tensors(MEMORY_PATH)
  if by_mask:
    network.set_active(pathnet.active_rows(MEMORY_PATH))
    path = None
  _, after = network(
    sequence(1, 3)[0], tf.constant([MID, FIRST, MID]), state, path=path
  )
  before = module_states(network, state)
  active = [set(genes) for genes in MEMORY_PATH]
  assert {layer for layer, _, _ in before} == {1, 2, 3}
  for key, found in module_states(network, after).items():
    if key[1] in active[key[0]]:
      assert (found != before[key]).all()
    else:
      np.testing.assert_array_equal(
        found.view(np.uint32), before[key].view(np.uint32)
      )


def test_what_inactive_modules_remember_does_not_matter():
  network = with_memory()
  path = tensors(MEMORY_PATH)
  one, two = (random_state(network, 3, seed) for seed in (5, 6))
  rows = tensors(pathnet.active_rows(MEMORY_PATH))
  mixed = tuple(
    layer.put_state(theirs, indices, layer.select_state(mine, indices))
    for layer, mine, theirs, indices in zip(
      network.gated, one, two, rows, strict=True
    )
  )
  arguments = (sequence(1, 3)[0], tf.constant([MID] * 3))
  (logits, _), _ = network(*arguments, mixed, path=path)
  (expected, _), _ = network(*arguments, one, path=path)
  (other, _), _ = network(*arguments, two, path=path)
  np.testing.assert_array_equal(logits, expected)
  assert (logits.numpy() != other.numpy()).any()


def test_another_path_of_a_network_with_memory_does_not_retrace():
  network = with_memory()
  traces = []

  @tf.function(
    input_signature=[
      tf.TensorSpec([2, *MEMORY_SPEC.shape]),
      tf.TensorSpec([2], tf.int32),
      tf.nest.map_structure(
        lambda spec: tf.TensorSpec([2, *spec.shape]), network.state_spec
      ),
      [tf.TensorSpec([None], tf.int32)] * 4,
    ],
    autograph=False,
  )
  def run(observation, step_type, state, path):
    traces.append('run')
    return network(observation, step_type, state, path=path)

  state = random_state(network, 2)
  step_type = tf.constant([MID, FIRST])
  for path in (MEMORY_PATH, [[0], [2], [5], [3]]):
    arguments = (tf.constant(sequence(1, 2)[0]), step_type, state)
    outputs = run(*arguments, tensors(path))
    expected = network(*arguments, path=tensors(path))
    tf.nest.assert_same_structure(outputs, expected)
    for one, two in zip(
      tf.nest.flatten(outputs), tf.nest.flatten(expected), strict=True
    ):
      np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-5)
  assert traces == ['run']


@pytest.mark.parametrize('by_mask', [True, False])
def test_a_network_with_more_modules_takes_over_all_that_another_gives(by_mask):
  network, larger = with_memory(heads=2), with_memory((6, 5, 10, 9), heads=2)
  for layer in (*larger.gated, *larger.heads):
    for stack in layer.stacks:
      stack.assign(tf.ones_like(stack))
  path = [[1, 3], [0, 4], [0, 1, 5], [2, 3]]
  network.set_active(pathnet.active_rows(path))
  network.freeze([np.array([m]) for m in (3, 0, 2, 1)])
  fresh = [[stack.numpy() for stack in layer.stacks] for layer in larger.gated]
  larger.take(network)
  assert larger.modules == (6, 5, 10, 9)
  assert larger.frozen_rows() == network.frozen_rows() == [[3], [0], [2], [1]]
  for layer, theirs, olds in zip(
    larger.gated, network.gated, fresh, strict=True
  ):
    pairs = zip(theirs.stacks, layer.stacks, olds)  # noqa: B905
    for old, new, first in pairs:
      rows = old.shape[0]
      np.testing.assert_array_equal(new[:rows], old)
      np.testing.assert_array_equal(new[rows:], first[rows:])
  named = None if by_mask else tensors(path)
  for task in (0, 1):
    state, others_state = (), ()
    for step in range(3):
      inputs = sequence(1, 3, seed=step)[0]
      outputs, state = network(
        inputs, network_state=state, path=named, task=task
      )
      others, others_state = larger(
        inputs, network_state=others_state, path=named, task=task
      )
      same_bits(others, outputs)


@pytest.mark.parametrize('task', [0, 1])
def test_an_extracted_path_gives_what_the_network_gives(task):
  network = random_network()
  rows = [[0, 3], [2], [1, 4, 5]]
  alone = network.extract(rows, task)
  assert alone.modules == (2, 1, 3)
  (head,) = alone.heads
  assert head.outputs == network.heads[task].outputs
  for seed in range(3):
    inputs = observations(seed, batch=5)
    whole, _ = network(inputs, path=tensors(rows), task=task)
    same_bits(alone(inputs)[0], whole)


def test_a_path_without_memory_leaves_a_network_that_has_some():
  network = with_memory()
  rows = [[0, 3], [2], [1, 4], [1]]  # The third layer's dense modules.
  alone = network.extract(rows, 0)
  assert alone.state_spec[2] == ()
  inputs = sequence(1, 5)[0]
  whole, _ = network(inputs, path=tensors(rows))
  same_bits(alone(inputs)[0], whole)


@pytest.mark.parametrize('pixels', ['centred', 'unit'])
def test_an_extracted_path_prepares_observations_alike(pixels):
  spec = tensor_spec.BoundedTensorSpec([5, 4, 2], tf.uint8, 0, 255)
  network = make(spec, pixels=pixels)
  rows = [[0, 3], [2], [1, 4, 5]]
  inputs = np.random.default_rng(0).integers(0, 256, (4, 5, 4, 2))
  inputs = tf.constant(inputs, tf.uint8)
  whole, _ = network(inputs, path=tensors(rows), task=0)
  same_bits(network.extract(rows, 0)(inputs)[0], whole)
