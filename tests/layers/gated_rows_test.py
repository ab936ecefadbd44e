# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of gated layers: modules drawn anew, copied, grown, and taken out."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.layers import heterogeneous
from tests.gated_layers import (
  assert_same_bits,
  changed,
  values_of,
)

MODULES = 6


def test_a_seed_decides_the_first_weights(kind, module_weights):
  first, again, other = (
    module_weights(kind.built(seed=seed)) for seed in (7, 7, 8)
  )
  for m in range(MODULES):
    assert_same_bits(first[m], again[m])
    if first[m]:
      assert (first[m][0] != other[m][0]).all()
  layer = kind.make()
  for one in range(MODULES):  # Like modules differ, too.
    for two in layer.copies_to(one):
      if first[one]:
        assert (first[one][0] != first[two][0]).all()


@pytest.mark.parametrize('seed', [2**31 + 5, 2**63 + 1])
def test_a_seed_may_be_large(kind, seed):
  for stack in kind.built(seed=seed).stacks:
    assert np.isfinite(stack.numpy()).all()


def test_reinitialise_keeps_what_it_is_told_to_and_draws_the_rest(
  kind, module_weights
):
  layer = kind.random()
  before = module_weights(layer)
  keep = np.array([True, False, False, True, False, True])
  layer.reinitialise(keep, seed=11)
  after, fresh = module_weights(layer), module_weights(kind.built(seed=11))
  for m in range(MODULES):
    assert_same_bits(after[m], before[m] if keep[m] else fresh[m])
    assert keep[m] or all(
      (old != new).any() for old, new in zip(before[m], after[m], strict=True)
    )
  assert layer.active.numpy().all()
  assert not layer.frozen.numpy().any()


def test_reinitialise_names_exactly_what_it_overwrote(kind, entries, named):
  layer = kind.random()
  before = values_of(layer)
  keep = tf.constant([True, False, False, True, False, True])
  overwritten = layer.reinitialise(keep, seed=11)
  expected = entries(layer, [1, 2, 4])
  assert named(layer, overwritten) == expected
  assert changed(before, values_of(layer)) == expected


def test_reinitialise_that_keeps_all_changes_nothing(kind, named):
  layer = kind.random()
  before = values_of(layer)
  overwritten = layer.reinitialise(np.ones(MODULES, bool), seed=11)
  assert named(layer, overwritten) == set()
  assert changed(before, values_of(layer)) == set()


def test_reinitialise_with_the_first_seed_gives_the_first_weights(kind):
  layer = kind.built()
  first = values_of(layer)
  rng = np.random.default_rng(0)
  for stack in layer.stacks:
    stack.assign(rng.normal(size=stack.shape))
  layer.reinitialise(layer.frozen, seed=layer.seed)
  assert_same_bits(values_of(layer), first)


def test_reinitialise_keeps_the_frozen_modules(kind, entries):
  layer = kind.random()
  layer.frozen.assign([False, True, True, False, False, True])
  before = values_of(layer)
  layer.reinitialise(layer.frozen, seed=3)
  assert changed(before, values_of(layer)) == entries(layer, [0, 3, 4])


def test_a_module_is_copied_to_the_last_bit_and_nothing_else_changes(
  kind, module_weights, entries, named
):
  layer = kind.random()
  layer.active.assign([True, False, True, False, True, False])
  layer.frozen.assign([False, True, False, False, True, True])
  masks = layer.active.numpy(), layer.frozen.numpy()
  source, target = 1, layer.copies_to(1)[-1]
  before, modules = values_of(layer), module_weights(layer)
  overwritten = layer.copy_module(source, target)
  assert modules[source]
  assert_same_bits(module_weights(layer)[target], modules[source])
  assert named(layer, overwritten) == entries(layer, [target])
  assert changed(before, values_of(layer)) == entries(layer, [target])
  assert_same_bits((layer.active.numpy(), layer.frozen.numpy()), masks)
  inputs = kind.inputs()
  np.testing.assert_array_equal(
    layer(inputs, tf.constant([source])), layer(inputs, tf.constant([target]))
  )


def test_a_copy_and_its_original_go_their_own_ways(kind, module_weights):
  layer = kind.random()
  source, target = 1, layer.copies_to(1)[0]
  layer.copy_module(source, target)
  copied = module_weights(layer)[target]
  keep = np.ones(MODULES, bool)
  keep[source] = False
  layer.reinitialise(keep, seed=5)
  assert_same_bits(module_weights(layer)[target], copied)
  assert (module_weights(layer)[source][0] != copied[0]).any()


def test_like_modules_may_be_copied_over_each_other(kind):
  layer = kind.built()
  if not isinstance(layer, heterogeneous.GatedHeterogeneous):
    assert layer.copies_to(2) == [0, 1, 3, 4, 5]
    assert layer.copies_to(0) == [1, 2, 3, 4, 5]
  for source in range(MODULES):
    assert source not in layer.copies_to(source)


def test_a_grown_layer_keeps_all_there_was_to_the_last_bit(
  kind, module_weights
):
  small, large = kind.random(draw=1, modules=4), kind.random(draw=2)
  small.active.assign([True, False, False, True])
  small.frozen.assign([False, True, False, True])
  large.active.assign([False, True, True, False, True, False])
  large.frozen.assign([True, False, True, False, False, True])
  former, own = module_weights(small), module_weights(large)
  large.take(small)
  for m, weights in enumerate(module_weights(large)):
    assert_same_bits(weights, former[m] if m < 4 else own[m])
  # What ran still runs, and no more.
  assert np.flatnonzero(large.active).tolist() == [0, 3]
  assert np.flatnonzero(large.frozen).tolist() == [1, 3, 5]
  for now, then in zip(module_weights(small), former, strict=True):
    assert_same_bits(now, then)
  path = tf.constant([3, 1])
  np.testing.assert_array_equal(
    large(kind.inputs(), path), small(kind.inputs(), path)
  )
  np.testing.assert_array_equal(large(kind.inputs()), small(kind.inputs()))


def test_a_layer_takes_over_one_of_its_own_size(kind):
  one, two = kind.random(draw=1), kind.random(draw=2)
  one.frozen.assign([False, True, False, True, True, False])
  two.take(one)
  assert_same_bits(two.get_weights(), one.get_weights())


@pytest.mark.parametrize('rows', [[4], [0, 2], [1, 2, 3, 5]])
@pytest.mark.parametrize('combine', ['sum', 'mean'])
def test_extracted_modules_give_what_they_gave(
  kind, module_weights, rows, combine
):
  layer = kind.random(combine=combine)
  layer.frozen.assign([False, True, True, False, True, False])
  before = [value.copy() for value in layer.get_weights()]
  alone = layer.extract(rows)
  assert type(alone) is type(layer)
  assert alone.modules == len(rows)
  assert alone.active.numpy().all()
  np.testing.assert_array_equal(alone.frozen, layer.frozen.numpy()[rows])
  weights = module_weights(layer)
  for mine, m in zip(module_weights(alone), rows, strict=True):
    assert_same_bits(mine, weights[m])
  inputs = kind.inputs()
  np.testing.assert_array_equal(alone(inputs), layer(inputs, tf.constant(rows)))
  # Nothing is shared.
  for stack in alone.stacks:
    stack.assign(tf.zeros_like(stack))
  assert_same_bits(layer.get_weights(), before)
