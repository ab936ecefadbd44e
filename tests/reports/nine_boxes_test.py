# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the nine boxes."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from matplotlib.image import imread

from pathnet_tf.errors import UserError
from pathnet_tf.reports import style
from pathnet_tf.reports.history import History, read_history
from pathnet_tf.reports.nine_boxes import draw_nine_boxes

TASKS = ['minatar/breakout', 'minatar/asterix']


def draw(history, path):
  return (imread(draw_nine_boxes(history, path))[..., :3] * 255).astype(int)


def boxes(image):
  """The inside of the nine boxes, in the order of their numbers."""
  # With a legend of one line; the frames are left out.
  top, left, height, width, line, column = 160, 72, 233, 479, 279.6, 512.5
  return [
    image[
      int(top + r * line) + 5 : int(top + r * line + height) - 5,
      int(left + c * column) + 5 : int(left + c * column + width) - 5,
    ]
    for r in range(3)
    for c in range(3)
  ]


def has_colour(image, colour):
  rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
  return bool((np.abs(image - rgb).max(axis=-1) <= 8).sum() > 60)


def has_tint(image, colour):
  """Whether the colour occurs, also where white shines through it."""
  rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
  ink, wanted = 255.0 - image, 255.0 - rgb
  size = np.linalg.norm(ink, axis=-1)
  cosine = ink @ wanted / np.maximum(size, 1) / np.linalg.norm(wanted)
  return bool(((size > 40) & (cosine > 0.999)).sum() > 60)


def test_nothing_is_called_frozen_in_a_run_that_freezes_nothing(
  tmp_path, make_events, write_run
):
  events = make_events(TASKS, freezes=False)
  history = read_history(write_run(tmp_path / 'run', events))

  image = draw(history, tmp_path / 'boxes.png')

  assert not has_colour(image, style.FROZEN_COLOUR)


def test_frozen_colour_occurs_only_after_the_first_finish(
  tmp_path, make_events, write_run
):
  history = read_history(write_run(tmp_path / 'run', make_events(TASKS)))

  image = draw(history, tmp_path / 'boxes.png')

  assert image.shape == (1400, 1600, 3)
  cells = boxes(image)
  frozen = [has_colour(cell, style.FROZEN_COLOUR) for cell in cells]
  assert frozen == [False] * 4 + [True] * 5
  first = [has_tint(cell, style.task_colour(0)) for cell in cells]
  second = [has_tint(cell, style.task_colour(1)) for cell in cells]
  assert first == [True] * 4 + [False] * 5
  assert second == [False] * 4 + [True] * 5
  ended = [has_colour(cell, style.fittest_colour(i)) for i, cell in
           zip([0] * 4 + [1] * 5, cells, strict=True)]  # fmt: skip
  assert ended == [False] * 3 + [True] + [False] * 4 + [True]


def test_a_child_changes_only_the_boxes_after_it(tmp_path, make_events):
  events = make_events(['minatar/breakout'])
  history = History.from_events(events)
  (task,) = history.tasks
  late = max(
    i for i, c in enumerate(task.children)
    if c is not None and i < task.evaluations * 0.7
  )  # fmt: skip
  member = task.member[late]
  changed = copy.deepcopy(events)
  # Every later child of that member goes, so that the change stays.
  for event in changed[late + 1 : -1]:
    if event['member'] == member:
      event['child'] = [[0, 4], [0, 5]] if event['number'] == late else None

  before = boxes(draw(history, tmp_path / 'a.png'))
  after = boxes(draw(History.from_events(changed), tmp_path / 'b.png'))

  same = [bool((a == b).all()) for a, b in zip(before, after, strict=True)]
  assert same[:5] == [True] * 5
  assert same[7:] == [False] * 2


def test_the_same_run_gives_the_same_bytes(tmp_path, make_events):
  history = History.from_events(make_events(TASKS))

  first = draw_nine_boxes(history, tmp_path / 'a.png').read_bytes()
  second = draw_nine_boxes(history, tmp_path / 'b.png').read_bytes()

  assert first == second


@pytest.mark.parametrize('lines', [1, 2, 6])
def test_a_run_that_has_only_just_begun_is_drawn(tmp_path, make_events, lines):
  history = History.from_events(make_events(TASKS)[:lines])

  cells = boxes(draw(history, tmp_path / 'a.png'))

  drawn = [bool((cell < 200).any()) for cell in cells]
  assert drawn == [True] * lines + [False] * (9 - lines)


def test_one_fixed_path_and_layers_of_unlike_size_are_drawn(
  tmp_path, make_events
):
  events = make_events(['gym/CartPole-v1'], modules=(3, 8, 5), population=1)

  cells = boxes(draw(History.from_events(events), tmp_path / 'a.png'))

  assert all(has_tint(cell, style.task_colour(0)) for cell in cells[:8])


def test_an_empty_run_is_refused(tmp_path):
  with pytest.raises(UserError, match='no task has begun'):
    draw_nine_boxes(History([]), tmp_path / 'a.png')
  assert not list(tmp_path.iterdir())
