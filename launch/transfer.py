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

import os

from absl import flags

from launch import (
  cluster_flags,
  programs,
  run_flags,
  side_by_side,
  train,  # noqa: F401 (--run_dir)
)
from pathnet_tf.errors import UserError

_ARMS = flags.DEFINE_list(
  'arms',
  ['pathnet', 'de_novo', 'fine_tuning'],
  'What is compared: pathnet, pathnet_alone, de_novo, de_novo_wide,'
  ' fine_tuning, progressive, progressive_untrained, random. Settings, as'
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
  'rows',
  [],
  'Files of rows to tabulate and draw, without training anything; of --sources'
  ' and --targets alone, if these are given.',
)
_OF_TRAIN = ('run_dir', 'data_dir')
for _name in _OF_TRAIN:
  flags.declare_key_flag(_name)
flags.adopt_module_key_flags(run_flags)  # For --help.


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
  from pathnet_tf.transfer import game_plan, games, plan, study

  if _ROWS.value:
    there = study.read_rows(_ROWS.value)
    study.check_rows(there)
    if games.are_games(there):
      there = games.complete(there)
    there = study.select(there, _SOURCES.value, _TARGETS.value)
    report(there, flags.FLAGS.run_dir)
    return
  _refuse_flags()
  seed, tasks = flags.FLAGS.seed, flags.FLAGS.tasks
  if _ALL_PAIRS.value:
    pairs = plan.all_pairs(tasks, tasks, seed)
  elif _PAIRS.value:
    pairs = plan.read_pairs(_PAIRS.value, seed)
  elif _SOURCES.value or _TARGETS.value:
    pairs = plan.all_pairs(_SOURCES.value, _TARGETS.value, seed)
  else:
    pairs = plan.all_pairs(tasks[:1], tasks[1:], seed)
  if not pairs:
    raise UserError(
      'nothing to compare: name --pairs, or --sources and --targets, or two'
      ' --tasks, and --all_pairs where more of them are meant'
    )
  base = run_flags.config_from_flags(tasks=pairs[0][:2])
  if base.strategy != 'local':
    raise UserError(
      f'strategy is {base.strategy!r}: a study trains with --strategy=local,'
      ' its runs side by side'
    )
  runs = plan.make(base, _ARMS.value, pairs, _SEEDS.value)
  held = study.Study(flags.FLAGS.run_dir, base, _RUNS_DIR.value)
  game_plan.check_control(runs, held.rows())
  with held as rows:
    side_by_side.train(rows, runs, _parallel(), flags.FLAGS.data_dir)
    report(rows.rows(), flags.FLAGS.run_dir)


def _refuse_flags() -> None:
  """Of flags that say the same, or nothing here.

  Raises:
    UserError: there is one.
  """
  ways = {
    'all_pairs': _ALL_PAIRS.value,
    'pairs': _PAIRS.value,
    'sources and --targets': _SOURCES.value or _TARGETS.value,
  }
  if len(given := [name for name, value in ways.items() if value]) > 1:
    raise UserError(
      f'--{given[0]} and --{given[1]} both say what is compared: give one'
    )
  for flag in flags.FLAGS.get_flags_for_module('launch.train'):
    if flag.present and flag.name not in _OF_TRAIN:
      raise UserError(
        f'--{flag.name} is of launch.train: the runs of a study do without it'
      )
  cluster_flags.refuse_flags()


def _parallel() -> int:
  """How many runs side by side."""
  parallel = _PARALLEL.value
  return len(os.sched_getaffinity(0)) if parallel is None else parallel


def report(rows, run_dir: str) -> None:
  """Prints the table and draws the figures of rows."""
  from pathnet_tf.transfer import (
    figures,
    game_figures,
    game_table,
    games,
    robustness,
    table,
  )

  folder = os.path.join(run_dir, 'report')
  if games.are_games(rows):
    swept, others = robustness.split(rows)
    if swept:
      print(robustness.format_sweep(swept))
    if others:
      print(game_table.format_games(others))
    drawn = game_figures.draw_games(rows, folder)
  else:
    print(table.format_study(rows))
    drawn = figures.draw_study(rows, folder)
  for path in drawn:
    print(path)


if __name__ == '__main__':
  programs.run(main)
