# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.networks.pathnet with layers that remember."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from tf_agents.trajectories import time_step as ts

from pathnet_tf.layers import heterogeneous
from pathnet_tf.networks import pathnet
from tests.small_networks import (
  MEMORY_SPEC,
  WIDTH,
  observations,
  random_network,
  same_bits,
  sequence,
  tensors,
  with_memory,
)

FIRST, MID = int(ts.StepType.FIRST), int(ts.StepType.MID)
# With a module twice, and one that has no state.
MEMORY_PATH = [[1, 3], [0, 4, 4], [0, 1, 2], [2, 3]]


def random_state(network, batch: int, seed: int = 5):
  rng = np.random.default_rng(seed)
  return tf.nest.map_structure(
    lambda spec: tf.constant(rng.normal(size=[batch, *spec.shape]), spec.dtype),
    network.state_spec,
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
