# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.observers.pictures: what their pixels say."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest

from pathnet_tf.evolution import genotype
from pathnet_tf.observers import pictures
from pathnet_tf.reports import style
from pathnet_tf.reports.network_drawing import Snapshot

FROZEN = tuple(bytes.fromhex(style.FROZEN_COLOUR[1:]))


def cell(picture, layer, module):
  """The pixels of a heat map's cell."""
  top = pictures.TOP + pictures.CELL * layer
  left = pictures.LEFT + pictures.CELL * module
  return picture[top : top + pictures.CELL, left : left + pictures.CELL]


def has(pixels, colour):
  return bool((pixels == np.array(colour)).all(axis=-1).any())


@pytest.mark.parametrize('modules', [(3, 5, 2), (40, 31)])
def test_every_cell_has_the_colour_of_its_count(modules):
  rng = np.random.default_rng(0)
  counts = [rng.integers(0, 13, size=m) for m in modules]
  picture = pictures.draw_usage(
    counts, 12, [[] for _ in modules], 'title', 'when'
  )
  assert picture.dtype == np.uint8
  for layer in range(len(modules)):
    for module in range(max(modules)):
      there = module < modules[layer]
      share = counts[layer][module] / 12 if there else 0
      expected = np.array(matplotlib.colormaps['Blues'](share)[:3]) * 255
      # Left of the number, clear of the border.
      shown = cell(picture, layer, module)[8, 4]
      assert np.abs(shown - (expected if there else 255)).max() <= 2


def test_frozen_modules_are_marked_and_no_others():
  counts = [np.array([1, 0, 2, 3]), np.array([3, 3, 3])]
  frozen = [[1, 3], [0]]
  picture = pictures.draw_usage(counts, 3, frozen, 'title', 'when')
  for layer, modules in enumerate((4, 3)):
    for module in range(modules):
      marked = has(cell(picture, layer, module), FROZEN)
      assert marked == (module in frozen[layer])


def test_a_heat_map_of_nothing_yet_is_white():
  picture = pictures.draw_usage(
    [np.zeros(3, int)] * 2, 0, [[], []], 'title', 'when'
  )
  lightest = np.array(matplotlib.colormaps['Blues'](0.0)[:3]) * 255
  assert np.abs(cell(picture, 1, 2)[8, 4] - lightest).max() <= 2


def test_paths_are_drawn_in_their_task_s_colour_and_what_is_frozen_in_red():
  rng = np.random.default_rng(0)
  paths = np.stack([genotype.random_genotype(rng, (9, 9), 2) for _ in range(4)])
  paths = paths % 4
  frozen = np.full((2, 2), 8, np.int32)
  first = Snapshot((9, 9), paths, [], 0)
  later = Snapshot((9, 9), paths, [frozen], 1, paths[0])
  shown = [pictures.draw_paths(s, 'when') for s in (first, later)]
  assert shown[0].shape == shown[1].shape
  assert [has(picture, FROZEN) for picture in shown] == [False, True]
  dark = tuple(bytes.fromhex(style.fittest_colour(1)[1:]))
  assert [has(picture, dark) for picture in shown] == [False, True]


def test_a_network_of_more_modules_has_a_higher_picture():
  rng = np.random.default_rng(0)
  heights = []
  for modules in ((4, 4), (30, 4)):
    paths = np.stack([genotype.random_genotype(rng, modules, 2)])
    picture = pictures.draw_paths(Snapshot(modules, paths, [], 0), 'when')
    heights.append(len(picture))
  assert heights[1] > 2 * heights[0]
