# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The parts of the report page that are words and tables, as HTML.

Names and settings come from files, so whatever is put in is escaped.
"""

from __future__ import annotations

import itertools
import json
import platform
import shlex
from collections.abc import Mapping, Sequence
from html import escape
from importlib import metadata
from typing import Any

import numpy as np

from pathnet_tf.bootstrap import Estimate
from pathnet_tf.evolution.genotype import layer_sets
from pathnet_tf.reports.final_score import final_score
from pathnet_tf.reports.history import History
from pathnet_tf.reports.page_data import of_images
from pathnet_tf.reports.style import steps_text
from pathnet_tf.reports.task_history import TaskHistory

_PACKAGES = (
  'tensorflow',
  'tf-keras',
  'tf-agents',
  'numpy',
  'scipy',
  'gymnasium',
  'ale-py',
  'minatar',
)
_ON_CLUSTER = '--strategy=parameter_server'
_LINE = 76  # Letters of a command that is not broken into lines.


def scores_html(history: History, to_come: Sequence[str]) -> str:
  """What every task came to.

  Args:
    history: the run.
    to_come: names of the tasks that have not begun.
  """
  heads = ('task', 'steps', 'evaluations', 'final score', 'best path',
           'frozen modules')  # fmt: skip
  rows = [_score_row(task) for task in history.tasks]
  rows += [[escape(name), 'not begun', '', '', '', ''] for name in to_come]
  return _table('scores', heads, rows)


def _score_row(task: TaskHistory) -> list[str]:
  unit = ' minibatches' if of_images(task.name) else ''
  score, path = final_score(task), best_path(task)
  shown = '–'
  if score is not None:
    shown = f'<b>{score.value:.4g}</b> <small>{_interval_text(score)}</small>'
  frozen = task.finish.frozen if task.finish else task.frozen_before
  return [
    f'<b>{task.task + 1}</b> {escape(task.name)}'
    + ('' if task.finish else ' <small>not finished</small>'),
    steps_text(task.total_steps) + unit,
    f'{task.evaluations:,}',
    shown,
    '–' if path is None else f'<code>{_path_text(path)}</code>',
    f'<code>{" · ".join(str(len(layer)) for layer in frozen)}</code>',
  ]


def _interval_text(score: Estimate) -> str:
  if not score.bounded:
    return 'one evaluation'
  return f'{score.low:.4g} to {score.high:.4g}'


def best_path(task: TaskHistory) -> np.ndarray | None:
  """The path a task finished with, else the fittest one so far: `[L, N]`."""
  if task.finish is not None:
    return task.finish.path
  member = task.fittest_at(task.evaluations)
  if member is None:
    return None
  return task.population_at(task.evaluations)[member]


def _path_text(path: np.ndarray) -> str:
  layers = ('·'.join(map(str, layer)) for layer in layer_sets(path))
  return ' → '.join(layers)


def overlap_html(history: History) -> str:
  """Which modules a task's best path shares with those of earlier tasks.

  Returns:
    A table, a row for each task after the first; empty where there is none.
  """
  ends = [task for task in history.tasks if best_path(task) is not None]
  if len(ends) < 2:
    return ''
  names = history.short_names()
  heads = ['modules shared with', *(escape(names[t.task]) for t in ends[:-1])]
  rows = []
  for number, task in enumerate(ends[1:], start=1):
    cells = [_overlap_cell(earlier, task) for earlier in ends[:number]]
    cells += [''] * (len(ends) - 1 - number)
    rows.append([f'<b>{task.task + 1}</b> {escape(names[task.task])}', *cells])
  return _table('shared modules', heads, rows)


def _overlap_cell(earlier: TaskHistory, later: TaskHistory) -> str:
  one, two = best_path(earlier), best_path(later)
  assert one is not None
  assert two is not None
  sets = list(zip(layer_sets(one), layer_sets(two), strict=True))
  shared = [len(set(a) & set(b)) for a, b in sets]
  chance = sum(
    len(a) * len(b) / size
    for (a, b), size in zip(sets, later.modules, strict=True)
  )
  return (
    f'<b>{sum(shared)}</b> of {sum(len(b) for _, b in sets)}'
    f' <small>(by chance {chance:.1f}); by layer'
    f' {", ".join(map(str, shared))}</small>'
  )


def config_html(config: Mapping[str, Any]) -> str:
  """The settings of a run, group by group."""
  groups: dict[str, Mapping[str, Any]] = {
    'run': {k: v for k, v in config.items() if not isinstance(v, Mapping)}
  }
  groups |= {k: v for k, v in config.items() if isinstance(v, Mapping)}
  return _groups(groups)


def versions_html() -> str:
  """Which versions there are where the page is made."""
  versions = {'Python': platform.python_version()}
  for name in _PACKAGES:
    try:
      versions[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
      continue
  return _groups({'versions': versions})


def _groups(groups: Mapping[str, Mapping[str, Any]]) -> str:
  parts = []
  for title, values in groups.items():
    lines = ''.join(
      f'<dt>{escape(key)}</dt><dd>{escape(_value_text(value))}</dd>'
      for key, value in values.items()
    )
    parts.append(f'<div><h3>{escape(title)}</h3><dl>{lines}</dl></div>')
  return f'<div class="settings">{"".join(parts)}</div>'


def _value_text(value: Any) -> str:
  if isinstance(value, list):
    return ', '.join(map(str, value))
  return value or '–' if isinstance(value, str) else json.dumps(value)


def commands_html(
  run_dir: str, train_flags: Sequence[str], history: History
) -> str:
  """What to type to have this run again, and to go on with it.

  Args:
    run_dir: the run folder.
    train_flags: of `launch.train`, without the run folder.
    history: the run.
  """
  run = f'--run_dir={run_dir}'
  images = any(of_images(task.name) for task in history.tasks)
  commands = {
    'Train it again, or go on with it': [*_training(train_flags), run],
    'Score what was learnt': [
      'evaluate',
      run,
      *([] if images else ['--episodes=30']),
    ],
  }
  for task in history.tasks:
    if task.finish is not None:
      commands[f'Export {task.name}, --task={task.task}'] = [
        'export',
        run,
        f'--task={task.task}',
        f'--output={run_dir.rstrip("/")}-task-{task.task}',
      ]
  shown = {
    title: _command_text(['python', '-m', f'launch.{name}', *arguments])
    for title, (name, *arguments) in commands.items()
  }
  shown['Watch it in TensorBoard'] = _command_text(
    ['tensorboard', f'--logdir={run_dir.rstrip("/")}/events']
  )
  note = (
    '<p>Where the images are not downloaded, add'
    ' <code>--data_dir=FOLDER</code>.</p>'
    if images
    else ''
  )
  return note + ''.join(
    f'<h3>{escape(title)}</h3>'
    f'<pre tabindex="0"><code>{escape(command)}</code></pre>'
    for title, command in shown.items()
  )


def _training(train_flags: Sequence[str]) -> list[str]:
  """The program that trains, with flags: on a cluster another one."""
  if _ON_CLUSTER not in train_flags:
    return ['train', *train_flags]
  own = [flag for flag in train_flags if flag.startswith('--workers=')]
  others = [f for f in train_flags if f not in (_ON_CLUSTER, *own)]
  return ['cluster', *own, '--', *others]


def _command_text(words: Sequence[str]) -> str:
  """The command for a shell; of a long one, every flag on its own line."""
  line = shlex.join(words)
  if len(line) <= _LINE:
    return line
  begin = list(itertools.takewhile(lambda w: not w.startswith('--'), words))
  flags = words[len(begin) :]
  return ' \\\n    '.join([shlex.join(begin), *map(shlex.quote, flags)])


def _table(
  label: str, heads: Sequence[str], rows: Sequence[Sequence[str]]
) -> str:
  """A table that is scrolled within itself where it is too wide."""
  head = ''.join(f'<th scope="col">{text}</th>' for text in heads)
  body = ''.join(
    f'<tr><th scope="row">{first}</th>'
    + ''.join(f'<td>{cell}</td>' for cell in rest)
    + '</tr>'
    for first, *rest in rows
  )
  return (
    f'<div class="wide" role="region" aria-label="{label}" tabindex="0">'
    f'<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
  )
