# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""SVHN's files: read like SciPy reads them, refused when they are not."""

from __future__ import annotations

import io
import re
import struct
import zlib

import hypothesis
import numpy as np
import pytest
import scipy.io
from hypothesis import strategies as st

from pathnet_tf.datasets import svhn
from pathnet_tf.errors import UserError

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (32, 32, 3, 5), np.uint8)
Y = np.array([[1], [10], [9], [2], [10]], np.uint8)


def saved(compressed=False, **variables) -> bytes:
  file = io.BytesIO()
  scipy.io.savemat(file, variables, do_compression=compressed)
  return file.getvalue()


def element(kind: int, data: bytes, order='<') -> bytes:
  return (
    struct.pack(f'{order}2I', kind, len(data)) + data + bytes(-len(data) % 8)
  )


def matrix(name, shape, kind, data, *, matlab_class=9, flags=0, order='<'):
  """A variable as MATLAB writes one, but whatever is asked for."""
  return element(
    14,
    element(6, struct.pack(f'{order}2I', matlab_class | flags, 0), order)
    + element(5, struct.pack(f'{order}{len(shape)}i', *shape), order)
    + element(1, name.encode(), order)
    + element(kind, data, order),
    order,
  )


def packed_small(data: bytes) -> bytes:
  compressed = zlib.compress(data)
  return struct.pack('<2I', 15, len(compressed)) + compressed


HEAD = b'MATLAB 5.0 MAT-file'.ljust(124) + b'\0\x01IM'
PLAIN_X = matrix('X', X.shape, 2, X.tobytes('F'))
PLAIN_Y = matrix('y', Y.shape, 2, Y.tobytes())


def check_same(split):
  for index in range(X.shape[3]):
    for channel in range(3):
      np.testing.assert_array_equal(
        split.images[index, :, :, channel], X[:, :, channel, index]
      )
  assert split.labels.tolist() == [1, 0, 9, 2, 0]
  assert (split.images.dtype, split.labels.dtype) == (np.uint8, np.int32)
  assert split.images.flags.c_contiguous


@pytest.mark.parametrize('compressed', [False, True])
@pytest.mark.parametrize('labels', [np.uint8, np.int32, np.float64, np.uint64])
def test_what_scipy_writes_is_read(put, compressed, labels):
  check_same(svhn.read_split(put(saved(compressed, X=X, y=Y.astype(labels)))))


@pytest.mark.parametrize('count', [1, 4, 8])
def test_few_labels_stand_in_a_tag(put, count):
  data = saved(
    X=X[..., :1].repeat(count, axis=3), y=np.full((count, 1), 3, 'B')
  )
  assert svhn.read_split(put(data)).labels.tolist() == [3] * count


def test_other_variables_and_another_order_do_no_harm(put):
  nested = {'s': {'a': [1, 2]}, 'c': np.array([1, 'two'], object), 'z': 1 + 2j}
  for compressed in (False, True):
    before = saved(compressed, y=Y, **nested, X=X)
    check_same(svhn.read_split(put(before)))


def test_big_endian_files_are_read(put):
  data = (
    HEAD[:124]
    + b'\x01\0MI'
    + matrix('X', X.shape, 2, X.tobytes('F'), order='>')
    + matrix('y', Y.shape, 4, Y.astype('>u2').tobytes(), order='>')
  )
  check_same(svhn.read_split(put(data)))


def test_a_matrix_of_doubles_may_be_stored_as_bytes(put):
  y = matrix('y', Y.shape, 2, Y.tobytes(), matlab_class=6)
  check_same(svhn.read_split(put(HEAD + PLAIN_X + y)))


def xy(**changes):
  """The file with other arguments for y's matrix."""
  arguments = {'shape': Y.shape, 'kind': 2, 'data': Y.tobytes(), **changes}
  return HEAD + PLAIN_X + matrix('y', **arguments)


OVERLONG = packed_small(PLAIN_Y + bytes(16))
DAMAGED = packed_small(PLAIN_Y)[:-4] + b'nope'


@pytest.mark.parametrize(
  ('data', 'why'),
  [
    (b'', 'does not begin like'),
    (b'<html>offline</html>', 'does not begin like'),
    (HEAD[:-1], 'does not begin like'),
    (HEAD[:124] + b'\0\x02IM' + bytes(512), 'does not begin like'),
    (HEAD, "it has no variable 'X'"),
    (HEAD + PLAIN_X, "it has no variable 'y'"),
    (HEAD + PLAIN_Y, "it has no variable 'X'"),
    (HEAD + PLAIN_X + b'\x0e', 'ends within a variable'),
    (HEAD + PLAIN_X[:-1], 'too small for the length of a variable'),
    (HEAD + element(2, b'data'), 'an element of type 2 stands where'),
    (HEAD + packed_small(element(2, b'')), 'an element of type 2 stands where'),
    (HEAD + packed_small(b'short'), 'ends within a variable'),
    (HEAD + element(15, b'no zlib!'), 'compressed data are damaged'),
    (HEAD + PLAIN_X + DAMAGED, 'compressed data are damaged'),
    (HEAD + PLAIN_X + OVERLONG, 'goes on after its end'),
    (saved(X=X, y=Y[:4]), 'it holds 5 images and 4 labels'),
    (saved(X=X[..., :0], y=Y[:0]), 'it holds 0 images and 0 labels'),
    (saved(X=X[:16], y=Y), "'X' has the sizes (16, 32, 3, 5)"),
    (saved(X=X[..., 0], y=Y), "'X' has the sizes (32, 32, 3)"),
    (saved(X=X, y=Y.T), "'y' has the sizes (1, 5)"),
    (saved(X=X.astype(np.int16), y=Y), 'its X is of int16'),
    (saved(X=X, y=Y - 1), 'its y holds other numbers than 1 to 10'),
    (saved(X=X, y=Y * 1.5), 'its y holds other numbers'),
    (saved(X=X, y=Y * np.nan), 'its y holds other numbers'),
    (saved(X=X, y=Y * 1j), "'y' is not of real numbers"),
    (saved(X=X, y=Y.astype(object)), "'y' is not of real numbers"),
    (xy(shape=(-5, 1)), "'y' has the sizes (-5, 1)"),
    (xy(kind=19), 'its numbers are of type 19'),  # SciPy 1.17 crashes here.
    (xy(kind=9), 'it holds 5 bytes for 5 numbers'),
    (xy(data=bytes(20)), 'it holds 20 bytes for 5 numbers'),
    (xy(flags=0x800), "'y' is not of real numbers"),
  ],
)
def test_other_files_are_one_line_that_names_them(put, data, why):
  path = put(data)
  with pytest.raises(UserError, match=re.escape(why)) as error:
    svhn.read_split(path)
  assert str(error.value).isprintable()
  assert path in str(error.value)
  assert 'X [32, 32, 3, n]' in str(error.value)


def test_a_bomb_takes_no_memory(put, memory_below):
  """Whichever part of a compressed variable it is that grows."""
  zeros = bytes(16_000_000)
  bombs = [
    HEAD + packed_small(matrix('y', Y.shape, 2, Y.tobytes() + zeros)),
    HEAD + packed_small(PLAIN_Y + zeros),
    HEAD + packed_small(matrix('z', (4_000, 4_000), 2, zeros)),
    HEAD + packed_small(element(14, element(6, zeros))),
    HEAD + packed_small(matrix('z' * 4_000_000, (1, 1), 2, b'1')),
  ]
  for bomb in bombs:
    path = put(bomb)
    with memory_below(2_000_000), pytest.raises(UserError):
      svhn.read_split(path)


def test_what_a_file_declares_and_can_not_hold_takes_no_memory(
  put, memory_below
):
  count = 1_000_000
  x = struct.pack('<2I', 2, 3072 * count)
  head = (
    element(6, struct.pack('<2I', 9, 0))
    + element(5, struct.pack('<4i', 32, 32, 3, count))
    + element(1, b'X')
    + x
  )
  whole = struct.pack('<2I', 14, len(head) + 3072 * count) + head
  for data in (HEAD + element(14, head), HEAD + packed_small(whole)):
    path = put(data)
    with memory_below(2_000_000), pytest.raises(UserError, match='too small'):
      svhn.read_split(path)


def test_random_bytes_are_refused(put, read_or_refused):
  @hypothesis.given(st.sampled_from([b'', HEAD]), st.binary(max_size=400))
  def check(head, data):
    assert read_or_refused(svhn.read_split, put(head + data)) is None

  check()


def test_spoilt_plain_files_are_refused_or_read_byte_for_byte(
  put, edited, recut, read_or_refused
):
  data = HEAD + PLAIN_X + PLAIN_Y
  x_start = data.index(X.tobytes('F'))
  y_start = data.index(Y.tobytes(), x_start + X.size)

  @hypothesis.settings(max_examples=300)
  @hypothesis.given(edited(data) | recut(data))
  def check(spoilt):
    split = read_or_refused(svhn.read_split, put(spoilt))
    if split is None:
      return
    # Its numbers lie where they lay, so nothing was shifted before them.
    flat = np.frombuffer(spoilt, np.uint8)[x_start : x_start + X.size]
    np.testing.assert_array_equal(
      split.images, flat.reshape(X.shape, order='F').transpose(3, 0, 1, 2)
    )
    labels = [
      byte % 10 for byte in spoilt[y_start : y_start + len(split.labels)]
    ]
    assert split.labels.tolist() == labels

  check()


def test_spoilt_compressed_files_are_refused_or_read_as_they_were(
  put, edited, recut, read_or_refused
):
  data = saved(True, X=X, y=Y)

  @hypothesis.settings(max_examples=300)
  @hypothesis.given(edited(data) | recut(data))
  def check(spoilt):
    split = read_or_refused(svhn.read_split, put(spoilt))
    if split is not None:
      check_same(split)

  check()
