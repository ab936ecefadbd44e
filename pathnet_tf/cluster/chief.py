# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The chief's side of the control connections: who is there, who is lost."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from pathnet_tf.cluster import addresses, control, sockets
from pathnet_tf.cluster import greeting as greeting_lib
from pathnet_tf.errors import UserError

_READY_SECONDS = 300.0  # From its greeting until a member has TensorFlow up.
_CHECK_SECONDS = 30.0

# A job's task, as in ('worker', 3).
Member = tuple[str, int]
# Told of what happens: 'lost' or 'recovered', who, and why.
Note = Callable[[str, Member, str], None]


@dataclasses.dataclass
class _Known:
  """A member that has said who it is."""

  connection: control.Connection
  ready: bool = False
  asked: int = 0  # After how many starts, whether it can reach the servers.
  checked: bool = False
  tokens: dict[str, str] = dataclasses.field(default_factory=dict)
  bytes: int = 0


class Chief:
  """Listens for all others, checks them, and notices when one is gone."""

  def __init__(
    self,
    cluster: addresses.Cluster,
    greeting: dict[str, Any],
    *,
    silence: float,
    note: Note,
  ):
    """Begins to listen.

    Args:
      cluster: of the run.
      greeting: the chief's own.
      silence: seconds without a word after which a member counts as lost.
      note: told of losses and recoveries once all have been there.

    Raises:
      UserError: the chief's address can't be had.
    """
    self._cluster = cluster
    self._greeting = greeting
    self._silence = silence
    self._note = note
    self._known: dict[Member, _Known] = {}
    self._lost: set[Member] = set()
    self._starts = 0  # Of servers.
    self._problem: str | None = None
    self._started = False
    self._ended = False
    self._up = False
    self._change = threading.Condition()
    self._listener = control.listen(cluster.address)
    threading.Thread(target=self._accept, daemon=True).start()

  def gather(self, seconds: float) -> dict[str, str]:
    """Waits until everyone is there, agrees, is ready and can be reached.

    Args:
      seconds: longest wait for the greetings.

    Returns:
      The tokens of the workers' functions.

    Raises:
      UserError: saying who is not, and why.
    """
    members = self._cluster.members

    def missing() -> list[Member]:
      return [member for member in members if member not in self._known]

    def not_ready() -> list[Member]:
      return [
        m for m in members if m not in self._known or not self._known[m].ready
      ]

    def unchecked() -> list[Member]:
      return not_ready() or [
        m for m in members if m[0] == 'worker' and not self._known[m].checked
      ]

    self._wait(seconds, missing, 'said nothing', 'start it, or see its output')
    self._wait(_READY_SECONDS, not_ready, 'is not ready', 'see its output')
    for member in members:
      known = self._known.get(member)
      address = self._cluster.hosts[member[0]][member[1]]
      if control.reachable(address):
        continue

      def lost(member: Member = member, known: Any = known) -> bool:
        return known is None or self._known.get(member) is not known

      if not self._soon(lost):
        who = f'{member[0]} {member[1]}'
        raise UserError(f'cannot reach {who} at {address} from here')
    with self._change:  # So that nobody is lost between.
      self._wait(_READY_SECONDS, not_ready, 'is not ready', 'see its output')
      self._wait(_CHECK_SECONDS, unchecked, 'does not answer', 'see its output')
      workers = [self._known.get(m) for m in members if m[0] == 'worker']
      self._started = True
    tokens = [worker.tokens for worker in workers if worker]
    if not tokens or any(other != tokens[0] for other in tokens):
      raise RuntimeError(f'the workers registered other functions: {tokens}')
    return tokens[0]

  def up(self) -> None:
    """From now on this process's silence means that it is lost."""
    with self._change:
      self._up = True
      for known in self._known.values():
        known.connection.up = True

  def tell(self, kind: str, job: str | None = None) -> None:
    """Sends a message without contents to all, or to those of a job."""
    if kind == 'end':
      self._ended = True
    with self._change:
      known = list(self._known.items())
    for (its_job, _), member in known:
      if job in (None, its_job):
        member.connection.send({'kind': kind})

  @property
  def traffic(self) -> int:
    """Bytes that the workers' connections have carried, as they say."""
    with self._change:
      return sum(m.bytes for (job, _), m in self._known.items() if job != 'ps')

  def _wait(
    self,
    seconds: float,
    left: Callable[[], list[Member]],
    problem: str,
    advice: str,
  ) -> None:
    """Waits until nobody is left, or there is a problem."""
    deadline = time.monotonic() + seconds
    with self._change:
      while left() and not self._problem:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
          job, index = left()[0]
          self._problem = (
            f'{job} {index} at {self._cluster.hosts[job][index]}'
            f' {problem} within {seconds:g} s: {advice}'
          )
        self._change.wait(min(max(remaining, 0), 1.0))
      if self._problem and not self._started:
        raise UserError(self._problem)

  def _accept(self) -> None:
    while True:
      link, _ = self._listener.accept()
      threading.Thread(target=self._welcome, args=(link,), daemon=True).start()

  def _welcome(self, link: socket.socket) -> None:
    """Checks who has connected, and takes it in."""
    connection = control.Connection(link)
    hello = connection.receive(10.0)
    if hello is None:  # Whoever only looks whether somebody listens.
      connection.close()
      return
    member: Any = (hello.get('job'), hello.get('index'))
    common = hello.get('common')
    differ = greeting_lib.differences(self._greeting['common'], common)
    if member not in self._cluster.members:
      why = f'the chief knows no {member[0]} {member[1]}'
    elif differ:
      there = greeting_lib.differences(common, self._greeting['common'])
      why = f'the chief is not alike: {there}'
    else:
      why = ''
    if why:
      connection.send({'kind': 'refused', 'why': why})
      connection.close()
      if member in self._cluster.members:  # Last, for it may end this process.
        self._refused(f'{member[0]} {member[1]} is not alike: {differ}')
      return
    with self._change:
      present = self._known.get(member)
      beaten = time.monotonic() - 3 * control.BEAT_SECONDS
      if present and present.connection.heard_at > beaten:
        connection.send({'kind': 'busy'})
        connection.close()
        return
      self._known[member] = _Known(connection)
      self._change.notify_all()
    if present:
      present.connection.close()
    connection.up = self._up
    connection.send({'kind': 'welcome'})
    connection.follow(
      lambda message: self._heard(member, connection, message),
      lambda why: self._gone(member, connection, why),
      self._silence,
    )

  def _refused(self, why: str) -> None:
    with self._change:
      if not self._started:
        self._problem = self._problem or why
        self._change.notify_all()

  def _heard(
    self,
    member: Member,
    connection: control.Connection,
    message: control.Message,
  ) -> None:
    recovered = False
    with self._change:
      known = self._known.get(member)
      if known is None or known.connection is not connection:
        return
      if message.get('kind') == 'ready':
        known.ready = True
        known.tokens = message.get('tokens') or {}
        self._starts += member[0] == 'ps'
        recovered = member in self._lost
        self._lost.discard(member)
      elif message.get('kind') == 'checked':
        lost = message.get('unreachable')
        if lost:
          self._soon(lambda: not self._servers_ready())
        if message.get('starts') != self._starts or not self._servers_ready():
          return  # Of a server that is gone: it is asked again.
        known.checked = True
        if lost:
          self._problem = self._problem or (
            f'{member[0]} {member[1]} cannot reach a server at {lost[0]}'
          )
      elif message.get('kind') == 'failed':
        why = f'{member[0]} {member[1]}: {message.get("why")}'
        self._problem = self._problem or why
      elif message.get('kind') == 'traffic':
        known.bytes = message.get('bytes', 0)
      self._change.notify_all()
    if message.get('kind') == 'ready':
      self._check_servers()
    if recovered:
      self._note('recovered', member, 'it is there again')

  def _soon(self, lost: Callable[[], bool]) -> bool:
    """Whether who can't be reached is known as lost within a moment."""
    with self._change:
      return self._change.wait_for(lost, control.BEAT_SECONDS)

  def _servers_ready(self) -> bool:
    known = [self._known.get(m) for m in self._cluster.members if m[0] == 'ps']
    return all(server and server.ready for server in known)

  def _check_servers(self) -> None:
    """Has workers look for the servers, once all of these are up."""
    servers = list(self._cluster.hosts['ps'])
    with self._change:
      if not self._servers_ready():
        return
      asked = [
        known
        for (job, _), known in self._known.items()
        if job == 'worker' and known.ready and known.asked < self._starts
      ]
      starts = self._starts
      for known in asked:
        known.asked = starts
    for known in asked:
      known.connection.send(
        {'kind': 'check', 'addresses': servers, 'starts': starts}
      )

  def _gone(
    self, member: Member, connection: control.Connection, why: str
  ) -> None:
    with self._change:
      known = self._known.get(member)
      if known is not None and known.connection is connection:
        del self._known[member]
      self._change.notify_all()
      if self._ended or not self._started or member in self._lost:
        return
      self._lost.add(member)
    # gRPC waits for a stopped or cut off process for ever; now it gives up.
    sockets.hang_up(self._cluster.hosts[member[0]][member[1]])
    self._note('lost', member, why)
