# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Recorded episodes of real games, decoded again."""

from __future__ import annotations

from typing import ClassVar

import gymnasium
import imageio.v3 as imageio
import numpy as np
import pytest
from gymnasium import spaces

from pathnet_tf import evaluation, gameplay
from pathnet_tf.errors import UserError
from pathnet_tf.tasks import registry

PLUGINS = {'.mp4': 'FFMPEG', '.gif': 'pillow'}


def act_by_picture(task):
  """Actions that follow from all of what is seen, so that episodes differ."""
  actions = int(task.action_spec.maximum) + 1

  def act(observation, step_type, step):
    seen = np.frombuffer(observation.tobytes(), np.uint8).sum()
    return np.array([(seen + step) % actions], np.int32)

  return act


# With sticky actions, so that the random draws of the game must agree as well.
@pytest.mark.parametrize(
  ('name', 'suffix', 'size', 'rate'),
  [
    ('minatar/breakout', '.gif', (320, 320), 10),
    ('minatar/space_invaders', '.mp4', (320, 320), 10),
    ('atari/breakout?sticky=0.25', '.mp4', (420, 320), 15),
    ('atari/air_raid?max_episode_steps=60', '.gif', (500, 320), 15),
    (
      'atari/freeway?mode=1&sticky=0.25&max_episode_steps=60',
      '.mp4',
      (420, 320),
      15,
    ),
    ('gym/CartPole-v1', '.mp4', (400, 600), 50),
    ('gym/Acrobot-v1?max_episode_steps=40', '.gif', (500, 500), 15),
  ],
)
def test_the_video_shows_the_episode_that_is_scored(
  tmp_path, name, suffix, size, rate
):
  task = registry.make(name)
  path = tmp_path / f'a{suffix}'
  act = act_by_picture(task)
  steps = []

  def counted(observation, step_type, step):
    steps.append(step)
    return act(observation, step_type, step)

  for seed in (3, 4):
    steps.clear()
    score, count = gameplay.record(task, counted, seed, path)
    played = list(steps)
    steps.clear()
    assert evaluation.play(task, counted, 1, seed) == [score]
    assert steps == played == list(range(count - 1))
  frames = imageio.imread(path, plugin=PLUGINS[suffix])
  assert frames.shape == (count, *size, 3)
  assert len({frame.tobytes() for frame in frames}) > 5
  if suffix == '.mp4':
    assert imageio.immeta(path, plugin='FFMPEG')['fps'] == rate


def test_it_stops_after_the_steps_asked_for(tmp_path):
  task = registry.make('minatar/freeway')
  path = tmp_path / 'a.gif'
  act = evaluation.random_policy(task, 1)
  assert gameplay.record(task, act, 1, path, max_steps=7) == (0.0, 8)
  assert len(imageio.imread(path, plugin='pillow')) == 8


@pytest.mark.parametrize('name', ['atari/pong', 'atari/pong?difficulty=0'])
def test_atari_is_seen_in_the_colours_of_what_the_agent_sees(name):
  task = registry.make(name)
  environment = task.make_visible()
  environment.seed(7)
  step = environment.reset()
  for _ in range(40):
    picture = environment.render()
    assert picture.shape == (210, 160, 3)
    assert picture.dtype == np.uint8
    # Luma, shrunk by nearest neighbours, against the agent's newest frame.
    luma = picture @ (0.299, 0.587, 0.114)
    rows, columns = (
      ((np.arange(84) + 0.5) * n / 84).astype(int) for n in (210, 160)
    )
    small = luma[np.ix_(rows, columns)]
    newest = step.observation[0, ..., 3].astype(float)
    assert np.corrcoef(small.ravel(), newest.ravel())[0, 1] > 0.9
    step = environment.step(np.array([2], np.int32))
  # Green and orange paddles: not grey.
  assert np.ptp(picture, axis=-1).max() > 100


def test_an_unseeded_visible_game_stays_with_its_twin():
  task = registry.make('atari/breakout?sticky=0.25&max_episode_steps=25')
  environment = task.make_visible()
  step = environment.reset()
  for index in range(60):
    luma = environment.render() @ (0.299, 0.587, 0.114)
    rows = ((np.arange(84) + 0.5) * 210 / 84).astype(int)
    columns = ((np.arange(84) + 0.5) * 160 / 84).astype(int)
    newest = step.observation[0, ..., 3].astype(float).ravel()
    small = luma[np.ix_(rows, columns)].ravel()
    assert np.corrcoef(small, newest)[0, 1] > 0.9
    step = environment.step(np.array([index % 4], np.int32))


def test_minatar_shows_each_channel_in_a_colour_of_its_own():
  task = registry.make('minatar/breakout')
  environment = task.make_visible()
  environment.seed(1)
  step = environment.reset()
  colours = {}
  for _ in range(30):
    picture = environment.render()
    centres = picture[16::32, 16::32]
    seen = step.observation[0].astype(bool)
    for cell in np.ndindex(10, 10):
      channels = np.flatnonzero(seen[cell])
      kind = channels[-1] if len(channels) else None
      colours.setdefault(kind, set()).add(tuple(centres[cell].tolist()))
    step = environment.step(np.array([1], np.int32))
  assert set(colours) == {None, 0, 1, 2, 3}
  assert all(len(found) == 1 for found in colours.values())
  assert len(set.union(*colours.values())) == 5


class Unseen(gymnasium.Env):
  """An environment without any picture."""

  action_space = spaces.Discrete(2)
  observation_space = spaces.Box(0, 1, (2,))


class NotAsked(Unseen):
  """One that has a picture, and cannot be asked for it."""

  metadata: ClassVar = {'render_modes': ['rgb_array']}

  def __init__(self):
    pass


def test_what_has_no_picture_is_refused(tmp_path):
  gymnasium.register('Unseen-v0', Unseen)
  gymnasium.register('NotAsked-v0', NotAsked)
  try:
    for name, words in (
      ('gym/Unseen-v0', 'its environment has no picture'),
      ('gym/NotAsked-v0', "no video of gym/NotAsked-v0: .*'render_mode'"),
      ('mnist/3v5', 'its images are told apart, not played'),
    ):
      task = registry.make(name)
      with pytest.raises(UserError, match=words):
        gameplay.record(task, lambda *_: None, 0, tmp_path / 'a.mp4')
  finally:
    del gymnasium.registry['Unseen-v0'], gymnasium.registry['NotAsked-v0']
  assert not list(tmp_path.iterdir())


class Drawn(gymnasium.Env):
  """One whose picture is made by `draw`."""

  metadata: ClassVar = {'render_modes': ['rgb_array'], 'render_fps': None}
  action_space = spaces.Discrete(2)
  observation_space = spaces.Box(0, 1, (2,))
  draw: ClassVar

  def __init__(self, render_mode=None):
    self.render_mode = render_mode
    self.steps = 0

  def reset(self, *, seed=None, options=None):
    super().reset(seed=seed)
    self.steps = 0
    return np.zeros(2, np.float32), {}

  def step(self, action):
    self.steps += 1
    return np.zeros(2, np.float32), 1.0, self.steps == 3, False, {}

  def render(self):
    return self.draw(self.steps)


@pytest.mark.parametrize(
  ('draw', 'words'),
  [
    (lambda _: np.zeros((9, 8, 4), np.uint8), r'uint8 \[9, 8, 4\]: uint8 \['),
    (lambda _: np.zeros((9, 8, 3)), r'float64 \[9, 8, 3\]'),
    (lambda _: np.zeros((9, 8), np.uint8), r'uint8 \[9, 8\]'),
    (lambda _: None, 'its picture is object'),
    (lambda s: np.zeros((9 + s, 8, 3), np.uint8), r'\[10, 8, 3\] after \[9,'),
    (lambda s: 1 // (2 - s), r'its picture is int\d+ \[\]|by zero'),
  ],
)
def test_a_picture_that_is_none_is_one_line_and_leaves_no_file(
  draw, words, tmp_path
):
  kind = type('Drawing', (Drawn,), {'draw': staticmethod(draw)})
  gymnasium.register('Drawn-v0', kind)
  try:
    with pytest.raises(UserError, match=words) as told:
      gameplay.record(
        registry.make('gym/Drawn-v0'),
        lambda *_: np.zeros(1, np.int32),
        0,
        tmp_path / 'a.mp4',
      )
  finally:
    del gymnasium.registry['Drawn-v0']
  assert '\n' not in str(told.value)
  assert not list(tmp_path.iterdir())


def test_pictures_that_say_no_rate_are_shown(tmp_path):
  picture = np.zeros((8, 8, 3), np.uint8)
  kind = type('Drawing', (Drawn,), {'draw': staticmethod(lambda _: picture)})
  gymnasium.register('Drawn-v0', kind)
  try:
    assert gameplay.record(
      registry.make('gym/Drawn-v0'),
      lambda *_: np.zeros(1, np.int32),
      0,
      tmp_path / 'a.mp4',
    ) == (3.0, 4)
  finally:
    del gymnasium.registry['Drawn-v0']


def test_another_suffix_is_refused_before_anything_is_played(tmp_path):
  task = registry.make('minatar/breakout')
  with pytest.raises(UserError, match=r'must end in \.mp4 or \.gif'):
    gameplay.record(task, lambda *_: 1 / 0, 0, tmp_path / 'a.avi')


def test_environments_not_made_to_be_seen_say_so():
  for name in ('atari/pong', 'gym/CartPole-v1'):
    environment = registry.make(name).make_environment(1)
    environment.reset()
    with pytest.raises(NotImplementedError, match='not made to be seen'):
      environment.render()
  with pytest.raises(NotImplementedError, match='only rgb_array'):
    registry.make('minatar/breakout').make_visible().render('human')
