# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Data sets by name: from a folder of official files, or downloaded."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Callable, Sequence

import numpy as np

from pathnet_tf.datasets import cifar, idx, published, svhn
from pathnet_tf.datasets.arrays import DataSet, Split
from pathnet_tf.errors import UserError

CLASSES = 10  # Of every data set here.

DATA_DIR = 'PATHNET_DATA_DIR'  # The environment variable.


@dataclasses.dataclass(frozen=True)
class Source:
  """What is known of a data set before any file is opened.

  Attributes:
    shape: of an image, `[H, W, C]`.
    train: the names of the official files for training.
    test: likewise for the test.
    read: reads the training or the test files.
    homes: where in a data folder the files may be, the likeliest first; `.` is
      the data folder itself.
    origin: where a person gets the files.
    zipped: whether `.gz` may follow each name.
  """

  shape: tuple[int, int, int]
  train: tuple[str, ...]
  test: tuple[str, ...]
  read: Callable[[Sequence[str]], Split]
  homes: tuple[str, ...]
  origin: str
  zipped: bool = False


def _read_idx(paths: Sequence[str]) -> Split:
  return idx.read_split(*paths)


def _read_svhn(paths: Sequence[str]) -> Split:
  return svhn.read_split(*paths)


_CIFAR_FOLDER = 'cifar-10-batches-bin'  # As the official archive unpacks.
_IDX_TRAIN = ('train-images-idx3-ubyte', 'train-labels-idx1-ubyte')
_IDX_TEST = ('t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte')

SOURCES = {
  'mnist': Source(
    shape=(28, 28, 1),
    train=_IDX_TRAIN,
    test=_IDX_TEST,
    read=_read_idx,
    homes=('mnist', '.'),
    origin='http://yann.lecun.com/exdb/mnist/',
    zipped=True,
  ),
  'fashion_mnist': Source(
    shape=(28, 28, 1),
    train=_IDX_TRAIN,
    test=_IDX_TEST,
    read=_read_idx,
    # Not the data folder itself: files of these names there are MNIST's.
    homes=('fashion_mnist',),
    origin='https://github.com/zalandoresearch/fashion-mnist',
    zipped=True,
  ),
  'cifar10': Source(
    shape=(32, 32, 3),
    train=tuple(f'data_batch_{part}.bin' for part in range(1, 6)),
    test=('test_batch.bin',),
    read=cifar.read_split,
    homes=(
      'cifar10',
      f'cifar10/{_CIFAR_FOLDER}',
      _CIFAR_FOLDER,
      '.',
    ),
    origin='https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  ),
  'svhn': Source(
    shape=(32, 32, 3),
    train=('train_32x32.mat',),
    test=('test_32x32.mat',),
    read=_read_svhn,
    homes=('svhn', '.'),
    origin='http://ufldl.stanford.edu/housenumbers/',
  ),
}


def load(name: str, data_dir: str | None = None) -> DataSet:
  """Loads a data set, once a process: later calls return the same arrays.

  Official files in the data folder come first, be they the whole set or an
  extract. Without them the whole set is taken from the cache (`~/.keras`) or
  downloaded to it.

  Args:
    name: a key of `SOURCES`.
    data_dir: the data folder; its files are in a folder `name` there, or, all
      but those of Fashion-MNIST, in the data folder itself. By default what the
      environment variable PATHNET_DATA_DIR says, if it is set.

  Returns:
    Arrays that can't be written to.

  Raises:
    UserError: there is no such data set or data folder, a file is damaged or
      missing beside others, or nothing is there and it can't be downloaded.
  """
  if name not in SOURCES:
    raise UserError(f'no data set {name!r}; choose from {", ".join(SOURCES)}')
  return _load(name, data_folder(data_dir))


def data_folder(data_dir: str | None = None) -> str | None:
  """The data folder, absolute: the one given, or that of the environment."""
  data_dir = data_dir or os.environ.get(DATA_DIR) or None
  if data_dir is None:
    return None
  return os.path.abspath(os.path.expanduser(data_dir))


# Two are in use at most: a task's, and that of the one it learns from.
@functools.lru_cache(maxsize=2)
def _load(name: str, data_dir: str | None) -> DataSet:
  source = SOURCES[name]
  paths = _find(name, data_dir) if data_dir is not None else None
  if paths is not None:
    count = len(source.train)
    train, test = source.read(paths[:count]), source.read(paths[count:])
  else:
    try:
      train, test = _download(name)
    except UserError as error:
      raise UserError(
        f'no data of {name}: {error}; put {_names(source)} from'
        f' {source.origin} into {_target(name, data_dir)}'
      ) from error
  for array in (train.images, train.labels, test.images, test.labels):
    array.setflags(write=False)
  return DataSet(train, test, CLASSES)


def _find(name: str, data_dir: str) -> list[str] | None:
  """The official files in a data folder, or None if none of them is there."""
  source = SOURCES[name]
  if not os.path.isdir(data_dir):
    raise UserError(
      f'no data folder {data_dir!r}: make it, or name another one by --data_dir'
      f' or {DATA_DIR}'
    )
  homes = [*source.homes]
  # Fashion-MNIST's files are named like MNIST's: a folder with the name of a
  # data set holds that one and no other.
  belongs_to = os.path.basename(data_dir).lower().replace('-', '_')
  if belongs_to == name:
    homes.append('.')
  elif belongs_to in SOURCES:
    homes = [home for home in homes if home != '.']
  for home in homes:
    folder = os.path.normpath(os.path.join(data_dir, home))
    paths, missing = [], []
    for file in (*source.train, *source.test):
      path = os.path.join(folder, file)
      if os.path.exists(path):
        paths.append(path)
      elif source.zipped and os.path.exists(f'{path}.gz'):
        paths.append(f'{path}.gz')
      else:
        missing.append(file)
    if not missing:
      return paths
    if paths:
      raise UserError(
        f'{folder!r} holds {os.path.basename(paths[0])}, but not'
        f' {_listed(missing)}: put {"it" if len(missing) == 1 else "them"}'
        ' there, too'
      )
  return None


def _download(name: str) -> tuple[Split, Split]:
  """The training and the test images of the whole data set."""
  if name == 'svhn':
    folder = published.fetch_svhn()
    train, test = (
      svhn.read_split(os.path.join(folder, file.name))
      for file in published.SVHN_FILES
    )
  else:
    train, test = (
      _checked(name, *pair) for pair in published.fetch_with_keras(name)
    )
  return train, test


def _checked(name: str, images: np.ndarray, labels: np.ndarray) -> Split:
  """Checks what Keras read: it has no checksums of Fashion-MNIST."""
  shape = SOURCES[name].shape
  labels = labels.reshape(-1)
  if (
    not len(labels)
    or labels.max() >= CLASSES
    or images.dtype != np.uint8
    or images.shape[:3] != (len(labels), *shape[:2])
  ):
    raise UserError(
      f'what Keras keeps of {name} in {published.cache()!r} is damaged'
    )
  return Split(
    np.ascontiguousarray(images).reshape(-1, *shape), labels.astype(np.int32)
  )


def _names(source: Source) -> str:
  return _listed([*source.train, *source.test])


def _listed(names: Sequence[str]) -> str:
  *first, last = names
  return f'{", ".join(first)} and {last}' if first else last


def _target(name: str, data_dir: str | None) -> str:
  if data_dir is not None:
    return repr(os.path.join(data_dir, name))
  return (
    f'a folder {name}, and name the folder around it by --data_dir or'
    f' {DATA_DIR}'
  )
