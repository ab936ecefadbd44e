# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Writes pictures as a video: mp4, or gif for pages that play nothing else."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from pathnet_tf.errors import UserError

SUFFIXES = ('.mp4', '.gif')


def write(
  path: str | os.PathLike[str], frames: Iterable[np.ndarray], rate: float
) -> Path:
  """Writes a video whole or not at all; makes its folder if need be.

  Args:
    path: the file to write, .mp4 (H.264) or .gif (128 colours, chosen for
      this video; plays for ever).
    frames: uint8 [H, W, 3], one or more, all of one size. They are taken one by
      one, and none before the path has been found good. In an mp4, an odd size
      has one black line more.
    rate: frames a second, at most 50 in a gif.

  Returns:
    `path`.

  Raises:
    UserError: as `check`, or the file cannot be written.
  """
  check(path)
  path = Path(path)
  try:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
      prefix='.video-', dir=path.parent
    ) as folder:
      partial = Path(folder, path.name)
      if path.suffix == '.gif':
        _write_gif(partial, frames, rate)
      else:
        # As every browser plays it, also before it is loaded to its end.
        # It takes even sizes only.
        even = 'pad=ceil(iw/2)*2:ceil(ih/2)*2'
        options = ['-vf', even, '-crf', '18', '-movflags', '+faststart']
        _encode(partial, frames, rate, 'libx264', 'yuv420p', options)
      os.replace(partial, path)
  except (OSError, subprocess.CalledProcessError) as error:
    reason = getattr(error, 'strerror', None) or 'the encoder failed'
    raise UserError(f'cannot write a video {str(path)!r}: {reason}') from error
  return path


def check(path: str | os.PathLike[str]) -> None:
  """Checks what can be wrong before a frame is made.

  Raises:
    UserError: the path has a suffix of no video, or there is no encoder.
  """
  path = Path(path)
  if path.suffix not in SUFFIXES:
    raise UserError(
      f'cannot write a video {str(path)!r}: its name must end in'
      f' {" or ".join(SUFFIXES)}'
    )
  try:
    _run_ffmpeg('-version', stdout=subprocess.DEVNULL)
  except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
    raise UserError(
      'no encoder of videos: imageio-ffmpeg brings one for most machines;'
      ' elsewhere install ffmpeg, or name it by IMAGEIO_FFMPEG_EXE'
    ) from error


def _write_gif(path: Path, frames: Iterable[np.ndarray], rate: float) -> None:
  """Chooses the colours in a first pass over frames kept without loss."""
  kept, palette = (str(path.with_name(n)) for n in ('kept.mkv', 'palette.png'))
  options = ['-crf', '0', '-preset', 'ultrafast']
  _encode(Path(kept), frames, rate, 'libx264rgb', 'rgb24', options)
  _run_ffmpeg(
    '-i', kept, '-vf', 'palettegen=stats_mode=full:max_colors=128', palette
  )
  _run_ffmpeg(
    *('-i', kept, '-i', palette),
    *('-lavfi', 'paletteuse=dither=none:diff_mode=rectangle', str(path)),
  )


def _encode(
  path: Path,
  frames: Iterable[np.ndarray],
  rate: float,
  codec: str,
  pixels: str,
  options: list[str],
) -> None:
  left = iter(frames)
  first = next(left)
  height, width, _ = first.shape
  writer = imageio_ffmpeg.write_frames(
    str(path),
    (width, height),
    fps=rate,
    codec=codec,
    pix_fmt_out=pixels,
    quality=None,
    macro_block_size=1,
    ffmpeg_log_level='error',
    output_params=options,
  )
  with contextlib.closing(writer):
    writer.send(None)
    for frame in itertools.chain([first], left):
      writer.send(np.ascontiguousarray(frame))


def _run_ffmpeg(*arguments: str, stdout: int | None = None) -> None:
  subprocess.run(
    [imageio_ffmpeg.get_ffmpeg_exe(), '-v', 'error', *arguments],
    stdin=subprocess.DEVNULL,
    stdout=stdout,
    check=True,
  )
