# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What is compared: PathNet, its controls, and variants of their settings."""

from __future__ import annotations

import dataclasses
from typing import Any

from pathnet_tf.config import RunConfig
from pathnet_tf.errors import UserError

# What an arm changes of a study's settings, by group and field.
ARMS: dict[str, dict[str, dict[str, Any]]] = {
  # Evolves paths on the source, then on the target.
  'pathnet': {},
  # The same on the target alone: what the search costs without a source.
  'pathnet_alone': {},
  # One fixed path of maximal size, on the target alone.
  'de_novo': {'evolution': {'search': 'fixed'}},
  # The same fixed path on both, with nothing frozen or drawn anew between.
  'fine_tuning': {
    'evolution': {'search': 'fixed'},
    'network': {'frozen': 'none', 'reinitialise': 'none'},
  },
}
_ALONE = ('pathnet_alone', 'de_novo')  # They see no source.


@dataclasses.dataclass(frozen=True)
class Arm:
  """One of the things compared (Fernando et al. 2017, its two controls).

  Attributes:
    label: as it was given, e.g. `pathnet?population=64`.
    changes: settings by group and field; the group '' is the run's own.
    has_source: whether it is trained on a source task first.
  """

  label: str
  changes: dict[str, dict[str, Any]]
  has_source: bool

  def configure(self, base: RunConfig, *tasks: str, seed: int) -> RunConfig:
    """The configuration of one run.

    Args:
      base: the study's settings.
      *tasks: the source, where the arm has one, and the target.
      seed: of the run.

    Raises:
      UserError: for settings that do not go together.
    """
    own = self.changes.get('', {})
    groups = {
      group: dataclasses.replace(getattr(base, group), **values)
      for group, values in self.changes.items()
      if group
    }
    return dataclasses.replace(base, tasks=tasks, seed=seed, **own, **groups)


def parse(label: str, base: RunConfig) -> Arm:
  """Reads an arm's name, with settings of its own behind a question mark.

  Args:
    label: e.g. `pathnet`, or `pathnet?population=64&optimizer.name=adam`. A
      setting is a field of the configuration; where two groups have one of that
      name, the group stands before it.
    base: the study's settings; a value is read as what it replaces.

  Raises:
    UserError: there is no such arm or setting, or a value can't be read.
  """
  name, _, query = label.partition('?')
  if name not in ARMS:
    raise UserError(f'no arm {name!r}: one of {", ".join(ARMS)} is right')
  changes = {group: dict(values) for group, values in ARMS[name].items()}
  for part in query.split('&') if query else ():
    key, equals, text = part.partition('=')
    places = _places(base, key)
    if not equals or len(places) != 1:
      known = ' or '.join(f'{group}.{field}' for group, field in places)
      raise UserError(
        f'arm {label!r}: {part!r} sets nothing: '
        + (
          f'write {known}'
          if known
          else 'write SETTING=VALUE, as in config.json'
        )
      )
    ((group, field),) = places
    holder = getattr(base, group) if group else base
    value = _read(text, getattr(holder, field))
    if value is None:
      raise UserError(
        f'arm {label!r}: {key} is {text!r}, but is'
        f' {getattr(holder, field)!r} in the study: give a value of that kind'
      )
    changes.setdefault(group, {})[field] = value
  return Arm(label, changes, name not in _ALONE)


def _places(base: RunConfig, key: str) -> list[tuple[str, str]]:
  """The groups and fields that a key may mean."""
  places = []
  for field in dataclasses.fields(base):
    value = getattr(base, field.name)
    if dataclasses.is_dataclass(value):
      places += [
        (field.name, inner.name) for inner in dataclasses.fields(value)
      ]
    elif field.name not in ('tasks', 'seed'):
      places.append(('', field.name))
  return [(g, f) for g, f in places if key in (f, f'{g}.{f}')]


def _read(text: str, like: Any) -> Any:
  """A value of the kind of another one; None if it is not written so."""
  try:
    if isinstance(like, bool):
      return {'true': True, 'false': False}.get(text.lower())
    if isinstance(like, int):
      return int(text)
    if isinstance(like, str):
      return text
    return float(text)  # Also of what is None by default.
  except ValueError:
    return None
