# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The runs of a study side by side, a process each."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

from absl import flags

from launch import programs, signals
from pathnet_tf.errors import UserError

_FIRST = concurrent.futures.FIRST_COMPLETED


def train(rows, runs, parallel: int, data_dir: str | None) -> None:
  """Trains the runs of a study that have no row yet, several at a time.

  A run that fails is named on stderr, and left out with those that would go on
  from it.

  Args:
    rows: the study, `transfer.study.Study`.
    runs: all that are planned.
    parallel: how many at a time.
    data_dir: of image files, if not the usual folder.

  Raises:
    UserError: runs have failed, or a process was killed.
    OSError: the disk is full, or refuses.
    SystemExit: after a signal, with the conventional code.
  """
  from pathnet_tf.transfer import game_plan, game_runs

  left = rows.missing(runs)
  schedule = game_plan.Schedule(
    left, lambda run: game_runs.is_learnt(rows.path_of(run))
  )
  failed = 0
  futures: dict[concurrent.futures.Future, Any] = {}
  size = min(parallel, max(len(left), 1))
  with _processes(size, data_dir, rows.base.workers) as (pool, stopped):
    while not stopped.is_set():
      while len(futures) < parallel and (run := schedule.next()):
        if stopped.is_set():  # Else what was killed would be started again.
          break
        origins = [rows.path_of(origin) for origin in run.origins]
        future = pool.submit(_run, run, rows.base, rows.path_of(run), *origins)
        futures[future] = run
      if stopped.is_set():  # A process that was only beginning missed the kill.
        _kill()
      if not futures:
        break
      for future in concurrent.futures.wait(futures, return_when=_FIRST).done:
        ended = futures.pop(future)
        try:
          row = future.result()
        except UserError as error:  # The others may be sound.
          failed += 1
          missing = schedule.failed(ended)
          print(f'{_name_of(ended)}: {error}', file=sys.stderr, flush=True)
          continue
        rows.append(row)
        missing = schedule.finished(ended)
        for other in (ended, *ended.origins):
          rows.clear(other, missing)
        done = len(runs) - len(missing)
        said = f'{done}/{len(runs)}  {_name_of(ended)}: {_outcome(row)}'
        print(said, file=sys.stderr, flush=True)
  if failed:
    raise UserError(
      f'runs that failed: {failed}, so {len(missing)} have no row; the same'
      ' command tries them again'
    )


@contextlib.contextmanager
def _processes(
  size: int, data_dir: str | None, workers: int
) -> Iterator[tuple[concurrent.futures.ProcessPoolExecutor, threading.Event]]:
  """A pool that trains runs, and whether a signal has stopped it.

  Raises:
    UserError: a process was killed.
    SystemExit: after a signal, with the conventional code.
  """
  stopped = threading.Event()

  def stop():
    stopped.set()
    _kill()

  with signals.stopped_by(stop):
    # Spawned, as TensorFlow does not survive a fork.
    pool = concurrent.futures.ProcessPoolExecutor(
      size,
      multiprocessing.get_context('spawn'),
      _start_process,
      (data_dir, workers),
    )
    try:
      yield pool, stopped
    except concurrent.futures.process.BrokenProcessPool as error:
      _kill()  # They would not end at the pool's SIGTERM, which it waits for.
      if not stopped.is_set():
        raise UserError(
          'a process of the study was killed, maybe for want of memory: the'
          ' same command goes on; a smaller --parallel takes less'
        ) from error
    except BaseException:  # As a disk that is full: the others need not end.
      _kill()
      raise
    finally:
      pool.shutdown(cancel_futures=True)


def _kill() -> None:
  for process in multiprocessing.active_children():
    process.kill()


def _start_process(data_dir: str | None, workers: int) -> None:
  """Prepares a process of the pool, which ends with its parent."""
  for number in signals.SIGNALS:
    signal.signal(number, signal.SIG_IGN)  # The parent kills.

  def end_with_parent():
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)

  threading.Thread(target=end_with_parent, daemon=True).start()
  flags.FLAGS.mark_as_parsed()  # Else absl says so where it warns.
  programs.log_plainly()
  programs.set_data_dir(data_dir)
  programs.start_tensorflow(workers)


def _run(run, base, path: str, origin: str | None = None):
  from pathnet_tf.transfer import game_runs, runs

  if isinstance(run, game_runs.GameRun):
    return game_runs.train(run, base, path, origin)
  return runs.train(run, base, path)


def _name_of(run) -> str:
  tasks = f'{run.source} -> {run.target}'.removeprefix('None -> ')
  return f'{run.arm.label}: {tasks}, seed {run.seed}'


def _outcome(row) -> str:
  task = row['tasks'][-1]
  if 'budget' in row:
    score = task.get('final_score', task['test_score'])
    return f'score {score:.2f} in the end'
  ending = 'solved in' if task['solved'] else 'ended after'
  return (
    f'{ending} {task["generations"]} generations, fitness'
    f' {task["fitness"]:.3f} at best'
  )
