# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Writes docs/configuration.md: every flag of every program.

  python tools/write_configuration.py

From the flags' own definitions; a test fails where the page is older.
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
from collections.abc import Iterable
from xml.etree import ElementTree

_ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # As `python -m` would have it.

from launch import __main__ as command  # noqa: E402
from launch import help as help_lib  # noqa: E402
from launch import run_flags  # noqa: E402

PAGE = _ROOT / 'docs' / 'configuration.md'

_HEAD = """\
# Configuration

Every flag of every program, from their definitions. A flag file,
`--flagfile=FILE`, holds flags, one a line; those given after it win.
`launch/flagfiles/` has those of published settings, `launch/studies/` those of
the studies.

## A run

The flags of `launch.train`, `launch.transfer` and `launch.demo` that make a
run's configuration, which it keeps for ever. (The demo's own defaults are in
`launch/flagfiles/minatar.flags`.) In `config.json` they go by the
second name, and so they do, without what stands before the dot, in the arms of
a study: `--arms='pathnet?population=64'`.

| flag | in `config.json` | default | |
| --- | --- | --- | --- |
"""
_PROGRAM = """\
## launch.{name}

{what}.

| flag | default | |
| --- | --- | --- |
"""
_CLUSTER = """\
### With --strategy=parameter_server

Besides, in every process of a cluster ([distributed.md](distributed.md)).
`launch.cluster` gives its processes `--hosts`, `--job` and `--task_index`; its
own flags, `--workers` (2), `--ps` (1) and `--hang_seconds` (15: a process that
is silent for so long is killed and started again), stand before the `--` that
all others follow.

| flag | default | |
| --- | --- | --- |
"""


def page() -> str:
  """The text of the page."""
  of_runs = {flag.name: key for key, flag in run_flags.SETTINGS.items()}
  parts = []
  for name, what in command.PROGRAMS.items():
    if name == 'cluster':
      continue  # It hands its flags on.
    told = _flags(name)
    if not parts:
      rows = ([f, f'`{of_runs[f]}`', *told[f][1:]] for f in of_runs)
      parts.append(_HEAD + _table(rows))
    own = [
      [flag, *rest]
      for flag, (module, *rest) in told.items()
      if module.endswith('.py')  # The program itself, not what it imports.
    ]
    if own:
      head = _PROGRAM.format(name=name, what=what[0].upper() + what[1:])
      parts.append(head + _table(own))
    if name == 'train':
      of_clusters = [
        [flag, *rest]
        for flag, (module, *rest) in told.items()
        if module == 'launch.cluster_flags'
      ]
      parts.append(_CLUSTER + _table(of_clusters))
  return '\n'.join(parts)


def _flags(program: str) -> dict[str, list[str]]:
  """By flag of a program: the module it is of, its default and its words."""
  done = subprocess.run(
    [sys.executable, '-m', f'launch.{program}', '--helpxml'],
    cwd=_ROOT,
    capture_output=True,
    check=False,  # absl ends with 1 after help.
  )
  found = {}
  for flag in ElementTree.fromstring(done.stdout).iter('flag'):
    module, name, default, words = (
      ' '.join((flag.findtext(tag) or '').split())
      for tag in ('file', 'name', 'default', 'meaning')
    )
    words = words.removesuffix(help_lib.REPEATED)
    shown = f'`{default}`' if default and default != 'None' else ''
    if of_values := re.match('<(.*?)>: (.*)', words):
      values = ', '.join(f'`{each}`' for each in of_values[1].split('|'))
      words = f'{values}: {of_values[2]}'
    found[name] = [module, shown, words.replace('|', '\\|')]
  return found


def _table(rows: Iterable[list[str]]) -> str:
  return ''.join(
    f'| `--{flag}` | {" | ".join(rest)} |\n' for flag, *rest in rows
  )


if __name__ == '__main__':
  PAGE.write_text(page())
