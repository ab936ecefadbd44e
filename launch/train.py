# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Trains one PathNet on tasks in a row.

  python -m launch.train --tasks=minatar/breakout,minatar/asterix --run_dir=R

The same command goes on with a run that was interrupted.
"""

from __future__ import annotations

import contextlib
import functools
import math
import pathlib
import sys
from typing import Any

from absl import flags

from launch import cluster_flags, distributed, programs, run_flags, signals
from pathnet_tf.cluster import pulse
from pathnet_tf.errors import UserError

_RUN_DIR = flags.DEFINE_string(
  'run_dir',
  None,
  'Run folder: new, or that of the same run to go on with. Required; only'
  ' launch.demo has one by default, runs/demo.',
)
_DATA_DIR = flags.DEFINE_string(
  'data_dir',
  None,
  'Folder of image files; by default PATHNET_DATA_DIR, or a download.',
)
_EXPORTS = flags.DEFINE_boolean(
  'exports', True, 'Write a SavedModel of every task that is done.'
)
_SUMMARIES = flags.DEFINE_boolean('summaries', True, 'Write for TensorBoard.')
_CHECKPOINT_SECONDS = flags.DEFINE_float(
  'checkpoint_seconds', 60.0, 'Least time between checkpoints within a task.'
)
_STEP_SECONDS = flags.DEFINE_float(
  'step_seconds',
  60.0,
  'Longest time that an environment may take for a step; one that takes longer'
  ' is made anew.',
)
_MAX_SKIPPED = flags.DEFINE_integer(
  'max_skipped',
  1000,
  'Updates in a row that are skipped as not finite, at which the run stops.',
)
_LOGICAL_DEVICES = flags.DEFINE_integer(
  'logical_devices',
  0,
  'Makes the CPU pass for so many devices, to try --strategy=mirrored without'
  ' GPUs.',
)
flags.register_validator(
  _LOGICAL_DEVICES, lambda devices: devices >= 0, 'at least 0 is right'
)
for _module in (cluster_flags, run_flags):  # For --help.
  flags.adopt_module_key_flags(_module)
_OF_CONNECTIONS = ('connect_seconds', 'silence_seconds')


def main() -> None:
  """Runs the configuration that the flags describe."""
  chosen = options()
  cluster: distributed.Cluster | None = None
  if flags.FLAGS.strategy == 'parameter_server':
    beats = pulse.Pulse()
    distributed.quiet()
    here = cluster_flags.cluster()
    flags.FLAGS['workers'].value = len(here.hosts['worker'])
    if here.job != 'chief':
      distributed.serve(here, beats)
    cluster = distributed.Cluster(here, beats)
  else:
    cluster_flags.refuse_flags()
    programs.start_tensorflow(flags.FLAGS.workers, _LOGICAL_DEVICES.value)
  config = run_flags.config_from_flags()
  train(config, **chosen, cluster=cluster)
  for path in draw(chosen['run_dir']):
    print(path)
  if cluster is not None:
    cluster.end()


def check() -> None:
  """Looks at all that the flags describe, and trains nothing.

  Raises:
    UserError: of the flags, a task, the network or the search, as `main` would
      say it.
  """
  options()
  programs.start_tensorflow(workers=1)
  from pathnet_tf import breeding, learner

  learnt = learner.Learner(run_flags.config_from_flags())
  breeding.Breeding(learnt)
  for task in learnt.tasks:
    task.check()


def options() -> dict[str, Any]:
  """What the flags give `train` besides the configuration.

  Raises:
    UserError: a flag is missing, or wrong.
  """
  if not _RUN_DIR.value:
    raise UserError('no run folder: name one by --run_dir')
  programs.set_data_dir(_DATA_DIR.value)
  if _LOGICAL_DEVICES.value and flags.FLAGS.strategy != 'mirrored':
    raise UserError('--logical_devices belongs to --strategy=mirrored')
  for name, least in (
    ('checkpoint_seconds', 0),
    ('step_seconds', 0.001),
    ('max_skipped', 1),
    ('connect_seconds', 1),
    ('silence_seconds', 2),
    ('stuck_seconds', 1),
  ):
    value: Any = flags.FLAGS[name].value
    if not value >= least:  # Also for NaN.
      raise UserError(f'{name} is {value}: at least {least} is right')
    if name in _OF_CONNECTIONS and not math.isfinite(value):
      raise UserError(f'{name} is {value}: a finite number is right')
  stuck = flags.FLAGS.stuck_seconds
  if (
    flags.FLAGS.strategy == 'parameter_server'
    and not _STEP_SECONDS.value < stuck
  ):
    raise UserError(
      f'step_seconds is {_STEP_SECONDS.value}: less than the stuck_seconds,'
      f' {stuck}, after which a worker ends, is right'
    )
  return {
    'run_dir': _RUN_DIR.value,
    'checkpoint_seconds': _CHECKPOINT_SECONDS.value,
    'summaries': _SUMMARIES.value,
    'exports': _EXPORTS.value,
    'step_seconds': _STEP_SECONDS.value,
    'max_skipped': _MAX_SKIPPED.value,
  }


def train(
  config,
  run_dir: str,
  *,
  checkpoint_seconds=60.0,
  summaries=True,
  exports=True,
  step_seconds=60.0,
  max_skipped=1000,
  cluster: distributed.Cluster | None = None,
):
  """Trains in a run folder until its tasks are done or a signal comes.

  Args:
    config: the run's configuration.
    run_dir: the run folder.
    checkpoint_seconds: least time between checkpoints within a task.
    summaries: whether to write for TensorBoard.
    exports: whether to write a SavedModel of every task that is done.
    step_seconds: the longest that an environment may take for a step.
    max_skipped: updates in a row that are not finite, at which the run stops.
    cluster: whose workers train; None: threads of this process.

  Raises:
    UserError: for a configuration or a folder that cannot be run, and what
      stops a run: a full disk, an environment that fails again and again, or
      updates that are not finite any more.
    SystemExit: after a signal, with the conventional code.
  """
  from pathnet_tf import coordinator, learner, local_engines, run_folder
  from pathnet_tf.exports import export
  from pathnet_tf.observers import observer, progress

  variables = learner.Variables()
  make_engine: coordinator.EngineFactory = functools.partial(
    local_engines.make_engine, step_seconds=step_seconds
  )
  if config.strategy == 'mirrored':
    from pathnet_tf.engines import mirrored_devices

    strategy = mirrored_devices.make_strategy(config.workers)
    variables = learner.Variables(strategy.scope)
    make_engine = functools.partial(make_engine, strategy=strategy)
  elif config.strategy == 'parameter_server':
    if cluster is None:
      raise UserError(
        'strategy is parameter_server: of the programs only launch.train and'
        ' launch.cluster know it'
      )
    make_engine, variables = cluster.make_engine, cluster.variables()
  with run_folder.RunFolder(run_dir) as folder:
    observers: list[observer.Observer] = [
      progress.Progress(config.steps_per_task, len(config.tasks))
    ]
    if summaries:
      from pathnet_tf.observers.summaries import Summaries

      observers.append(
        Summaries(folder.events, config.to_json(), sys.orig_argv)
      )
    if cluster is not None:
      observers.append(cluster.observer(folder, summaries))
    try:
      with cluster.restarts() if cluster else contextlib.nullcontext():
        run = coordinator.Coordinator(
          config,
          folder,
          make_engine,
          observers,
          checkpoint_seconds,
          export.exporter(folder.exports) if exports else None,
          variables,
          max_skipped,
        )
        with signals.stopped_by(run.stop):
          run.run()
    except SystemExit:  # After a signal.
      if cluster is not None:
        cluster.dismiss()
      raise


def draw(run_dir: str) -> list[pathlib.Path]:
  """Draws a run's score curves, nine boxes and page; gives their paths."""
  from pathnet_tf.reports import curves, history, nine_boxes, page

  run = history.read_history(run_dir)
  report = pathlib.Path(run_dir, 'report')
  report.mkdir(exist_ok=True)
  return [
    curves.draw_score_curves([('PathNet', run)], report / 'score_curves.png'),
    nine_boxes.draw_nine_boxes(run, report / 'nine_boxes.png'),
    page.write_page([run_dir], report / page.NAME, run_flags.flags_of),
  ]


if __name__ == '__main__':
  programs.run(main)
