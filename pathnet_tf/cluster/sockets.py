# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What TensorFlow's gRPC does not do with its sockets: done from outside.

TensorFlow's server listens on all interfaces of a host, whatever address it is
given, and gRPC waits for ever for a peer that stopped without a word. Linux
lets a process put a packet filter on its own sockets, and shut them down; no
privilege is needed for either.
"""

from __future__ import annotations

import contextlib
import ctypes
import ipaddress
import os
import socket
import struct
from collections.abc import Iterator

from pathnet_tf.cluster import addresses
from pathnet_tf.errors import UserError

_SO_ATTACH_FILTER = 26
_MOST_SECONDS, _MOST_PROBES = 32_000, 100  # Linux takes little more.
_TCP_INFO_BYTES = 120  # Offset of bytes_acked, then bytes_received.


def restrict(address: str) -> None:
  """Makes this process's servers on a port deaf to all but one address.

  As if they had been bound to it: what arrives for another address of the host
  is dropped. For a loopback address what arrives for any of 127.0.0.0/8 passes.

  Args:
    address: 'host:port'; servers of all interfaces listen at the port.

  Raises:
    UserError: the system refuses, or nobody listens.
  """
  host, port = addresses.split(address)
  try:
    number = int(ipaddress.IPv4Address(socket.gethostbyname(host)))
    found = False
    for link in _own_sockets():
      listens = link.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
      if listens and link.getsockname()[1] == port:
        _attach(link, number)
        found = True
  except OSError as error:
    raise UserError(
      f'cannot keep the server at {address} from listening on all interfaces:'
      f' {error.strerror or error}'
    ) from error
  if not found:
    raise UserError(f'no server listens at {address}')


def hang_up(address: str) -> int:
  """Ends this process's connections to an address; gRPC then notices.

  Returns:
    How many there were; 0 too where the host's name is not known any more.
  """
  host, port = addresses.split(address)
  try:
    number, count = socket.gethostbyname(host), 0
  except OSError:
    return 0
  for link in _own_sockets():
    with contextlib.suppress(OSError):
      peer = link.getpeername()
      if peer[0].removeprefix('::ffff:') == number and peer[1] == port:
        link.shutdown(socket.SHUT_RDWR)
        count += 1
  return count


def give_up_after(seconds: float) -> None:
  """Has the system end connections whose other end does not answer.

  Of all that are open now; gRPC sets no limit, and waits a quarter of an hour.
  It works also while this process holds Python's lock in a call that waits.
  """
  whole = int(min(max(seconds, 2), _MOST_SECONDS))
  idle = whole // 2
  between = -(-(whole - idle) // _MOST_PROBES)
  for link in _own_sockets():
    with contextlib.suppress(OSError):
      link.getpeername()  # Not one that listens.
      link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
      for option, value in (
        (socket.TCP_KEEPIDLE, idle),
        (socket.TCP_KEEPINTVL, between),
        (socket.TCP_KEEPCNT, -(-(whole - idle) // between)),
        (socket.TCP_USER_TIMEOUT, whole * 1000),
      ):
        link.setsockopt(socket.IPPROTO_TCP, option, value)


def traffic() -> int:
  """Bytes that this process's open TCP connections have carried, both ways."""
  total = 0
  for link in _own_sockets():
    with contextlib.suppress(OSError):
      info = link.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
      if len(info) >= _TCP_INFO_BYTES + 16:
        total += sum(struct.unpack_from('=QQ', info, _TCP_INFO_BYTES))
  return total


def _own_sockets() -> Iterator[socket.socket]:
  """Every TCP socket of this process, through a descriptor of our own."""
  for name in os.listdir('/proc/self/fd'):
    with contextlib.suppress(OSError):
      if not os.readlink(f'/proc/self/fd/{name}').startswith('socket:'):
        continue
      with socket.socket(fileno=os.dup(int(name))) as link:
        internet = link.family in (socket.AF_INET, socket.AF_INET6)
        if internet and link.type == socket.SOCK_STREAM:
          yield link


def _attach(link: socket.socket, number: int) -> None:
  """A classic BPF program: the destination of an IPv4 packet, or nothing."""
  network = 0xFFF00000  # SKF_NET_OFF: where the packet's IP header begins.
  loopback = number >> 24 == 127
  program = [
    (0x30, 0, 0, network),  # A = the first byte
    (0x54, 0, 0, 0xF0),  # A &= its upper half, the version
    (0x15, 0, 4, 0x40),  # if A != 4: drop
    (0x20, 0, 0, network + 16),  # A = destination
    (0x54, 0, 0, 0xFF000000 if loopback else 0xFFFFFFFF),
    (0x15, 0, 1, 127 << 24 if loopback else number),
    (0x06, 0, 0, 0xFFFFFFFF),  # pass
    (0x06, 0, 0, 0),  # drop
  ]
  code = b''.join(struct.pack('=HBBI', *line) for line in program)
  buffer = ctypes.create_string_buffer(code, len(code))
  link.setsockopt(
    socket.SOL_SOCKET,
    _SO_ATTACH_FILTER,
    struct.pack('@HP', len(program), ctypes.addressof(buffer)),
  )
