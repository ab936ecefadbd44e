# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Area averages against a naive count of sub-pixels."""

from __future__ import annotations

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from pathnet_tf.environments import area_resize


def naive_mean(line, target):
  """Repeats every pixel `target` times: then the areas are whole blocks."""
  return np.repeat(line, target).reshape(target, -1).mean(axis=1)


@st.composite
def sizes(draw):
  source = draw(st.integers(1, 40))
  return source, draw(st.integers(1, source))


@hypothesis.given(sizes(), st.integers(0, 2**31))
def test_weights_are_areas(size, seed):
  source, target = size
  line = np.random.default_rng(seed).uniform(0, 255, source)
  np.testing.assert_allclose(
    area_resize.area_weights(source, target) @ line, naive_mean(line, target)
  )


@hypothesis.given(sizes(), sizes(), st.integers(0, 2**31))
def test_images_equal_the_naive_average(height, width, seed):
  images = np.random.default_rng(seed).integers(
    0, 256, (2, height[0], width[0]), np.uint8
  )
  got = area_resize.AreaResize((height[0], width[0]), (height[1], width[1]))(
    images
  )
  lines = np.apply_along_axis(naive_mean, 2, images.astype(float), width[1])
  wanted = np.apply_along_axis(naive_mean, 1, lines, height[1])
  assert got.dtype == np.uint8
  # Half a level of rounding, and float32 noise at a tie.
  assert np.abs(got - wanted).max() <= 0.5 + 1e-3


def test_enlarging_is_refused():
  with pytest.raises(ValueError, match='do not shrink'):
    area_resize.area_weights(10, 11)
