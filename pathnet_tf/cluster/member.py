# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A worker's or server's side of its control connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from pathnet_tf.cluster import addresses, control, sockets
from pathnet_tf.errors import UserError


class Member:
  """Has said to the chief who it is, and been welcomed.

  Attributes:
    stop: called when the chief wants evaluations to end.
  """

  def __init__(
    self,
    cluster: addresses.Cluster,
    greeting: dict[str, Any],
    *,
    seconds: float,
    silence: float,
    ended: Callable[[str | None], None],
  ):
    """Connects to the chief.

    Args:
      cluster: of the run.
      greeting: of this process.
      seconds: longest wait for the chief.
      silence: seconds without a word after which the chief counts as lost.
      ended: called, from another thread, when the run is done (None), or with
        the reason when the chief is lost.

    Raises:
      UserError: this process's address can't be had, the chief can't be
        reached, or will not have it.
    """
    self.stop: Callable[[], None] = lambda: None
    self._ended = ended
    control.check_free(cluster.address)
    deadline = time.monotonic() + seconds
    while True:
      left = max(deadline - time.monotonic(), 0.0)
      self._connection = control.connect(cluster.chief, left, 'chief')
      self._connection.send(greeting)
      answer = self._connection.receive(10.0) or {'kind': 'gone'}
      if answer.get('kind') == 'welcome':
        break
      self._connection.close()
      if answer.get('kind') == 'refused':
        raise UserError(str(answer.get('why')))
      if time.monotonic() > deadline:
        raise UserError(
          f'the chief at {cluster.chief} has another {cluster.job}'
          f' {cluster.index}, or does not answer'
        )
      time.sleep(0.5)
    self._connection.follow(
      self._heard, lambda why: ended(f'lost the chief: {why}'), silence
    )

  def ready(self, tokens: dict[str, str]) -> None:
    """Tells the chief that this process's server is up."""
    self._connection.up = True
    self._connection.send({'kind': 'ready', 'tokens': tokens})

  def failed(self, why: str) -> None:
    """Tells the chief that this process can't take part, and why."""
    self._connection.send({'kind': 'failed', 'why': why})

  def tell_traffic(self) -> None:
    """Tells the chief how much this process's connections have carried."""
    self._connection.send({'kind': 'traffic', 'bytes': sockets.traffic()})

  def _heard(self, message: control.Message) -> None:
    kind = message.get('kind')
    if kind == 'end':
      self._ended(None)
    elif kind == 'stop':
      self.stop()
    elif kind == 'check':
      threading.Thread(target=self._check, args=(message,), daemon=True).start()

  def _check(self, message: control.Message) -> None:
    lost = [
      address
      for address in message.get('addresses', [])
      if not control.reachable(address)
    ]
    self._connection.send(
      {
        'kind': 'checked',
        'unreachable': lost,
        'starts': message.get('starts'),
      }
    )
