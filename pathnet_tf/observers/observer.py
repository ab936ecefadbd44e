# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What watches a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pathnet_tf.evolution import search


class Observer(Protocol):
  """Is shown every record of the log as it is written, and what was resumed."""

  def resume(self, records: Sequence[dict[str, Any]]) -> None:
    """The records of the log so far, before the first new one."""

  def observe(self, record: dict[str, Any], state: search.Search) -> None:
    """A record just written, and the search after it.

    The end of a task is shown once its checkpoint is saved.
    """
