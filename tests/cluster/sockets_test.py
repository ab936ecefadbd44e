# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.cluster.sockets, on real sockets."""

from __future__ import annotations

import ctypes
import socket
import struct

import pytest

from pathnet_tf.cluster import sockets
from pathnet_tf.errors import UserError


@pytest.fixture
def server():
  """Listens on all interfaces of both families, as gRPC does."""
  with socket.socket(socket.AF_INET6) as link:
    link.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    link.bind(('::', 0))
    link.listen()
    yield link


@pytest.fixture
def packet_filters():
  """Skips where a process may put no filter on its own sockets."""
  program = ctypes.create_string_buffer(struct.pack('=HBBI', 0x06, 0, 0, 1))
  pointer = struct.pack('@HP', 1, ctypes.addressof(program))
  with socket.socket() as link:
    try:
      link.setsockopt(socket.SOL_SOCKET, 26, pointer)  # SO_ATTACH_FILTER
    except PermissionError:  # As in Bazel's sandbox, on some systems.
      pytest.skip('packet filters are not permitted here')


def hears(host: str, port: int) -> bool:
  try:
    socket.create_connection((host, port), timeout=1.0).close()
  except OSError:
    return False
  return True


@pytest.mark.usefixtures('packet_filters')
def test_a_server_hears_its_own_address_only(server):
  port = server.getsockname()[1]
  # All of 127.0.0.0/8 is this host; ::1 is another address of it.
  assert hears('127.0.0.1', port)
  assert hears('127.0.0.2', port)
  sockets.restrict(f'127.0.0.1:{port}')
  assert hears('127.0.0.1', port)
  assert not hears('::1', port)
  if own := outer_address():
    assert not hears(own, port)
    sockets.restrict(f'{own}:{port}')
    assert hears(own, port)
    assert not hears('127.0.0.1', port)


def outer_address() -> str | None:
  """An address of this host that is not loopback, if it has one."""
  with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
    try:
      link.connect(('192.0.2.1', 9))  # Sends nothing.
      return link.getsockname()[0]
    except OSError:
      return None


@pytest.mark.usefixtures('packet_filters')
def test_a_connection_made_before_stays_restricted_to_nothing_else(server):
  port = server.getsockname()[1]
  sockets.restrict(f'127.0.0.1:{port}')
  with socket.create_connection(('127.0.0.1', port), timeout=5.0) as link:
    there, _ = server.accept()
    with there:
      link.sendall(b'word')
      assert there.recv(4) == b'word'


def test_nobody_listening_is_an_error():
  with socket.socket() as link:
    link.bind(('127.0.0.1', 0))
    with pytest.raises(UserError, match='no server listens'):
      sockets.restrict(f'127.0.0.1:{link.getsockname()[1]}')


@pytest.mark.parametrize(
  ('seconds', 'whole'),
  [(0.5, 2), (15.0, 15), (300.0, 300), (9000.0, 9000), (float('inf'), 32_000)],
)
def test_an_end_that_does_not_answer_is_given_up(server, seconds, whole):
  with socket.create_connection(('127.0.0.1', server.getsockname()[1])) as link:
    sockets.give_up_after(seconds)
    idle, between, count, timeout = (
      link.getsockopt(socket.IPPROTO_TCP, option)
      for option in (
        socket.TCP_KEEPIDLE,
        socket.TCP_KEEPINTVL,
        socket.TCP_KEEPCNT,
        socket.TCP_USER_TIMEOUT,
      )
    )
  assert timeout == 1000 * whole
  assert whole <= idle + between * count <= 1.02 * whole + 1


def test_a_host_whose_name_is_gone_has_no_connections():
  assert sockets.hang_up('no-such-host.invalid:1') == 0


def test_hanging_up_ends_the_connections_to_one_address(server):
  port = server.getsockname()[1]
  with (
    socket.create_connection(('127.0.0.1', port)) as one,
    socket.create_connection(('127.0.0.2', port)) as other,
  ):
    accepted = [server.accept()[0] for _ in range(2)]
    assert sockets.hang_up(f'127.0.0.1:{port}') == 1
    one.settimeout(5.0)
    assert one.recv(1) == b''
    other.sendall(b'x')  # It still stands.
    assert b'x' in [a.recv(1) for a in accepted]
    for link in accepted:
      link.close()


def test_traffic_is_counted_in_bytes(server):
  before = sockets.traffic()
  with socket.create_connection(('127.0.0.1', server.getsockname()[1])) as link:
    there, _ = server.accept()
    with there:
      link.sendall(bytes(100_000))
      left = 100_000
      while left:
        left -= len(there.recv(left))
      # Both ends are of this process.
      assert 199_900 < sockets.traffic() - before < 200_100
