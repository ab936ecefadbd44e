# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Losses and recoveries of a cluster: on the screen, in a file, as curves."""

from __future__ import annotations

import datetime
import json
import pathlib
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TextIO

import tensorflow as tf

from pathnet_tf.evolution import search as search_lib
from pathnet_tf.observers import scalars

NAME = 'cluster.jsonl'  # In the run folder; wall-clock times are in it.
EVENTS = ('lost', 'recovered')
JOBS = ('worker', 'ps', 'chief')


class ClusterWatch:
  """Counts over all starts of a run, since it keeps what happened in a file.

  Attributes:
    counts: by event and job.
  """

  def __init__(
    self,
    run_dir: str,
    events: str | None,
    traffic: Callable[[], int],
    stream: TextIO | None = None,
  ):
    """Creates the observer; files come with `resume`.

    Args:
      run_dir: the run folder, claimed by then.
      events: folder for TensorBoard, or None.
      traffic: bytes that the workers have carried so far.
      stream: where losses are said; by default stderr.
    """
    self.counts = {event: dict.fromkeys(JOBS, 0) for event in EVENTS}
    self._path = pathlib.Path(run_dir, NAME)
    self._events = events
    self._traffic = traffic
    self._stream = stream or sys.stderr
    self._lock = threading.Lock()
    # Until `resume`: the run folder may have no run in it yet.
    self._noted: list[dict[str, Any]] | None = []
    self._before = self._evaluations = 0
    self._writer: tf.summary.SummaryWriter | None = None
    self._at, self._bytes = time.monotonic(), 0

  def resume(self, records: Sequence[dict[str, Any]]) -> None:
    """Counts what went before; a chief that left no word was lost."""
    for record in records:
      if record['kind'] == 'begin':
        self._before = record['steps']
    gone, told = None, False
    for event, job in self._read():
      if event in self.counts:
        self.counts[event][job] += 1
      if event == 'started':
        gone, told = 'chief', False
      elif event == 'ended':
        gone = None
      elif event == 'lost' and job != 'worker':
        gone, told = job, True
    with self._lock:
      noted, self._noted = self._noted or [], None
      for record in noted:
        self._append(record)
    if gone and not told:
      self.note('lost', ('chief', 0), 'it left no word')
    if gone:
      self.note('recovered', (gone, 0), 'from the last checkpoint')
    self._write('started', 'chief', 0, '')
    self._at, self._bytes = time.monotonic(), self._traffic()

  def note(self, event: str, member: tuple[str, int], why: str) -> None:
    """Takes in a loss or recovery, also before `resume`; from any thread."""
    job, index = member
    with self._lock:
      self.counts[event][job] += 1
    self._write(event, job, index, why)
    print(f'{event} {job} {index}: {why}', file=self._stream, flush=True)

  def observe(self, record: dict[str, Any], search: search_lib.Search) -> None:
    """Writes the counts, beside the agent steps of the run."""
    del search
    if record['kind'] == 'begin':
      self._before = record['steps']
    if self._events is None or record['kind'] != 'evaluation':
      return
    if self._writer is None:
      self._writer = tf.summary.create_file_writer(
        self._events, filename_suffix='.cluster'
      )
    self._evaluations += 1
    now, carried = time.monotonic(), self._traffic()
    elapsed = now - self._at
    values: dict[str, float] = {
      f'cluster/{job}s_{event}': count
      for event, by_job in self.counts.items()
      for job, count in by_job.items()
    }
    if elapsed >= 10.0:
      # What a worker carried that has been lost is not known any more.
      grown = max(carried - self._bytes, 0)
      values['cluster/bytes_per_second'] = grown / elapsed
      values['cluster/closures_per_second'] = self._evaluations / elapsed
      self._at, self._bytes, self._evaluations = now, carried, 0
    with self._writer.as_default(self._before + record['task_steps']):
      scalars.write(values)

  def close(self) -> None:
    """Says that the chief ends of its own will."""
    self._write('ended', 'chief', 0, '')
    if self._writer is not None:
      self._writer.close()

  def _read(self) -> list[tuple[str, str]]:
    """Event and job of every whole line there is."""
    found = []
    if self._path.exists():
      text = self._path.read_text(encoding='utf-8')
      if text and not text.endswith('\n'):
        with self._path.open('a', encoding='utf-8') as file:
          file.write('\n')
      for line in text.splitlines():
        try:
          record = json.loads(line)
          found.append((record['event'], record['job']))
        except (ValueError, KeyError, TypeError):
          continue  # A line that a kill cut off.
    return found

  def _write(self, event: str, job: str, index: int, why: str) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    record = {
      'at': now.isoformat(timespec='milliseconds'),
      'event': event,
      'job': job,
      'index': index,
      'why': why,
    }
    with self._lock:
      if self._noted is None:
        self._append(record)
      else:
        self._noted.append(record)

  def _append(self, record: dict[str, Any]) -> None:
    with self._path.open('a', encoding='utf-8') as file:
      file.write(json.dumps(record) + '\n')
