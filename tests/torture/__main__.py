# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The long campaign against a run's files and processes.

  python -m tests.torture --folder=F --stages=kills,points,edits,flags,nan

Every try is a row in F/STAGE.jsonl; the same command goes on where it was, and
prints the table of all rows. `--stages=` only prints it.
"""

from __future__ import annotations

import pathlib
import sys
import tempfile
import time

from absl import app, flags, logging

from pathnet_tf import event_log
from tests.torture import inputs, processes

_FOLDER = flags.DEFINE_string('folder', None, 'Where the rows are kept.')
_STAGES = flags.DEFINE_list(
  'stages', ['kills', 'points', 'edits', 'flags', 'nan'], 'What to run.'
)
_KILLS = flags.DEFINE_integer('kills', 300, 'Random kills.')
_EACH = flags.DEFINE_integer('each', 25, 'Kills at each named point.')
_EDITS = flags.DEFINE_integer('edits', 10_000, 'Edits of checkpoints and logs.')
_INPUTS = flags.DEFINE_integer(
  'inputs', 10_000, 'Bad flags and configurations.'
)
_NANS = flags.DEFINE_integer('nans', 100, 'Updates that are made NaN.')
_MINUTES = flags.DEFINE_float('minutes', 1e9, 'Stops then, between two tries.')

_RUN = {
  'kills': lambda: processes.kills(_KILLS.value),
  'points': lambda: processes.points(_EACH.value),
  'edits': lambda: inputs.edits(_EDITS.value),
  'flags': lambda: inputs.settings(_INPUTS.value),
  'nan': lambda: processes.nans(_NANS.value),
}


def main(argv) -> None:
  """Runs the stages, then prints the table."""
  del argv
  logging.set_verbosity(logging.WARNING)
  if not _FOLDER.value:
    sys.exit('error: name the folder of the rows by --folder')
  folder = pathlib.Path(_FOLDER.value).resolve()
  folder.mkdir(parents=True, exist_ok=True)
  ends = time.monotonic() + 60 * _MINUTES.value
  for stage in _STAGES.value:
    with (
      event_log.EventLog(folder / f'{stage}.jsonl') as log,
      tempfile.TemporaryDirectory() as scratch,
    ):
      done = list(event_log.read(log.path))
      for row in _RUN[stage]()(pathlib.Path(scratch), done):
        log.append(row)
        if row['faults']:
          print(stage, row, file=sys.stderr, flush=True)
        if time.monotonic() > ends:
          break
  print(table(folder))


def table(folder: pathlib.Path) -> str:
  """Of all rows: what was tried, how often, and what went wrong."""
  lines = ['| what | tries | of them | faults |', '| --- | --- | --- | --- |']
  for path in sorted(folder.glob('*.jsonl')):
    rows = list(event_log.read(path))
    faults = sum(bool(row['faults']) for row in rows)
    tries = sum(row.get('tries', 1) for row in rows)
    kinds: dict[str, int] = {}
    for row in rows:
      for kind, count in row['kinds'].items():
        kinds[kind] = kinds.get(kind, 0) + count
    told = ', '.join(f'{kinds[kind]} {kind}' for kind in sorted(kinds))
    lines.append(f'| {path.stem} | {tries} | {told} | {faults} |')
  return '\n'.join(lines)


if __name__ == '__main__':
  app.run(main)
