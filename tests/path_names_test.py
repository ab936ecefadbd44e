# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.path_names."""

from __future__ import annotations

import pytest
import tensorflow as tf

from pathnet_tf import path_names
from pathnet_tf.errors import UserError

SOUND = ('a b', 'a*b', 'a?', 'a[', '[]', 'a]b[', '{a}', 'é', 'a\nb', 'a%0')
REFUSED = ('a[1]', 'lr[0.1]x', 'a\\b', 'a[\n]', 'a\udcff')


@pytest.mark.parametrize('name', SOUND)
def test_what_is_not_refused_is_read_again(tmp_path, name):
  folder = str(tmp_path / name / 'run')
  path_names.check(folder)
  variable = tf.Variable(3.0)
  checkpoint = tf.train.Checkpoint(variable=variable)
  prefix = checkpoint.write(f'{folder}/weights')
  variable.assign(0.0)
  checkpoint.read(prefix).assert_consumed()
  assert variable.numpy() == 3.0


@pytest.mark.parametrize('name', REFUSED)
def test_what_could_not_be_read_again_is_refused(tmp_path, name):
  folder = str(tmp_path / name / 'run')
  with pytest.raises(UserError) as caught:
    path_names.check(folder)
  assert len(str(caught.value).splitlines()) == 1
  checkpoint = tf.train.Checkpoint(variable=tf.Variable(3.0))
  with pytest.raises((tf.errors.OpError, ValueError)):
    checkpoint.read(checkpoint.write(f'{folder}/weights'))
