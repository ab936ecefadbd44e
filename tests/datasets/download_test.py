# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Downloads: whole or not at all, going on where they broke off."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import os
import pathlib
import re
import shutil
import socket
import sys
import threading

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.datasets import download
from pathnet_tf.errors import UserError

_MNIST = pathlib.Path(__file__).parents[2] / 'testdata' / 'mnist'

DATA = np.random.default_rng(0).bytes(3_000_000)


class Server(http.server.ThreadingHTTPServer):
  """Serves DATA under any address, as badly as it is told to.

  Attributes:
    asked: the Range of each request.
    lasts: how many bytes each answer sends before the connection breaks; when
      there is none left, answers are whole.
    ranges: whether it knows ranges.
    data: what it has.
    status: of all its answers, if they are errors.
    shift: how far its ranges begin behind what was asked for.
  """

  def __init__(self):
    super().__init__(('127.0.0.1', 0), Handler)
    self.asked: list[str | None] = []
    self.lasts: list[int] = []
    self.ranges = True
    self.data = DATA
    self.status: int | None = None
    self.shift = 0

  @property
  def url(self) -> str:
    return f'http://127.0.0.1:{self.server_port}/data.mat'


class Handler(http.server.BaseHTTPRequestHandler):
  server: Server

  def do_GET(self):
    server = self.server
    wanted = self.headers.get('Range')
    server.asked.append(wanted)
    if server.status is not None:
      self.send_error(server.status)
      return
    start = int(re.fullmatch(r'bytes=(\d+)-', wanted)[1]) if wanted else 0
    if wanted and server.ranges and start >= len(server.data):
      self.send_error(416)
      return
    if wanted and server.ranges:
      self.send_response(206)
      size = len(server.data)
      self.send_header(
        'Content-Range', f'bytes {start + server.shift}-{size - 1}/{size}'
      )
    else:
      start = 0
      self.send_response(200)
    body = server.data[start:]
    self.send_header('Content-Length', str(len(body)))
    self.end_headers()
    if server.lasts:
      body = body[: server.lasts.pop(0)]
      self.close_connection = True
    with contextlib.suppress(ConnectionError):
      self.wfile.write(body)

  def log_message(self, *unused):
    pass


@pytest.fixture
def server(monkeypatch):
  monkeypatch.setenv('no_proxy', '*')
  with Server() as server:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()


def remote(server, **changes):
  values = {
    'url': server.url,
    'size': len(DATA),
    'md5': hashlib.md5(DATA).hexdigest(),
  }
  return download.RemoteFile(**{**values, **changes})


def names(folder):
  return sorted(os.listdir(folder))


def refused(file, path):
  """What is said when it can't be downloaded."""
  with pytest.raises(UserError) as error:
    download.fetch(file, str(path))
  assert str(error.value).isprintable()
  assert file.url in str(error.value)
  assert not path.exists()
  return str(error.value)


def test_a_file_arrives_whole_and_is_not_asked_for_again(server, tmp_path):
  path = tmp_path / 'new' / 'folder' / 'data.mat'
  for _ in range(2):
    download.fetch(remote(server), str(path))
    assert path.read_bytes() == DATA
    assert server.asked == [None]
  assert names(path.parent) == ['.data.mat.lock', 'data.mat']


def test_a_broken_transfer_goes_on_where_it_broke(server, tmp_path):
  server.lasts = [1_000_000, 0, 500_000]
  refused(remote(server), tmp_path / 'x')
  assert (tmp_path / 'x.part').read_bytes() == DATA[:1_000_000]
  assert server.asked == [None, 'bytes=1000000-']
  server.asked.clear()
  download.fetch(remote(server), str(tmp_path / 'x'))
  assert (tmp_path / 'x').read_bytes() == DATA
  assert server.asked == ['bytes=1000000-', 'bytes=1500000-']


def test_what_a_killed_process_left_is_gone_on_with(server, tmp_path):
  (tmp_path / 'x.part').write_bytes(DATA[:1234])
  download.fetch(remote(server), str(tmp_path / 'x'))
  assert server.asked == ['bytes=1234-']
  assert (tmp_path / 'x').read_bytes() == DATA


def test_what_a_process_left_before_the_renaming_is_not_asked_for(
  server, tmp_path
):
  (tmp_path / 'x.part').write_bytes(DATA)
  download.fetch(remote(server), str(tmp_path / 'x'))
  assert not server.asked
  assert (tmp_path / 'x').read_bytes() == DATA


@pytest.mark.parametrize('left', [10, 5_000_000])
def test_a_server_without_ranges_begins_anew(server, tmp_path, left):
  (tmp_path / 'x.part').write_bytes(bytes(left))
  server.ranges = False
  download.fetch(remote(server), str(tmp_path / 'x'))
  assert (tmp_path / 'x').read_bytes() == DATA


def test_a_break_says_how_far_it_got_and_that_it_goes_on(server, tmp_path):
  server.lasts = [1_000_000, 0]
  message = refused(remote(server), tmp_path / 'x')
  assert 'the connection ended early' in message
  assert 'after 1000000 of 3000000 bytes; the next try goes on' in message


def test_a_wrong_checksum_is_said_and_the_next_try_begins_anew(
  server, tmp_path
):
  server.data = DATA[:-1] + b'?'
  message = refused(remote(server), tmp_path / 'x')
  assert 'arrived damaged or is another file' in message
  assert hashlib.md5(DATA).hexdigest() in message
  assert names(tmp_path) == ['.x.lock']
  server.data = DATA
  download.fetch(remote(server), str(tmp_path / 'x'))
  assert (tmp_path / 'x').read_bytes() == DATA


def test_a_page_in_the_files_place_is_refused_and_costs_nothing(
  server, tmp_path
):
  (tmp_path / 'x.part').write_bytes(DATA[:1234])
  server.ranges, server.data = False, b'<html>Sign in</html>'
  message = refused(remote(server), tmp_path / 'x')
  assert 'offers 20 bytes instead of 3000000' in message
  assert (tmp_path / 'x.part').read_bytes() == DATA[:1234]


@pytest.mark.parametrize('status', [404, 500])
def test_an_error_of_the_server_is_one_line(server, tmp_path, status):
  server.status = status
  assert f'the server says {status}' in refused(remote(server), tmp_path / 'x')
  assert len(server.asked) == 1


def test_ranges_that_can_not_be_had_do_not_stop_the_next_try(server, tmp_path):
  (tmp_path / 'x.part').write_bytes(DATA[:1234])
  server.data = DATA[:1000]
  assert 'says 416' in refused(remote(server), tmp_path / 'x')
  server.data = DATA
  (tmp_path / 'x.part').write_bytes(DATA[:1234])
  server.shift = 1
  assert 'with range' in refused(remote(server), tmp_path / 'x')
  assert names(tmp_path) == ['.x.lock']
  server.shift = 0
  download.fetch(remote(server), str(tmp_path / 'x'))


def test_no_network_is_one_line_at_once(server, tmp_path):
  with socket.socket() as closed:
    closed.bind(('127.0.0.1', 0))
    url = f'http://127.0.0.1:{closed.getsockname()[1]}/data.mat'
    message = refused(remote(server, url=url), tmp_path / 'x')
  assert message == f'{url} can not be downloaded: Connection refused'
  url = 'http://no-such-host.invalid/data.mat'
  assert 'can not be downloaded' in refused(
    remote(server, url=url), tmp_path / 'x'
  )


def test_a_silent_server_is_given_up(tmp_path, monkeypatch):
  monkeypatch.setenv('no_proxy', '*')
  monkeypatch.setattr(download, '_TIMEOUT', 0.2)
  with socket.create_server(('127.0.0.1', 0)) as silent:
    url = f'http://127.0.0.1:{silent.getsockname()[1]}/data.mat'
    file = download.RemoteFile(url, 5, 'x')
    assert 'timed out' in refused(file, tmp_path / 'x')


def test_a_folder_that_can_not_be_made_is_one_line(server, tmp_path):
  (tmp_path / 'file').write_bytes(b'')
  with pytest.raises(UserError, match='can not download to') as error:
    download.fetch(remote(server), str(tmp_path / 'file' / 'x'))
  assert str(error.value).isprintable()
  (tmp_path / 'x.part').mkdir()
  with pytest.raises(UserError, match='can not be written to'):
    download.fetch(remote(server), str(tmp_path / 'x'))


def test_two_that_want_a_file_at_once_download_it_once(server, tmp_path):
  path = tmp_path / 'x'
  threads = [
    threading.Thread(target=download.fetch, args=(remote(server), str(path)))
    for _ in range(4)
  ]
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join()
  assert server.asked == [None]
  assert path.read_bytes() == DATA


def test_svhn_says_its_licence_before_it_is_downloaded(
  server, tmp_path, monkeypatch, capsys
):
  monkeypatch.setenv('HOME', str(tmp_path))
  local = tuple(
    remote(server, url=server.url.replace('data.mat', file.name))
    for file in download.SVHN_FILES
  )
  monkeypatch.setattr(download, 'SVHN_FILES', local)
  folder = download.fetch_svhn()
  assert folder == str(tmp_path / '.keras' / 'datasets' / 'svhn')
  output = capsys.readouterr()
  assert 'non-commercial use only' in output.err
  assert not output.out
  assert {'train_32x32.mat', 'test_32x32.mat'} <= {*names(folder)}
  download.fetch_svhn()
  assert len(server.asked) == 2
  assert not capsys.readouterr().err  # Not again: it is not downloaded.


def test_the_files_of_svhn_are_those_that_are_published():
  assert [(file.url, file.size, file.md5) for file in download.SVHN_FILES] == [
    (
      'http://ufldl.stanford.edu/housenumbers/train_32x32.mat',
      182040794,
      'e26dedcc434d2e4c54c9b2d4a06d8373',
    ),
    (
      'http://ufldl.stanford.edu/housenumbers/test_32x32.mat',
      64275384,
      'eb5a983be6a315427106f1b164d9cef3',
    ),
  ]


def test_keras_reads_what_is_in_its_cache(tmp_path, monkeypatch):
  monkeypatch.setenv('HOME', str(tmp_path))
  cached = tmp_path / '.keras' / 'datasets' / 'fashion-mnist'
  shutil.copytree(_MNIST, cached)
  train, test = download.fetch_with_keras('fashion_mnist')
  assert [len(array) for array in (*train, *test)] == [1000, 1000, 300, 300]


def test_keras_without_a_network_is_one_line(tmp_path, monkeypatch, capsys):
  def fail():
    print('Downloading data from https://example.org')
    raise Exception('URL fetch failure on\nhttps://example.org: None')

  monkeypatch.setenv('HOME', str(tmp_path))
  monkeypatch.setattr(tf.keras.datasets.mnist, 'load_data', fail)
  before = socket.getdefaulttimeout()
  with pytest.raises(UserError, match='URL fetch failure on https') as error:
    download.fetch_with_keras('mnist')
  assert str(error.value).isprintable()
  assert socket.getdefaulttimeout() == before
  output = capsys.readouterr()
  assert not output.out  # Standard output belongs to the program.
  assert 'Downloading' in output.err


def test_keras_is_not_sent_to_a_folder_of_everyones(tmp_path, monkeypatch):
  (tmp_path / '.keras').write_bytes(b'')
  monkeypatch.setenv('HOME', str(tmp_path))
  monkeypatch.setattr(tf.keras.datasets.mnist, 'load_data', sys.exit)
  with pytest.raises(UserError, match='can not download to'):
    download.fetch_with_keras('mnist')
