# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""docs/configuration.md says what the flags say."""

from __future__ import annotations

from tools import write_configuration


def test_the_page_is_up_to_date():
  assert write_configuration.PAGE.read_text() == write_configuration.page(), (
    'run python tools/write_configuration.py'
  )
