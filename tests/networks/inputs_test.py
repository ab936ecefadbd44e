# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.networks.inputs."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from tf_agents.specs import tensor_spec

from pathnet_tf.networks import inputs

BYTES = tensor_spec.BoundedTensorSpec([6, 5, 2], tf.uint8, 0, 255)


def random_bytes(high: int) -> np.ndarray:
  rng = np.random.default_rng(0)
  return rng.integers(0, high, (3, 6, 5, 2), dtype=np.uint8)


IMAGES = [BYTES, tf.TensorSpec([6, 5, 2], tf.uint8)]


@pytest.mark.parametrize('spec', IMAGES)
@pytest.mark.parametrize('arguments', [(), ('centred',)])
def test_each_image_loses_its_own_mean(spec, arguments):
  images = random_bytes(256)
  expected = np.stack(
    [image / 255.0 - np.mean(image / 255.0) for image in images]
  )
  prepared = inputs.preparation(spec, *arguments)(tf.constant(images))
  assert prepared.dtype == tf.float32
  np.testing.assert_allclose(prepared, expected, atol=1e-6)


@pytest.mark.parametrize('spec', IMAGES)
def test_unit_pixels_go_from_0_to_1_and_keep_their_brightness(spec):
  images = random_bytes(256)
  images[0, 0, 0] = [0, 255]
  prepared = inputs.preparation(spec, 'unit')(tf.constant(images))
  assert prepared.dtype == tf.float32
  np.testing.assert_allclose(prepared, images / 255.0, atol=1e-7)
  assert (np.min(prepared), np.max(prepared)) == (0.0, 1.0)


@pytest.mark.parametrize('pixels', inputs.PIXELS)
@pytest.mark.parametrize('largest', [3, 255])
def test_bytes_that_are_no_image_keep_what_they_say(pixels, largest):
  spec = tensor_spec.BoundedTensorSpec([1], tf.uint8, 0, largest)
  values = np.array([[0], [largest], [1]], np.uint8)
  prepared = inputs.preparation(spec, pixels)(tf.constant(values))
  np.testing.assert_allclose(prepared, values / largest, atol=1e-7)
  assert inputs.in_words(spec, pixels) == f'divided by {largest}'


@pytest.mark.parametrize('shape', [[6, 5], [6, 5, 2]])
def test_images_are_divided_by_their_maximum(shape):
  spec = tensor_spec.BoundedTensorSpec(shape, tf.uint8, 0, 9)
  images = random_bytes(10).reshape(-1, *shape)
  unit = inputs.preparation(spec, 'unit')(tf.constant(images))
  np.testing.assert_allclose(unit, images / 9, atol=1e-7)
  centred = inputs.preparation(spec)(tf.constant(images))
  means = np.mean(images / 9, axis=tuple(range(1, images.ndim)), keepdims=True)
  np.testing.assert_allclose(centred, images / 9 - means, atol=1e-6)
  assert inputs.in_words(spec, 'centred') == (
    'divided by 9, each image less its own mean'
  )


def test_brightness_makes_no_difference():
  images = random_bytes(100)
  prepare = inputs.preparation(BYTES)
  np.testing.assert_allclose(
    prepare(tf.constant(images + 100)), prepare(tf.constant(images)), atol=1e-6
  )


@pytest.mark.parametrize(
  'spec',
  [
    tensor_spec.BoundedTensorSpec([6, 5, 2], tf.uint8, 0, 1),
    tf.TensorSpec([6, 5, 2], tf.float32),
  ],
)
@pytest.mark.parametrize('pixels', inputs.PIXELS)
def test_what_is_no_image_of_bytes_is_only_cast(spec, pixels):
  values = random_bytes(2)
  prepared = inputs.preparation(spec, pixels)(tf.cast(values, spec.dtype))
  assert prepared.dtype == tf.float32
  np.testing.assert_array_equal(prepared, values)
