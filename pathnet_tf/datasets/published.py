# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Whole data sets from their publishers, each once a machine and user."""

from __future__ import annotations

import contextlib
import glob
import gzip
import os
import socket
import sys
import zlib

import numpy as np

from pathnet_tf.datasets import download
from pathnet_tf.errors import UserError

# Checksums as torchvision has them.
_SVHN = 'http://ufldl.stanford.edu/housenumbers/'
SVHN_FILES = (
  download.RemoteFile(
    _SVHN + 'train_32x32.mat', 182040794, 'e26dedcc434d2e4c54c9b2d4a06d8373'
  ),
  download.RemoteFile(
    _SVHN + 'test_32x32.mat', 64275384, 'eb5a983be6a315427106f1b164d9cef3'
  ),
)
_SVHN_NOTE = (
  'SVHN, The Street View House Numbers (Netzer et al. 2011,'
  f' {_SVHN}): its licence is for non-commercial use only'
)


_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)
_AT_ONCE = 1 << 20


def cache() -> str:
  """The folder for all that is downloaded, the one that Keras uses."""
  return os.path.join(os.path.expanduser('~'), '.keras', 'datasets')


def fetch_svhn() -> str:
  """Downloads SVHN's cropped digits, unless they are in the cache.

  A note on the licence goes to stderr before anything is downloaded.

  Returns:
    The folder with both files.

  Raises:
    UserError: see `download.fetch`.
  """
  folder = os.path.join(cache(), 'svhn')
  files = [(file, os.path.join(folder, file.name)) for file in SVHN_FILES]
  if not all(os.path.exists(path) for _, path in files):
    print(_SVHN_NOTE, file=sys.stderr)
  for file, path in files:
    download.fetch(file, path)
  return folder


def _remove_damaged(folder: str) -> None:
  """Removes what a download left that was killed."""
  for path in glob.glob(os.path.join(glob.escape(folder), '*.gz')):
    try:
      if not os.path.getsize(path):
        raise EOFError
      with gzip.open(path) as file:
        while file.read(_AT_ONCE):
          pass
    except _DAMAGED:
      os.remove(path)


def fetch_with_keras(name: str) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
  """Has Keras download and read a data set, unless it is in the cache.

  Args:
    name: of a module in `tf.keras.datasets`.

  Returns:
    What its `load_data()` returns: `(images, labels)` for training and test.

  Raises:
    UserError: nothing could be downloaded, or what was is damaged.
  """
  # Where it can't write, Keras would go to /tmp, where anyone may have put
  # files that it trusts.
  folder = download.made_folder(cache())
  before = socket.getdefaulttimeout()
  try:
    with (
      download.alone(os.path.join(folder, name)),
      contextlib.redirect_stdout(sys.stderr),
    ):
      import tensorflow as tf  # Late: only a download needs it.

      # Keras itself would wait for ever.
      socket.setdefaulttimeout(download.TIMEOUT)
      load = getattr(tf.keras.datasets, name).load_data
      try:
        return load()
      except (*_DAMAGED, ValueError):  # It knows no checksums of Fashion-MNIST.
        _remove_damaged(os.path.join(folder, name.replace('_', '-')))
        return load()
  except Exception as error:  # Keras raises bare exceptions for most reasons.
    reason = download.reason_of(error)
    raise UserError(
      f'Keras could not load {name} into {folder!r}: {reason}'
    ) from error
  finally:
    socket.setdefaulttimeout(before)
