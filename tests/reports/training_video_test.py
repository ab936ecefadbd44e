# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Training videos, decoded again."""

from __future__ import annotations

import imageio.v3 as imageio
import numpy as np
import pytest

from pathnet_tf.errors import UserError
from pathnet_tf.reports.history import History
from pathnet_tf.reports.moments import Moment
from pathnet_tf.reports.training_picture import TrainingPicture
from pathnet_tf.reports.training_video import RATE, write_training_video

TASKS = ['minatar/breakout', 'minatar/asterix']


def decode(path):
  """How many frames there are, and the first, the middle and the last one."""
  plugin = 'pillow' if path.suffix == '.gif' else 'FFMPEG'
  count = sum(1 for _ in imageio.imiter(path, plugin=plugin))
  kept = [
    frame.astype(int)
    for index, frame in enumerate(imageio.imiter(path, plugin=plugin))
    if index in (0, count // 2, count - 1)
  ]
  return count, kept


def difference(image, other):
  return np.abs(image.astype(int) - other.astype(int)).mean()


@pytest.mark.parametrize(
  ('name', 'shape', 'seconds'),
  [('a.mp4', (720, 1280, 3), 20), ('a.gif', (360, 640, 3), 10)],
)
def test_it_goes_from_the_first_population_to_the_end_of_the_run(
  tmp_path, make_events, name, shape, seconds
):
  history = History.from_events(make_events(TASKS))

  path = write_training_video(history, tmp_path / name)

  count, frames = decode(path)
  assert [frame.shape for frame in frames] == [shape] * 3
  assert seconds <= count / RATE <= 1.75 * seconds
  picture = TrainingPicture(history, shape[0] * 2 // 9)
  last = Moment(1, history.tasks[1].evaluations)
  wanted = [picture.draw(moment) for moment in (Moment(0, 0), last)]
  apart = difference(*wanted)
  for frame, right in zip((frames[0], frames[-1]), wanted, strict=True):
    assert difference(frame, right) < apart / 5
  assert difference(frames[1], frames[0]) > apart / 5
  assert difference(frames[1], frames[2]) > apart / 5


def test_a_gif_of_a_run_is_small(tmp_path, make_events):
  history = History.from_events(
    make_events(TASKS, (10, 10, 10), active=4, population=64, budget=600_000)
  )
  path = write_training_video(history, tmp_path / 'a.gif')
  assert path.stat().st_size < 3_000_000


@pytest.mark.parametrize('tasks', [1, 12])
def test_its_length_does_not_follow_the_number_of_tasks(
  tmp_path, make_events, tasks
):
  events = make_events([f't/{i}' for i in range(tasks)], budget=5_000)

  path = write_training_video(History.from_events(events), tmp_path / 'a.gif')

  count, _ = decode(path)
  assert 10 <= count / RATE <= 25


@pytest.mark.parametrize('lines', [2, 5, -1])
def test_a_run_that_has_not_ended_is_shown_as_far_as_it_is(
  tmp_path, make_events, lines
):
  history = History.from_events(make_events(TASKS)[:lines])

  path = write_training_video(history, tmp_path / 'a.gif')

  _, frames = decode(path)
  last = history.tasks[-1]
  wanted = TrainingPicture(history, 80).draw(
    Moment(last.task, last.evaluations)
  )
  assert difference(frames[-1], wanted) < 1


@pytest.mark.parametrize('lines', [0, 1])
def test_a_run_without_an_evaluation_is_refused(tmp_path, make_events, lines):
  history = History.from_events(make_events(TASKS)[:lines])
  with pytest.raises(UserError, match='no path has been evaluated yet'):
    write_training_video(history, tmp_path / 'a.mp4')
  assert not list(tmp_path.iterdir())


def test_another_suffix_is_refused(tmp_path, make_events):
  history = History.from_events(make_events(TASKS))
  with pytest.raises(UserError, match=r'must end in \.mp4 or \.gif'):
    write_training_video(history, tmp_path / 'a.avi')
