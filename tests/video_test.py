# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Videos are decoded again and compared with what was written."""

from __future__ import annotations

import imageio.v3 as imageio
import numpy as np
import pytest

from pathnet_tf import video
from pathnet_tf.errors import UserError

PLUGINS = {'.mp4': 'FFMPEG', '.gif': 'pillow'}


def squares(count, height=48, width=64):
  """A square of its own colour and place in each frame."""
  for index in range(count):
    frame = np.full((height, width, 3), 250, np.uint8)
    frame[8:24, 2 * index : 2 * index + 16] = (20 * index, 90, 200)
    yield frame


@pytest.mark.parametrize('suffix', PLUGINS)
def test_every_frame_comes_back_in_its_place(tmp_path, suffix):
  path = video.write(tmp_path / 'new' / f'a{suffix}', squares(12), rate=10)

  decoded = imageio.imread(path, plugin=PLUGINS[suffix])

  assert decoded.shape == (12, 48, 64, 3)
  # Exact in the few colours of a gif; in an mp4 the edges are blurred.
  for frame, wanted in zip(decoded, squares(12), strict=True):
    off = np.abs(frame.astype(int) - wanted)
    assert off.max() <= 1 if suffix == '.gif' else off.mean() < 6
  assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_it_lasts_as_long_as_its_rate_says(tmp_path):
  movie = video.write(tmp_path / 'a.mp4', squares(12), rate=24)
  meta = imageio.immeta(movie, plugin='FFMPEG')
  assert meta['fps'] == 24
  assert meta['duration'] == pytest.approx(0.5)

  gif = video.write(tmp_path / 'a.gif', squares(12), rate=20)
  assert imageio.immeta(gif, plugin='pillow')['duration'] == 50
  assert imageio.immeta(gif, plugin='pillow')['loop'] == 0


def test_odd_sizes_are_made_even_in_an_mp4_only(tmp_path):
  for suffix, size in (('.mp4', (50, 64)), ('.gif', (49, 63))):
    path = video.write(tmp_path / f'a{suffix}', squares(3, 49, 63), rate=10)
    assert imageio.imread(path, plugin=PLUGINS[suffix]).shape[1:3] == size


@pytest.mark.parametrize('name', ['a.avi', 'a', 'a.MP4.txt', 'mp4'])
def test_another_suffix_is_refused_before_a_frame_is_made(tmp_path, name):
  frames = squares(3)
  with pytest.raises(UserError, match=r'must end in \.mp4 or \.gif'):
    video.write(tmp_path / name, frames, rate=10)
  assert len(list(frames)) == 3
  assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
  (tmp_path / 'file').write_text('')
  with pytest.raises(UserError, match='cannot write a video'):
    video.write(tmp_path / 'file' / 'a.mp4', squares(3), rate=10)


@pytest.mark.parametrize('suffix', PLUGINS)
def test_a_failure_leaves_the_former_video(tmp_path, suffix):
  def broken():
    yield from squares(3)
    raise ArithmeticError

  path = video.write(tmp_path / f'a{suffix}', squares(3), rate=10)
  before = path.read_bytes()
  with pytest.raises(ArithmeticError):
    video.write(path, broken(), rate=10)
  assert path.read_bytes() == before
  assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('encoder', ['missing', 'file'])
def test_without_an_encoder_it_is_one_line_before_any_frame(
  tmp_path, monkeypatch, encoder
):
  (tmp_path / 'file').write_text('no program')
  monkeypatch.setenv('IMAGEIO_FFMPEG_EXE', str(tmp_path / encoder))

  def frames():
    raise AssertionError
    yield

  with pytest.raises(UserError, match='no encoder of videos'):
    video.write(tmp_path / 'a.mp4', frames(), 10)
  assert sorted(path.name for path in tmp_path.iterdir()) == ['file']
