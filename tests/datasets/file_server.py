# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A real HTTP server that breaks off, lies and fails as it is told to."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import re

import numpy as np

from pathnet_tf.datasets import download

DATA = np.random.default_rng(0).bytes(3_000_000)


class Server(http.server.ThreadingHTTPServer):
  """Serves DATA under any address, as badly as it is told to.

  Attributes:
    asked: the Range of each request.
    lasts: how many bytes each answer sends before the connection breaks; when
      there is none left, answers are whole.
    ranges: whether it knows ranges.
    data: what it has.
    status: of all its answers, if they are errors.
    shift: how far its ranges begin behind what was asked for.
  """

  def __init__(self):
    super().__init__(('127.0.0.1', 0), Handler)
    self.asked: list[str | None] = []
    self.lasts: list[int] = []
    self.ranges = True
    self.data = DATA
    self.status: int | None = None
    self.shift = 0

  @property
  def url(self) -> str:
    return f'http://127.0.0.1:{self.server_port}/data.mat'


class Handler(http.server.BaseHTTPRequestHandler):
  server: Server

  def do_GET(self):
    server = self.server
    wanted = self.headers.get('Range')
    server.asked.append(wanted)
    if server.status is not None:
      self.send_error(server.status)
      return
    start = int(re.fullmatch(r'bytes=(\d+)-', wanted)[1]) if wanted else 0
    if wanted and server.ranges and start >= len(server.data):
      self.send_error(416)
      return
    if wanted and server.ranges:
      self.send_response(206)
      size = len(server.data)
      self.send_header(
        'Content-Range', f'bytes {start + server.shift}-{size - 1}/{size}'
      )
    else:
      start = 0
      self.send_response(200)
    body = server.data[start:]
    self.send_header('Content-Length', str(len(body)))
    self.end_headers()
    if server.lasts:
      body = body[: server.lasts.pop(0)]
      self.close_connection = True
    with contextlib.suppress(ConnectionError):
      self.wfile.write(body)

  def log_message(self, *unused):
    pass


def remote(server: Server, **changes) -> download.RemoteFile:
  """What the server has; `changes` say something else of it."""
  values = {
    'url': server.url,
    'size': len(DATA),
    'md5': hashlib.md5(DATA).hexdigest(),
  }
  return download.RemoteFile(**{**values, **changes})
