# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What a person sees while a run goes on: a bar, or plain lines."""

from __future__ import annotations

import collections
import sys
import time
from collections.abc import Sequence
from typing import Any, TextIO

import numpy as np
import tqdm

from pathnet_tf.evolution import search as search_lib

_RECENT = 20  # Evaluations that the score shown is the mean of.
_TURNS = 2  # Evaluations of each path, below which little can evolve.


class Progress:
  """A progress bar on a terminal, a line now and then elsewhere."""

  def __init__(
    self,
    steps_per_task: int,
    tasks: int,
    *,
    every_seconds: float = 10.0,
    stream: TextIO | None = None,
  ):
    """Creates the observer.

    Args:
      steps_per_task: agent steps of each task.
      tasks: how many tasks the run has.
      every_seconds: time between plain lines.
      stream: where to write; by default stderr.
    """
    self._total = steps_per_task
    self._tasks = tasks
    self._every = every_seconds
    self._stream = stream or sys.stderr
    self._bar: tqdm.tqdm | None = None
    self._recent: collections.deque = collections.deque(maxlen=_RECENT)
    self._name = ''
    self._faults = {'skipped': 0, 'dropped': 0}
    self._at = time.monotonic()
    self._steps = self._from = 0
    self._evaluations = self._population = 0
    self._advised = False

  def resume(self, records: Sequence[dict[str, Any]]) -> None:
    """Says where the run goes on."""
    for record in records:
      self._take(record)
    if records:
      last = records[-1]
      which = f'{last["task"] + 1} of {self._tasks}'
      if last['kind'] == 'finish':
        self._say(f'resumed: {which} tasks done')
      else:
        self._say(
          f'resumed: task {which}, {self._name}, at {self._steps:,} steps'
        )
    self._at, self._from = time.monotonic(), self._steps

  def observe(self, record: dict[str, Any], search: search_lib.Search) -> None:
    """Shows a record, if it is time to."""
    elapsed = time.monotonic() - self._at
    self._take(record)
    kind = record['kind']
    if kind == 'evaluation' and self._evaluations == 1:
      self._advise()
    if kind == 'begin':
      self._say(f'task {record["task"] + 1} of {self._tasks}: {self._name}')
      self._at = time.monotonic()
    elif kind == 'finish':
      self._close()
      which = 'its one path' if self._population == 1 else 'fittest path'
      frozen = ', now frozen' if any(record['frozen']) else ''
      self._say(
        f'{self._name}: {self._steps:,} steps, score {self._score():.2f} (mean'
        f' of the last {len(self._recent)}); {which}{frozen}:'
        f' {record["fitness"]:.2f} {_describe(record["path"])}'
        f'{self._describe_faults()}'
      )
      if self._steps < self._total:
        self._say(
          f'solved after {self._evaluations} evaluations, before its'
          f' {self._total:,} steps were spent'
        )
      elif self._evaluations < self._population and not self._advised:
        self._say(
          f'only {self._evaluations} evaluations for a population of'
          f' {self._population}: more --steps_per_task, shorter evaluations or'
          ' a smaller --population would let it evolve'
        )
    elif self._stream.isatty():
      self._draw(search)
    elif elapsed >= self._every:
      rate = (self._steps - self._from) / elapsed
      self._at, self._from = time.monotonic(), self._steps
      self._say(
        f'{self._name}  {self._steps:,}/{self._total:,} steps '
        f' {rate:,.0f} steps/s  score {self._score():.2f} '
        f' {self._describe_best(search)}{self._describe_faults()}'
      )

  def _take(self, record: dict[str, Any]) -> None:
    if record['kind'] == 'begin':
      self._name, self._steps, self._from = record['name'], 0, 0
      self._evaluations, self._population = 0, len(record['population'])
      self._recent.clear()
      self._faults = dict.fromkeys(self._faults, 0)
    elif record['kind'] == 'evaluation':
      self._steps = record['task_steps']
      self._evaluations += 1
      self._recent.append(record['fitness'])
      for fault in self._faults:
        self._faults[fault] += record.get('metrics', {}).get(fault, 0)

  def _advise(self) -> None:
    """Says, once, if the first evaluation shows that the steps are too few."""
    size, steps = self._population, max(1, self._steps)
    room, wanted = max(1, self._total // steps), _TURNS * size
    # A population of one is a fixed path.
    if self._advised or size == 1 or room >= wanted:
      return
    self._advised = True
    self._say(
      f'room for about {room} evaluation{"" if room == 1 else "s"} of'
      f' {steps:,} steps, too few for a'
      f' population of {size} to evolve: --steps_per_task={wanted * steps} or'
      ' more, shorter evaluations (--episodes, --environments; of images'
      ' --minibatches) or a smaller --population would do'
    )

  def _score(self) -> float:
    return float(np.mean(self._recent)) if self._recent else float('nan')

  def _draw(self, search: search_lib.Search) -> None:
    if self._bar is None:
      self._bar = tqdm.tqdm(
        total=self._total,
        initial=self._steps,
        desc=self._name,
        unit=' steps',
        unit_scale=True,
        file=self._stream,
        dynamic_ncols=True,
      )
    self._bar.update(self._steps - self._bar.n)
    self._bar.set_postfix_str(
      f'score {self._score():.2f}, {self._describe_best(search)}'
      f'{self._describe_faults()}'
    )

  def _describe_best(self, search: search_lib.Search) -> str:
    """The best path so far, or the only one that there is."""
    best = '' if self._population == 1 else 'best '
    return f'{best}path {_describe(search.fittest()[1])}'

  def _describe_faults(self) -> str:
    """What went wrong in the task so far; mostly nothing did."""
    skipped, dropped = self._faults['skipped'], self._faults['dropped']
    return (f'; {skipped:,} updates skipped' if skipped else '') + (
      f'; {dropped:,} episodes dropped' if dropped else ''
    )

  def _close(self) -> None:
    if self._bar is not None:
      self._bar.close()
      self._bar = None

  def _say(self, line: str) -> None:
    print(line, file=self._stream, flush=True)


def _describe(path) -> str:
  """A path in a few characters: the modules of each layer, sorted."""
  return ' '.join(
    ','.join(str(gene) for gene in sorted(set(np.asarray(layer).tolist())))
    for layer in path
  ).join('[]')
