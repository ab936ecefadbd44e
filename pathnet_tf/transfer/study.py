# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A study: its folder, and the rows of the runs that are done."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from pathnet_tf import event_log, run_folder
from pathnet_tf.config import RunConfig
from pathnet_tf.errors import UserError
from pathnet_tf.tasks import registry
from pathnet_tf.transfer import runs

_OF_IMAGES = {'solved_at', 'generation_limit', 'overlap'}  # What a row has.


def read_rows(paths: Iterable[str]) -> list[dict[str, Any]]:
  """The rows of some files; of a run that has several, the first.

  Raises:
    UserError: a file cannot be read, or holds something else.
  """
  rows: dict[tuple, dict[str, Any]] = {}
  for path in paths:
    for row in event_log.read(path):
      try:
        rows.setdefault(runs.key_of(row), row)
      except (KeyError, TypeError) as error:
        raise UserError(f'{path!r} holds something other than rows') from error
  return list(rows.values())


def check_rows(rows: Sequence[dict[str, Any]]) -> None:
  """Looks whether rows from anywhere can be tabulated.

  Raises:
    UserError: one lacks what a study keeps, or they are of games and of images.
  """
  kinds = {'budget' in row for row in rows}
  if len(kinds) > 1:
    raise UserError('some rows are of games, some of images: show them apart')
  for row in rows:
    of_kind = {'budget'} if 'budget' in row else _OF_IMAGES
    if 'budget' in row and row['source'] is not None:
      of_kind = of_kind | {'source_score'}
    there = {key for key, value in row.items() if key != 'tasks' or value}
    if lacking := ({'tasks'} | of_kind) - there:
      raise UserError(
        f'a row of {row["arm"]} on {row["target"]} has no {min(lacking)!r}: the'
        ' rows that launch.transfer writes are right'
      )


def select(
  rows: Sequence[dict[str, Any]], sources: Sequence[str], targets: Sequence[str]
) -> list[dict[str, Any]]:
  """The rows of some tasks.

  Args:
    rows: of a study.
    sources: without any, rows of all; those without a source belong to all.
    targets: without any, rows of all.

  Raises:
    UserError: no row is of one of these tasks.
  """
  for key, names in (('source', sources), ('target', targets)):
    if names:
      there = {row[key] for row in rows} - {None}
      wanted = {name if name in there else _spelt(name) for name in names}
      if unknown := sorted(wanted - there):
        raise UserError(
          f'no row has {unknown[0]!r} as its {key}: one of'
          f' {", ".join(sorted(there))} is right'
        )
      rows = [row for row in rows if row[key] in wanted | {None}]
  return list(rows)


def _spelt(name: str) -> str:
  """As rows have it; a task that is not to be had here, as it is given."""
  try:
    return registry.make(name).name
  except UserError:
    return name


class Study:
  """The folder of one study, held for this process as a context manager.

  It has `rows.jsonl`, a row a run that is done, and `runs/`, the folders of
  those under way. Both survive a kill at any moment.

  Attributes:
    base: the study's settings.
  """

  def __init__(self, path: str, base: RunConfig, runs_dir: str | None = None):
    """Names the folders.

    Args:
      path: of the study's folder.
      base: the study's settings.
      runs_dir: of the runs under way and their checkpoints; by default `runs`
        in the study's folder.
    """
    self.base = base
    self._folder = run_folder.RunFolder(path)
    self._path = os.path.join(self._folder.path, 'rows.jsonl')
    self._runs = runs_dir or os.path.join(self._folder.path, 'runs')

  def __enter__(self) -> Study:
    """Locks the folder, and claims it for the settings.

    Raises:
      UserError: it is in use, or belongs to other settings.
    """
    self._folder.__enter__()
    try:
      settings = self.base.to_json()
      for key in ('tasks', 'seed'):  # Of a run, not of the study.
        del settings[key]
      self._folder.claim(settings, RunConfig.defaults())
      self._log = event_log.EventLog(self._path)
    except BaseException:
      self._folder.__exit__()
      raise
    return self

  def __exit__(self, *unused: object) -> None:
    self._log.close()
    self._folder.__exit__()

  def rows(self) -> list[dict[str, Any]]:
    """The rows so far, also before the folder is held."""
    return read_rows([self._path] if os.path.exists(self._path) else [])

  def missing(self, planned: Sequence[runs.Run]) -> list[runs.Run]:
    """Those of the planned runs that have no row yet."""
    done = {runs.key_of(row) for row in self.rows()}
    missing = [run for run in planned if run.key not in done]
    for run in planned:
      if run.key in done:  # A kill may have come before its folder went.
        self.clear(run, missing)
    return missing

  def append(self, row: dict[str, Any]) -> None:
    """Adds the row of a run that is done; of one that has it, nothing."""
    if runs.key_of(row) not in {runs.key_of(known) for known in self.rows()}:
      self._log.append(row)
      self._log.sync()

  def clear(self, run: runs.Run, missing: Sequence[runs.Run]) -> None:
    """Removes the folder of a run that is done, unless others go on from it.

    Nor is it removed while another study trains in it.

    Args:
      run: it has its row.
      missing: the planned runs that have none.
    """
    needed = {origin.key for other in missing for origin in other.origins}
    if run.key not in needed and self._is_ours(run):
      run_folder.RunFolder(self.path_of(run)).remove()

  def path_of(self, run: runs.Run) -> str:
    """The folder of a run."""
    return os.path.join(self._runs, run.folder)

  def _is_ours(self, run: runs.Run) -> bool:
    """Whether a folder is not of another study that has the same `runs_dir`."""
    there = run_folder.RunFolder(self.path_of(run))
    try:
      return RunConfig.from_json(there.read_config()) == run.configure(
        self.base
      )
    except UserError:  # There is none, or it had not begun.
      return True
