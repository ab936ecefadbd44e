# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.learner: networks that grow with their tasks."""

from __future__ import annotations

import numpy as np
import pytest

from pathnet_tf import checkpoints, seeds
from pathnet_tf.config import NetworkConfig
from tests.learners import (
  GROWTH_PATH,
  KINDS,
  SEED,
  assert_same,
  bits_of,
  growing,
  modules_in,
  network_of,
  outputs_of,
  owners_of,
  scramble,
  train,
)


@pytest.mark.parametrize('kind', KINDS)
def test_a_network_grows_where_too_few_modules_are_free(kind, state_of):
  learner = growing(kind)
  first = learner.network
  learner.begin()
  assert learner.network is first  # Seven are free.
  scramble(learner)
  learner.finish(GROWTH_PATH, 1.5)
  before = state_of(first, learner.optimizer)
  outputs = outputs_of(learner, 0), outputs_of(learner, 0, by_mask=True)
  assert_same(*outputs)

  learner.begin()
  grown = learner.network
  assert grown.modules == (8, 10, 9)
  assert len(grown.heads) == 2
  assert grown.frozen_rows() == first.frozen_rows() == [[1], [0, 3, 5], [2, 6]]
  after = state_of(grown, learner.optimizer)
  for name, old in before.items():
    np.testing.assert_array_equal(
      bits_of(after[name][: len(old)]), bits_of(old)
    )
  for layer, former in zip(grown.gated, first.gated, strict=True):
    active = layer.active.numpy()
    np.testing.assert_array_equal(active[:7], former.active)
    assert not active[7:].any()  # What was on for task 0 is what is on.
    assert not layer.frozen.numpy()[7:].any()

  # The fresh modules are as if they had been there from the beginning.
  like = network_of(kind, seeds.derive(SEED, 'network'), (8, 10, 9), active=3)
  optimizer = learner.optimizer
  for index, layer in enumerate(grown.gated):
    found = 0
    for weight, expected in enumerate(like.gated[index].stacks):
      fresh = owners_of(layer, weight) >= 7
      found += np.sum(fresh)
      name = f'layer {index} weight {weight}'
      np.testing.assert_array_equal(after[name][fresh], expected.numpy()[fresh])
      for slot, value in enumerate(optimizer.SLOTS + optimizer.ROW_SLOTS):
        assert (after[f'{name} slot {slot}'][fresh] == value).all()
    assert found

  # The task that is done gives what it gave, by path and by mask.
  assert_same(outputs_of(learner, 0), outputs[0])
  assert_same(outputs_of(learner, 0, by_mask=True), outputs[0])


def test_a_network_grows_again_and_only_as_far_as_it_must():
  learner = growing('lstm')
  assert learner.network.modules == (7, 7, 7)
  grown, outputs = [], []
  paths = [
    GROWTH_PATH,
    np.array([[1, 0, 1], [0, 3, 5], [2, 8, 0]]),
    np.array([[1, 0, 1], [0, 3, 5], [2, 8, 0]]),
  ]
  for task, path in enumerate(paths):
    learner.begin()
    grown.append(learner.network.modules)
    for layer in learner.network.gated:
      assert np.sum(~layer.frozen.numpy()) >= 7
    learner.finish(path, 0.0)
    outputs.append(outputs_of(learner, task))
  assert grown == [(7, 7, 7), (8, 10, 9), (9, 10, 11)]
  for task, expected in enumerate(outputs):
    assert_same(outputs_of(learner, task), expected)


@pytest.mark.parametrize('free', [0, 4])
def test_a_network_does_not_grow_where_enough_modules_are_free(free):
  learner = growing('plain', free)
  network, optimizer = learner.network, learner.optimizer
  for _ in range(2):
    learner.begin()
    assert learner.network is network
    assert learner.optimizer is optimizer
    learner.finish(GROWTH_PATH, 0.0)
  assert network.modules == (7, 7, 7)


def test_a_first_task_may_need_more_modules_than_there_are():
  learner = growing('unlike', free=9)
  learner.begin()
  assert learner.network.modules == (9, 9, 9)
  like = network_of('unlike', seeds.derive(SEED, 'network'), 9, active=3)
  for layer, expected in zip(learner.network.gated, like.gated, strict=True):
    assert_same(layer.stacks, expected.stacks)


@pytest.mark.parametrize('kind', ['plain', 'lstm', 'unlike cells'])
def test_a_grown_network_is_saved_restored_and_trained(
  kind, tmp_path, state_of, changed_rows
):
  learner = growing(kind)
  learner.begin()
  scramble(learner)
  learner.finish(GROWTH_PATH, 1.5)
  learner.begin()
  outputs = outputs_of(learner, 0)
  # The first and the last fresh module of every layer, and a frozen one.
  path = [[7, 7, 1], [7, 8, 0], [7, 8, 2]]
  begun = state_of(learner.network, learner.optimizer)
  train(learner, [path])
  moved = changed_rows(begun, state_of(learner.network, learner.optimizer))
  for slots in (False, True):
    found = modules_in(learner.network, moved, slots)
    assert found == [{7}, {7, 8}, {7, 8}]
  store = checkpoints.CheckpointStore(str(tmp_path))
  learner.save(store, 1, {})

  again = growing(kind)
  again.restore(store, store.latest())
  assert again.network.modules == (8, 10, 9)
  assert again.finished == learner.finished
  states = []
  for trained in (False, True):
    for each in (learner, again):
      if trained:
        train(each, [[[7, 0, 3], [9, 2, 8], [6, 1, 2]]])
      states.append(state_of(each.network, each.optimizer))
      masks = [
        mask.numpy().tolist()
        for layer in each.network.gated
        for mask in (layer.active, layer.frozen)
      ]
      states[-1]['masks'] = np.concatenate(masks).astype(np.float32)
      assert_same(outputs_of(each, 0), outputs)
    assert not any(changed_rows(*states[-2:]).values())
  assert any(changed_rows(states[0], states[-1]).values())
  updates = [int(each.agent().updater.updates) for each in (learner, again)]
  assert updates[0] == updates[1] > 0


@pytest.mark.parametrize(
  ('frozen', 'kind'),
  [
    *(('scaled', kind) for kind in ('plain', 'lstm', 'unlike cells')),
    *(('columns', kind) for kind in ('plain', 'unlike')),
  ],
)
def test_tasks_that_read_others_grow_and_are_restored_to_the_bit(
  frozen, kind, tmp_path, state_of, changed_rows
):
  network = NetworkConfig(
    KINDS[kind], modules=7, active=3, free_modules=7, frozen=frozen
  )
  learner = growing(kind, network=network)
  outputs = []
  for task, path in enumerate(([[0, 1]] * 3, [[2, 3]] * 3)):
    learner.begin()
    train(learner, [path])
    learner.finish(np.array(path), 0.5)
    outputs.append(outputs_of(learner, task))
  gains = learner.network.heads[1].gains.numpy()
  assert gains.shape == ((6,) if frozen == 'scaled' else (3, 1))
  assert (gains != np.float32(0.1)).all()
  learner.begin()  # It grows again, with a head that has gains.
  assert learner.network.modules == (11, 11, 11)
  train(learner, [[[4, 5]] * 3])
  store = checkpoints.CheckpointStore(str(tmp_path))
  learner.save(store, 1, {})
  again = growing(kind, network=network)
  again.restore(store, store.latest())
  first, second = ((0, 1),) * 3, ((2, 3),) * 3
  _, *found = (head.adapter for head in again.network.heads)
  if frozen == 'scaled':
    assert [a.modules for a in found] == [first, ((0, 1, 2, 3),) * 3]
  else:
    assert [a.columns for a in found] == [(first,), (first, second)]
  states = []
  for each in (learner, again):
    train(each, [[[9, 10]] * 3])
    states.append(state_of(each.network, each.optimizer))
    for task, expected in enumerate(outputs):
      assert_same(outputs_of(each, task), expected)
  assert not any(changed_rows(*states).values())
