# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Does it transfer? Trains the arms of a study and compares them.

  python -m launch.transfer --flagfile=launch/flagfiles/mnist.flags \\
      --pairs=launch/studies/mnist_pairs.txt --data_dir=DIR --run_dir=R

  python -m launch.transfer --flagfile=launch/studies/minatar.flags \\
      --runs_dir=runs/minatar

The same command goes on with a study that was interrupted, without repeating a
finished run. `--rows=FILE` draws and tabulates rows that there are already.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import signal
import sys
import threading
from typing import Any

from absl import flags

from launch import programs, run_flags, train  # noqa: F401 (--run_dir)
from pathnet_tf.errors import UserError

_ARMS = flags.DEFINE_list(
  'arms',
  ['pathnet', 'de_novo', 'fine_tuning'],
  'What is compared: pathnet, pathnet_alone, de_novo, de_novo_wide,'
  ' fine_tuning, progressive, random. Settings, as'
  ' config.json has them, may follow a name:'
  ' pathnet?population=64&frozen=available.',
)
_PAIRS = flags.DEFINE_string(
  'pairs',
  None,
  'File of lines SOURCE TARGET, or SOURCE TARGET SEED; # begins a comment.',
)
_SOURCES = flags.DEFINE_list('sources', [], 'Source tasks, for every target.')
_TARGETS = flags.DEFINE_list('targets', [], 'Target tasks, for every source.')
_ALL_PAIRS = flags.DEFINE_boolean(
  'all_pairs', False, 'Every task with every other one, in both directions.'
)
_SEEDS = flags.DEFINE_integer(
  'seeds', 1, 'Runs of each pair and arm; their seeds count from --seed.'
)
_PARALLEL = flags.DEFINE_integer(
  'parallel',
  None,
  'Runs side by side, a process each; by default as many as there are cores.',
)
_RUNS_DIR = flags.DEFINE_string(
  'runs_dir',
  None,
  'Folder of the runs under way and the checkpoints that others go on from; by'
  ' default within --run_dir.',
)
_ROWS = flags.DEFINE_list(
  'rows', [], 'Files of rows to tabulate and draw, without training anything.'
)
for _name in ('run_dir', 'data_dir'):
  flags.declare_key_flag(_name)
flags.adopt_module_key_flags(run_flags)  # For --help.

_FIRST = concurrent.futures.FIRST_COMPLETED
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main() -> None:
  """Trains what has no row yet, then prints the table and the figures."""
  if not flags.FLAGS.run_dir:
    raise UserError('no folder for the study: name one by --run_dir')
  if _parallel() < 1:
    raise UserError(f'parallel is {_parallel()}: at least 1 is right')
  if _SEEDS.value < 1:
    raise UserError(f'seeds is {_SEEDS.value}: at least 1 is right')
  programs.set_data_dir(flags.FLAGS.data_dir)
  programs.start_tensorflow(workers=1)
  from pathnet_tf.transfer import study

  if _ROWS.value:
    report(study.read_rows(_ROWS.value), flags.FLAGS.run_dir)
    return
  seed, tasks = flags.FLAGS.seed, flags.FLAGS.tasks
  if _ALL_PAIRS.value:
    pairs = study.all_pairs(tasks, tasks, seed)
  elif _PAIRS.value:
    pairs = study.read_pairs(_PAIRS.value, seed)
  elif _SOURCES.value or _TARGETS.value:
    pairs = study.all_pairs(_SOURCES.value, _TARGETS.value, seed)
  else:
    pairs = study.all_pairs(tasks[:1], tasks[1:], seed)
  if not pairs:
    raise UserError(
      'nothing to compare: name --pairs, or --sources and --targets, or two'
      ' --tasks, and --all_pairs where more are meant'
    )
  base = run_flags.config_from_flags(tasks=pairs[0][:2])
  if base.strategy != 'local':
    raise UserError(
      f'strategy is {base.strategy!r}: a study trains with --strategy=local,'
      ' its runs side by side'
    )
  runs = study.plan(base, _ARMS.value, pairs, _SEEDS.value)
  with study.Study(flags.FLAGS.run_dir, base, _RUNS_DIR.value) as rows:
    _train(rows, runs)
    report(rows.rows(), flags.FLAGS.run_dir)


def _parallel() -> int:
  """How many runs side by side."""
  parallel = _PARALLEL.value
  return (os.cpu_count() or 1) if parallel is None else parallel


def report(rows, run_dir: str) -> None:
  """Prints the table and draws the figures of rows."""
  from pathnet_tf.transfer import (
    figures,
    game_figures,
    game_table,
    games,
    table,
  )

  folder = os.path.join(run_dir, 'report')
  if games.are_games(rows):
    print(game_table.format_games(rows))
    drawn = game_figures.draw_games(rows, folder)
  else:
    print(table.format_study(rows))
    drawn = figures.draw_study(rows, folder)
  for path in drawn:
    print(path)


def _train(rows, runs) -> None:
  """Trains the runs that have no row yet, several at a time."""
  from pathnet_tf.transfer import branch, game_plan

  left = rows.missing(runs)
  schedule = game_plan.Schedule(
    left, lambda run: branch.source_of(rows.path_of(run)) is not None
  )
  received: list[int] = []

  def kill():
    for process in multiprocessing.active_children():
      process.kill()

  def on_signal(number, frame):
    del frame
    received.append(number)
    kill()

  former = {n: signal.signal(n, on_signal) for n in _SIGNALS}
  # Spawned, as TensorFlow does not survive a fork.
  pool = concurrent.futures.ProcessPoolExecutor(
    min(_parallel(), max(len(left), 1)),
    multiprocessing.get_context('spawn'),
    _start_process,
    (flags.FLAGS.data_dir,),
  )
  try:
    futures: dict[concurrent.futures.Future, Any] = {}
    while not received:
      while len(futures) < _parallel() and (run := schedule.next()):
        if received:  # Else what was killed would be started again.
          break
        origins = [rows.path_of(origin) for origin in run.origins]
        future = pool.submit(_run, run, rows.base, rows.path_of(run), *origins)
        futures[future] = run
      if not futures:
        break
      for future in concurrent.futures.wait(futures, return_when=_FIRST).done:
        ended, row = futures.pop(future), future.result()
        rows.append(row)
        missing = schedule.finished(ended)
        for other in (ended, *ended.origins):
          rows.clear(other, missing)
        done = len(runs) - len(missing)
        print(
          f'{done}/{len(runs)}  {_describe(row)}', file=sys.stderr, flush=True
        )
  except concurrent.futures.process.BrokenProcessPool as error:
    kill()  # They would not end at the pool's SIGTERM, which it waits for.
    if not received:
      raise UserError(
        'a process of the study was killed, maybe for want of memory: the same'
        ' command goes on; a smaller --parallel takes less'
      ) from error
  finally:
    pool.shutdown(cancel_futures=True)
    for number, handler in former.items():
      signal.signal(number, handler)
  if received:
    print('stopped by a signal; the same command goes on', file=sys.stderr)
    raise SystemExit(128 + received[0])


def _start_process(data_dir: str | None) -> None:
  """Prepares a process of the pool, which ends with its parent."""
  for number in _SIGNALS:
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
  programs.start_tensorflow(workers=1)


def _run(run, base, path: str, origin: str | None = None):
  from pathnet_tf.transfer import game_runs, runs

  if isinstance(run, game_runs.GameRun):
    return game_runs.train(run, base, path, origin)
  return runs.train(run, base, path)


def _describe(row) -> str:
  task = row['tasks'][-1]
  if 'budget' in row:
    tasks = f'{row["source"]} -> {row["target"]}'.removeprefix('None -> ')
    return (
      f'{row["arm"]}: {tasks}, seed {row["seed"]}: score'
      f' {task.get("final_score", task["test_score"]):.2f} in the end'
    )
  tasks = ' -> '.join(task['name'] for task in row['tasks'])
  ending = 'solved in' if task['solved'] else 'ended after'
  return (
    f'{row["arm"]}: {tasks}, seed {row["seed"]}: {ending}'
    f' {task["generations"]} generations, fitness {task["fitness"]:.3f} at best'
  )


if __name__ == '__main__':
  programs.run(main)
