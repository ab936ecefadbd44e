# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the figure of the paths' convergence."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from matplotlib.image import imread

from pathnet_tf.errors import UserError
from pathnet_tf.transfer.convergence import draw_convergence
from tests.transfer.made_up import make_row, make_study


def draw(rows, path, **options):
  return (
    imread(draw_convergence(rows, path, **options))[..., :3] * 255
  ).astype(int)


def test_source_and_target_have_a_panel_each(tmp_path):
  rows = make_study(runs=8)
  changed = copy.deepcopy(rows)
  for row in changed:
    for moment in row['tasks'][-1]['convergence']:
      moment[1] /= 2

  before = draw(rows, tmp_path / 'a.png')
  after = draw(changed, tmp_path / 'b.png')

  assert before.shape[1] == 1400
  assert (before[:, :700] == after[:, :700]).all()
  assert (before[:, 700:] != after[:, 700:]).any()


def test_the_median_owes_nothing_to_one_run_astray(tmp_path):
  rows = make_study(('pathnet',), runs=9)
  astray = max(
    rows, key=lambda row: row['tasks'][0]['convergence'][10][2]
  )  # The highest one already: the quartiles stay too.
  first = draw(rows, tmp_path / 'a.png')
  astray['tasks'][0]['convergence'][10][2] = 1.0

  assert (draw(rows, tmp_path / 'b.png') == first).all()


def test_runs_of_other_arms_are_left_out(tmp_path):
  rows = make_study(runs=4)
  own = [row for row in rows if row['arm'] == 'pathnet']

  both = [draw(some, tmp_path / 'a.png') for some in (rows, own)]

  assert (both[0] == both[1]).all()


@pytest.mark.parametrize(('tasks', 'width'), [(1, 900), (2, 1400), (3, 1680)])
def test_one_run_of_one_or_more_tasks_is_drawn(tmp_path, tasks, width):
  row = make_row('pathnet', layers=8)
  row['tasks'] = (row['tasks'] * 2)[:tasks]

  assert draw([row], tmp_path / 'a.png').shape[1] == width


def test_the_panels_come_in_the_order_of_the_tasks(tmp_path):
  row = make_row('pathnet')
  row['tasks'].insert(1, copy.deepcopy(row['tasks'][0]))
  before = draw([row], tmp_path / 'a.png')
  row['tasks'][1]['convergence'][10][0] = 1.0

  differs = (draw([row], tmp_path / 'b.png') != before).any(axis=(0, 2))

  # A third of the figure for each.
  assert [bool(part.any()) for part in np.split(differs, 3)] == [
    False, True, False
  ]  # fmt: skip


def test_an_arm_without_a_run_is_refused(tmp_path):
  with pytest.raises(UserError, match="no run of 'pathnet'"):
    draw_convergence([make_row('de_novo')], tmp_path / 'a.png')
  with pytest.raises(UserError, match='population=9'):
    draw_convergence(
      [make_row('pathnet')], tmp_path / 'a.png', arm='pathnet?population=9'
    )
