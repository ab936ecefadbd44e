# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What Bazel starts to run one test file: pytest, as the Makefile runs it."""

from __future__ import annotations

import os
import sys

import pytest

if __name__ == '__main__':
  # That of the person can not be written to, which libraries would tell.
  os.environ['HOME'] = os.environ['TEST_TMPDIR']
  code = pytest.main(
    [
      '--config-file=pyproject.toml',
      '-p',
      'no:cacheprovider',
      '-m',
      'not slow',
      f'--basetemp={os.environ["TEST_TMPDIR"]}/pytest',
      *sys.argv[1:],
    ]
  )
  # A file may have none but slow tests.
  sys.exit(0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else code)
