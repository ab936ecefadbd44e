# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A small study of digits, for tests of its plan and of its folder."""

from __future__ import annotations

import pytest

from pathnet_tf import config
from pathnet_tf.errors import UserError

PAIRS = [('mnist/0v1', 'mnist/2v3', 4), ('mnist/4v5', 'mnist/2v3', 4)]
BASE = config.RunConfig(
  tasks=('mnist/0v1', 'mnist/2v3'), steps_per_task=100, workers=1
)
ARMS = ('pathnet', 'de_novo')


def refused(function, *arguments) -> str:
  """The one line that a call is refused with."""
  with pytest.raises(UserError) as caught:
    function(*arguments)
  assert len(str(caught.value).splitlines()) == 1
  return str(caught.value)
