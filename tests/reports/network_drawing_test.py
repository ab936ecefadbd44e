# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the picture of the network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathnet_tf.reports import style
from pathnet_tf.reports.network_drawing import (
  Snapshot,
  draw_network,
  edge_counts,
  module_counts,
)

MODULES = (4, 3, 5)


def random_population(seed, size=7, active=3):
  rng = np.random.default_rng(seed)
  return np.stack(
    [rng.integers(0, m, (size, active)) for m in MODULES], axis=1
  ).astype(np.int32)


def pixels(snapshot):
  figure = style.new_figure(4, 3)
  draw_network(figure.add_axes((0, 0, 1, 1)), snapshot)
  figure.canvas.draw()
  return np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)


def count_colour(image, colour, tolerance=24):
  rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
  return int((np.abs(image - rgb).max(axis=-1) <= tolerance).sum())


@given(st.integers(0, 10_000))
def test_counts_equal_a_loop_over_sets(seed):
  population = random_population(seed)

  modules = module_counts(population, MODULES)
  edges = edge_counts(population, MODULES)

  for layer, size in enumerate(MODULES):
    for a in range(size):
      holders = [p for p in population if a in p[layer]]
      assert modules[layer][a] == len(holders)
      if layer + 1 < len(MODULES):
        for b in range(MODULES[layer + 1]):
          assert edges[layer][a, b] == sum(b in p[layer + 1] for p in holders)


def test_a_changed_gene_changes_the_picture():
  population = random_population(0)
  before = Snapshot(MODULES, population, [], 0)
  changed = population.copy()
  assert 1 not in changed[0, 1]
  changed[0, 1, 0] = 1
  after = Snapshot(MODULES, changed, [], 0)

  assert (pixels(before) != pixels(after)).any()
  assert (pixels(before) == pixels(before)).all()


def test_a_duplicate_gene_draws_the_same_picture():
  once = np.array([[[0, 1], [1, 1], [2, 0]]], np.int32)
  again = np.array([[[1, 0], [1, 1], [0, 2]]], np.int32)

  assert (
    pixels(Snapshot(MODULES, once, [], 0))
    == pixels(Snapshot(MODULES, again, [], 0))
  ).all()


def test_colours_tell_task_frozen_and_fittest_apart():
  population = random_population(1)
  path = population[0]

  plain = pixels(Snapshot(MODULES, population, [], 1))
  frozen = pixels(Snapshot(MODULES, population, [path], 1))
  ended = pixels(Snapshot(MODULES, population, [], 1, fittest=path))

  assert count_colour(plain, style.task_colour(1)) > 100
  assert count_colour(plain, style.FROZEN_COLOUR) == 0
  assert count_colour(frozen, style.FROZEN_COLOUR) > 300
  assert count_colour(plain, style.fittest_colour(1)) == 0
  assert count_colour(ended, style.fittest_colour(1)) > 300


def test_frozen_paths_of_two_tasks_differ_without_colour():
  population = random_population(2)
  one, two = random_population(3)[:2]

  first = pixels(Snapshot(MODULES, population, [one, two], 2)).mean(axis=-1)
  other = pixels(Snapshot(MODULES, population, [two, one], 2)).mean(axis=-1)

  assert (first != other).any()


def test_shared_lines_are_thicker():
  lone = np.array([[[0], [0], [0]], [[1], [1], [1]], [[2], [2], [2]]])
  same = np.array([[[0], [0], [0]]] * 3)

  ink = [
    (pixels(Snapshot(MODULES, p, [], 0)) < 250).any(axis=-1).sum()
    for p in (lone, same)
  ]
  widths = []
  for population in (lone, same):
    axes = style.new_figure(2, 2).add_subplot()
    draw_network(axes, Snapshot(MODULES, population, [], 0))
    widths.append(axes.collections[0].get_linewidths())

  assert min(widths[1]) > max(widths[0])
  assert min(ink) > 0


@pytest.mark.parametrize('modules', [(4, 3, 5), (10,), (1, 1)])
def test_any_shape_of_network_can_be_drawn(modules):
  population = np.zeros((2, len(modules), 1), np.int32)

  image = pixels(Snapshot(modules, population, [], 0))

  assert count_colour(image, style.task_colour(0)) > 0


def test_modules_keep_their_place_when_the_network_grows():
  axes = style.new_figure(2, 2).add_subplot()
  population = np.array([[[1]]], np.int32)

  places = []
  for modules in ((3,), (6,)):
    axes = style.new_figure(2, 2).add_subplot()
    draw_network(axes, Snapshot(modules, population, [], 0), rows=(6,))
    # The second collection after the lines holds the modules in use.
    places.append(axes.collections[2].get_offsets().tolist())

  assert places[0] == places[1] == [[0.0, 1.5]]
