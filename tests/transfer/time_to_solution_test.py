# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the figure of times to a solution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread

from pathnet_tf.errors import UserError
from pathnet_tf.transfer import looks
from pathnet_tf.transfer.time_to_solution import (
  draw_time_to_solution,
  solved_by,
)
from tests.transfer.made_up import make_row, make_study


def draw(rows, path):
  return (imread(draw_time_to_solution(rows, path))[..., :3] * 255).astype(int)


def columns_of(image, colour):
  """The columns above the legend in which a colour occurs."""
  rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
  hit = np.abs(image - rgb).max(axis=-1) <= 8
  return np.flatnonzero(hit[:400].any(axis=0))


@given(
  st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=1),
  st.integers(1, 50),
)
def test_the_fraction_solved_equals_a_loop_over_generations(runs, limit):
  rows = [{'tasks': [{'generations': g, 'solved': s}]} for g, s in runs]

  times, fraction = solved_by(rows, limit)

  for generation in range(limit + 1):
    expected = sum(s and g <= generation for g, s in runs) / len(runs)
    known = fraction[times <= generation]
    assert (known[-1] if len(known) else 0) == pytest.approx(expected)
  assert np.all(times <= limit)


def test_every_arm_is_drawn_in_its_colour(tmp_path):
  rows = make_study()

  image = draw(rows, tmp_path / 'a.png')

  assert image.shape[1] == 900
  for look in looks.arm_looks(rows).values():
    assert len(columns_of(image, look.colour)) > 100


def test_a_changed_time_and_a_changed_censoring_change_the_pixels(tmp_path):
  images = [
    draw(
      [
        make_row('pathnet', seed=0, generations=60),
        make_row('pathnet', seed=1, generations=time, solved=solved),
      ],
      tmp_path / 'a.png',
    )
    for time, solved in ((200, True), (230, True), (200, False))
  ]

  # The curves only: the numbers of the legend differ in any case.
  for a, b in ((0, 1), (0, 2), (1, 2)):
    assert (images[a][:400] != images[b][:400]).any()


@pytest.mark.parametrize('solved', [False, True])
def test_one_arm_with_one_run_is_drawn(tmp_path, solved):
  row = make_row('de_novo', generations=250, solved=solved)

  image = draw([row], tmp_path / 'a.png')

  assert len(columns_of(image, '#222222')) > 100


def test_rows_without_a_threshold_are_refused(tmp_path):
  with pytest.raises(UserError, match='no solved_at'):
    draw([make_row('pathnet', solved_at=None)], tmp_path / 'a.png')
  with pytest.raises(UserError, match='no run is done'):
    draw([], tmp_path / 'a.png')
  assert not list(tmp_path.iterdir())
