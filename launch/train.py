# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Trains one PathNet on tasks in a row.

  python -m launch.train --tasks=minatar/breakout,minatar/asterix --run_dir=R

The same command goes on with a run that was interrupted.
"""

from __future__ import annotations

import contextlib
import pathlib
import signal
import sys

from absl import flags

from launch import distributed, programs, run_flags
from pathnet_tf.cluster import pulse
from pathnet_tf.errors import UserError

_RUN_DIR = flags.DEFINE_string(
  'run_dir', None, 'Run folder: new, or that of the same run to go on with.'
)
_DATA_DIR = flags.DEFINE_string(
  'data_dir',
  None,
  'Folder of image files; by default PATHNET_DATA_DIR, or a download.',
)
_CHECKPOINT_SECONDS = flags.DEFINE_float(
  'checkpoint_seconds', 60.0, 'Least time between checkpoints within a task.'
)
_EXPORTS = flags.DEFINE_boolean(
  'exports', True, 'Write a SavedModel of every task that is done.'
)
_SUMMARIES = flags.DEFINE_boolean('summaries', True, 'Write for TensorBoard.')
_STRATEGY = flags.DEFINE_enum(
  'strategy',
  'local',
  ['local', 'parameter_server'],
  'Where evaluations run: in threads of this process, or in the workers of a'
  ' cluster, whose variables live on parameter servers.',
)
for _module in (run_flags, distributed):  # For --help.
  flags.adopt_module_key_flags(_module)


def main() -> None:
  """Runs the configuration that the flags describe."""
  if not _RUN_DIR.value:
    raise UserError('no run folder: name one by --run_dir')
  programs.set_data_dir(_DATA_DIR.value)
  cluster: distributed.Cluster | None = None
  if _STRATEGY.value == 'parameter_server':
    beats = pulse.Pulse()
    distributed.quiet()
    here = distributed.cluster()
    flags.FLAGS['workers'].value = len(here.hosts['worker'])
    if here.job != 'chief':
      distributed.serve(here, beats)
    cluster = distributed.Cluster(here, beats)
  else:
    programs.start_tensorflow(flags.FLAGS.workers)
  config = run_flags.config_from_flags()
  train(
    config,
    _RUN_DIR.value,
    checkpoint_seconds=_CHECKPOINT_SECONDS.value,
    summaries=_SUMMARIES.value,
    exports=_EXPORTS.value,
    cluster=cluster,
  )
  for path in draw(_RUN_DIR.value):
    print(path)
  if cluster is not None:
    cluster.end()


def train(
  config,
  run_dir: str,
  *,
  checkpoint_seconds=60.0,
  summaries=True,
  exports=True,
  cluster: distributed.Cluster | None = None,
):
  """Trains in a run folder until its tasks are done or a signal comes.

  Args:
    config: the run's configuration.
    run_dir: the run folder.
    checkpoint_seconds: least time between checkpoints within a task.
    summaries: whether to write for TensorBoard.
    exports: whether to write a SavedModel of every task that is done.
    cluster: whose workers train; None: threads of this process.

  Raises:
    UserError: for a configuration or a folder that cannot be run.
    SystemExit: after a signal, with the conventional code.
  """
  from pathnet_tf import coordinator, local_engines, run_folder
  from pathnet_tf.exports import export
  from pathnet_tf.observers import progress

  with run_folder.RunFolder(run_dir) as folder:
    observers: list[coordinator.Observer] = [
      progress.Progress(config.steps_per_task, len(config.tasks))
    ]
    if summaries:
      from pathnet_tf.observers.summaries import Summaries

      observers.append(
        Summaries(folder.events, config.to_json(), sys.orig_argv)
      )
    make_engine = local_engines.make_engine
    variables = coordinator.Variables()
    if cluster is not None:
      make_engine, variables = cluster.make_engine, cluster.variables()
      observers.append(cluster.observer(folder, summaries))
    run = coordinator.Coordinator(
      config,
      folder,
      make_engine,
      observers,
      checkpoint_seconds,
      export.exporter(folder.exports) if exports else None,
      variables,
    )
    received = []

    def on_signal(number, frame):
      del frame
      received.append(number)
      run.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
      signal.signal(number, on_signal)
    with cluster.restarts() if cluster else contextlib.nullcontext():
      run.run()
    if received:
      if cluster is not None:
        cluster.dismiss()
      print('stopped by a signal; the same command goes on', file=sys.stderr)
      raise SystemExit(128 + received[0])


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
