# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of which figures a study has."""

from __future__ import annotations

import pytest

from pathnet_tf.errors import UserError
from pathnet_tf.transfer.figures import draw_study
from tests.transfer.made_up import make_row, make_study


def names(files):
  for file in files:
    assert file.read_bytes().startswith(b'\x89PNG')
  return [file.name for file in files]


def test_a_study_has_all_figures(tmp_path):
  files = draw_study(
    make_study(('pathnet', 'pathnet?population=64', 'de_novo')), tmp_path / 'r'
  )

  assert names(files) == [
    'learning_curves.png',
    'time_to_solution.png',
    'overlap.png',
    'convergence_pathnet.png',
    'convergence_pathnet-population=64.png',
  ]
  assert sorted(files) == sorted((tmp_path / 'r').iterdir())


def test_without_a_threshold_there_is_no_time_to_draw(tmp_path):
  files = draw_study(make_study(runs=2, solved_at=None), tmp_path)

  assert names(files) == ['learning_curves.png', 'convergence_pathnet.png']


@pytest.mark.parametrize(
  ('arm', 'expected'),
  [
    ('pathnet', ['learning_curves', 'time_to_solution', 'convergence_pathnet']),
    ('de_novo', ['learning_curves', 'time_to_solution']),
    ('fine_tuning', ['learning_curves', 'time_to_solution']),
  ],
)
def test_one_run_has_what_it_can_show(tmp_path, arm, expected):
  files = draw_study([make_row(arm)], tmp_path)

  assert [file.stem for file in files] == expected


def test_an_arm_without_a_source_has_no_overlap_to_draw(tmp_path):
  alone = {'arm': 'pathnet_alone', 'source': None, 'overlap': None}
  rows = [make_row('de_novo'), {**make_row('pathnet'), **alone}]
  files = draw_study(rows, tmp_path)
  assert 'overlap.png' not in names(files)
  assert 'convergence_pathnet_alone.png' in names(files)


def test_without_rows_there_is_nothing_to_draw(tmp_path):
  with pytest.raises(UserError, match='no run is done'):
    draw_study([], tmp_path)
