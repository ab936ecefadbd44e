# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Which folders TensorFlow can read again what it has written there."""

from __future__ import annotations

import re

from pathnet_tf.errors import UserError


def check(path: str) -> None:
  """Refuses a folder below which TensorFlow writes what it can't read.

  It looks for a checkpoint by a pattern, in which brackets and backslashes
  stand for something else than themselves.

  Args:
    path: absolute; its parents' names count too.

  Raises:
    UserError: its name has a part that is a pattern, or is not UTF-8.
  """
  try:
    path.encode()
  except UnicodeEncodeError:
    raise UserError(
      f'{path!r} is no folder for TensorFlow, as its name is not UTF-8: name'
      ' another folder, or rename this one'
    ) from None
  if found := re.search(r'\[.+\]|\\', path, re.DOTALL):
    raise UserError(
      f'{path!r} is no folder for TensorFlow, which takes the {found[0]!r} in'
      ' it for a pattern: name another folder, or rename this one'
    )
