# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What is compared: PathNet, its controls, and variants of their settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from pathnet_tf.config import FROZEN, RunConfig
from pathnet_tf.errors import UserError
from pathnet_tf.layers import progressive
from pathnet_tf.networks import configs

# What a sweep is over, and what an arm of one has of it.
SWEPT = ('learning_rate', 'entropy_cost')
Setting = tuple[str, ...]

# What an arm changes of a study's settings, by group and field.
Changes = dict[str, dict[str, Any]]

# What an arm may make of these settings of the study, or of those given to it.
_MADE = ('name', 'modules', 'active')

# Of the fixed path, which nothing is frozen or drawn anew for.
_FIXED: Changes = {
  'evolution': {'search': 'fixed'},
  'network': {'frozen': 'none', 'reinitialise': 'none'},
}


def _wide(base: RunConfig) -> Changes:
  """Twice as many active modules, as a second path beside a frozen one."""
  active = 2 * base.network.active
  modules = max(active, base.network.modules)
  return _FIXED | {
    'network': _FIXED['network'] | {'active': active, 'modules': modules}
  }


def _progressive(base: RunConfig) -> Changes:
  """A frozen column, and a new one that reads it (Rusu et al. 2016)."""
  return _FIXED | {
    'network': {
      'name': configs.progressive(base.network.name),
      'modules': progressive.COLUMNS * base.network.active,
      'frozen': 'always_on',
      'reinitialise': 'none',
    }
  }


RANDOM = 'random'
UNTRAINED = 'progressive_untrained'
OF_GAMES = (RANDOM, UNTRAINED)  # There for games alone.

# What each changes of the study's settings.
ARMS: dict[str, Callable[[RunConfig], Changes]] = {
  # Evolves paths on the source, then on the target.
  'pathnet': lambda base: {},
  # The same on the target alone: what the search costs without a source.
  'pathnet_alone': lambda base: {},
  # One fixed path of maximal size, on the target alone.
  'de_novo': lambda base: _FIXED,
  # The same of twice the size: as many active modules as PathNet's second task
  # has, where the frozen ones are always on.
  'de_novo_wide': _wide,
  # The fixed path on both, with nothing frozen or drawn anew between.
  'fine_tuning': lambda base: _FIXED,
  # The fixed path on the source, frozen; a second one that reads its layers.
  'progressive': _progressive,
  # A control: the same, but the first column is as it was drawn, and frozen.
  UNTRAINED: _progressive,
  # Of games: not trained at all. The floor of their scores.
  RANDOM: lambda base: {},
}
# How an arm learns its source: as an arm without one. Its games are trained
# that way, once for all targets.
ORIGINS = {
  'pathnet': 'pathnet_alone',
  'fine_tuning': 'de_novo',
  'progressive': 'de_novo',
  UNTRAINED: 'de_novo',
}


@dataclasses.dataclass(frozen=True)
class Arm:
  """One of the things compared (Fernando et al. 2017, its two controls).

  Attributes:
    label: as it was given, e.g. `pathnet?population=64`.
    origin: the label of the arm that learns its source; None without a source.
    changes: settings by group and field; the group '' is the run's own.
    has_source: whether it is trained on a source task first.
  """

  label: str
  changes: Changes
  origin: str | None

  @property
  def name(self) -> str:
    """What `ARMS` has it by."""
    return self.label.partition('?')[0]

  @property
  def is_progressive(self) -> bool:
    """Whether it is a progressive network."""
    return ARMS[self.name] is _progressive

  @property
  def has_source(self) -> bool:
    """Whether it is trained on a source task first."""
    return self.origin is not None

  def configure(self, base: RunConfig, *tasks: str, seed: int) -> RunConfig:
    """The configuration of one run.

    Args:
      base: the study's settings.
      *tasks: the source, where the arm has one, and the target.
      seed: of the run.

    Raises:
      UserError: for settings that do not go together.
    """
    return _changed(base, self.changes, tasks=tasks, seed=seed)


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
  if name == RANDOM and query:
    raise UserError(f'arm {label!r}: random play has no settings')
  given: Changes = {}
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
    given.setdefault(group, {})[field] = value
  if ARMS[name] is _progressive and 'modules' in given.get('network', {}):
    raise UserError(
      f'arm {label!r}: a progressive network has N modules in each of its two'
      ' columns: active changes them'
    )
  own = ARMS[name](_changed(base, given))
  # What makes an arm that arm is made of what was given.
  made = {k: v for k, v in own.get('network', {}).items() if k in _MADE}
  changes = {
    group: own.get(group, {}) | given.get(group, {}) for group in own | given
  }
  if made:
    changes['network'] |= made
  return Arm(label, changes, origin_of(label))


def origin_of(label: str) -> str | None:
  """The label of the arm that learns an arm's source.

  How frozen modules are read, or whether they are copied, decides nothing
  before there are some, so that arms which differ in it share their sources.

  Args:
    label: an arm's.

  Returns:
    None for an arm without a source.
  """
  name, _, query = label.partition('?')
  if name not in ORIGINS:
    return None
  later = ['reinitialise=copies']
  later += [f'frozen={value}' for value in FROZEN if value != 'none']
  later += [f'network.{setting}' for setting in later]
  parts = [part for part in query.split('&') if part and part not in later]
  return _label(ORIGINS[name], parts)


def swept(label: str) -> tuple[str, Setting]:
  """An arm's label without what a sweep changes, and the values of that.

  Args:
    label: an arm's.

  Returns:
    The rest, and a value for each of `SWEPT`, '' of those it does not name.
  """
  name, _, query = label.partition('?')
  values = {}
  kept = []
  for part in query.split('&') if query else ():
    key, _, value = part.partition('=')
    field = key.rpartition('.')[2]
    if field in SWEPT:
      values[field] = value
    else:
      kept.append(part)
  return _label(name, kept), tuple(values.get(field, '') for field in SWEPT)


def _label(name: str, parts: Sequence[str]) -> str:
  return f'{name}?{"&".join(parts)}' if parts else name


def _changed(base: RunConfig, changes: Changes, **values) -> RunConfig:
  groups = {
    group: dataclasses.replace(getattr(base, group), **fields)
    for group, fields in changes.items()
    if group
  }
  own = changes.get('', {})
  return dataclasses.replace(base, **values, **own, **groups)


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
