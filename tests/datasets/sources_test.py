# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Data sets by name: from which folder, and what is said without one."""

from __future__ import annotations

import gzip
import pathlib
import re
import shutil

import numpy as np
import pytest
import scipy.io

from pathnet_tf import config
from pathnet_tf.datasets import published, sources
from pathnet_tf.errors import UserError
from pathnet_tf.transfer import plan, runs

_TESTDATA = pathlib.Path(__file__).parents[2] / 'testdata'

LABELS = np.arange(20) % 10


@pytest.fixture(autouse=True)
def alone(monkeypatch):
  """No data of the machine and no network."""

  def offline(*unused):
    raise UserError('no network here')

  monkeypatch.delenv('PATHNET_DATA_DIR', raising=False)
  monkeypatch.setattr(published, 'fetch_svhn', offline)
  monkeypatch.setattr(published, 'fetch_with_keras', offline)
  sources._load.cache_clear()
  yield
  sources._load.cache_clear()


def write_cifar(folder, images, labels):
  folder.mkdir(parents=True)
  for name in [f'data_batch_{k}.bin' for k in range(1, 6)] + ['test_batch.bin']:
    with open(folder / name, 'wb') as file:
      for image, label in zip(images, labels, strict=True):
        file.write(bytes([label]) + image.transpose(2, 0, 1).tobytes())


def write_svhn(folder, images, labels):
  folder.mkdir(parents=True)
  for name in ('train_32x32.mat', 'test_32x32.mat'):
    variables = {
      'X': images.transpose(1, 2, 3, 0),
      'y': np.where(labels == 0, 10, labels)[:, np.newaxis].astype(np.uint8),
    }
    scipy.io.savemat(folder / name, variables, do_compression=True)


@pytest.fixture
def images():
  rng = np.random.default_rng(0)
  return rng.integers(0, 256, (20, 32, 32, 3), np.uint8)


def check(dataset, images, train_times=1):
  assert dataset.classes == 10
  for split, times in ((dataset.train, train_times), (dataset.test, 1)):
    np.testing.assert_array_equal(
      split.images, np.tile(images, (times, 1, 1, 1))
    )
    np.testing.assert_array_equal(split.labels, np.tile(LABELS, times))


@pytest.mark.parametrize(
  'home',
  ['cifar10', 'cifar10/cifar-10-batches-bin', 'cifar-10-batches-bin', 'data'],
)
def test_cifar_is_found_where_people_put_it(tmp_path, images, home):
  write_cifar(tmp_path / home, images, LABELS)
  data_dir = tmp_path / 'data' if home == 'data' else tmp_path
  check(sources.load('cifar10', str(data_dir)), images, train_times=5)


@pytest.mark.parametrize('home', ['svhn', 'data'])
def test_svhn_is_found_where_people_put_it(tmp_path, images, home):
  write_svhn(tmp_path / home, images, LABELS)
  data_dir = tmp_path / 'data' if home == 'data' else tmp_path
  check(sources.load('svhn', str(data_dir)), images)


def test_mnist_is_found_zipped_or_not_and_by_the_variable(
  tmp_path, monkeypatch
):
  zipped = sources.load('mnist', str(_TESTDATA))
  assert zipped.train.images.shape == (1000, 28, 28, 1)
  assert zipped.test.images.shape == (300, 28, 28, 1)
  for path in (_TESTDATA / 'mnist').glob('*.gz'):
    shutil.copy(path, tmp_path)
  for path in tmp_path.glob('t10k*.gz'):
    path.with_suffix('').write_bytes(gzip.decompress(path.read_bytes()))
    path.unlink()
  monkeypatch.setenv('PATHNET_DATA_DIR', str(tmp_path))
  plain = sources.load('mnist')
  assert plain is not zipped
  for of in ('train', 'test'):
    one, other = getattr(zipped, of), getattr(plain, of)
    np.testing.assert_array_equal(one.images, other.images)
    np.testing.assert_array_equal(one.labels, other.labels)


def test_a_study_goes_from_cifar_to_svhn_and_back(
  tmp_path, images, monkeypatch
):
  """The paper's second experiment, from files of the official layouts."""
  write_cifar(tmp_path / 'cifar10', images, LABELS)
  write_svhn(tmp_path / 'svhn', images, LABELS)
  monkeypatch.setenv('PATHNET_DATA_DIR', str(tmp_path))
  base = config.RunConfig(
    tasks=('cifar10', 'svhn'),
    steps_per_task=8,
    workers=1,
    network=config.NetworkConfig(modules=4, active=2, frozen='available'),
    evolution=config.EvolutionConfig('binary', population=4),
    classifier=config.ClassifierConfig(batch_size=4, minibatches=2),
  )
  pairs = [('cifar10', 'svhn', 0), ('svhn', 'cifar10', 0)]
  for number, run in enumerate(plan.make(base, ['pathnet'], pairs, 1)):
    row = runs.train(run, base, str(tmp_path / f'run-{number}'))
    names = [task['name'] for task in row['tasks']]
    assert names == [run.source, run.target]
    assert all(task['evaluations'] == 4 for task in row['tasks'])
    assert all(0 <= task['test_score'] <= 1 for task in row['tasks'])


def test_only_files_that_can_be_read_zipped_are_looked_for_so(tmp_path):
  (tmp_path / 'cifar10').mkdir()
  for name in sources.SOURCES['cifar10'].train:
    (tmp_path / 'cifar10' / f'{name}.gz').write_bytes(b'')
  (tmp_path / 'cifar10' / 'test_batch.bin').write_bytes(b'')
  with pytest.raises(UserError, match=r'holds test_batch\.bin, but not data_b'):
    sources.load('cifar10', str(tmp_path))


def test_files_of_mnist_are_not_taken_for_fashion_mnist(tmp_path):
  """They have the same names."""
  shutil.copytree(_TESTDATA / 'mnist', tmp_path / 'mnist')
  shutil.copytree(_TESTDATA / 'mnist', tmp_path / 'other')
  for folder in ('mnist', 'other', '.'):
    with pytest.raises(UserError, match='no data of fashion_mnist'):
      sources.load('fashion_mnist', str(tmp_path / folder))
  for name in ('fashion_mnist', 'Fashion-MNIST'):
    shutil.copytree(_TESTDATA / 'mnist', tmp_path / 'in' / name)
    with pytest.raises(UserError, match='no data of mnist'):
      sources.load('mnist', str(tmp_path / 'in' / name))
    sources.load('fashion_mnist', str(tmp_path / 'in' / name))
  sources.load('fashion_mnist', str(tmp_path / 'in'))
  for folder in ('mnist', 'other', '.'):
    sources.load('mnist', str(tmp_path / folder))


def test_files_are_read_once_and_can_not_be_changed(tmp_path, monkeypatch):
  first = sources.load('mnist', str(_TESTDATA))
  assert sources.load('mnist', str(_TESTDATA / 'mnist' / '..')) is first
  monkeypatch.setenv('PATHNET_DATA_DIR', str(_TESTDATA))
  assert sources.load('mnist') is first
  for split in (first.train, first.test):
    for array in (split.images, split.labels):
      with pytest.raises(ValueError, match='read-only'):
        array[0] = 1


@pytest.mark.parametrize('name', sources.SOURCES)
@pytest.mark.parametrize('with_folder', [False, True])
def test_offline_and_missing_is_one_line_that_says_what_to_put_where(
  tmp_path, name, with_folder
):
  data_dir = str(tmp_path) if with_folder else None
  with pytest.raises(UserError, match='no network here') as error:
    sources.load(name, data_dir)
  message = str(error.value)
  assert message.isprintable()
  source = sources.SOURCES[name]
  for file in (*source.train, *source.test, source.origin):
    assert file in message
  if with_folder:
    assert repr(str(tmp_path / name)) in message
  else:
    assert f'a folder {name}, and name the folder' in message
    assert 'PATHNET_DATA_DIR' in message


def test_a_failure_is_not_kept(tmp_path):
  with pytest.raises(UserError):
    sources.load('mnist', str(tmp_path))
  shutil.copytree(_TESTDATA / 'mnist', tmp_path / 'mnist')
  sources.load('mnist', str(tmp_path))


def test_some_of_the_files_are_not_enough(tmp_path):
  for path in (_TESTDATA / 'mnist').glob('*images*'):
    shutil.copy(path, tmp_path)
  message = (
    f'{str(tmp_path)!r} holds train-images-idx3-ubyte.gz, but not'
    ' train-labels-idx1-ubyte and t10k-labels-idx1-ubyte: put them there, too'
  )
  with pytest.raises(UserError, match=re.escape(message)):
    sources.load('mnist', str(tmp_path))


def test_a_damaged_file_is_named_and_nothing_downloaded(tmp_path):
  shutil.copytree(_TESTDATA / 'mnist', tmp_path / 'mnist')
  path = tmp_path / 'mnist' / 't10k-images-idx3-ubyte.gz'
  path.write_bytes(path.read_bytes()[:-1])
  with pytest.raises(UserError, match=re.escape(repr(str(path)))):
    sources.load('mnist', str(tmp_path))


def test_a_data_folder_that_is_not_there_is_said(tmp_path):
  with pytest.raises(UserError, match=r'no data folder .*absent'):
    sources.load('mnist', str(tmp_path / 'absent'))


def test_other_names_are_refused():
  with pytest.raises(UserError, match='choose from mnist, fashion_mnist, cif'):
    sources.load('imagenet')


def test_svhn_comes_from_the_download(tmp_path, images, monkeypatch):
  write_svhn(tmp_path / 'svhn', images, LABELS)
  monkeypatch.setattr(published, 'fetch_svhn', lambda: str(tmp_path / 'svhn'))
  check(sources.load('svhn'), images)


def test_cifar_comes_from_keras(images, monkeypatch):
  # As Keras has it: labels are a column, images no contiguous array.
  moved = np.ascontiguousarray(images.transpose(0, 3, 1, 2)).transpose(
    0, 2, 3, 1
  )
  pair = (moved, LABELS[:, np.newaxis].astype(np.uint8))
  monkeypatch.setattr(published, 'fetch_with_keras', lambda name: (pair, pair))
  dataset = sources.load('cifar10')
  check(dataset, images)
  assert dataset.train.labels.dtype == np.int32
  assert dataset.train.images.flags.c_contiguous


@pytest.mark.parametrize(
  ('images', 'labels'),
  [
    (np.zeros((2, 28, 28), np.uint8), np.array([1, 10], np.uint8)),
    (np.zeros((2, 28, 28), np.uint8), np.array([1], np.uint8)),
    (np.zeros((2, 28, 27), np.uint8), np.array([1, 2], np.uint8)),
    (np.zeros((2, 28, 28), np.float32), np.array([1, 2], np.uint8)),
    (np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8)),
  ],
)
def test_what_keras_has_is_checked(images, labels, monkeypatch):
  monkeypatch.setattr(
    published, 'fetch_with_keras', lambda name: ((images, labels),) * 2
  )
  with pytest.raises(UserError, match=r'fashion_mnist in .* is damaged'):
    sources.load('fashion_mnist')
