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

  def integer(self, key: str, *, least: int, most: int) -> int | None:
    """Reads a whole number from `least` to `most`.

    Returns:
      The value, or None if the name does not set it.

    Raises:
      UserError: if it is anything else.
    """
    value = self._whole(key)
    if key in self._texts and (value is None or not least <= value <= most):
      raise self._error(key, f'a whole number from {least} to {most}')
    return value

  def choice(self, key: str, choices: Sequence[int]) -> int | None:
    """Reads a whole number that is one of `choices`.

    Returns:
      The value, or None if the name does not set it.

    Raises:
      UserError: if it is anything else.
    """
    value = self._whole(key)
    if key in self._texts and value not in choices:
      raise self._error(key, f'one of {", ".join(map(str, choices))}')
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

  def indices(self, key: str, *, below: int) -> tuple[int, ...] | None:
    """Reads distinct indices joined by plus signs, as in `0+2`.

    Returns:
      The indices in rising order, or None if the name does not set them.

    Raises:
      UserError: if it is anything else, or one is not below `below`.
    """
    text = self._texts.get(key)
    if text is None:
      return None
    parts = text.split('+')
    values = sorted(
      int(part)
      for part in parts
      if len(part) <= 9 and re.fullmatch('[0-9]+', part)
    )
    whole = len(set(values)) == len(parts)
    if not whole or values[-1] >= below:
      raise self._error(
        key, f'distinct numbers from 0 to {below - 1}, joined by + as in 0+1'
      )
    self._canonical[key] = '+'.join(map(str, values))
    return tuple(values)

  @property
  def canonical(self) -> str:
    """The task's name, with the values as they were read."""
    query = tuple((self._texts | self._canonical).items())
    return str(names.TaskName(self._name.family, self._name.item, query))

  def _whole(self, key: str) -> int | None:
    text = self._texts.get(key, '')
    # No number worth having is longer, and int() is slow on thousands of them.
    if not _INTEGER.fullmatch(text) or len(text) > 20:
      return None
    value = int(text)
    self._canonical[key] = str(value)
    return value

  def _error(self, key: str, wanted: str) -> UserError:
    return UserError(
      f'{str(self._name)!r}: {key} is {self._texts[key]!r}, but must be'
      f' {wanted}'
    )
