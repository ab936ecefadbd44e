# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The report of one or several runs: one HTML page that needs nothing else.

The page's policy forbids it to load anything, and to run any script or style
but its own two, which it names by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pathlib
import string
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from pathnet_tf.durable_files import write_durably
from pathnet_tf.errors import UserError
from pathnet_tf.reports import page_data, page_media, page_tables
from pathnet_tf.reports.history import History, read_history
from pathnet_tf.reports.style import steps_text
from pathnet_tf.run_folder import RunFolder

NAME = 'index.html'

_FILES = pathlib.Path(__file__).with_name('page_files')
_SCRIPTS = (
  'dom.js',
  'replay.js',
  'network.js',
  'curves.js',
  'module_panel.js',
  'timeline.js',
  'explorer.js',
  'start.js',
)


class _Run(NamedTuple):
  run_dir: str
  history: History
  config: Mapping[str, Any]
  train_flags: list[str]


def write_page(
  run_dirs: Sequence[str],
  path: str | os.PathLike[str],
  flags_of: Callable[[Mapping[str, Any]], list[str]],
) -> pathlib.Path:
  """Writes the page of some runs, finished or not.

  Args:
    run_dirs: their folders.
    path: the HTML file to write; its folder is made if need be.
    flags_of: gives the flags of `launch.train` for a configuration.

  Returns:
    `path`.

  Raises:
    UserError: a folder is not that of a run, no task of one has begun, or the
      page cannot be written.
  """
  runs = [_read(run_dir, flags_of) for run_dir in run_dirs]
  path = pathlib.Path(path)
  text = _page_html(runs, path.parent)
  try:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(os.fspath(path), text.encode())
  except OSError as error:
    raise UserError(
      f'cannot write {os.fspath(path)!r}: {error.strerror}; name another file'
    ) from error
  return path


def _read(
  run_dir: str, flags_of: Callable[[Mapping[str, Any]], list[str]]
) -> _Run:
  config = RunFolder(run_dir).read_config()
  history = read_history(run_dir)
  if not history.tasks:
    raise UserError(f'no task of {run_dir!r} has begun: let it train')
  return _Run(run_dir, history, config, flags_of(config))


def _page_html(runs: Sequence[_Run], page_folder: pathlib.Path) -> str:
  script = '\n'.join(_file(name) for name in _SCRIPTS)
  style = _file('page.css')
  common = page_data.common_tasks([run.history for run in runs])
  data = {
    'common': common,
    'runs': [
      {'label': run.run_dir}
      | page_data.run_data(
        run.history,
        run.config.get('network', {}).get('frozen')
        in ('always_on', 'scaled', 'columns'),
      )
      for run in runs
    ],
  }
  parts = [_run_html(index, run, page_folder) for index, run in enumerate(runs)]
  return string.Template(_file('page.html')).substitute(
    policy=(
      f"default-src 'none'; script-src {_hash(script)};"
      f' style-src {_hash(style)}; img-src data:; media-src data:;'
      " base-uri 'none'; form-action 'none'"
    ),
    title=escape(' | '.join(_title(run.history) for run in runs)),
    style=style,
    overview=_overview_html(runs, bool(common)) if len(runs) > 1 else '',
    runs=''.join(parts),
    # As < begins whatever could end the script, none is left.
    data=json.dumps(data, separators=(',', ':')).replace('<', '\\u003c'),
    script=script,
  )


def _file(name: str) -> str:
  return (_FILES / name).read_text(encoding='utf-8')


def _hash(text: str) -> str:
  digest = hashlib.sha256(text.encode()).digest()
  return f"'sha256-{base64.b64encode(digest).decode()}'"


def _title(history: History) -> str:
  return ' → '.join(history.short_names())


def _overview_html(runs: Sequence[_Run], common: bool) -> str:
  """Links to the runs, and a place for the curves of the tasks in common."""
  links = ''.join(
    f'<li><a href="#run-{index}">{escape(run.run_dir)}</a>:'
    f' {escape(_title(run.history))}</li>'
    for index, run in enumerate(runs)
  )
  curves = '<h2>Tasks in common</h2><div data-part="common"></div>'
  return (
    f'<section><h1>{len(runs)} runs</h1><ul>{links}</ul>'
    f'{curves if common else ""}</section>'
  )


def _run_html(index: int, run: _Run, page_folder: pathlib.Path) -> str:
  history, config = run.history, run.config
  tasks = config.get('tasks', [])
  to_come = [str(name) for name in tasks[len(history.tasks) :]]
  values = {
    'index': str(index),
    'run_dir': escape(run.run_dir),
    'title': escape(_title(history)),
    'facts': escape(_facts(history, len(to_come))),
    'scores': page_tables.scores_html(history, to_come),
    'overlap': page_tables.overlap_html(history),
    'videos': page_media.media_html(
      pathlib.Path(run.run_dir, 'report'), page_folder
    ),
    'commands': page_tables.commands_html(
      run.run_dir, run.train_flags, history
    ),
    'config': page_tables.config_html(config),
    'versions': page_tables.versions_html(),
  }
  text = _file('run.html')
  for part in ('overlap', 'videos'):
    if not values[part]:
      begin, end = (f'<!-- {mark} {part} -->' for mark in ('begin', 'end'))
      text = text[: text.index(begin)] + text[text.index(end) + len(end) :]
  return string.Template(text).substitute(values)


def _facts(history: History, to_come: int) -> str:
  """What the run is, in a sentence or two."""
  first = history.tasks[0]
  tasks = len(history.tasks) + to_come
  done = sum(task.finish is not None for task in history.tasks)
  steps = sum(task.total_steps for task in history.tasks)
  evaluations = sum(task.evaluations for task in history.tasks)
  unit = 'minibatches' if page_data.of_images(first.name) else 'steps'
  size = len(first.population)
  sizes = '/'.join(map(str, dict.fromkeys(first.modules)))
  return (
    f'{done} of {tasks} task{"s" if tasks > 1 else ""} finished,'
    f' {steps_text(steps)} {unit}, {evaluations:,}'
    f' evaluation{"" if evaluations == 1 else "s"}. Paths of at'
    f' most {first.active} modules a layer through {len(first.modules)}'
    f' layer{"s" if len(first.modules) > 1 else ""} of {sizes} modules;'
    f' {f"a population of {size}" if size > 1 else "one fixed path"}.'
  )
