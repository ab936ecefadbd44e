# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.cluster: chief and members, over real connections."""

from __future__ import annotations

import queue
import socket
import threading

import pytest

from pathnet_tf.cluster import addresses, chief, control, greeting, member
from pathnet_tf.errors import UserError

SECONDS = 60.0  # For what must come; no test waits for it to pass.


class Party:
  """Addresses of a chief, a server and a worker, and what they have said."""

  def __init__(self):
    links = [socket.socket() for _ in range(3)]
    for link in links:
      link.bind(('127.0.0.1', 0))
    ports = [link.getsockname()[1] for link in links]
    for link in links:
      link.close()
    self.hosts = ','.join(
      f'{job}=127.0.0.1:{port}'
      for job, port in zip(addresses.JOBS, ports, strict=True)
    )
    self.notes: queue.SimpleQueue = queue.SimpleQueue()
    self.ended: queue.SimpleQueue = queue.SimpleQueue()
    self.listeners: list[socket.socket] = []

  def cluster(self, job):
    return addresses.from_flags(self.hosts, job, 0)

  def chief(self, flags=None, silence=SECONDS):
    here = self.cluster('chief')
    return chief.Chief(
      here,
      greeting.greeting(here, flags or {'seed': 0}),
      silence=silence,
      note=lambda *note: self.notes.put(note),
    )

  def join(self, job, flags=None, seconds=SECONDS):
    here = self.cluster(job)
    return member.Member(
      here,
      greeting.greeting(here, flags or {'seed': 0}),
      seconds=seconds,
      silence=SECONDS,
      ended=self.ended.put,
    )

  def serve(self, job):
    """Joins, and listens as a server of TensorFlow would."""
    joined = self.join(job)
    self.listeners.append(control.listen(self.cluster(job).address))
    joined.ready({'step': 'pyfunc_0'} if job == 'worker' else {})
    return joined

  def close(self):
    for link in self.listeners:
      link.close()


@pytest.fixture
def party():
  made = Party()
  yield made
  made.close()


def gathered(party):
  """A chief with its server and worker."""
  boss = party.chief()
  members = [party.serve(job) for job in ('ps', 'worker')]
  assert boss.gather(SECONDS) == {'step': 'pyfunc_0'}
  return boss, members


def test_gathers_who_is_alike(party):
  gathered(party)


def test_members_may_come_first(party):
  joined = []
  thread = threading.Thread(target=lambda: joined.append(party.serve('ps')))
  thread.start()
  boss = party.chief()
  party.serve('worker')
  boss.gather(SECONDS)
  thread.join()
  assert joined


def test_a_worker_looks_for_the_servers_once_they_are_up(party):
  boss = party.chief()
  server = party.join('ps')
  party.serve('worker')
  party.listeners.append(control.listen(party.cluster('ps').address))
  server.ready({})
  boss.gather(SECONDS)


def test_a_server_that_is_lost_while_a_worker_looks_for_it_is_no_problem(party):
  boss = party.chief()
  here = party.cluster('worker')
  worker = control.connect(here.chief, SECONDS, 'chief')
  worker.send(greeting.greeting(here, {'seed': 0}))
  assert worker.receive(SECONDS) == {'kind': 'welcome', 'up': False}
  party.listeners.append(control.listen(here.address))
  worker.send({'kind': 'ready', 'tokens': {'step': 'pyfunc_0'}})
  server = party.serve('ps')
  first = worker.receive(SECONDS)
  server._connection.close()
  party.listeners.pop().close()
  party.serve('ps')
  second = worker.receive(SECONDS)
  for asked, lost in ((first, first['addresses']), (second, [])):
    worker.send(
      {'kind': 'checked', 'unreachable': lost, 'starts': asked['starts']}
    )
  boss.gather(SECONDS)


def test_another_flag_is_named_on_both_sides(party):
  boss = party.chief({'seed': 0, 'window': 5})
  with pytest.raises(UserError, match='--seed is 0 there and 3 here'):
    party.join('worker', {'seed': 3, 'window': 5})
  with pytest.raises(
    UserError, match='worker 0 is not alike: --seed is 3 there and 0 here'
  ):
    boss.gather(SECONDS)


def test_another_version_is_named(party, monkeypatch):
  boss = party.chief()
  monkeypatch.setattr(greeting, '_digest', lambda: 'another')
  with pytest.raises(UserError, match='code of pathnet_tf'):
    party.join('ps')
  with pytest.raises(UserError, match='ps 0 is not alike: code of'):
    boss.gather(SECONDS)


def test_who_does_not_come_is_named(party):
  boss = party.chief()
  party.serve('ps')
  with pytest.raises(UserError, match=r'worker 0 at 127.* said nothing'):
    boss.gather(0.5)


def test_who_listens_nowhere_is_named(party):
  boss = party.chief()
  for job in ('ps', 'worker'):
    party.join(job).ready({})
  with pytest.raises(UserError, match=r'cannot reach (ps 0|a server) at 127'):
    boss.gather(SECONDS)


def test_what_keeps_a_member_from_taking_part_is_said_by_the_chief(party):
  boss = party.chief()
  party.serve('ps')
  party.join('worker').failed('no Atari game pnog')
  with pytest.raises(UserError, match='worker 0: no Atari game pnog'):
    boss.gather(SECONDS)


def test_a_chief_that_is_not_there_is_named(party):
  with pytest.raises(UserError, match='cannot reach the chief at 127'):
    party.join('worker', seconds=0.3)


@pytest.mark.parametrize('job', ['chief', 'worker'])
def test_a_port_in_use_is_named(party, job):
  address = party.cluster(job).address
  with (
    control.listen(address),
    pytest.raises(UserError, match=f'{address}.*in use'),
  ):
    party.chief() if job == 'chief' else party.join(job)


@pytest.mark.parametrize(
  'sent',
  [b'', b'hello\n', b'[]\n', b'{"job": "worker"}\n', b'[' * 99999 + b'\n'],
)
def test_a_stranger_is_not_let_in(party, sent):
  boss = party.chief()
  with socket.create_connection(
    addresses.split(party.cluster('chief').chief)
  ) as link:
    link.sendall(sent)
    link.shutdown(socket.SHUT_WR)
    link.settimeout(SECONDS)
    assert b'welcome' not in link.makefile('rb').read()
  for job in ('ps', 'worker'):
    party.serve(job)
  boss.gather(SECONDS)


def test_losses_and_recoveries_are_told(party):
  _, (_, worker) = gathered(party)
  worker._connection.close()
  event, who, _ = party.notes.get(timeout=SECONDS)
  assert (event, who) == ('lost', ('worker', 0))
  party.listeners.pop().close()
  party.serve('worker')
  event, who, _ = party.notes.get(timeout=SECONDS)
  assert (event, who) == ('recovered', ('worker', 0))


def test_silence_is_a_loss(party, monkeypatch):
  boss = party.chief(silence=2.5)
  party.serve('ps')
  worker = party.serve('worker')
  boss.gather(SECONDS)
  monkeypatch.setattr(worker._connection, 'send', lambda message: None)
  event, who, why = party.notes.get(timeout=SECONDS)
  assert (event, who) == ('lost', ('worker', 0))
  assert 'silent' in why
  assert 'chief' in party.ended.get(timeout=SECONDS)


def test_everyone_learns_of_the_end(party):
  boss, _ = gathered(party)
  boss.tell('end')
  assert [party.ended.get(timeout=SECONDS) for _ in range(2)] == [None, None]


def test_workers_are_told_to_stop(party):
  boss, (_, worker) = gathered(party)
  stopped = threading.Event()
  worker.stop = stopped.set
  boss.tell('stop', 'worker')
  assert stopped.wait(SECONDS)
