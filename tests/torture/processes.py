# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Kills of real trainers, and numbers in them that are not finite.

A stage is a function of a scratch folder and the rows so far, which yields the
rows that are left. A row has its `tries`, their `kinds` and a list of `faults`.
"""

from __future__ import annotations

import collections
import itertools
import json
import pathlib
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.torture import points as points_lib
from tests.torture import trainers as trainers_lib

Row = dict[str, Any]
Stage = Callable[[pathlib.Path, list[Row]], Iterator[Row]]

_LONGEST = 8  # Kills of one run, before it may end.


def kills(wanted: int) -> Stage:
  """Kills at random moments: a row a run, which is killed several times."""

  def stage(scratch: pathlib.Path, done: list[Row]) -> Iterator[Row]:
    left = wanted - sum(row['tries'] for row in done)
    with trainers_lib.Trainers() as trainers:
      whole = Whole(trainers, scratch)
      for number in itertools.count(len(done)):
        if left <= 0:
          return
        settings = ('images', 'games')[number % 2]
        row = kill_one_run(
          trainers, whole, scratch, settings, number, min(_LONGEST, left)
        )
        left -= row['tries']
        yield row

  return stage


def points(each: int) -> Stage:
  """Kills at every named point: a row a run, which is killed at all of them."""

  def stage(scratch: pathlib.Path, done: list[Row]) -> Iterator[Row]:
    with trainers_lib.Trainers() as trainers:
      whole = Whole(trainers, scratch)
      for number in range(len(done), each):
        yield kill_at_all_points(trainers, whole, scratch, number)

  return stage


def nans(wanted: int) -> Stage:
  """Gradients made NaN or infinite, in one update of a run each."""

  def stage(scratch: pathlib.Path, done: list[Row]) -> Iterator[Row]:
    # Here, as it starts TensorFlow, and no process forks after it.
    from tests.torture import injections

    for number in range(len(done), wanted):
      yield injections.inject(scratch / str(number), number)
      shutil.rmtree(scratch / str(number), ignore_errors=True)

  return stage


class Whole:
  """Runs that nothing interrupts, made when they are first asked for."""

  def __init__(self, trainers: trainers_lib.Trainers, scratch: pathlib.Path):
    self._trainers = trainers
    self._scratch = scratch
    self._seconds: dict[str, float] = {}

  def path(self, settings: str) -> pathlib.Path:
    """The folder of the run."""
    path = self._scratch / f'whole-{settings}'
    if settings not in self._seconds:
      ended = self._trainers.run(trainers_lib.SETTINGS[settings], path)
      assert ended.code == 0, ended.err
      self._seconds[settings] = ended.seconds
    return path

  def seconds(self, settings: str) -> float:
    """How long it took."""
    self.path(settings)
    return self._seconds[settings]


def kill_one_run(
  trainers: trainers_lib.Trainers,
  whole: Whole,
  scratch: pathlib.Path,
  settings: str,
  number: int,
  most: int,
) -> Row:
  """Kills a run at random moments, lets it end, and looks at it."""
  rng = random.Random(number)
  run_dir, faults, killed = scratch / f'killed-{number}', [], 0
  longest = whole.seconds(settings)
  for _ in range(most):
    before = progress(run_dir)
    ended = trainers.run(
      trainers_lib.SETTINGS[settings],
      run_dir,
      kill_after=rng.uniform(0, longest),
    )
    faults += wrong_with(ended, before, (0, -signal.SIGKILL))
    if ended.code == 0:  # It was faster than that.
      break
    killed += 1
  faults += end(trainers, whole, settings, run_dir)
  return {
    'tries': killed,
    'kinds': {settings: killed},
    'seed': number,
    'faults': faults,
  }


def kill_at_all_points(
  trainers: trainers_lib.Trainers,
  whole: Whole,
  scratch: pathlib.Path,
  number: int,
) -> Row:
  """Has a run kill itself at one point after the other, and looks at it."""
  rng = random.Random(number)
  settings = ('images', 'games')[number % 2]
  run_dir, faults = scratch / f'points-{number}', []
  killed: collections.Counter[str] = collections.Counter()
  for name in points_lib.ORDER:
    # Sometimes an evaluation later, where a run comes there often.
    often = name.startswith('tournament')
    before = progress(run_dir)
    ended = trainers.run(
      trainers_lib.SETTINGS[settings],
      run_dir,
      point=name,
      count=1 + (often and rng.randrange(2)),
    )
    killed[name] += 1
    faults += [
      f'{name}: {fault}'
      for fault in wrong_with(ended, before, (-signal.SIGKILL,))
    ]
    if faults:
      break
  faults += end(trainers, whole, settings, run_dir)
  return {
    'tries': sum(killed.values()),
    'kinds': dict(killed),
    'seed': number,
    'faults': faults,
  }


def end(
  trainers: trainers_lib.Trainers,
  whole: Whole,
  settings: str,
  run_dir: pathlib.Path,
) -> list[str]:
  """Lets a run end; gives what differs from one that nothing interrupted."""
  before = progress(run_dir)
  ended = trainers.run(trainers_lib.SETTINGS[settings], run_dir)
  faults = wrong_with(ended, before, (0,))
  if not faults:
    faults = differences(run_dir, whole.path(settings))
  shutil.rmtree(run_dir)
  return faults


def progress(run_dir: pathlib.Path) -> int:
  """The evaluations that the newest checkpoint holds, or those before it."""
  newest = _newest(run_dir)
  if newest is None:
    return 0
  state = json.loads((newest / 'state.json').read_text())
  return state['evaluations'] + len(state['finished'])


def wrong_with(ended, before: int, codes: tuple[int, ...]) -> list[str]:
  """What is wrong with the way a trainer ended, or went on."""
  faults = []
  if ended.code not in codes:
    faults.append(f'exit code {ended.code}: {ended.err[-500:]}')
  if 'Traceback' in ended.err:
    faults.append(f'a traceback: {ended.err[-500:]}')
  # One killed as it starts says nothing yet.
  if before and 'task 1 of 2: ' in ended.err and 'resumed: ' not in ended.err:
    faults.append(f'a silent restart: {ended.err[-500:]}')
  if 'damaged' in ended.err:
    faults.append(f'a damaged checkpoint: {ended.err[-500:]}')
  return faults


def differences(run_dir: pathlib.Path, whole: pathlib.Path) -> list[str]:
  """What differs in log, weights, slots, population, exports and report."""
  faults = []
  logs = [(path / 'evolution.jsonl').read_bytes() for path in (run_dir, whole)]
  if logs[0] != logs[1]:
    faults.append('another log')
  states = [_state(path) for path in (run_dir, whole)]
  if states[0] != states[1]:
    faults.append('another population or counters')
  mine, theirs = _variables(run_dir), _variables(whole)
  if mine.keys() != theirs.keys():
    faults.append('other variables')
  else:
    faults += [
      f'another {name}'
      for name in mine
      if mine[name].tobytes() != theirs[name].tobytes()
    ]
  for folder in ('exports', 'report'):
    names = [
      sorted(str(p.relative_to(path)) for p in (path / folder).rglob('*'))
      for path in (run_dir, whole)
    ]
    if names[0] != names[1]:
      faults.append(f'other files in {folder}: {set(names[0]) ^ set(names[1])}')
  left = [p.name for p in run_dir.rglob('.tmp-*')]
  return faults + ([f'left over: {left}'] if left else [])


def _newest(run_dir: pathlib.Path) -> pathlib.Path | None:
  """The newest checkpoint's folder."""
  found = []
  for path in run_dir.glob('checkpoints/[0-9]*/manifest.json'):
    found.append((json.loads(path.read_text())['serial'], path.parent))
  return max(found)[1] if found else None


def _state(run_dir: pathlib.Path) -> Row:
  newest = _newest(run_dir)
  assert newest is not None
  return json.loads((newest / 'state.json').read_text())


def _variables(run_dir: pathlib.Path) -> dict[str, np.ndarray]:
  from tensorflow.python.training import py_checkpoint_reader

  # The reader alone starts nothing of TensorFlow that would not survive forks.
  reader = py_checkpoint_reader.NewCheckpointReader(
    str(_newest(run_dir) / 'weights')
  )
  return {
    name: np.asarray(reader.get_tensor(name))
    for name in reader.get_variable_to_shape_map()
    if name != '_CHECKPOINTABLE_OBJECT_GRAPH'
  }
