# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Task after task: breeds the paths, freezes the best one, goes on.

The coordinator owns the order of things. It asks the search for paths, gives
them to the engine, tells the search what came back, and writes every evaluation
to the log. It saves at the boundaries of evaluations, so that a run which is
killed goes on from the last one saved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pathnet_tf import breeding, checkpoints, event_log, run_folder
from pathnet_tf.config import RunConfig
from pathnet_tf.engines import engine as engine_lib
from pathnet_tf.errors import UserError
from pathnet_tf.learner import Learner, Variables
from pathnet_tf.observers import observer
from pathnet_tf.tasks import registry

# Makes the engine of one task, from it and its agent.
EngineFactory = Callable[[RunConfig, registry.AnyTask, Any], engine_lib.Engine]
# Exports a finished task, the one of that index, if it is not yet there.
Exporter = Callable[[Learner, int], None]


class Coordinator:
  """Runs a configuration in a run folder, from wherever it stands."""

  def __init__(
    self,
    config: RunConfig,
    folder: run_folder.RunFolder,
    make_engine: EngineFactory,
    observers: Sequence[observer.Observer] = (),
    checkpoint_seconds: float = 60.0,
    export: Exporter | None = None,
    variables: Variables | None = None,
    max_skipped: int = 1000,
  ):
    """Builds the network and finds the last checkpoint.

    Args:
      config: of the run.
      folder: locked; it is claimed for the configuration once that is sound.
      make_engine: makes the engine of one task.
      observers: shown what happens.
      checkpoint_seconds: least time between two checkpoints within a task.
      export: of tasks that are done, or None.
      variables: where they are made, and read and written; by default here.
      max_skipped: updates in a row that are not finite, at which the run stops.

    Raises:
      UserError: for a configuration, or a folder, that cannot be run.
    """
    variables = variables or Variables()
    self.learner = Learner(config, variables.scope)
    for task in self.learner.tasks:
      task.check()
    self.evaluations = 0
    self.task_steps = 0
    self._config = config
    self._make_engine = make_engine
    self._observers = observers
    self._checkpoint_seconds = checkpoint_seconds
    self._export = export
    self._max_skipped = max_skipped
    self._skipped_in_a_row = 0
    self._engine: engine_lib.Engine | None = None
    self._breeding = breeding.Breeding(self.learner)
    self._stopped = False
    self._past_steps = 0
    folder.claim(config.to_json(), RunConfig.defaults())
    self._store = checkpoints.CheckpointStore(
      folder.checkpoints, io_device=variables.io_device
    )
    self._log = event_log.EventLog(folder.log)
    self._running = False
    self._saved_at = time.monotonic()
    self._resume()

  def run(self) -> None:
    """Runs what is left of the tasks.

    Raises:
      UserError: what stops it: the disk is full, an environment fails again and
        again, or no update is finite any more. It goes on from the checkpoint
        saved last.
    """
    records = list(event_log.read(self._log.path))
    for each in self._observers:
      each.resume(records)
    learner = self.learner
    if not self._running:
      self._export_last()  # A kill may have come between.
    while not self._stopped and (
      self._running or learner.task + 1 < len(learner.tasks)
    ):
      if not self._running:
        self._begin()
      task = learner.tasks[learner.task]
      self._engine = self._make_engine(self._config, task, learner.agent())
      try:
        cut_short = self._evolve(self._engine)
      finally:
        self._engine.close()
      if not self._stopped:
        self._finish()
      elif not cut_short or self._config.workers > 1:
        self._save_if_sound()
    self._log.close()

  def stop(self) -> None:
    """Makes `run` save and return soon.

    With one worker, whose runs repeat to the bit, an evaluation that was cut
    short has changed the weights: then what was saved last is where it goes on.
    """
    self._stopped = True
    if self._engine is not None:
      self._engine.stop()

  def _begin(self) -> None:
    """A new head, a new population."""
    learner = self.learner
    learner.begin()
    self._breeding = breeding.Breeding(learner)
    self._running = True
    self.evaluations = self.task_steps = 0
    self._write(
      {
        'kind': 'begin',
        'task': learner.task,
        'name': learner.tasks[learner.task].name,
        'modules': list(learner.network.modules),
        'active': self._config.network.active,
        'population': [
          path.tolist() for path in self._breeding.search.population
        ],
        'frozen': learner.network.frozen_rows(),
        'steps': self._past_steps,
      }
    )

  def _evolve(self, engine: engine_lib.Engine) -> bool:
    """Evaluations and tournaments until the task is solved or out of steps.

    Returns whether an evaluation was cut short, as the run was stopped.

    Evaluations that run then still count: nothing trained is thrown away, and
    the budget is passed by one evaluation a worker at most.
    """
    idle, cut_short = list(range(engine.workers)), 0
    while True:
      while (
        idle
        and not self._stopped
        and self.task_steps < self._config.steps_per_task
        and not self._breeding.solved
        and (job := self._breeding.next_job())
      ):
        engine.start(idle.pop(0), job)
      if len(idle) + cut_short == engine.workers:
        return cut_short > 0
      result = engine.wait()
      if result is None:
        cut_short += 1
        continue
      idle.append(result.worker)
      self._record(result)
      if time.monotonic() - self._saved_at >= self._checkpoint_seconds:
        self._save_if_sound()

  def _record(self, result: engine_lib.Result) -> None:
    """The tournament of who has just been evaluated."""
    job = result.job
    came = self._breeding.tell(result)
    self.task_steps += result.steps
    record = {
      'kind': 'evaluation',
      'task': self.learner.task,
      'number': self.evaluations,
      'member': job.member,
      'worker': result.worker,
      'path': job.path.tolist(),
      'fitness': result.fitness,
      'episodes': result.episodes,
      'steps': result.steps,
      'task_steps': self.task_steps,
      'metrics': {
        **{name: _finite(value) for name, value in result.metrics.items()},
        'skipped': result.skipped,
      },
      **came,
    }
    self.evaluations += 1
    self._write(record)
    if result.made:
      self._skipped_in_a_row = 0
    self._skipped_in_a_row += result.skipped_last
    # An evaluation that began well: its path may be what is broken.
    if not result.made and self._skipped_in_a_row >= self._max_skipped:
      self._give_up()

  def _give_up(self) -> None:
    """Raises UserError: nothing is learnt any more."""
    found = self._store.latest()
    raise UserError(
      f'{self._skipped_in_a_row} updates in a row were skipped, as their loss'
      ' or gradients were not finite; the last good checkpoint is'
      f' {found.path if found else "none"!r}: try a lower --learning_rate in a'
      ' new run folder'
    )

  def _finish(self) -> None:
    """Freezes the fittest path; the head stays, the rest is drawn anew."""
    learner = self.learner
    _, path, fitness = self._breeding.search.fittest()
    learner.finish(path, fitness)
    self._past_steps += self.task_steps
    self._running = False
    record = {
      'kind': 'finish',
      'task': learner.task,
      'name': learner.tasks[learner.task].name,
      'path': path.tolist(),
      'fitness': fitness,
      'frozen': learner.network.frozen_rows(),
      'task_steps': self.task_steps,
    }
    self._log.append(record)
    self._save(pinned=checkpoints.pinned_name(learner.task))
    self._show(record)  # Only now is it done, whatever comes.
    self._export_last()

  def _export_last(self) -> None:
    """Exports the task that is done, if there is one."""
    if self._export is not None and self.learner.finished:
      self._export(self.learner, self.learner.task)

  def _write(self, record: dict[str, Any]) -> None:
    self._log.append(record)
    self._show(record)

  def _show(self, record: dict[str, Any]) -> None:
    for each in self._observers:
      each.observe(record, self._breeding.search)

  def _save_if_sound(self) -> None:
    """Saves, unless the updates made last were not finite.

    Weights that give such may be broken, and would be gone on from.
    """
    if not self._skipped_in_a_row:
      self._save()

  def _save(self, pinned: str | None = None) -> None:
    self._log.sync()
    state = {
      'running': self._running,
      'log': self._log.offset,
      'log_digest': self._log.digest,
      **self._breeding.state(),
      'evaluations': self.evaluations,
      'task_steps': self.task_steps,
      'past_steps': self._past_steps,
    }
    steps = self._past_steps + (self.task_steps if self._running else 0)
    self.learner.save(self._store, steps, state, pinned)
    self._saved_at = time.monotonic()

  def _resume(self) -> None:
    """Takes over the last checkpoint, or makes the first one."""
    found = self._store.latest()
    if found is None:
      if self._log.offset:
        raise UserError(
          f'{self._log.path!r} has records but there is no checkpoint to go on'
          ' from: restore the checkpoints from a copy, or name a new run folder'
        )
      self._save()  # So that a log without a checkpoint has lost it.
      return
    state = found.state
    try:
      self.learner.restore(self._store, found)
      self._breeding = breeding.Breeding(self.learner)
      self._breeding.restore(state)
      self.evaluations = state['evaluations']
      self.task_steps = state['task_steps']
      self._past_steps = state['past_steps']
      self._running = state['running']
      if self._running:  # What was under way then will be played anew.
        self.learner.count_steps(self.task_steps)
      self._log.truncate(state['log'], state.get('log_digest'))
    except (KeyError, TypeError, ValueError) as error:
      raise UserError(
        f'checkpoint {found.path!r} is not of this version of pathnet_tf:'
        f' {error}'
      ) from error


def _finite(value: float) -> float:
  """For the log, which takes no other; a sum of what is finite may not be."""
  most = float(np.finfo(np.float32).max)
  return float(np.nan_to_num(value, posinf=most, neginf=-most))
