# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""For tests of files: where to put them, their cost, how they are spoilt.

And a server that has one.
"""

from __future__ import annotations

import contextlib
import threading
import tracemalloc

import pytest
from hypothesis import strategies as st

from pathnet_tf.errors import UserError
from tests.datasets import file_server


@pytest.fixture(scope='module')
def put(tmp_path_factory):
  """Writes bytes to a file, the same one each time: its path."""
  path = tmp_path_factory.mktemp('data') / 'file'

  def write(data: bytes) -> str:
    path.write_bytes(data)
    return str(path)

  return write


@pytest.fixture(scope='session')
def read_or_refused():
  """What a reader returns, or None if it raised a `UserError` of one line."""

  def attempt(read, *arguments):
    try:
      return read(*arguments)
    except UserError as error:
      line = str(error)
    assert line.isprintable()
    return None

  return attempt


@pytest.fixture(scope='session')
def memory_below():
  """Fails if more memory was taken at any moment inside the block."""

  @contextlib.contextmanager
  def block(limit: int):
    tracemalloc.start()
    try:
      yield
      assert tracemalloc.get_traced_memory()[1] < limit
    finally:
      tracemalloc.stop()

  return block


@pytest.fixture(scope='session')
def edited():
  """A strategy: other bytes in a few places, the length stays."""

  def strategy(data: bytes):
    def change(edits):
      changed = bytearray(data)
      for place, byte in edits:
        changed[place] = byte
      return bytes(changed)

    # The interesting places are near the begin.
    place = st.integers(0, min(len(data), 400) - 1) | st.integers(
      0, len(data) - 1
    )
    edit = st.tuples(place, st.integers(0, 255))
    return st.lists(edit, min_size=1, max_size=4).map(change)

  return strategy


@pytest.fixture(scope='session')
def recut():
  """A strategy: bytes are cut out, or others put in."""

  def strategy(data: bytes):
    places = st.tuples(
      st.integers(0, len(data)), st.integers(0, len(data)), st.binary()
    )
    return places.map(
      lambda cut: data[: min(cut[:2])] + cut[2] + data[max(cut[:2]) :]
    )

  return strategy


@pytest.fixture
def server(monkeypatch):
  """A server of `file_server.DATA` on this machine."""
  monkeypatch.setenv('no_proxy', '*')
  with file_server.Server() as server:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
