# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the score curves."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from matplotlib.image import imread

from pathnet_tf.errors import UserError
from pathnet_tf.reports import style
from pathnet_tf.reports.curves import draw_score_curves
from pathnet_tf.reports.history import History

TASKS = ['minatar/breakout', 'minatar/asterix']


def draw(runs, path, **options):
  image = imread(draw_score_curves(runs, path, **options))[..., :3]
  return (image * 255).astype(int)


def count_colour(image, colour):
  rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
  return int((np.abs(image - rgb).max(axis=-1) <= 8).sum())


def plot_area(image):
  """The panels without the legend at the foot."""
  return image[:-120]


def test_a_second_run_is_drawn_into_the_panel_of_its_task_only(
  tmp_path, make_events
):
  pathnet = History.from_events(make_events(TASKS))
  de_novo = History.from_events(make_events(TASKS[1:], seed=5))

  image = draw([('PathNet', pathnet), ('de novo', de_novo)], tmp_path / 'a.png')

  assert image.shape == (550, 1600, 3)
  left, right = plot_area(image)[:, :800], plot_area(image)[:, 800:]
  ours, theirs = (look[0] for look in style.RUN_LOOKS[:2])
  assert count_colour(left, ours) > 300
  assert count_colour(right, ours) > 300
  assert count_colour(left, theirs) == 0
  assert count_colour(right, theirs) > 300


@pytest.mark.parametrize(
  ('tasks', 'shape'), [(1, (550, 900)), (3, (550, 1680)), (4, (1040, 1680))]
)
def test_the_picture_grows_with_the_tasks(tmp_path, make_events, tasks, shape):
  history = History.from_events(
    make_events([f't/{i}' for i in range(tasks)], budget=10_000)
  )

  assert draw([('run', history)], tmp_path / 'a.png').shape[:2] == shape


def test_a_changed_score_changes_the_pixels(tmp_path, make_events):
  events = make_events(TASKS)
  changed = copy.deepcopy(events)
  changed[10]['fitness'] += 60.0

  images = [
    draw([('run', History.from_events(e))], tmp_path / 'a.png')
    for e in (events, changed)
  ]

  assert (images[0] != images[1]).any()


def test_the_mark_of_a_finish_appears_only_when_finished(tmp_path, make_events):
  events = make_events(['t/a'])
  marks = []
  for some in (events, events[:-1]):
    image = draw([('run', History.from_events(some))], tmp_path / 'a.png')
    marks.append(count_colour(image[-120:], style.MUTED))
  inked = [
    count_colour(plot_area(image), style.RUN_LOOKS[0][0])
    for image in (
      draw([('run', History.from_events(some))], tmp_path / 'a.png')
      for some in (events, events[:-1])
    )
  ]

  # The legend's diamond, and the curve's own.
  assert marks[0] > marks[1] + 40
  assert inked[0] > inked[1] + 40


def test_the_random_policys_level_is_drawn(tmp_path, make_events):
  runs = [('run', History.from_events(make_events(['t/a'])))]

  without = draw(runs, tmp_path / 'a.png')
  with_level = draw(runs, tmp_path / 'b.png', random_scores={'t/a': 300.0})

  grey = [
    count_colour(plot_area(image), style.MUTED)
    for image in (without, with_level)
  ]
  assert grey[1] > grey[0] + 40


def test_a_task_trained_twice_has_two_panels(tmp_path, make_events):
  history = History.from_events(make_events(['t/a', 't/b', 't/a']))

  assert draw([('run', history)], tmp_path / 'a.png').shape == (550, 1680, 3)


@pytest.mark.parametrize('lines', [1, 2, 4])
def test_a_run_that_has_only_just_begun_is_drawn(tmp_path, make_events, lines):
  history = History.from_events(make_events(['t/a'])[:lines])

  assert draw([('run', history)], tmp_path / 'a.png').shape == (550, 900, 3)


def test_no_task_at_all_is_refused(tmp_path):
  with pytest.raises(UserError, match='no task has begun'):
    draw_score_curves([('run', History([]))], tmp_path / 'a.png')
  assert not list(tmp_path.iterdir())
