# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""TensorBoard: curves of every evaluation, pictures, settings and a layout."""

from __future__ import annotations

import collections
import contextlib
import pathlib
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import tensorflow as tf
from tensorboard.plugins.custom_scalar import summary as custom_scalar
from tensorboard.plugins.hparams import api as hparams

from pathnet_tf.errors import UserError
from pathnet_tf.evolution import genotype
from pathnet_tf.evolution import search as search_lib
from pathnet_tf.observers import overview, pictures, scalars
from pathnet_tf.observers.tally import Tally
from pathnet_tf.reports.network_drawing import module_counts
from pathnet_tf.reports.style import steps_text

_RECENT = 20  # Evaluations that the speed is measured over.
_PICTURES = 100  # Of a task, at most: TensorBoard reads all to show a few.


class Summaries:
  """Writes event files; the horizontal axis is the run's agent steps."""

  def __init__(
    self,
    folder: str,
    config: Mapping[str, Any],
    command: Sequence[str] = (),
    picture_seconds: float = 30.0,
  ):
    """Creates the observer.

    Args:
      folder: of the event files.
      config: the run's, as `RunConfig.to_json` gives it.
      command: the words that the run was started with, to be shown.
      picture_seconds: least time between two pictures.
    """
    self._folder = folder
    self._config = config
    self._command = command
    self._picture_seconds = picture_seconds
    self._writer: tf.summary.SummaryWriter | None = None
    self._tally = Tally()
    self._laid_out = False
    self._pictured_at = self._pictured_steps = float('-inf')
    # When, and the agent steps by then.
    self._recent: collections.deque[tuple[float, int]] = collections.deque(
      maxlen=_RECENT + 1
    )

  def resume(self, records: Sequence[dict[str, Any]]) -> None:
    """Counts what went before, and creates the event file.

    Not before: a start that is refused must leave the run folder empty.

    Raises:
      UserError: the file cannot be written.
    """
    with self._writable():
      self._resume(records)

  def _resume(self, records: Sequence[dict[str, Any]]) -> None:
    new = not any(pathlib.Path(self._folder).glob('*tfevents*'))
    self._writer = tf.summary.create_file_writer(self._folder)
    for record in records:
      self._tally.take(record)
    self._recent.append((time.monotonic(), self._tally.steps))
    if new:
      self._write_settings()

  def observe(self, record: dict[str, Any], search: search_lib.Search) -> None:
    """Writes one evaluation's scalars, and pictures now and then.

    Raises:
      UserError: the file cannot be written.
    """
    with self._writable():
      self._observe(record, search)

  @contextlib.contextmanager
  def _writable(self) -> Iterator[None]:
    try:
      yield
    except (OSError, tf.errors.OpError) as error:
      raise UserError(
        f'cannot write for TensorBoard in {self._folder!r}: is the disk full?'
        ' Training goes on from its last checkpoint once there is space, or'
        ' at once with --nosummaries'
      ) from error

  def _observe(self, record: dict[str, Any], search: search_lib.Search) -> None:
    assert self._writer is not None  # `resume` comes first.
    tally = self._tally
    tally.take(record)
    kind = record['kind']
    with self._writer.as_default(tally.steps):
      if kind == 'begin':
        self._pictured_at = self._pictured_steps = float('-inf')
        self._recent.clear()
        self._recent.append((time.monotonic(), tally.steps))
      elif kind == 'evaluation':
        self._write_evaluation(record, search)
        if self._wants_pictures():
          self._write_pictures(search, '')
      elif kind == 'finish':
        scalars.write({f'final_score/{tally.name}': tally.final_score()})
        self._write_pictures(search, ', finished')
    if kind != 'evaluation':
      self._writer.flush()

  def _write_settings(self) -> None:
    assert self._writer is not None
    with self._writer.as_default(0):
      # Without a list of what to compare, so that TensorBoard makes it: it
      # begins with the settings in which the runs at hand differ.
      hparams.hparams(overview.hyperparameters(self._config))
      tf.summary.text('run/settings', overview.settings_table(self._config))
      if self._command:
        lines = ' \\\n        '.join(map(shlex.quote, self._command))
        tf.summary.text('run/command', f'    {lines}')
    self._writer.flush()

  def _write_evaluation(
    self, record: dict[str, Any], search: search_lib.Search
  ) -> None:
    tally, metrics = self._tally, record['metrics']
    if not self._laid_out:
      self._laid_out = True
      charts = overview.layout(self._config['tasks'], metrics)
      tf.summary.experimental.write_raw_pb(
        custom_scalar.pb(charts).SerializeToString(), 0
      )
    self._recent.append((time.monotonic(), tally.steps))
    (start, before), (now, steps) = self._recent[0], self._recent[-1]
    values = {
      f'score/{tally.name}': record['fitness'],
      'search/path_diversity': genotype.diversity(search.population),
      'search/tournaments': tally.tournaments,
      'speed/steps_per_second': (steps - before) / max(now - start, 1e-9),
      **{f'training/{name}': value for name, value in metrics.items()},
    }
    scalars.write(values)

  def _wants_pictures(self) -> bool:
    waited = time.monotonic() - self._pictured_at
    walked = self._tally.task_steps - self._pictured_steps
    return (
      waited >= self._picture_seconds
      and walked >= self._config['steps_per_task'] / _PICTURES
    )

  def _write_pictures(self, search: search_lib.Search, end: str) -> None:
    tally, population = self._tally, search.population
    when = f'{tally.name}, {steps_text(tally.task_steps)} steps{end}'
    snapshot = tally.snapshot(population)
    drawn = {
      'network/paths': pictures.draw_paths(snapshot, when),
      'network/usage_by_population': pictures.draw_usage(
        module_counts(snapshot.population, tally.modules),
        len(population),
        tally.frozen,
        f'how many of {len(population)} paths hold a module',
        when,
      ),
      'network/usage_by_evaluations': pictures.draw_usage(
        tally.trained,
        tally.evaluations,
        tally.frozen,
        f'how many of {tally.evaluations} evaluations used a module',
        when,
      ),
    }
    for name, picture in drawn.items():
      tf.summary.image(name, picture[None])
    self._pictured_at = time.monotonic()
    self._pictured_steps = tally.task_steps
