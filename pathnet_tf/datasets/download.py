# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A file over the network: whole or not at all, going on where it broke off."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import http.client
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import tqdm

from pathnet_tf.durable_files import sync_path
from pathnet_tf.errors import UserError

_AT_ONCE = 1 << 18
TIMEOUT = 60.0  # Seconds without a single byte.


@dataclasses.dataclass(frozen=True)
class RemoteFile:
  """A file that is to be had at an address.

  Attributes:
    url: its address.
    size: in bytes.
    md5: the checksum that its publishers or users agree on, in hexadecimal.
  """

  url: str
  size: int
  md5: str

  @property
  def name(self) -> str:
    """The last part of the address."""
    return self.url.rpartition('/')[2]


def fetch(file: RemoteFile, path: str) -> None:
  """Downloads a file, unless it is there.

  What has arrived is in `path` + '.part': a transfer that breaks off goes on
  from there, in this call as long as each attempt brings something, and in the
  next one. Two processes never download the same file at once.

  Args:
    file: what to download.
    path: under this name it appears only whole, checked and on the disk.

  Raises:
    UserError: there is no network or no such file there, the transfer broke
      off, the checksum is wrong (what has arrived is then removed), or the
      folder can't be written.
  """
  if os.path.exists(path):  # Also where nothing can be written.
    return
  made_folder(os.path.dirname(os.path.abspath(path)))
  part = path + '.part'
  try:
    with alone(path):
      if os.path.exists(path):
        return
      _receive_all(file, part)
      _check(file, part)
      os.replace(part, path)
      sync_path(os.path.dirname(os.path.abspath(path)))
  except OSError as error:
    raise UserError(
      f'{file.url} can not be written to {path!r}: {reason_of(error)}'
    ) from error


def _receive_all(file: RemoteFile, part: str) -> None:
  """Goes on with a transfer, and again while it gets further."""
  while (before := _size(part)) != file.size:
    try:
      _receive(file, part)
      reason = 'the connection ended early'
    except (urllib.error.URLError, http.client.HTTPException) as error:
      reason = reason_of(error)
    arrived = _size(part)
    if arrived <= before and arrived != file.size:
      raise UserError(
        f'{file.url} can not be downloaded: {reason}'
        + (
          f', after {arrived} of {file.size} bytes; the next try goes on there'
          if arrived
          else ''
        )
      )


def _receive(file: RemoteFile, part: str) -> None:
  """Appends what one request brings.

  Raises:
    URLError, HTTPException: something is wrong on the way or at the other end.
    OSError: the disk is full, or the like.
  """
  have = _size(part)
  if have > file.size:
    os.remove(part)
    have = 0
  headers = {'Accept-Encoding': 'identity', 'User-Agent': 'pathnet_tf'}
  if have:
    headers['Range'] = f'bytes={have}-'
  request = urllib.request.Request(file.url, headers=headers)
  with _asked(request, part) as answer:
    whole = answer.headers.get('Content-Length', '')
    if answer.status == 206:
      # Named by the server: where the bytes begin, and the size of the file.
      named = answer.headers.get('Content-Range', '')
      match = re.fullmatch(r'bytes ([0-9]+)-[0-9]+/([0-9]+|\*)', named.strip())
      if not match or int(match[1]) != have:
        os.remove(part)  # Or the next try would end here, too.
        raise http.client.HTTPException(f'it answered with range {named!r}')
      whole = match[2].replace('*', '')
    else:
      have = 0  # The server does not know ranges.
    if whole and whole != str(file.size):
      raise http.client.HTTPException(
        f'it offers {whole} bytes instead of {file.size}'
      )
    with (
      open(part, 'ab') as output,
      tqdm.tqdm(
        desc=file.name,
        initial=have,
        total=file.size,
        unit='B',
        unit_scale=True,
        disable=None,  # Off where stderr is no terminal.
      ) as bar,
    ):
      output.truncate(have)
      while have < file.size:
        try:
          data = answer.read(min(_AT_ONCE, file.size - have))
        except OSError as error:  # Not to be taken for one of the disk.
          raise urllib.error.URLError(error) from error
        if not data:
          return
        output.write(data)
        have += len(data)
        bar.update(len(data))


def _asked(
  request: urllib.request.Request, part: str
) -> http.client.HTTPResponse:
  """The answer to a request, its body still to be read."""
  try:
    return urllib.request.urlopen(request, timeout=TIMEOUT)
  except urllib.error.HTTPError as error:
    if error.code == 416:  # There are no bytes after those that are here.
      os.remove(part)
    raise
  except urllib.error.URLError:
    raise
  except OSError as error:
    raise urllib.error.URLError(error) from error


def _check(file: RemoteFile, part: str) -> None:
  """Compares the checksum; forces the bytes to the disk."""
  checksum = hashlib.md5(usedforsecurity=False)
  with open(part, 'rb') as arrived:
    while data := arrived.read(_AT_ONCE):
      checksum.update(data)
  if checksum.hexdigest() != file.md5:
    os.remove(part)
    raise UserError(
      f'{file.url} arrived damaged or is another file, and was removed: its md5'
      f' is {checksum.hexdigest()}, but must be {file.md5}'
    )
  sync_path(part)


@contextlib.contextmanager
def alone(path: str) -> Iterator[None]:
  """Waits until no other process is in here for the same path."""
  folder, name = os.path.split(path)
  with open(os.path.join(folder, f'.{name}.lock'), 'w') as lock:
    try:
      fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
      print(f'waits for the process that downloads {name}', file=sys.stderr)
      fcntl.flock(lock, fcntl.LOCK_EX)
    yield


def made_folder(folder: str) -> str:
  """A folder that is there and can be written."""
  try:
    os.makedirs(folder, exist_ok=True)
    if not os.access(folder, os.W_OK):
      raise PermissionError('it can not be written')
  except OSError as error:
    raise UserError(
      f'can not download to {folder!r}: {reason_of(error)}'
    ) from error
  return folder


def _size(path: str) -> int:
  return os.path.getsize(path) if os.path.exists(path) else 0


def reason_of(error: BaseException) -> str:
  """What an error says, in a line."""
  if isinstance(error, urllib.error.HTTPError):
    return f'the server says {error.code} {error.reason}'
  if isinstance(error, urllib.error.URLError) and isinstance(
    error.reason, BaseException
  ):
    error = error.reason
  text = getattr(error, 'strerror', None) or str(error)
  words = ''.join(c if c.isprintable() else ' ' for c in text).split()
  return ' '.join(words) or type(error).__name__
