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
    UserError: the path has another suffix, or cannot be written.
  """
  path = Path(path)
  if path.suffix not in SUFFIXES:
    raise UserError(
      f'cannot write a video {str(path)!r}: its name must end in'
      f' {" or ".join(SUFFIXES)}'
    )
  try:
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = tempfile.TemporaryDirectory(prefix='.video-', dir=path.parent)
  except OSError as error:
    raise UserError(
      f'cannot write a video {str(path)!r}: {error.strerror}'
    ) from error
  with folder as name:
    partial = Path(name, path.name)
    if path.suffix == '.gif':
      _write_gif(partial, frames, rate)
    else:
      # As every browser plays it, also before it is loaded to its end.
      # It takes even sizes only.
      even = 'pad=ceil(iw/2)*2:ceil(ih/2)*2'
      options = ['-vf', even, '-crf', '18', '-movflags', '+faststart']
      _encode(partial, frames, rate, 'libx264', 'yuv420p', options)
    os.replace(partial, path)
  return path


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


def _run_ffmpeg(*arguments: str) -> None:
  subprocess.run(
    [imageio_ffmpeg.get_ffmpeg_exe(), '-v', 'error', *arguments],
    stdin=subprocess.DEVNULL,
    check=True,
  )
