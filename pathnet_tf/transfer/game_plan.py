# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Which runs a study of games has, and which of them can be trained next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pathnet_tf import breeding
from pathnet_tf.config import RunConfig
from pathnet_tf.errors import UserError
from pathnet_tf.learner import Learner
from pathnet_tf.tasks import registry
from pathnet_tf.transfer import arms, game_runs, runs
from pathnet_tf.transfer.pairs import DE_NOVO


def make(
  base: RunConfig,
  parsed: Sequence[arms.Arm],
  pairs: Sequence[tuple[str, str, int]],
  seeds: int,
) -> list[runs.Run]:
  """The runs of a study of games, seed after seed; none of them twice.

  Each game's random policy comes first, and before the first run that needs it
  the one that learns its source.

  Args:
    base: the study's settings.
    parsed: the arms.
    pairs: source, target and first seed.
    seeds: runs of each pair and arm.

  Raises:
    UserError: settings do not go together, or games have unlike observations.
  """
  found: dict[tuple, runs.Run] = {}
  floor = arms.parse(arms.RANDOM, base)
  specs = {}
  for name in dict.fromkeys(name for pair in pairs for name in pair[:2]):
    specs[name] = registry.make(name).observation_spec
    run = game_runs.make(floor, None, name, 0, base)
    found[run.key] = run
  sound: set[tuple] = set()
  for number in range(seeds):
    for source, target, first in pairs:
      for arm in parsed:
        run = game_runs.make(arm, source, target, first + number, base)
        # A network is made for an arm and the games' observations alone.
        kind = (arm.label, *(str(specs[name]) for name in (source, target)))
        if kind not in sound:
          _check(run, base)
          sound.add(kind)
        for needed in (*run.origins, run):
          found.setdefault(needed.key, needed)
  return list(found.values())


def _check(run: game_runs.GameRun, base: RunConfig) -> None:
  """Raises what is wrong with a run before anything is trained."""
  if run.arm.name != arms.RANDOM:
    config = run.configure(base)
    # A progressive network freezes the column that it is given.
    if run.origin is not None and not run.arm.is_progressive:
      learnt = run.origin.configure(base)
      if 'none' in {learnt.network.frozen} ^ {config.network.frozen}:
        raise UserError(
          f'frozen is {learnt.network.frozen} in {run.origin.arm.label!r} and'
          f' {config.network.frozen} in arm {run.arm.label!r}, whose source'
          ' would be the wrong one: '
          + (
            'give the study another --frozen'
            if run.arm.name == 'pathnet'
            else f'{run.arm.name} freezes nothing'
          )
        )
    breeding.Breeding(Learner(config))


def check_control(
  planned: Sequence[runs.Run], rows: Sequence[dict[str, Any]]
) -> None:
  """Looks whether de novo is there, or will be, where arms are compared.

  Of a sweep's arms nothing is asked, nor of studies of images.

  Args:
    planned: of a study.
    rows: those that it has.

  Raises:
    UserError: what would be trained could not be compared.
  """
  plain = [
    run
    for run in planned
    if isinstance(run, game_runs.GameRun) and run.arm.name != arms.RANDOM
    if not any(arms.swept(run.arm.label)[1])
  ]
  controls = {run.target for run in plain if run.arm.label == DE_NOVO}
  controls |= {row['target'] for row in rows if row['arm'] == DE_NOVO}
  for run in plain:
    if not controls or (run.source and run.target not in controls):
      raise UserError(
        f'nothing to compare the arms with on {run.target}: add {DE_NOVO} to'
        ' --arms'
      )


class Schedule:
  """Gives out the runs that have no row, each when its source is learnt."""

  def __init__(
    self,
    missing: Sequence[runs.Run],
    learnt: Callable[[runs.Run], bool],
  ):
    """Nothing is under way yet.

    Args:
      missing: in the order they are wanted.
      learnt: whether the end of a run is there to go on from. One that has its
        row and whose folder is gone is trained again, if it is needed.
    """
    self._left = list(missing)
    self._learnt = learnt
    self._running: set[tuple] = set()
    self._given_up: set[tuple] = set()

  def next(self) -> runs.Run | None:
    """A run to train now; None if there is none, or none yet."""
    for run in self._left:
      for needed in (*run.origins, run):
        if needed.key in self._running | self._given_up:
          break
        if needed is run or not self._learnt(needed):
          self._running.add(needed.key)
          return needed
    return None

  def failed(self, run: runs.Run) -> list[runs.Run]:
    """Gives up a run, and those that would go on from it.

    Returns:
      Those that have no row, of these or others.
    """
    self._given_up.add(run.key)
    return self._left

  def finished(self, run: runs.Run) -> list[runs.Run]:
    """Takes note of a run that has its row.

    Returns:
      Those that have none yet.
    """
    self._running.discard(run.key)
    self._left = [other for other in self._left if other.key != run.key]
    return self._left
