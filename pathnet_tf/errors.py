# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The one error that a user is meant to see, and others in one line."""

from __future__ import annotations


class UserError(Exception):
  """Something a person got wrong, and can mend.

  The message is one line: what is wrong and what would be right. The programs
  in `launch/` print it as `error: <message>` and end with exit code 2.
  """


def in_one_line(error: BaseException) -> str:
  """What an error of somebody else's code says, or at least its kind."""
  return ' '.join(str(error).split()) or type(error).__name__


def first_line(error: BaseException) -> str:
  """The same of an error whose first line says it, as TensorFlow's do."""
  return _lines(error)[0]


def last_line(error: BaseException) -> str:
  """The same of an error whose last line says what is wrong, as Keras' do."""
  return _lines(error)[-1]


def _lines(error: BaseException) -> list[str]:
  return str(error).strip().splitlines() or [type(error).__name__]
