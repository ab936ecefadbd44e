# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the learning curves of a study."""

from __future__ import annotations

import math
import statistics
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread

from pathnet_tf.errors import UserError
from pathnet_tf.transfer.learning_curves import (
  draw_learning_curves,
  held_curve,
  mean_and_error,
)
from tests.transfer.made_up import make_row

CURVES = st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=12)


def draw(rows, path):
  return (imread(draw_learning_curves(rows, path))[..., :3] * 255).astype(int)


@given(CURVES)
def test_a_gap_has_the_value_before_it(curve):
  found = held_curve({'tasks': [{'curve': curve}]})

  for place in range(len(curve)):
    before = [x for x in curve[: place + 1] if x is not None]
    if before:
      assert found[place] == before[-1]
    else:
      assert math.isnan(found[place])


@given(st.lists(st.lists(st.none() | st.floats(0, 1), min_size=3, max_size=3),
                min_size=1, max_size=6))  # fmt: skip
def test_mean_and_error_equal_naive_twins(curves):
  with warnings.catch_warnings():
    warnings.simplefilter('error')
    middle, error = mean_and_error(np.array(curves, float))

  for place in range(3):
    known = [curve[place] for curve in curves if curve[place] is not None]
    if not known:
      assert math.isnan(middle[place])
      assert math.isnan(error[place])
      continue
    assert middle[place] == pytest.approx(statistics.fmean(known))
    expected = (
      statistics.stdev(known) / math.sqrt(len(known)) if len(known) > 1 else 0
    )
    assert error[place] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
  ('directions', 'width'), [(1, 900), (2, 1400), (6, 1680), (7, 900)]
)
def test_a_panel_for_each_direction_up_to_six(tmp_path, directions, width):
  rows = [
    make_row(arm, 'mnist/0v1', f'mnist/2v{target}')
    for target in range(3, 3 + directions)
    for arm in ('pathnet', 'de_novo')
  ]

  assert draw(rows, tmp_path / 'a.png').shape[1] == width


def test_a_control_is_drawn_beside_every_source(tmp_path):
  rows = [
    make_row('pathnet', 'mnist/0v1', 'mnist/6v7'),
    make_row('pathnet', 'mnist/2v3', 'mnist/6v7'),
  ]
  without = draw(rows, tmp_path / 'a.png')
  image = draw([*rows, make_row('de_novo', None, 'mnist/6v7')],
               tmp_path / 'b.png')  # fmt: skip

  differs = (without != image)[60:430].any(axis=(0, 2))
  assert differs[90:680].any()
  assert differs[775:1365].any()


@pytest.mark.parametrize('solved_at', [0.998, None])
@pytest.mark.parametrize('arm', ['pathnet', 'de_novo'])
def test_one_run_is_drawn(tmp_path, arm, solved_at):
  image = draw([make_row(arm, solved_at=solved_at)], tmp_path / 'a.png')

  assert image.shape[1] == 900


def test_without_rows_there_is_nothing_to_draw(tmp_path):
  with pytest.raises(UserError, match='no run is done'):
    draw_learning_curves([], tmp_path / 'a.png')
