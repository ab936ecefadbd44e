# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What TensorFlow raises where another process was lost, or raised itself."""

from __future__ import annotations

import re

import tensorflow as tf

from pathnet_tf.errors import UserError

_LOSSES = (
  tf.errors.UnavailableError,
  tf.errors.AbortedError,
  tf.errors.CancelledError,
  tf.errors.DeadlineExceededError,
)
# What a process says that was started again, to who meant the former one.
_OF_ANOTHER_PROCESS = (
  'context_id',
  'remote_handle',
  'unknown device',
  'Primary device is not remote',
)
_RAISED = re.compile(rf'\b{UserError.__name__}: ([^\n]+)')


def is_of_a_loss(error: BaseException) -> bool:
  """Whether an operation failed only because some process was lost.

  TensorFlow's coordinator repeats what a lost worker was doing, but not always:
  where two losses meet it cancels all closures and raises one of their errors.
  """
  if isinstance(error, tf.errors.InvalidArgumentError):
    return any(words in str(error) for words in _OF_ANOTHER_PROCESS)
  return isinstance(error, _LOSSES)


def as_raised(error: BaseException) -> BaseException:
  """The `UserError` of a worker, of which only the text comes here.

  Any other error is given back as it is.
  """
  if not isinstance(error, tf.errors.OpError):
    return error
  raised = _RAISED.search(error.message)
  return UserError(raised[1]) if raised else error
