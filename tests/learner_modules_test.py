# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.learner: modules that begin anew, stay or are copied."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pathnet_tf.config import NetworkConfig, OptimizerConfig
from tests.learners import (
  GROWTH_PATH,
  IMAGES,
  KINDS,
  MODULES,
  assert_same,
  growing,
  learn_images,
  make,
  modules_in,
  outputs_of,
  owners_of,
  scramble,
)


@pytest.mark.parametrize('kind', ['plain', 'gru', 'unlike cells'])
@pytest.mark.parametrize('how', ['fresh', 'stored'])
def test_modules_get_fresh_weights_or_the_stored_ones_they_began_with(
  kind, how, state_of, changed_rows
):
  learner = make(
    network=NetworkConfig(
      KINDS[kind], modules=7, active=3, free_modules=7, reinitialise=how
    )
  )
  first = state_of(learner.network, learner.optimizer)
  everything = [set(range(7))] * 3
  frozen = [{1}, {0, 3, 5}, {2, 6}]
  for task in range(3):
    learner.begin()  # It grows here, the second time.
    scramble(learner, task)
    learner.finish(GROWTH_PATH, 0.0)
    now = state_of(learner.network, learner.optimizer)
    changed = changed_rows(
      first, {name: now[name][: len(old)] for name, old in first.items()}
    )
    expected = frozen if how == 'stored' else everything
    assert modules_in(learner.network, changed, slots=False) == expected
    # Slots begin anew either way.
    assert modules_in(learner.network, changed, slots=True) == frozen
  assert learner.network.modules == (8, 10, 9)


@pytest.mark.parametrize('kind', ['plain', 'gru', 'unlike cells'])
@pytest.mark.parametrize('frozen', ['available', 'none'])
def test_modules_may_keep_what_they_learnt_and_all_stay_free(
  kind, frozen, state_of, changed_rows
):
  learner = make(
    network=NetworkConfig(
      KINDS[kind], modules=7, active=3, frozen=frozen, reinitialise='none'
    )
  )
  for task in range(2):
    learner.begin()
    scramble(learner, task)
    before = state_of(learner.network, learner.optimizer)
    learner.finish(GROWTH_PATH, 0.0)
    after = state_of(learner.network, learner.optimizer)
    assert not any(changed_rows(before, after).values())
  assert learner.finished[0].rows == [[1], [0, 3, 5], [2, 6]]
  kept = [[1], [0, 3, 5], [2, 6]] if frozen == 'available' else [[]] * 3
  assert learner.network.frozen_rows() == kept
  assert [r.tolist() for r in learner.rows(np.zeros([3, 3], int))] == [[0]] * 3


def test_copies_of_what_was_frozen_last_take_turns_in_the_free_places():
  learner = make(
    network=NetworkConfig(
      KINDS['plain'], 7, 3, frozen='available', reinitialise='copies'
    )
  )
  frozen = [set(), set(), set()]
  learner.begin()
  for seed, path in enumerate((GROWTH_PATH, [[4, 5, 6], [6, 1, 1], [0, 0, 0]])):
    scramble(learner, seed)
    learner.finish(np.array(path), 0.0)
    before = [layer.stacks[0].numpy() for layer in learner.network.gated]
    frozen = [f | {*genes} for f, genes in zip(frozen, path, strict=True)]
    learner.begin()
    for layer, genes in enumerate(path):
      kernel = learner.network.gated[layer].stacks[0].numpy()
      own = sorted({*genes})
      rest = [m for m in range(7) if m not in frozen[layer]]
      for module in frozen[layer]:
        np.testing.assert_array_equal(kernel[module], before[layer][module])
      for turn, module in enumerate(rest):
        source = own[turn % len(own)]
        np.testing.assert_array_equal(kernel[module], before[layer][source])


def test_what_gave_nothing_beside_its_column_is_not_copied():
  learner = make(
    network=NetworkConfig(
      KINDS['plain'], 7, 3, frozen='columns', reinitialise='copies'
    )
  )
  for seed, path in enumerate(
    ([[0, 1, 1]] * 3, [[0, 2, 1], [0, 1, 0], [0, 0, 3]])
  ):
    learner.begin()
    scramble(learner, seed)
    learner.finish(np.array(path), 0.0)
  before = [layer.stacks[0].numpy() for layer in learner.network.gated]
  learner.begin()
  after = [layer.stacks[0].numpy() for layer in learner.network.gated]
  for layer, source in ((0, 2), (2, 3)):
    for module in range(4, 7):
      np.testing.assert_array_equal(after[layer][module], before[layer][source])
  np.testing.assert_array_equal(after[1], before[1])  # All of it gave nothing.


@pytest.mark.parametrize('kind', ['plain', 'lstm', 'unlike'])
def test_a_path_of_copies_is_what_the_path_before_was(kind):
  learner = make(
    network=NetworkConfig(
      KINDS[kind], 6, 3, frozen='available', reinitialise='copies'
    )
  )
  learner.begin()
  scramble(learner)
  network = learner.network
  learner.finish(np.array([[0, 1, 2]] * 3), 0.0)
  whole = outputs_of(learner, 0)
  learner.begin()
  network.heads[1].set_weights(network.heads[0].get_weights())
  copies = [[3, 4, 5]] * 3
  learner.finished.append(
    dataclasses.replace(learner.finished[0], path=copies, rows=copies)
  )
  assert_same(outputs_of(learner, 1), whole)
  assert network.frozen_rows() == [[0, 1, 2]] * 3


def test_what_is_not_frozen_is_trained_by_the_next_task(
  testdata, state_of, changed_rows
):
  network = NetworkConfig(
    modules=MODULES, active=2, frozen='none', reinitialise='none'
  )
  learner = make(tasks=IMAGES, network=network)
  for _ in range(2):
    learner.begin()
    before = state_of(learner.network, learner.optimizer)
    learn_images(learner, [[0, 1]] * 3)
    after = state_of(learner.network, learner.optimizer)
    moved = changed_rows(before, after)
    assert modules_in(learner.network, moved, slots=False) == [{0, 1}] * 3
    learner.finish(np.array([[0, 1]] * 3), 0.0)


@pytest.mark.parametrize('kind', KINDS)
def test_a_copied_module_is_its_source_and_its_slots_begin_anew(
  kind, state_of, changed_rows
):
  learner = make(
    network=NetworkConfig(KINDS[kind], modules=7, active=2),
    optimizer=OptimizerConfig('adam'),
  )
  learner.begin()
  optimizer = learner.optimizer
  for layer, source, target in [(0, 2, 5), (1, 1, 4), (1, 5, 2), (2, 6, 0)]:
    scramble(learner)
    before = state_of(learner.network, optimizer)
    assert target in learner.copies_to(layer, source)
    learner.copy_module(layer, source, target)
    after = state_of(learner.network, optimizer)
    changed = changed_rows(before, after)
    for slots in (False, True):
      found = modules_in(learner.network, changed, slots)
      assert found == [{target} if k == layer else set() for k in range(3)]
    assert not any(rows for key, rows in changed.items() if 'head' in key)
    gated = learner.network.gated[layer]

    def rows_of(name, module, layer=layer, gated=gated, after=after):
      return [
        after[f'layer {layer} weight {index}{name}'][
          owners_of(gated, index) == module
        ]
        for index in range(len(gated.stacks))
        if module in owners_of(gated, index)
      ]

    assert_same(rows_of('', target), rows_of('', source))
    for slot, value in enumerate(optimizer.SLOTS + optimizer.ROW_SLOTS):
      for rows in rows_of(f' slot {slot}', target):
        assert (rows == value).all()


def test_no_copy_is_made_over_a_frozen_module_or_one_of_another_kind():
  learner = growing('unlike cells', free=0)
  learner.begin()
  learner.finish(GROWTH_PATH, 0.0)
  assert learner.copies_to(0, 1) == [0, 2, 3, 4, 5, 6]  # From a frozen one.
  assert learner.copies_to(0, 3) == [0, 2, 4, 5, 6]
  assert learner.copies_to(2, 0) == [1, 3, 4, 5]
  # Kinds take turns: 0 3 6, 1 4, 2 5; of these 0, 3 and 5 are frozen.
  assert [learner.copies_to(1, m) for m in range(7)] == [
    [6],
    [4],
    [],
    [6],
    [1],
    [2],
    [],
  ]


def test_rows_are_drawn_differently_after_each_task_and_by_the_seed():
  drawn = []
  for seed in (5, 5, 6):
    learner = make(seed=seed)
    kernel = learner.network.gated[1].stacks[0]
    weights = [kernel.numpy()[5]]
    for _ in range(2):
      learner.begin()
      learner.finish(np.zeros([3, 2], int), 0.0)
      weights.append(kernel.numpy()[5])
    drawn.append(weights)
  np.testing.assert_array_equal(drawn[0], drawn[1])
  flat = [*drawn[0], *drawn[2]]
  for index, one in enumerate(flat):
    for two in flat[:index]:
      assert (one != two).all()


def test_what_is_drawn_has_the_scale_of_the_first_weights():
  learner = make()
  kernel = learner.network.gated[1].stacks[0]
  first = np.std(kernel.numpy())
  learner.begin()
  kernel.assign(100 * kernel)
  learner.finish(np.zeros([3, 2], int), 0.0)
  np.testing.assert_allclose(np.std(kernel.numpy()[1:]), first, rtol=0.05)
