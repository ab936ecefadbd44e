# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Task names: `family/item?key=value&key=value`."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable

from pathnet_tf.errors import UserError

# No commas and no white space anywhere: lists of names are written with them.
_FAMILY = re.compile(r'[a-z][a-z0-9_]*')
_ITEM = re.compile(r'[^\s,?&=/]+(/[^\s,?&=/]+)*')
_KEY = re.compile(r'[a-z][a-z0-9_]*')
_VALUE = re.compile(r'[^\s,?&=]+')


@dataclasses.dataclass(frozen=True)
class TaskName:
  """A task's name, taken apart.

  `str()` puts it together again, with the query in alphabetical order: two
  spellings of one name are equal, and print alike.

  Attributes:
    family: what kind of task, e.g. `atari`.
    item: which one of the family, e.g. `pong`; empty for a family of one task.
    query: (key, value) pairs of settings, each key once.
  """

  family: str
  item: str = ''
  query: tuple[tuple[str, str], ...] = ()

  def __post_init__(self):
    """Orders the query.

    Raises:
      UserError: if a part can't be part of a name.
    """
    object.__setattr__(self, 'query', tuple(sorted(self.query)))
    if not _FAMILY.fullmatch(self.family):
      raise _malformed(self, f'{self.family!r} is no family of tasks')
    if self.item and not _ITEM.fullmatch(self.item):
      raise _malformed(self, f'{self.item!r} is no task of a family')
    for key, value in self.query:
      if not _KEY.fullmatch(key) or not _VALUE.fullmatch(value):
        raise _malformed(self, f'{f"{key}={value}"!r} is no setting')
    keys = [key for key, _ in self.query]
    for key in keys:
      if keys.count(key) > 1:
        raise _malformed(self, f'{key!r} is set twice')

  def __str__(self) -> str:
    name = f'{self.family}/{self.item}' if self.item else self.family
    if self.query:
      name += '?' + '&'.join(f'{key}={value}' for key, value in self.query)
    return name


def parse(name: str) -> TaskName:
  """Takes a name apart.

  Args:
    name: e.g. `atari/freeway?mode=1&difficulty=0`, or `cifar10`.

  Returns:
    Its parts. Whether there is such a task is not looked at.

  Raises:
    UserError: if the name is not of that form.
  """
  path, mark, settings = name.partition('?')
  family, slash, item = path.partition('/')
  if slash and not item:
    raise _malformed(name, 'nothing follows the slash')
  query = []
  for setting in settings.split('&') if mark else ():
    key, equals, value = setting.partition('=')
    if not equals:
      raise _malformed(name, f'{setting!r} is no setting')
    query.append((key, value))
  return TaskName(family, item, tuple(query))


def nearest(word: str, known: Iterable[str], most: int = 3) -> str:
  """Words that someone who wrote `word` may have meant.

  Args:
    word: what was written.
    known: what there is.
    most: how many words to give at most.

  Returns:
    The end of a sentence: `did you mean pong or pooyan?`. Where nothing is
    near, `choose from ...` with all the words, or the first few.
  """
  known = sorted(known)
  lower = {name.lower(): name for name in known}
  close = difflib.get_close_matches(word.lower(), lower, n=most, cutoff=0.6)
  if close:
    return f'did you mean {" or ".join(lower[name] for name in close)}?'
  shown = known if len(known) <= 12 else [*known[:12], '...']
  return f'choose from {", ".join(shown)}'


def _malformed(name: object, why: str) -> UserError:
  return UserError(
    f'{str(name)!r} is no task name: {why}; a task name reads'
    ' family/item?key=value&key=value, e.g. atari/freeway?mode=1&difficulty=0'
  )
