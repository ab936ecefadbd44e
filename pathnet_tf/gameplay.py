# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""An episode of a game, to look at."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np

from pathnet_tf import video
from pathnet_tf.engines import stage as stage_lib
from pathnet_tf.environments import vector_environment
from pathnet_tf.errors import UserError, in_one_line
from pathnet_tf.evaluation import Act
from pathnet_tf.tasks import classification, registry

_LEAST_SIZE = 320  # Pixels of a picture's longer side.
_FASTEST = 50.0  # Pictures a second; browsers show faster gifs slowly.


def record(
  task: registry.AnyTask,
  act: Act,
  seed: int,
  path: str | os.PathLike[str],
  max_steps: int | None = None,
) -> tuple[float, int]:
  """Plays one episode and writes it as a video, as fast as a person plays.

  It is the very episode of `evaluation.play(task, act, 1, seed)`.

  Args:
    task: what to play.
    act: chooses the actions.
    seed: of the environment.
    path: the file to write, .mp4 or .gif.
    max_steps: agent steps after which it stops; None: at the episode's end.

  Returns:
    The raw return of what was played, and how many pictures were written: the
    beginning and one for each step.

  Raises:
    UserError: there is nothing to see of the task, or the file cannot be
      written.
  """
  environment = _make_visible(task)
  rewards = []

  def pictures() -> Iterator[np.ndarray]:
    for picture, reward in watch(environment, act, seed, max_steps):
      rewards.append(reward)
      yield picture

  try:
    rate = min(environment.frames_per_second, _FASTEST)
    video.write(path, pictures(), rate)
  except UserError:
    raise
  except Exception as error:  # Its code is not ours: anything may be raised.
    raise UserError(f'no video of {task.name}: {in_one_line(error)}') from error
  finally:
    environment.close()
  return sum(rewards), len(rewards)


def watch(
  environment: vector_environment.VectorEnvironment,
  act: Act,
  seed: int,
  max_steps: int | None = None,
) -> Iterator[tuple[np.ndarray, float]]:
  """Plays one episode in an environment of one copy.

  Args:
    environment: one that can be seen, as `Task.make_visible` makes it.
    act: chooses the actions.
    seed: of the environment.
    max_steps: agent steps after which it stops; None: at the episode's end.

  Yields:
    The screen, uint8 [H, W, 3], enlarged by a whole factor where it is small,
    and the raw reward of the step to it; at first that of the beginning, 0.

  Raises:
    ValueError: a picture is no such array, or of another size than the first.
  """
  stage = stage_lib.Stage(environment)
  observation, step_type = stage.reset(seed, episodes=1)
  first = _picture(environment)
  yield _enlarged(first), 0.0
  step = 0
  while not stage.complete and step != max_steps:
    action = act(observation, step_type, step)
    observation, reward, _, step_type, _ = stage.step(action)
    step += 1
    yield _enlarged(_picture(environment, first.shape)), float(reward[0])


def check(task: registry.AnyTask) -> None:
  """Looks whether there can be a video of a task.

  Raises:
    UserError: it is no game, or one without a picture.
  """
  if isinstance(task, classification.ClassificationTask):
    raise UserError(
      f'no video of {task.name}: its images are told apart, not played; name a'
      ' game, e.g. minatar/breakout'
    )
  if task.make_visible is None:
    raise UserError(
      f'no video of {task.name}: its environment has no picture (no render mode'
      ' rgb_array)'
    )


def _make_visible(
  task: registry.AnyTask,
) -> vector_environment.VectorEnvironment:
  check(task)
  try:
    return task.make_visible()
  except Exception as error:  # Its code is not ours: anything may be raised.
    raise UserError(f'no video of {task.name}: {in_one_line(error)}') from error


def _picture(
  environment: vector_environment.VectorEnvironment,
  shape: tuple[int, ...] | None = None,
) -> np.ndarray:
  """What the environment draws, of a shape if that is known."""
  picture = np.asarray(environment.render())
  of_colours = picture.ndim == 3 and picture.shape[2] == 3 and picture.size
  if picture.dtype != np.uint8 or not of_colours:
    raise ValueError(
      f'its picture is {picture.dtype} {list(picture.shape)}: uint8'
      ' [height, width, 3] is right'
    )
  if picture.shape != (shape or picture.shape):
    raise ValueError(
      f'its picture is {list(picture.shape)} after {list(shape or ())}: one'
      ' size is right'
    )
  return picture


def _enlarged(picture: np.ndarray) -> np.ndarray:
  factor = -(-_LEAST_SIZE // max(picture.shape[:2]))
  return picture.repeat(factor, axis=0).repeat(factor, axis=1)
