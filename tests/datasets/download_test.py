# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Downloads: whole or not at all, going on where they broke off."""

from __future__ import annotations

import hashlib
import os
import socket
import threading

import pytest

from pathnet_tf.datasets import download
from pathnet_tf.errors import UserError
from tests.datasets.file_server import DATA, remote


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
  monkeypatch.setattr(download, 'TIMEOUT', 0.2)
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
