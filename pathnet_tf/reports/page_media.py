# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The videos of a run, as the report page shows them."""

from __future__ import annotations

import base64
import html
import os
import pathlib
import urllib.parse

_TYPES = {'.gif': 'image/gif', '.mp4': 'video/mp4'}
_LARGEST = 8_000_000  # Bytes of a file that goes into the page.


def media_html(report: pathlib.Path, page_folder: pathlib.Path) -> str:
  """Figures of the videos in a run's report folder.

  Args:
    report: the folder; it need not be there.
    page_folder: where the page is written: larger files are links from there.

  Returns:
    HTML; empty where there is no video.
  """
  return ''.join(
    _figure(path, page_folder)
    for path in sorted(report.glob('*'))
    if path.suffix in _TYPES
  )


def _figure(path: pathlib.Path, page_folder: pathlib.Path) -> str:
  name, size = html.escape(path.name), path.stat().st_size
  if size > _LARGEST:
    link = urllib.parse.quote(os.path.relpath(path, page_folder))
    return (
      f'<p><a href="{html.escape(link)}">{name}</a>, {size / 1e6:.0f} MB, is'
      ' too large to be part of this page.</p>'
    )
  kind = _TYPES[path.suffix]
  data = base64.b64encode(path.read_bytes()).decode()
  source = f'src="data:{kind};base64,{data}"'
  shown = (
    f'<img {source} alt="{name}">'
    if kind.startswith('image')
    else f'<video {source} controls loop muted playsinline'
    f' aria-label="{name}"></video>'
  )
  return f'<figure>{shown}<figcaption>{name}</figcaption></figure>'
