# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""SIGTERM and Ctrl-C: what is running ends soon, and whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

SIGNALS = (signal.SIGTERM, signal.SIGINT)
_GRACE_SECONDS = 8.0
_SAME_SECONDS = 1.0  # Signals closer together are one, that came several ways.


@contextlib.contextmanager
def stopped_by(
  stop: Callable[[], None], grace_seconds: float = _GRACE_SECONDS
) -> Iterator[None]:
  """Lets a signal stop what is done in a `with` block of the main thread.

  What does not end in time, say as an environment hangs, is ended with the
  process: a run can be killed at any moment. So does a second signal, at once;
  not one within a second, as whoever ends a group of processes may send it to
  each of them while one passes it on to another.

  Args:
    stop: makes the block end soon; called from the signal's handler.
    grace_seconds: how soon.

  Raises:
    SystemExit: once the block has ended, with the conventional code.
  """
  received: list[int] = []
  since = 0.0

  def end() -> None:
    os.write(2, b'stopped by a signal; the same command goes on\n')
    os._exit(128 + received[0])

  timer = threading.Timer(grace_seconds, end)
  timer.daemon = True

  def on_signal(number, frame):
    nonlocal since
    del frame
    if received:
      if time.monotonic() - since > _SAME_SECONDS:
        end()
      return
    since = time.monotonic()
    received.append(number)
    timer.start()
    stop()

  former = {number: signal.signal(number, on_signal) for number in SIGNALS}
  try:
    yield
  finally:
    for number, handler in former.items():
      signal.signal(number, handler)
    timer.cancel()
  if received:
    print('stopped by a signal; the same command goes on', file=sys.stderr)
    raise SystemExit(128 + received[0])
