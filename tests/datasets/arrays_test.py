# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Choosing classes, and salt and pepper."""

from __future__ import annotations

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from pathnet_tf.datasets import arrays
from pathnet_tf.datasets.arrays import DataSet, Split
from pathnet_tf.errors import UserError


def made(count=60, classes=5, shape=(3, 4, 2), seed=0):
  rng = np.random.default_rng(seed)
  return Split(
    rng.integers(0, 256, (count, *shape), np.uint8),
    (np.arange(count) % classes).astype(np.int32),
  )


@hypothesis.given(st.permutations(range(5)), st.integers(1, 5))
def test_a_subset_is_what_a_loop_keeps(order, count):
  dataset = DataSet(made(), made(25, seed=1), 5)
  chosen = order[:count]
  got = arrays.subset(dataset, chosen)
  assert got.classes == count
  for whole, part in ((dataset.train, got.train), (dataset.test, got.test)):
    kept = [
      (image, chosen.index(label))
      for image, label in zip(whole.images, whole.labels, strict=True)
      if label in chosen
    ]
    np.testing.assert_array_equal(part.images, [image for image, _ in kept])
    np.testing.assert_array_equal(part.labels, [label for _, label in kept])
    assert (part.images.dtype, part.labels.dtype) == (np.uint8, np.int32)


@pytest.mark.parametrize('classes', [[], [1, 1], [0, 5], [-1, 0]])
def test_classes_that_are_not_there_are_refused(classes):
  with pytest.raises(UserError, match='distinct numbers from 0 to 4'):
    arrays.subset(DataSet(made(), made(), 5), classes)


def test_a_class_without_images_is_refused():
  dataset = DataSet(made(), made(classes=4), 5)
  with pytest.raises(UserError, match='no test image is of class 4'):
    arrays.subset(dataset, [0, 4])


@pytest.mark.parametrize('amount', [0.0, 0.2, 0.5, 0.9, 1.0])
def test_noise_is_salt_and_pepper_in_equal_parts(amount):
  split = Split(np.full((50, 28, 28, 1), 100, np.uint8), np.zeros(50, np.int32))
  noisy = arrays.with_noise(split, amount, 3).images
  assert noisy.dtype == np.uint8
  for value, share in ((0, amount / 2), (255, amount / 2), (100, 1 - amount)):
    deviation = np.sqrt(share * (1 - share) / noisy.size)
    assert abs((noisy == value).mean() - share) <= 5 * deviation
    assert (noisy == value).any() == (share > 0)


def test_noise_takes_all_channels_of_a_pixel_and_each_pixel_alone():
  split = Split(np.full((200, 8, 8, 3), 9, np.uint8), np.zeros(200, np.int32))
  noisy = arrays.with_noise(split, 0.5, 1).images
  assert (noisy == noisy[..., :1]).all()
  hit = (noisy[..., 0] != 9).reshape(200, 64).astype(float)
  # No place is hit more often, and none together with its neighbour.
  assert np.abs(hit.mean(axis=0) - 0.5).max() < 5 * np.sqrt(0.25 / 200)
  together = np.corrcoef(hit[:, :-1].ravel(), hit[:, 1:].ravel())[0, 1]
  assert abs(together) < 5 / np.sqrt(hit[:, 1:].size)


def test_the_same_seed_draws_the_same_noise_and_another_another():
  split = made()
  before = split.images.copy()
  one, same, other = (
    arrays.with_noise(split, 0.5, seed).images for seed in (7, 7, 8)
  )
  np.testing.assert_array_equal(one, same)
  assert (one != other).any()
  np.testing.assert_array_equal(split.images, before)


def test_noise_is_what_one_draw_a_pixel_gives_whatever_the_blocks(monkeypatch):
  split = made()
  drawn = np.random.Generator(np.random.PCG64(5)).random((60, 3, 4))
  expected = split.images.copy()
  for index, number in np.ndenumerate(drawn):
    if number < 0.2:
      expected[index] = 0
    elif number < 0.4:
      expected[index] = 255
  for block in (1 << 20, 7):
    monkeypatch.setattr(arrays, '_DRAWN_AT_ONCE', block)
    got = arrays.with_noise(split, 0.4, 5)
    np.testing.assert_array_equal(got.images, expected)
    np.testing.assert_array_equal(got.labels, split.labels)


@pytest.mark.parametrize('amount', [-0.1, 1.1, float('nan')])
def test_other_amounts_of_noise_are_refused(amount):
  with pytest.raises(UserError, match='from 0 to 1'):
    arrays.with_noise(made(), amount, 0)
