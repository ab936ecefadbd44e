# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of what figures share."""

from __future__ import annotations

import pytest

from pathnet_tf.reports import style


@pytest.mark.parametrize(
  ('steps', 'text'),
  [
    (0, '0'),
    (950, '950'),
    (999.6, '1 k'),
    (12_500, '12.5 k'),
    (999_499, '999 k'),
    (999_600, '1 M'),
    (1_234_567, '1.23 M'),
    (4e9, '4 G'),
  ],
)
def test_steps_read_to_three_digits(steps, text):
  assert style.steps_text(steps) == text


def test_a_png_is_written_whole_into_a_new_folder(tmp_path):
  path = style.save_png(style.new_figure(3, 2), tmp_path / 'report' / 'a.png')

  assert path.read_bytes().startswith(b'\x89PNG')
  assert [p.name for p in path.parent.iterdir()] == ['a.png']


def test_neighbouring_tasks_differ_in_colour():
  colours = [style.task_colour(i) for i in range(5)]

  assert len(set(colours)) == 5
  assert style.FROZEN_COLOUR not in colours
