# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Which runs a study has: its pairs of tasks, each with every arm and seed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pathnet_tf import breeding
from pathnet_tf.config import RunConfig
from pathnet_tf.errors import UserError
from pathnet_tf.learner import Learner
from pathnet_tf.tasks import classification, registry
from pathnet_tf.transfer import arms, game_plan, runs

Pair = tuple[str, str, int]  # Source, target, first seed.


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


def make(
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
    return game_plan.make(base, parsed, spelt, seeds)
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
  if run.arm.name in arms.OF_GAMES:
    raise UserError(f'arm {run.arm.label!r} is of games: {run.target} is none')
  generation = 2 * config.classifier.minibatches
  if config.steps_per_task < generation:
    raise UserError(
      f'steps_per_task is {config.steps_per_task}: at least {generation} is'
      ' right, a generation of two evaluations'
    )
  breeding.Breeding(Learner(config))
