# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Exports a task that a run has finished, as a SavedModel.

  python -m launch.export --run_dir=R --task=0 --output=D

Training does the same at the end of every task, into R/exports. The weights are
those of the checkpoint of the task's end.
"""

from __future__ import annotations

from absl import flags

from launch import programs
from pathnet_tf.errors import UserError

_RUN_DIR = flags.DEFINE_string('run_dir', None, 'Run folder; required.')
_TASK = flags.DEFINE_string(
  'task', None, "The task's number in the run, from 0, or its name; required."
)
_OUTPUT = flags.DEFINE_string(
  'output', None, 'Folder to write; a new one, required.'
)


def main() -> None:
  """Prints the folder of the export."""
  run_dir, output = _RUN_DIR.value, _OUTPUT.value
  if not run_dir or not output:
    raise UserError('name a run folder by --run_dir, and a new one by --output')
  programs.start_tensorflow(workers=1)
  from pathnet_tf import checkpoints, config, run_folder
  from pathnet_tf.exports import export
  from pathnet_tf.learner import Learner

  folder = run_folder.RunFolder(run_dir)
  settings = config.RunConfig.from_json(folder.read_config())
  store = checkpoints.CheckpointStore(folder.checkpoints, read_only=True)
  found = store.latest()
  finished = found.state['finished'] if found else []
  if not finished:
    raise UserError(
      f'{folder.path!r} has no task that is finished yet: let it train'
    )
  index = _index([task['name'] for task in finished])
  learner = Learner(settings)
  learner.restore(store, store.pinned(checkpoints.pinned_name(index)))
  export.write(learner, index, output)
  print(output)


def _index(names: list[str]) -> int:
  """Which of the finished tasks is asked for."""
  wanted = _TASK.value
  known = ', '.join(f'{index} ({name})' for index, name in enumerate(names))
  if wanted is not None and names.count(wanted) == 1:
    return names.index(wanted)
  if wanted is not None and wanted.isdecimal() and int(wanted) < len(names):
    return int(wanted)
  problem = 'no task' if wanted is None else f'task is {wanted!r}'
  raise UserError(f'{problem}: give --task one of those done, {known}')


if __name__ == '__main__':
  programs.run(main)
