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


@pytest.mark.parametrize('spec', [BYTES, tf.TensorSpec([6, 5, 2], tf.uint8)])
def test_each_image_loses_its_own_mean(spec):
  images = random_bytes(256)
  expected = np.stack(
    [image / 255.0 - np.mean(image / 255.0) for image in images]
  )
  prepared = inputs.preparation(spec)(tf.constant(images))
  assert prepared.dtype == tf.float32
  np.testing.assert_allclose(prepared, expected, atol=1e-6)


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
def test_what_is_no_image_of_bytes_is_only_cast(spec):
  values = random_bytes(2)
  prepared = inputs.preparation(spec)(tf.cast(values, spec.dtype))
  assert prepared.dtype == tf.float32
  np.testing.assert_array_equal(prepared, values)
