# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""TensorBoard: curves of every evaluation, and pictures of the population."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from pathnet_tf.evolution import genotype
from pathnet_tf.evolution import search as search_lib

_CELL = 12  # Pixels of a module in a picture.


class Summaries:
  """Writes event files; the horizontal axis is the run's agent steps."""

  def __init__(self, folder: str, picture_seconds: float = 30.0):
    """Creates the observer.

    Args:
      folder: of the event files.
      picture_seconds: least time between two pictures.
    """
    self._folder = folder
    self._writer: tf.summary.SummaryWriter | None = None
    self._picture_seconds = picture_seconds
    self._pictured_at = float('-inf')
    self._at = time.monotonic()
    self._past_steps = 0
    self._tournaments = 0
    self._begin: dict[str, Any] = {}

  def resume(self, records: Sequence[dict[str, Any]]) -> None:
    """Counts what went before, and creates the event file.

    Not before: a start that is refused must leave the run folder empty.
    """
    self._writer = tf.summary.create_file_writer(self._folder)
    for record in records:
      self._take(record)
    self._at = time.monotonic()

  def observe(self, record: dict[str, Any], search: search_lib.Search) -> None:
    """Writes one evaluation's scalars, and a picture now and then."""
    assert self._writer is not None  # `resume` comes first.
    self._take(record)
    if record['kind'] != 'evaluation':
      self._writer.flush()
      self._pictured_at = float('-inf')
      return
    now = time.monotonic()
    step = self._past_steps + record['task_steps']
    scalars = {
      'score': record['fitness'],
      'steps_per_second': record['steps'] / max(now - self._at, 1e-9),
      'tournaments': self._tournaments,
      'path_diversity': genotype.diversity(search.population),
      **{f'training/{k}': v for k, v in record['metrics'].items()},
    }
    self._at = now
    with self._writer.as_default():
      for name, value in scalars.items():
        tf.summary.scalar(name, value, step)
      tf.summary.scalar(f'score/{self._begin["name"]}', record['fitness'], step)
      if now - self._pictured_at >= self._picture_seconds:
        self._pictured_at = now
        picture = self._picture(search)
        tf.summary.image('paths', picture[None], step)

  def _take(self, record: dict[str, Any]) -> None:
    if record['kind'] == 'begin':
      self._begin = record
      self._past_steps = record['steps']
    elif record['kind'] == 'evaluation':
      self._tournaments += record['winner'] is not None

  def _picture(self, search: search_lib.Search) -> np.ndarray:
    """Which modules the population uses.

    Returns:
      uint8 `[L cells, M cells, 3]`, a row a layer: the darker the blue, the
      more genotypes hold the module; dark red where it is frozen.
    """
    modules = self._begin['modules']
    usage = np.zeros([len(modules), max(modules)])
    population = search.population
    for path in population:
      for layer, active in enumerate(genotype.layer_sets(path)):
        usage[layer, list(active)] += 1 / len(population)
    colours = 255 * (1 - usage[..., None] * np.array([1.0, 0.6, 0.2]))
    for layer, frozen in enumerate(self._begin['frozen']):
      colours[layer, frozen] = (139, 0, 0)
    return np.kron(colours, np.ones([_CELL, _CELL, 1])).astype(np.uint8)
