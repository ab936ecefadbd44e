# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.evolution.genotype."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathnet_tf.errors import UserError
from pathnet_tf.evolution import genotype as genotype_lib
from pathnet_tf.evolution.genotype import (
  distinct_path,
  diversity,
  first_population,
  layer_diversity,
  layer_sets,
  mutate,
  overlap,
  random_genotype,
)

MIDDLE = 10  # Far from both borders of a layer of 21 modules.
# Chi-square quantiles at p = 0.001, by degrees of freedom.
CHI_SQUARE = {2: 13.8, 3: 16.3, 4: 18.5, 9: 27.9, 15: 37.7, 24: 51.2}


def fits(values, expected: dict) -> bool:
  """Whether the values are distributed as expected (chi-square, p > 0.001)."""
  found, counts = np.unique(np.asarray(values), return_counts=True)
  observed = dict(zip(found.tolist(), counts.tolist(), strict=True))
  if not set(observed) <= set(expected):
    return False
  total = sum(counts)
  statistic = sum(
    (observed.get(value, 0) - total * p) ** 2 / (total * p)
    for value, p in expected.items()
  )
  return statistic < CHI_SQUARE[len(expected) - 1]


def moves(rate: float) -> dict[int, float]:
  """The paper's distribution of what is added to a gene."""
  added = dict.fromkeys(range(-2, 3), rate / 5)
  added[0] += 1 - rate
  return added


def displaced(rate: float | None, shape=(3, 4), times=4000, seed=0):
  """What `mutate` added to genes far from any border, [times, L, N]."""
  rng = np.random.default_rng(seed)
  start = np.full(shape, MIDDLE, np.int32)
  modules = (2 * MIDDLE + 1,) * shape[0]
  return np.stack(
    [mutate(rng, start, modules, rate) - MIDDLE for _ in range(times)]
  )


@pytest.mark.parametrize('rate', [0.1, 0.5, 1.0])
def test_mutation_adds_each_of_the_five_steps_at_the_given_rate(rate):
  assert fits(displaced(rate), moves(rate))


@pytest.mark.parametrize('shape', [(2, 4), (3, 3), (4, 4)])
def test_default_rate_is_one_over_genes(shape):
  added = displaced(None, shape)
  assert fits(added, moves(1 / (shape[0] * shape[1])))
  assert not fits(added, moves(1 / shape[1]))
  assert not fits(added, moves(1 / shape[0]))


def test_rate_zero_moves_nothing():
  assert not displaced(0.0, times=100).any()


@pytest.mark.parametrize(
  ('low', 'high', 'factor'),
  [(-2, 1, 1), (-1, 2, 1), (-2, 0, 1), (0, 2, 1), (-2, 2, 2), (-3, 3, 1)],
)
def test_a_wrong_mutation_would_not_pass(low, high, factor):
  """The chi-square above has the power to tell the known mistakes."""
  rng = np.random.default_rng(0)
  rate, shape = 1 / 12, (4000, 12)
  hit = rng.random(shape) < rate * factor
  step = rng.integers(low, high, size=shape, endpoint=True)
  assert not fits(hit * step, moves(rate))


def test_genes_move_independently():
  added = displaced(1.0, shape=(2, 2), times=4000).reshape(-1, 4)
  expected = dict.fromkeys(range(25), 1 / 25)
  for a, b in itertools.combinations(range(4), 2):
    assert fits((added[:, a] + 2) * 5 + added[:, b] + 2, expected)


@pytest.mark.parametrize(
  ('border', 'start', 'expected'),
  [
    ('clamp', 0, {0: 0.6, 1: 0.2, 2: 0.2}),
    ('clamp', 1, {0: 0.4, 1: 0.2, 2: 0.2, 3: 0.2}),
    ('clamp', 9, {9: 0.6, 8: 0.2, 7: 0.2}),
    ('wrap', 0, dict.fromkeys([8, 9, 0, 1, 2], 0.2)),
    ('wrap', 1, dict.fromkeys([9, 0, 1, 2, 3], 0.2)),
    ('wrap', 9, dict.fromkeys([7, 8, 9, 0, 1], 0.2)),
  ],
)
def test_borders_clamp_or_wrap(border, start, expected):
  rng = np.random.default_rng(1)
  genes = np.full((1, 20000), start, np.int32)
  moved = mutate(rng, genes, (10,), 1.0, border)
  assert fits(moved, expected)


def test_border_is_clamp_by_default():
  genes = random_genotype(np.random.default_rng(0), (3, 5), 50)
  args = (genes, (3, 5), 1.0)
  default = mutate(np.random.default_rng(2), *args)
  clamp = mutate(np.random.default_rng(2), *args, 'clamp')
  wrap = mutate(np.random.default_rng(2), *args, 'wrap')
  np.testing.assert_array_equal(default, clamp)
  assert (default != wrap).any()


@given(
  seed=st.integers(0, 2**32 - 1),
  modules=st.lists(st.integers(1, 12), min_size=1, max_size=5),
  active=st.integers(1, 6),
  rate=st.none() | st.floats(0, 1),
  border=st.sampled_from(['clamp', 'wrap']),
)
def test_indices_stay_within_their_own_layer(
  seed, modules, active, rate, border
):
  rng = np.random.default_rng(seed)
  path = random_genotype(rng, modules, active)
  for _ in range(5):
    assert path.dtype == np.int32
    assert path.shape == (len(modules), active)
    assert (path >= 0).all()
    assert (path < np.asarray(modules)[:, None]).all()
    before = path.copy()
    child = mutate(rng, path, modules, rate, border)
    np.testing.assert_array_equal(path, before)
    assert child is not path
    path = child


def test_random_genes_are_uniform_over_their_layer_and_may_repeat():
  path = random_genotype(np.random.default_rng(0), (5, 10, 16), 5000)
  for layer, count in zip(path, (5, 10, 16), strict=True):
    assert fits(layer, dict.fromkeys(range(count), 1 / count))
  small = random_genotype(np.random.default_rng(0), (4,) * 50, 4)
  assert any(len(modules) < 4 for modules in layer_sets(small))


@given(
  modules=st.lists(st.integers(3, 8), min_size=1, max_size=4),
  active=st.integers(1, 3),
  data=st.data(),
)
def test_a_distinct_path_takes_others_only_where_nothing_is_left(
  modules, active, data
):
  others = [data.draw(st.sets(st.integers(0, m - 1))) for m in modules]
  path = distinct_path(modules, active, others)
  assert path.dtype == np.int32
  assert path.shape == (len(modules), active)
  for layer, m, last in zip(path.tolist(), modules, others, strict=True):
    assert len(set(layer)) == active
    assert set(layer) <= set(range(m))
    assert len(set(layer) & last) == max(0, active - (m - len(last)))


def test_a_distinct_path_is_of_the_first_modules_by_default():
  assert distinct_path((4, 3), 2).tolist() == [[0, 1], [0, 1]]


def test_an_initial_population_is_drawn_like_single_genotypes():
  drawn, twin = np.random.default_rng(3), np.random.default_rng(3)
  paths = first_population(drawn, (5, 9), 4, 2, None, None, 'clamp')
  for path in paths:
    np.testing.assert_array_equal(path, random_genotype(twin, (5, 9), 2))


@pytest.mark.parametrize('rate', [None, 0.5])
def test_an_initial_population_of_mutants_is_one_mutation_from_an_ancestor(
  rate,
):
  modules = (2 * MIDDLE + 1,) * 3
  ancestor = np.full((3, 4), MIDDLE, np.int32)
  first, *mutants = first_population(
    np.random.default_rng(0), modules, 4001, 4, ancestor, rate, 'clamp'
  )
  np.testing.assert_array_equal(first, ancestor)
  assert fits(np.stack(mutants) - MIDDLE, moves(rate or 1 / 12))
  first[0] = 0  # A copy.
  assert (ancestor == MIDDLE).all()


def test_same_seed_same_genotypes():
  def draw(seed):
    rng = np.random.default_rng(seed)
    path = random_genotype(rng, (10, 20), 4)
    return np.stack([path, mutate(rng, path, (10, 20), 1.0)])

  np.testing.assert_array_equal(draw(3), draw(3))
  assert (draw(3) != draw(4)).any()


def test_layer_sets_are_sorted_and_unique():
  path = np.array([[4, 1, 4], [2, 2, 2], [0, 9, 5]], np.int32)
  assert layer_sets(path) == ((1, 4), (2,), (0, 5, 9))


def test_overlap_counts_shared_modules_once_and_by_layer():
  a = np.array([[1, 1, 2], [3, 4, 5]])
  b = np.array([[1, 1, 3], [2, 4, 3]])
  assert overlap(a, b) == 3  # 1 in the first layer, 3 and 4 in the second.
  assert overlap(a, a) == 5
  assert overlap(a, a[::-1]) == 0


def naive_diversity(population) -> float:
  distances = []
  for a, b in itertools.combinations(population, 2):
    a, b = ({(i, m) for i, row in enumerate(p) for m in row} for p in (a, b))
    distances.append(1 - len(a & b) / len(a | b))
  return sum(distances) / len(distances)


@given(
  seed=st.integers(0, 2**32 - 1),
  modules=st.lists(st.integers(1, 6), min_size=1, max_size=4),
  active=st.integers(1, 4),
  size=st.integers(2, 6),
)
def test_diversity_equals_its_naive_twin(seed, modules, active, size):
  rng = np.random.default_rng(seed)
  population = [random_genotype(rng, modules, active) for _ in range(size)]
  assert diversity(population) == pytest.approx(naive_diversity(population))
  assert layer_diversity(np.stack(population)) == pytest.approx(
    [
      naive_diversity([path[layer : layer + 1] for path in population])
      for layer in range(len(modules))
    ]
  )


def test_diversity_is_zero_for_equal_paths_and_one_for_disjoint_ones():
  a, b = np.array([[0, 1], [2, 3]]), np.array([[2, 3], [0, 1]])
  assert diversity([a]) == 0
  assert diversity([a, a[:, ::-1]]) == 0
  assert diversity([a, b]) == 1


def test_a_layer_has_no_diversity_once_all_paths_agree_in_it():
  a, b = np.array([[0, 1], [2, 3]]), np.array([[1, 0], [0, 1]])
  assert layer_diversity(np.stack([a, b])) == [0, 1]
  assert layer_diversity(a[None]) == [0, 0]


@pytest.mark.parametrize(
  ('rate', 'border'),
  [(-0.1, 'clamp'), (1.1, 'clamp'), (float('nan'), 'clamp'), (0.5, 'mirror')],
)
def test_bad_mutation_settings_are_one_line(rate, border):
  path = np.zeros((2, 2), np.int32)
  with pytest.raises(UserError, match=r'^mutation .* must be .*$') as error:
    mutate(np.random.default_rng(0), path, (3, 3), rate, border)
  assert '\n' not in str(error.value)


@pytest.mark.parametrize(
  ('modules', 'active'), [((), 1), ((3, 0), 1), ((3, 3), 0), ((5, 3), 4)]
)
def test_bad_shapes_are_one_line(modules, active):
  with pytest.raises(UserError) as error:
    genotype_lib.check_shape(modules, active)
  assert '\n' not in str(error.value)
