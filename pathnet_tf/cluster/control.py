# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What the chief and the others tell each other besides tensors.

Every worker and server holds one TCP connection to the chief: it says who it is
before TensorFlow starts, and then, every second, that it is alive. Messages are
lines of JSON; nothing that is received is ever unpickled or run.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from pathnet_tf.cluster import addresses
from pathnet_tf.errors import UserError

BEAT_SECONDS = 1.0
_STARTING_SECONDS = 120.0
_LONGEST = 1 << 20  # Bytes of a line.

Message = dict[str, Any]


class Connection:
  """One end of a control connection, and the threads that read and beat.

  Attributes:
    heard_at: when the other end was last heard of, by `time.monotonic`.
    up: whether this process has started; before, silence means nothing: it may
      be loading a large library.
    theirs_is_up: the same of the other process.
  """

  def __init__(self, link: socket.socket):
    """Takes over a connected socket."""
    link.settimeout(None)
    self._link = link
    self._lock = threading.Lock()
    self._lines = link.makefile('rb')
    self.heard_at = time.monotonic()
    self.up = self.theirs_is_up = False

  def send(self, message: Message) -> None:
    """Sends a message, or nothing where the other end is gone."""
    with self._lock, contextlib.suppress(OSError):
      line = json.dumps({**message, 'up': self.up})
      self._link.sendall(line.encode() + b'\n')

  def receive(self, seconds: float | None = None) -> Message | None:
    """The next message that is more than a beat; None where the other end left.

    Args:
      seconds: longest wait, after which the other end counts as gone.
    """
    try:
      self._link.settimeout(seconds)
      while True:
        line = self._lines.readline(_LONGEST)
        if not line.endswith(b'\n'):
          return None
        message = json.loads(line)
        if not isinstance(message, dict):
          return None
        self.heard_at = time.monotonic()
        self.theirs_is_up = bool(message.get('up'))
        if message.get('kind') != 'beat':
          return message
    except (OSError, ValueError, RecursionError):
      return None

  def follow(
    self,
    on_message: Callable[[Message], None],
    on_lost: Callable[[str], None],
    silence: float,
  ) -> None:
    """Reads and beats from now on, in threads of their own.

    Args:
      on_message: called with every message.
      on_lost: called once, with the reason, when the other end is gone.
      silence: seconds without a word after which who was up counts as gone.
    """
    once = threading.Lock()

    def lost(why: str) -> None:
      if once.acquire(blocking=False):
        self.close()
        on_lost(why)

    def read() -> None:
      while (message := self.receive()) is not None:
        on_message(message)
      lost('its connection closed')

    def beats() -> None:
      while not once.locked():
        self.send({'kind': 'beat'})
        time.sleep(BEAT_SECONDS)
        limit = silence if self.theirs_is_up else _STARTING_SECONDS
        if time.monotonic() - self.heard_at > limit:
          lost(f'it was silent for {limit:g} s')

    for target in (read, beats):
      threading.Thread(target=target, daemon=True).start()

  def close(self) -> None:
    """Hangs up."""
    with contextlib.suppress(OSError):
      self._link.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
      self._link.close()


def listen(address: str) -> socket.socket:
  """A socket that listens there and nowhere else.

  Raises:
    UserError: the port is in use, or the host is not this one.
  """
  listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
  try:
    listener.bind(addresses.split(address))
    listener.listen(128)
  except OSError as error:
    listener.close()
    raise UserError(
      f'cannot listen at {address}: {error.strerror or error}; name a free port'
      ' of this host'
    ) from error
  return listener


def check_free(address: str) -> None:
  """Refuses an address that this process can't listen at, as `listen` does."""
  listen(address).close()


def connect(address: str, seconds: float, who: str) -> Connection:
  """Connects to the chief, which may not be there yet.

  Raises:
    UserError: nobody answers in that time.
  """
  deadline = time.monotonic() + seconds
  while True:
    try:
      return Connection(
        socket.create_connection(addresses.split(address), timeout=3.0)
      )
    except OSError as error:
      if time.monotonic() > deadline:
        raise UserError(
          f'cannot reach the {who} at {address} within {seconds:g} s:'
          f' {error.strerror or error}; start it, or mend the address'
        ) from error
      time.sleep(0.2)


def reachable(address: str) -> bool:
  """Whether somebody listens there."""
  try:
    socket.create_connection(addresses.split(address), timeout=5.0).close()
  except OSError:
    return False
  return True
