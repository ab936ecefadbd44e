# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A study: which runs it has, and the rows of those that are done."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterable, Sequence
from typing import Any

from pathnet_tf import breeding, event_log, run_folder
from pathnet_tf.config import RunConfig
from pathnet_tf.errors import UserError
from pathnet_tf.learner import Learner
from pathnet_tf.tasks import classification, registry
from pathnet_tf.transfer import arms, game_plan, runs

Pair = tuple[str, str, int]  # Source, target, first seed.

_OF_IMAGES = {'solved_at', 'generation_limit', 'overlap'}  # What a row has.


def read_pairs(path: str, seed: int) -> list[Pair]:
  """Reads a file of lines `SOURCE TARGET` or `SOURCE TARGET SEED`.

  Args:
    path: of the file; `#` begins a comment.
    seed: of lines without one.

  Raises:
    UserError: it cannot be read, or has a line that is none of these.
  """
  pairs = []
  try:
    with open(path, encoding='utf-8') as file:
      lines = file.read().splitlines()
  except (OSError, UnicodeDecodeError) as error:
    why = getattr(error, 'strerror', 'it is not text')
    raise UserError(f'cannot read the pairs in {path!r}: {why}') from error
  for number, line in enumerate(lines, start=1):
    words = line.partition('#')[0].split()
    if not words:
      continue
    seeds = words[2:]
    # No seed worth having is longer, and int() refuses thousands of digits.
    if len(words) not in (2, 3) or not all(
      w.isascii() and w.isdecimal() and len(w) <= 9 for w in seeds
    ):
      raise UserError(
        f'line {number} of {path!r} is {line!r}, but must be SOURCE TARGET or'
        ' SOURCE TARGET SEED'
      )
    pairs.append((words[0], words[1], int(seeds[0]) if seeds else seed))
  return pairs


def all_pairs(
  sources: Sequence[str], targets: Sequence[str], seed: int
) -> list[Pair]:
  """Every source with every target but itself."""
  return [(s, t, seed) for s in sources for t in targets if s != t]


def plan(
  base: RunConfig, labels: Sequence[str], pairs: Sequence[Pair], seeds: int
) -> list[runs.Run]:
  """The runs of a study, none of them twice.

  Those of images come pair after pair, those of games seed after seed.

  Args:
    base: the study's settings.
    labels: the arms.
    pairs: the tasks.
    seeds: runs of each pair and arm.

  Raises:
    UserError: an arm or a task does not exist, settings do not go together, or
      there is nothing to compare.
  """
  if not labels or not pairs:
    raise UserError(
      'nothing to compare: name --arms, and --pairs or --sources and --targets'
    )
  found: dict[tuple, runs.Run] = {}
  sound: set[tuple] = set()
  given = dict.fromkeys(name for pair in pairs for name in pair[:2])
  tasks = {name: registry.make(name) for name in given}
  games = [
    task.name
    for task in tasks.values()
    if not isinstance(task, classification.ClassificationTask)
  ]
  if games and len(games) < len(tasks):
    raise UserError(
      f'{games[0]!r} is a game, and other tasks are images: a study is of one'
      ' kind'
    )
  if not base.network.name:
    own = dataclasses.replace(
      base.network, name=next(iter(tasks.values())).network
    )
    base = dataclasses.replace(base, network=own)
  parsed = [arms.parse(label, base) for label in labels]
  common = ('strategy', 'solved_at', *(['steps_per_task'] if games else []))
  for arm in parsed:
    for field in common:
      if field in arm.changes.get('', {}):
        raise UserError(
          f'arm {arm.label!r}: {field} is that of all arms: give the study'
          f' --{field}'
        )
  if games and base.solved_at is not None:
    raise UserError(
      f'solved_at is {base.solved_at}: games are compared over the whole'
      ' budget, so leave it out'
    )
  for task in tasks.values():
    task.check()
  spelt = [(tasks[s].name, tasks[t].name, first) for s, t, first in pairs]
  if games:
    return game_plan.plan(base, parsed, spelt, seeds)
  for (source, target, first), names in zip(pairs, spelt, strict=True):
    for seed in range(first, first + seeds):
      for arm in parsed:
        run = runs.Run(
          arm, names[0] if arm.has_source else None, names[1], seed
        )
        # A network is made for an arm and the shapes of its images alone.
        trained = (source, target) if arm.has_source else (target,)
        shapes = (tasks[name].observation_spec.shape for name in trained)
        kind = (arm.label, *shapes)
        if kind not in sound:
          _check(run, base)
          sound.add(kind)
        found.setdefault(run.key, run)
  return list(found.values())


def _check(run: runs.Run, base: RunConfig) -> None:
  """Raises what is wrong with a run before anything is trained."""
  config = run.configure(base)
  if run.arm.name == game_plan.RANDOM:
    raise UserError(f'arm {run.arm.label!r} plays games: {run.target} is none')
  generation = 2 * config.classifier.minibatches
  if config.steps_per_task < generation:
    raise UserError(
      f'steps_per_task is {config.steps_per_task}: at least {generation} is'
      ' right, a generation of two evaluations'
    )
  breeding.Breeding(Learner(config))


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
    if lacking := ({'tasks'} | of_kind) - row.keys():
      raise UserError(
        f'a row of {row["arm"]} on {row["target"]} has no {min(lacking)!r}: the'
        ' rows that launch.transfer writes are right'
      )


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
      self._log = event_log.EventLog(
        os.path.join(self._folder.path, 'rows.jsonl')
      )
    except BaseException:
      self._folder.__exit__()
      raise
    return self

  def __exit__(self, *unused: object) -> None:
    self._log.close()
    self._folder.__exit__()

  def rows(self) -> list[dict[str, Any]]:
    """The rows so far."""
    return read_rows([self._log.path])

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

    Args:
      run: it has its row.
      missing: the planned runs that have none.
    """
    needed = {origin.key for other in missing for origin in other.origins}
    if run.key not in needed and self._is_ours(run):
      shutil.rmtree(self.path_of(run), ignore_errors=True)

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
