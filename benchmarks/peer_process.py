# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A peer's program in a process of its own: a line in, a line of JSON out."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from typing import Any

from pathnet_tf.errors import UserError


class Peer:
  """A program that says what it runs on, and then answers lines.

  Attributes:
    versions: its first line.
  """

  def __init__(
    self, python: str, arguments: Sequence[str], folder: str | None = None
  ):
    """Starts the process.

    Args:
      python: interpreter that has what the peer needs.
      arguments: of the interpreter.
      folder: to run in.

    Raises:
      UserError: it does not start.
    """
    env = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
    try:
      self._process = subprocess.Popen(
        [os.path.abspath(python), *arguments],
        cwd=folder,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
      )
    except OSError as error:
      raise UserError(f'the peer does not start: {error}') from error
    self.versions = self._read()

  def ask(self, line: str) -> Any:
    """Its answer to a line."""
    assert self._process.stdin is not None
    self._process.stdin.write(f'{line}\n')
    self._process.stdin.flush()
    return self._read()

  def close(self) -> None:
    """Ends the process."""
    assert self._process.stdin is not None
    self._process.stdin.close()
    self._process.wait()

  def _read(self):
    assert self._process.stdout is not None
    line = self._process.stdout.readline()
    if not line:
      raise UserError('the peer failed; the reason stands above')
    return json.loads(line)
