# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""CIFAR-10's binary files: read as they are, refused when they are not."""

from __future__ import annotations

import re

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from pathnet_tf.datasets import cifar
from pathnet_tf.errors import UserError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (4, 32, 32, 3), np.uint8)
LABELS = [9, 0, 3, 3]


def packed(images, labels) -> bytes:
  """Byte after byte, as the official page describes it."""
  data = bytearray()
  for image, label in zip(images, labels, strict=True):
    data.append(label)
    for channel in range(3):
      for row in range(32):
        data += bytes(image[row, :, channel].tolist())
  return bytes(data)


def test_images_of_all_batches_come_back_in_order(tmp_path):
  paths = []
  for part in range(2):
    paths.append(str(tmp_path / f'{part}.bin'))
    both = slice(2 * part, 2 * part + 2)
    (tmp_path / f'{part}.bin').write_bytes(packed(IMAGES[both], LABELS[both]))
  split = cifar.read_split(paths)
  np.testing.assert_array_equal(split.images, IMAGES)
  np.testing.assert_array_equal(split.labels, LABELS)
  assert (split.images.dtype, split.labels.dtype) == (np.uint8, np.int32)
  assert split.images.flags.c_contiguous


@pytest.mark.parametrize(
  ('data', 'why'),
  [
    (b'', 'its size is 0 bytes'),
    (b'<html>', 'its size is 6 bytes'),
    (packed(IMAGES, LABELS)[:-1], 'its size is 12291 bytes'),
    (packed(IMAGES, LABELS) + b'\n', 'its size is 12293 bytes'),
    (packed(IMAGES, [1, 2, 10, 255]), 'record 2 has the label 10'),
    (packed(IMAGES, [1, 2, 3, 255]), 'record 3 has the label 255'),
  ],
)
def test_other_files_are_one_line_that_names_them(put, data, why):
  path = put(data)
  with pytest.raises(UserError, match=re.escape(why)) as error:
    cifar.read_split([path])
  assert str(error.value).isprintable()
  assert path in str(error.value)
  assert '3073 bytes' in str(error.value)


def test_a_huge_file_takes_no_memory(tmp_path, memory_below):
  with open(tmp_path / 'sparse', 'wb') as file:
    file.truncate(3073 * 10**7)
  with memory_below(1_000_000), pytest.raises(UserError, match='its size is'):
    cifar.read_split([str(tmp_path / 'sparse')])


def test_spoilt_files_are_refused_or_read_byte_for_byte(
  put, edited, recut, read_or_refused
):
  whole = packed(IMAGES, LABELS)

  @hypothesis.given(edited(whole) | recut(whole) | st.binary(max_size=4000))
  def check(data):
    split = read_or_refused(cifar.read_split, [put(data)])
    if split is None:
      assert len(data) % 3073 or not data or max(data[::3073]) > 9
    else:
      assert packed(split.images, split.labels) == data

  check()
