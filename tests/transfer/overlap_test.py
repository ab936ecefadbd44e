# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the figure of overlap against speed-up."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.image import imread

from pathnet_tf.errors import UserError
from pathnet_tf.transfer import looks
from pathnet_tf.transfer.overlap import draw_overlap
from tests.transfer.made_up import make_row, make_study


def draw(rows, path):
  return (imread(draw_overlap(rows, path))[..., :3] * 255).astype(int)


def panel(image):
  """The panel without its axes, title, and what is below."""
  return image[55:435, 90:870]


def study(make_row, overlaps=(0, 1, 3, 4, 2), times=(90, 150, 220, 180, 60)):
  rows = []
  for seed, (overlap, time) in enumerate(zip(overlaps, times, strict=True)):
    run = make_row('pathnet', seed=seed, generations=time)
    run['overlap'] = overlap
    rows += [run, make_row('de_novo', seed=seed, generations=150)]
  return rows


def test_points_move_with_their_overlap_and_their_time(tmp_path):
  base = study(make_row)

  image = draw(base, tmp_path / 'a.png')
  again = draw(study(make_row), tmp_path / 'b.png')
  moved = draw(study(make_row, overlaps=(0, 2, 3, 4, 2)), tmp_path / 'c.png')
  faster = draw(
    study(make_row, times=(90, 75, 220, 180, 60)), tmp_path / 'd.png'
  )

  assert image.shape[1] == 900
  assert (image == again).all()
  assert (panel(image) != panel(moved)).any()
  assert (panel(image) != panel(faster)).any()


@pytest.mark.parametrize(('time', 'above'), [(75, True), (300, False)])
def test_a_faster_run_is_above_the_line(tmp_path, time, above):
  rows = study(make_row, overlaps=(2,), times=(time,))

  image = panel(draw(rows, tmp_path / 'a.png'))

  blue = (image[..., 2] - image[..., 0] > 80).any(axis=1)
  middle = np.flatnonzero(blue).mean()
  assert (middle < image.shape[0] / 2) == above


def test_an_unsolved_run_is_hollow(tmp_path):
  rows = study(make_row, times=(90, 150, 220, 500, 60))
  censored = draw(rows, tmp_path / 'a.png')
  rows[6]['tasks'][-1]['solved'] = True
  solved = draw(rows, tmp_path / 'b.png')

  # Its place is the same, and with it all of the axes.
  differs = (panel(censored) != panel(solved)).any(axis=-1)
  assert 10 < differs.sum() < 200


def test_arms_of_a_fixed_path_are_not_drawn(tmp_path):
  rows = make_study()
  colours = {arm: look.colour for arm, look in looks.arm_looks(rows).items()}

  image = panel(draw(rows, tmp_path / 'a.png'))

  def tinted(colour):
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    shown = 255 - 0.8 * (255 - rgb)
    return int((np.abs(image - shown).max(axis=-1) <= 8).sum())

  assert tinted(colours['pathnet']) > 200
  assert tinted(colours['fine_tuning']) == 0


@pytest.mark.parametrize('count', [1, 2])
def test_few_runs_are_drawn_without_a_correlation(tmp_path, count):
  image = draw(study(make_row)[: 2 * count], tmp_path / 'a.png')

  assert image.shape[1] == 900


def test_what_has_no_overlap_or_control_or_time_is_refused(tmp_path):
  for rows in (
    [make_row('pathnet')],
    [make_row('fine_tuning'), make_row('de_novo')],
    [make_row(arm, solved_at=None) for arm in ('pathnet', 'de_novo')],
  ):
    with pytest.raises(UserError, match='no overlap to draw'):
      draw_overlap(rows, tmp_path / 'a.png')
  assert not list(tmp_path.iterdir())
