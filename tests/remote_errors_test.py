# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.remote_errors; clusters that lose processes are slow."""

from __future__ import annotations

import pytest
import tensorflow as tf

from pathnet_tf import remote_errors
from pathnet_tf.errors import UserError


@pytest.mark.parametrize(
  ('kind', 'message', 'lost'),
  [
    (tf.errors.UnavailableError, 'Socket closed', True),
    (tf.errors.AbortedError, 'Session was not found', True),
    (tf.errors.InvalidArgumentError, 'Unable to find a context_id', True),
    (tf.errors.InvalidArgumentError, 'Incompatible shapes', False),
    (tf.errors.UnknownError, 'Socket closed', False),
  ],
)
def test_a_loss_is_told_from_other_errors(kind, message, lost):
  assert remote_errors.is_of_a_loss(kind(None, None, message)) is lost


def test_what_a_graphs_function_raises_for_a_user_is_raised_so_again():
  def refuse(x):
    raise UserError('no games: plug them in')

  graph = tf.function(lambda: tf.numpy_function(refuse, [1.0], tf.float32))
  with pytest.raises(tf.errors.OpError) as caught:
    graph()
  raised = remote_errors.as_raised(caught.value)
  assert isinstance(raised, UserError)
  assert str(raised) == 'no games: plug them in'


def test_other_errors_stay_what_they_are():
  for error in (
    tf.errors.UnknownError(None, None, 'no'),
    KeyError('UserError: '),
  ):
    assert remote_errors.as_raised(error) is error
