# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The settings in a task's name, read and checked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pathnet_tf.errors import UserError
from pathnet_tf.tasks import names

_INTEGER = re.compile(r'-?[0-9]+')
_NUMBER = re.compile(r'-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?')


class Settings:
  """What stands behind the question mark of one task's name.

  Reading a setting checks it. When all have been read, `canonical` is the name
  with each value written in one way: `sticky=.25` becomes `sticky=0.25`.
  """

  def __init__(self, name: names.TaskName, known: Sequence[str]):
    """Takes the settings from a name.

    Args:
      name: the task's name.
      known: the settings that tasks of its family have.

    Raises:
      UserError: if the name has any other.
    """
    self._name = name
    self._texts = dict(name.query)
    self._canonical: dict[str, str] = {}
    for key in self._texts:
      if key not in known:
        raise UserError(
          f'{str(name)!r}: {name.family} tasks have no setting {key!r}; they'
          f' have {", ".join(sorted(known))}'
        )

  def integer(
    self,
    key: str,
    *,
    least: int | None = None,
    most: int | None = None,
    choices: Sequence[int] | None = None,
  ) -> int | None:
    """Reads a whole number.

    Args:
      key: the setting.
      least: smallest value allowed.
      most: largest value allowed.
      choices: the values allowed, instead of `least` and `most`.

    Returns:
      The value, or None if the name does not set it.

    Raises:
      UserError: if it is no whole number, or none that is allowed.
    """
    text = self._texts.get(key)
    if text is None:
      return None
    # No number worth having is longer, and int() is slow on thousands of them.
    value = int(text) if _INTEGER.fullmatch(text) and len(text) < 20 else None
    if choices is not None:
      if value not in choices:
        raise self._error(
          key, f'one of {", ".join(str(choice) for choice in choices)}'
        )
    elif value is None or not least <= value <= most:
      raise self._error(key, f'a whole number from {least} to {most}')
    self._canonical[key] = str(value)
    return value

  def probability(self, key: str) -> float | None:
    """Reads a number from 0 on and below 1.

    Returns:
      The value, or None if the name does not set it.

    Raises:
      UserError: if it is anything else.
    """
    text = self._texts.get(key)
    if text is None:
      return None
    value = float(text) if _NUMBER.fullmatch(text) else -1.0
    if not 0.0 <= value < 1.0:
      raise self._error(key, 'a number from 0 on and below 1')
    value = abs(value)  # No second zero: -0.0 is written like 0.
    self._canonical[key] = f'{value!r}'.removesuffix('.0')
    return value

  @property
  def canonical(self) -> str:
    """The task's name, with the values as they were read."""
    query = tuple((self._texts | self._canonical).items())
    return str(names.TaskName(self._name.family, self._name.item, query))

  def _error(self, key: str, wanted: str) -> UserError:
    return UserError(
      f'{str(self._name)!r}: {key} is {self._texts[key]!r}, but must be'
      f' {wanted}'
    )
