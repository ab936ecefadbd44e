# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The training of a run as a video: paths move, are frozen, scores rise."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pathnet_tf import video
from pathnet_tf.errors import UserError
from pathnet_tf.reports.history import History
from pathnet_tf.reports.moments import timeline
from pathnet_tf.reports.training_picture import TrainingPicture

RATE = 12  # Frames a second.
# Frames: of all that moves, of the stop at a task's end, and of the last stop.
_MOVING = 240
_STOP = 8
_LAST_STOP = 24


def write_training_video(
  history: History, path: str | os.PathLike[str]
) -> Path:
  """Writes a video of about half a minute, however long the run was.

  Args:
    history: the run, finished or not.
    path: the file to write: an .mp4 of 1280 x 720 pixels, or a .gif of half
      that size each way and half that long, small enough for a document.

  Returns:
    `path`.

  Raises:
    UserError: no path has been evaluated, or the file cannot be written.
  """
  if not any(task.evaluations for task in history.tasks):
    raise UserError(
      'no path has been evaluated yet, so there is no training to show: let it'
      ' train longer'
    )
  gif = Path(path).suffix == '.gif'
  dots, moving = (80, _MOVING // 2) if gif else (160, _MOVING)
  return video.write(path, _frames(history, dots, moving), RATE)


def _frames(history: History, dots: int, moving: int) -> Iterator[np.ndarray]:
  picture = TrainingPicture(history, dots)
  film = timeline(history, moving)
  for moment, repeats in itertools.groupby(film):
    stop = 0
    if moment == film[-1]:
      stop = _LAST_STOP
    elif moment.evaluations == history.tasks[moment.task].evaluations:
      stop = _STOP
    frame = picture.draw(moment)
    yield from [frame] * (len(list(repeats)) + stop)
