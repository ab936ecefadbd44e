# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Seeds: every random stream of a run follows from the run's one seed."""

from __future__ import annotations

import zlib

import numpy as np


def derive(seed: int, *names: str | int) -> int:
  """The seed of one of a run's random streams.

  Args:
    seed: the run's seed, not negative.
    *names: what the stream is for, e.g. `'evaluation', task, number`. Streams
      of different names are independent.

  Returns:
    An integer in `[0, 2^31)`.
  """
  key = [
    zlib.crc32(name.encode()) if isinstance(name, str) else name
    for name in names
  ]
  return int(np.random.SeedSequence([seed, *key]).generate_state(1)[0] >> 1)
