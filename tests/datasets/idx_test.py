# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""MNIST's files: read as they are, refused when they are not."""

from __future__ import annotations

import gzip
import os
import pathlib
import re

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from pathnet_tf.datasets import files, idx
from pathnet_tf.errors import UserError

_MNIST = pathlib.Path(__file__).parents[2] / 'testdata' / 'mnist'

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (3, 28, 28), np.uint8)
LABELS = np.array([7, 0, 9], np.uint8)
KINDS = ('images-idx3', 'labels-idx1')


def packed(array: np.ndarray) -> bytes:
  data = bytes([0, 0, 8, array.ndim])
  for size in array.shape:
    data += bytes(size >> shift & 255 for shift in (24, 16, 8, 0))
  return data + bytes(array.ravel().tolist())


def zipped(data: bytes) -> bytes:
  """Without the time, so that tests have the same names in every process."""
  return gzip.compress(data, mtime=0)


def unpacked(data: bytes) -> np.ndarray:
  """A twin that trusts."""
  sizes = [
    int.from_bytes(data[4 + 4 * d : 8 + 4 * d], 'big') for d in range(data[3])
  ]
  entries = np.array(list(data[4 + 4 * len(sizes) :]), np.uint8)
  return entries.reshape(sizes)


@pytest.mark.parametrize('pack', [bytes, gzip.compress])
def test_images_and_labels_come_back(tmp_path, pack):
  (tmp_path / 'i').write_bytes(pack(packed(IMAGES)))
  (tmp_path / 'l').write_bytes(pack(packed(LABELS)))
  split = idx.read_split(str(tmp_path / 'i'), str(tmp_path / 'l'))
  np.testing.assert_array_equal(split.images, IMAGES[..., np.newaxis])
  np.testing.assert_array_equal(split.labels, LABELS)
  assert (split.images.dtype, split.labels.dtype) == (np.uint8, np.int32)


@pytest.mark.parametrize(('name', 'of_each'), [('train', 100), ('t10k', 30)])
def test_the_extract_of_mnist_is_read_like_by_a_naive_twin(name, of_each):
  paths = [_MNIST / f'{name}-{kind}-ubyte.gz' for kind in KINDS]
  split = idx.read_split(*map(str, paths))
  images, labels = (unpacked(gzip.decompress(p.read_bytes())) for p in paths)
  np.testing.assert_array_equal(split.images[..., 0], images)
  np.testing.assert_array_equal(split.labels, labels)
  assert np.bincount(split.labels).tolist() == [of_each] * 10
  assert (split.labels[:20] != np.sort(split.labels)[:20]).any()
  # Digits: bright in the middle, black at the border.
  assert split.images[:, 8:20, 8:20].mean() > 60
  assert split.images[:, :2].mean() < 5


def with_head(*head: int) -> bytes:
  return bytes(head) + packed(IMAGES)[16:]


@pytest.mark.parametrize(
  ('data', 'why'),
  [
    (b'', "it begins with ''"),
    (b'<html>offline</html>', 'it begins with'),
    (b'PK\x03\x04zipped', 'it begins with'),
    (packed(LABELS), "it begins with '00 00 08 01'"),
    (packed(IMAGES)[:9], 'ends within its head'),
    (packed(IMAGES)[:-1], 'more than it can hold'),
    (packed(IMAGES) + b'\0', 'goes on after its 2352 bytes'),
    (packed(IMAGES[:0]), 'declares the sizes (0, 28, 28)'),
    (packed(IMAGES[:, :14]), 'declares the sizes (3, 14, 28)'),
    (with_head(0, 0, 13, 3, *packed(IMAGES)[4:16]), 'begins with'),
    (
      with_head(0, 0, 8, 3, *[255] * 4, 0, 0, 0, 28, 0, 0, 0, 28),
      'more than it can hold',
    ),
    (zipped(packed(IMAGES))[:-9], 'gzip data are damaged'),
    (zipped(packed(IMAGES))[:-1], 'gzip data are damaged'),
    (zipped(packed(IMAGES))[:-8] + bytes(8), 'gzip data are damaged'),
    (zipped(packed(IMAGES)) + b'more', 'gzip data are damaged'),
    (zipped(packed(IMAGES)[:-1]), 'ends before its 2352 bytes'),
    (zipped(packed(IMAGES) + b'\0'), 'goes on after its 2352 bytes'),
    (zipped(b''), 'begins with'),
    (b'\x1f\x8b', 'gzip data are damaged'),
  ],
)
def test_other_files_are_one_line_that_names_them(put, data, why):
  path = put(data)
  with pytest.raises(UserError, match=re.escape(why)) as error:
    idx.read(path, (28, 28))
  message = str(error.value)
  assert message.isprintable()
  assert path in message
  assert "'00 00 08 03'" in message


def test_images_and_labels_must_belong_together(tmp_path):
  paths = [str(tmp_path / 'i'), str(tmp_path / 'l')]
  (tmp_path / 'i').write_bytes(packed(IMAGES))
  (tmp_path / 'l').write_bytes(packed(LABELS[:2]))
  with pytest.raises(UserError, match=r'3 images, but .* 2 labels'):
    idx.read_split(*paths)
  (tmp_path / 'l').write_bytes(packed(LABELS + 1))
  with pytest.raises(UserError, match='holds the label 10, but'):
    idx.read_split(*paths)


def test_what_is_no_file_is_one_line(tmp_path):
  os.mkfifo(tmp_path / 'pipe')
  (tmp_path / 'loop').symlink_to(tmp_path / 'loop')
  for name in ('absent', 'pipe', 'loop', '.', 'a\0b', 'two\nlines', 'x' * 999):
    with pytest.raises(UserError) as error:
      idx.read(os.path.join(tmp_path, name), ())
    assert str(error.value).isprintable()
    assert repr(str(tmp_path))[1:-1] in str(error.value)


def test_a_failing_disk_is_one_line(put):
  with (
    pytest.raises(UserError, match=r'can not read .*: Input/output error'),
    files.opened(put(b'')),
  ):
    raise OSError(5, 'Input/output error')


def test_a_gzip_bomb_takes_no_memory(put, memory_below):
  path = put(gzip.compress(packed(IMAGES) + bytes(40_000_000), 1))
  assert os.path.getsize(path) < 2_000_000
  with (
    memory_below(4_000_000),
    pytest.raises(UserError, match='goes on after its 2352 bytes'),
  ):
    idx.read(path, (28, 28))


def test_what_a_file_declares_and_can_not_hold_takes_no_memory(
  put, memory_below
):
  head = bytes([0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 0, 28, 0, 0, 0, 28])
  for data in (head, gzip.compress(head + bytes(100_000))):
    with (
      memory_below(2_000_000),
      pytest.raises(UserError, match='more than it can hold'),
    ):
      idx.read(put(data), (28, 28))


def test_random_bytes_are_refused_or_read_like_by_the_twin(
  put, read_or_refused
):
  heads = st.sampled_from(
    [b'', b'\x1f\x8b\x08\0', bytes([0, 0, 8, 1]), bytes([0, 0, 8, 1, 0, 0, 0])]
  )

  @hypothesis.given(heads, st.binary(max_size=300))
  def check(head, data):
    labels = read_or_refused(idx.read, put(head + data), ())
    if labels is not None:
      np.testing.assert_array_equal(labels, unpacked(head + data))

  check()


@pytest.mark.parametrize('pack', [bytes, gzip.compress])
def test_spoilt_files_are_refused_or_read_like_by_the_twin(
  put, edited, recut, read_or_refused, pack
):
  data = pack(packed(IMAGES))

  @hypothesis.settings(max_examples=200)
  @hypothesis.given(edited(data) | recut(data))
  def check(spoilt):
    images = read_or_refused(idx.read, put(spoilt), (28, 28))
    if images is not None:
      plain = spoilt if pack is bytes else gzip.decompress(spoilt)
      np.testing.assert_array_equal(images, unpacked(plain))

  check()
