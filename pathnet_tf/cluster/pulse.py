# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A pipe on which a process tells who started it that it lives.

It also works the other way: where the starter is gone, the pipe breaks, and the
process ends too.
"""

from __future__ import annotations

import os
import threading
import time

VARIABLE = 'PATHNET_PULSE'  # The descriptor to write to.
SECONDS = 1.0

STARTING, UP = b'.', b'!'
RESTART = 75  # Exit code: to be started again, from the last checkpoint.


class Pulse:
  """Beats in a thread of its own, if a descriptor is named."""

  def __init__(self) -> None:
    """Begins to beat."""
    self._state = STARTING
    descriptor = os.environ.pop(VARIABLE, '')
    if descriptor.isdecimal():
      threading.Thread(
        target=self._beat, args=(int(descriptor),), daemon=True
      ).start()

  def up(self) -> None:
    """From now on silence means that the process hangs."""
    self._state = UP

  def _beat(self, descriptor: int) -> None:
    try:
      while True:
        os.write(descriptor, self._state)
        time.sleep(SECONDS)
    except OSError:
      os._exit(1)
