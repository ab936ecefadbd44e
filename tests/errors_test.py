# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of what is said of other code's errors."""

from __future__ import annotations

import pytest

from pathnet_tf import errors


@pytest.mark.parametrize(
  ('text', 'first', 'last'),
  [
    ('why', 'why', 'why'),
    ('what\n  and how\nwhy', 'what', 'why'),
    ('\nwhat\nwhy\n', 'what', 'why'),
    ('', 'ValueError', 'ValueError'),
    ('\n', 'ValueError', 'ValueError'),
  ],
)
def test_an_error_has_one_line_whatever_it_says(text, first, last):
  error = ValueError(text)
  assert errors.first_line(error) == first
  assert errors.last_line(error) == last
  assert '\n' not in errors.in_one_line(error) != ''
