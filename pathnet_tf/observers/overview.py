# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What TensorBoard shows of a run as a whole: its settings, and its charts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tensorboard.plugins.custom_scalar import layout_pb2

Value = bool | int | float | str


def hyperparameters(
  config: Mapping[str, Any], prefix: str = ''
) -> dict[str, Value]:
  """The settings by dotted name, as values that the HParams tab can show.

  Args:
    config: as `RunConfig.to_json` gives it.
    prefix: of the names.

  Returns:
    `{'seed': 0, 'network.modules': 10, ...}`. A list is its items with commas
    between them; None is 'none'.
  """
  flat: dict[str, Value] = {}
  for key, value in config.items():
    name = prefix + key
    if isinstance(value, Mapping):
      flat.update(hyperparameters(value, f'{name}.'))
    elif isinstance(value, list | tuple):
      flat[name] = ', '.join(map(str, value))
    else:
      flat[name] = 'none' if value is None else value
  return flat


def settings_table(config: Mapping[str, Any]) -> str:
  """The settings as a table in Markdown, a row each."""
  rows = [
    f'| {name} | `{json.dumps(value)}` |'
    for name, value in hyperparameters(config).items()
  ]
  return '\n'.join(['| setting | value |', '| --- | --- |', *rows])


def layout(tasks: Sequence[str], metrics: Iterable[str]) -> layout_pb2.Layout:
  """The charts of the Custom Scalars tab, what matters most first.

  Args:
    tasks: names of the run's tasks, in their order.
    metrics: names of what an evaluation measures, `loss` and the like.

  Returns:
    Charts of the tags that `Summaries` writes.
  """
  names = list(dict.fromkeys(tasks))
  scores = [_chart(name, f'score/{name}') for name in names]
  if len(names) > 1:
    tags = [f'score/{name}' for name in names]
    scores.insert(0, _chart('all tasks', *tags))
  metrics = list(metrics)
  losses = [name for name in metrics if name.endswith('loss')]
  training = [_chart('losses', *(f'training/{name}' for name in losses))]
  training += [
    _chart(name.replace('_', ' '), f'training/{name}')
    for name in metrics
    if name not in losses
  ]
  return layout_pb2.Layout(
    category=[
      layout_pb2.Category(title='Score', chart=scores),
      layout_pb2.Category(title='Training', chart=training),
      layout_pb2.Category(
        title='Search',
        chart=[
          _chart('path diversity', 'search/path_diversity'),
          _chart('tournaments that copied a path', 'search/tournaments'),
        ],
      ),
      layout_pb2.Category(
        title='Speed',
        chart=[_chart('steps per second', 'speed/steps_per_second')],
      ),
    ]
  )


def _chart(title: str, *tags: str) -> layout_pb2.Chart:
  # TensorBoard takes a tag for a regular expression.
  return layout_pb2.Chart(
    title=title,
    multiline=layout_pb2.MultilineChartContent(
      tag=[f'{re.escape(tag)}$' for tag in tags]
    ),
  )
