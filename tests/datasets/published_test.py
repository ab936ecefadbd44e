# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Whole data sets: from the cache, or from where they are published."""

from __future__ import annotations

import os
import pathlib
import shutil
import socket
import sys

import pytest
import tensorflow as tf

from pathnet_tf.datasets import published
from pathnet_tf.errors import UserError
from tests.datasets.file_server import remote

_MNIST = pathlib.Path(__file__).parents[2] / 'testdata' / 'mnist'


def test_svhn_says_its_licence_before_it_is_downloaded(
  server, tmp_path, monkeypatch, capsys
):
  monkeypatch.setenv('HOME', str(tmp_path))
  local = tuple(
    remote(server, url=server.url.replace('data.mat', file.name))
    for file in published.SVHN_FILES
  )
  monkeypatch.setattr(published, 'SVHN_FILES', local)
  folder = published.fetch_svhn()
  assert folder == str(tmp_path / '.keras' / 'datasets' / 'svhn')
  output = capsys.readouterr()
  assert 'non-commercial use only' in output.err
  assert not output.out
  assert {'train_32x32.mat', 'test_32x32.mat'} <= {*os.listdir(folder)}
  published.fetch_svhn()
  assert len(server.asked) == 2
  assert not capsys.readouterr().err  # Not again: it is not downloaded.


def test_the_files_of_svhn_are_those_that_are_published():
  assert [(file.url, file.size, file.md5) for file in published.SVHN_FILES] == [
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
  train, test = published.fetch_with_keras('fashion_mnist')
  assert [len(array) for array in (*train, *test)] == [1000, 1000, 300, 300]


def test_a_file_that_a_kill_cut_short_is_fetched_again(tmp_path, monkeypatch):
  monkeypatch.setenv('HOME', str(tmp_path))
  cached = tmp_path / '.keras' / 'datasets' / 'fashion-mnist'
  shutil.copytree(_MNIST, cached)
  cut = cached / 'train-images-idx3-ubyte.gz'
  whole = cut.read_bytes()
  load = tf.keras.datasets.fashion_mnist.load_data

  def load_data():  # Has the network that Keras would fetch it from.
    if not cut.exists():
      cut.write_bytes(whole)
    return load()

  monkeypatch.setattr(tf.keras.datasets.fashion_mnist, 'load_data', load_data)
  for part in (whole[:100], whole[:-5], b''):
    cut.write_bytes(part)
    train, _ = published.fetch_with_keras('fashion_mnist')
    assert len(train[0]) == 1000
    assert cut.read_bytes() == whole


def test_keras_without_a_network_is_one_line(tmp_path, monkeypatch, capsys):
  def fail():
    print('Downloading data from https://example.org')
    raise Exception('URL fetch failure on\nhttps://example.org: None')

  monkeypatch.setenv('HOME', str(tmp_path))
  monkeypatch.setattr(tf.keras.datasets.mnist, 'load_data', fail)
  before = socket.getdefaulttimeout()
  with pytest.raises(UserError, match='URL fetch failure on https') as error:
    published.fetch_with_keras('mnist')
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
    published.fetch_with_keras('mnist')
