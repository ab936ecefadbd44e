# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What an export says of itself, in `pathnet.json` beside the SavedModel."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from typing import Any

from pathnet_tf.durable_files import write_synced
from pathnet_tf.errors import UserError

FORMAT = 1
FILE = 'pathnet.json'

_LONGEST = 1 << 20


@dataclasses.dataclass(frozen=True)
class Description:
  """The contents of `pathnet.json`.

  Attributes:
    task: the task's name.
    plays: whether it is a game; else images are told apart.
    observation: of one environment, or one image: `shape`, `dtype`, `minimum`
      and `maximum`.
    preparation: what the model itself does to observations.
    outputs: the number of actions, or of classes.
    state: `shape` (of one environment) and `dtype` of each part of what the
      model remembers.
    network: the super-network's name or description.
    path: the task's genotype, `[L][N]`.
    modules: for every layer the modules that run, by their numbers in the
      super-network; those of columns are beside them.
    fitness: of the path when the task ended.
    seed: of the run.
    versions: of what made it, by name.
    files: SHA-256 of every other file, by its path in the folder.
    format: of the file.
  """

  task: str
  plays: bool
  observation: dict[str, Any]
  preparation: str
  outputs: int
  state: list[dict[str, Any]]
  network: str
  path: list[list[int]]
  modules: list[list[int]]
  fitness: float
  seed: int
  versions: dict[str, str]
  files: dict[str, str]
  format: int = FORMAT


def write(folder: str, description: Description) -> None:
  """Writes the file, forced to the disk.

  Raises:
    OSError: it cannot be written.
  """
  text = json.dumps(dataclasses.asdict(description), indent=2) + '\n'
  write_synced(os.path.join(folder, FILE), text.encode())


def read(folder: str) -> Description:
  """Reads the file, and compares all others with it.

  Raises:
    UserError: the folder is no export, one of another version, or damaged.
  """
  path = os.path.join(folder, FILE)
  if not os.path.isfile(path):
    raise UserError(
      f'{folder!r} is not an export: it has no {FILE}; name a folder that'
      ' launch.export, or the end of a task, has written'
    )
  try:
    if os.path.getsize(path) > _LONGEST:
      raise ValueError('it is too long')
    with open(path, 'rb') as file:
      tree = json.loads(file.read().decode())
    if not isinstance(tree, dict):
      raise ValueError('it is not a JSON object')
    if tree.get('format') != FORMAT:
      raise UserError(
        f'{path!r} has format {tree.get("format")!r}, this version reads format'
        f' {FORMAT}: use the version that made it'
      )
    description = _checked(tree)
    changed = _changed(description.files, digests(folder))
  except OSError as error:
    raise UserError(f'cannot read {path!r}: {error.strerror}') from error
  except (ValueError, RecursionError) as error:
    raise UserError(
      f'{path!r} is damaged ({error}): export the task again'
    ) from error
  if changed:
    raise UserError(
      f'export {folder!r} is damaged ({changed}): export the task again'
    )
  return description


def digests(folder: str) -> dict[str, str]:
  """SHA-256 of every file of an export but the description.

  Raises:
    OSError: one cannot be read.
  """
  found = {}
  for place, _, names in os.walk(folder):
    for name in names:
      path = os.path.join(place, name)
      relative = os.path.relpath(path, folder)
      if relative != FILE:
        with open(path, 'rb') as file:
          found[relative] = hashlib.sha256(file.read()).hexdigest()
  return dict(sorted(found.items()))


def _changed(expected: dict[str, str], found: dict[str, str]) -> str:
  """What is wrong with the files; empty if nothing is."""
  for name, digest in expected.items():
    if name not in found:
      return f'{name!r} is missing'
    if found[name] != digest:
      return f'{name!r} has changed'
  # More than there was, say notes of a person's, does no harm.
  return ''


def _checked(tree: dict[str, Any]) -> Description:
  """The description, if every part has the form that `write` gives it.

  Raises:
    ValueError: naming the part that has not.
  """
  numbers, layers = (int, float), [[int]]
  forms: dict[str, Any] = {
    'task': str,
    'plays': bool,
    'observation': {
      'shape': [int],
      'dtype': str,
      'minimum': numbers,
      'maximum': numbers,
    },
    'preparation': str,
    'outputs': int,
    'state': [{'shape': [int], 'dtype': str}],
    'network': str,
    'path': layers,
    'modules': layers,
    'fitness': numbers,
    'seed': int,
    'versions': {},
    'files': {},
    'format': int,
  }
  for name, form in forms.items():
    if not _has_form(tree.get(name), form):
      raise ValueError(f'its {name!r} is wrong or missing')
  return Description(**{name: tree[name] for name in forms})


def _has_form(value: Any, form: Any) -> bool:
  """Whether a value is of a type, or a list or dict of such."""
  if isinstance(form, list):
    return isinstance(value, list) and all(
      _has_form(part, form[0]) for part in value
    )
  if isinstance(form, dict):
    if not isinstance(value, dict):
      return False
    if not form:
      return all(isinstance(part, str) for part in value.values())
    return all(_has_form(value.get(key), part) for key, part in form.items())
  if isinstance(value, bool):
    return form is bool
  return isinstance(value, form)
