# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Draws what `benchmarks.suite` measured.

  python -m benchmarks.charts --results=FOLDER

Writes FOLDER/breakdown.png and FOLDER/growth.png.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

from absl import flags

from launch import programs
from pathnet_tf.errors import UserError
from pathnet_tf.reports import style

_RESULTS = flags.DEFINE_string(
  'results', 'runs/bench', "Folder of the suite's results."
)


def main() -> None:
  """Draws, says where."""
  folder = pathlib.Path(_RESULTS.value)

  def read(name: str) -> dict[str, Any]:
    try:
      return json.loads((folder / f'{name}.json').read_text())
    except FileNotFoundError as error:
      raise UserError(
        f'no {name}.json in {folder}: make bench writes it'
      ) from error

  loops = {
    file.stem: json.loads(file.read_text())
    for file in sorted(folder.glob('pong*.json'))
  }
  for name, figure in (
    ('breakdown', breakdown(read('breakdown'))),
    ('growth', growth(read('train_step'), loops)),
  ):
    print(style.save_png(figure, folder / f'{name}.png'))


def breakdown(results: dict[str, Any]) -> style.Figure:
  """A bar a stage, microseconds of an agent step on one core."""
  stages = results['stages']
  figure = style.new_figure(9, 4)
  axes = figure.add_axes((0.3, 0.14, 0.62, 0.74))
  names = list(stages)
  total = sum(stages.values())
  for place, name in enumerate(names):
    value = stages[name]
    axes.barh(place, value, color=style.TASK_COLOURS[1], height=0.7)
    axes.text(
      max(value, 0) + total / 200,
      place,
      f'{value:.1f} us, {value / total:.0%}',
      va='center',
      fontsize=9,
      color=style.INK,
    )
  axes.set_yticks(range(len(names)), names)
  axes.invert_yaxis()
  axes.set_xlim(0, 1.2 * max(stages.values()))
  axes.set_xlabel('microseconds of one core, an agent step')
  axes.set_title(
    f'{results["game"].capitalize()}, {results["environments"]} environments,'
    f' updates of {results["window"]} steps: {total:.0f} us',
    fontsize=11,
    loc='left',
  )
  _plain(axes)
  return figure


def growth(
  train_step: dict[str, Any], loops: dict[str, dict[str, Any]]
) -> style.Figure:
  """A training step by M, N, L; the whole loop by workers and environments."""
  figure = style.new_figure(11, 3.4)
  times = train_step['milliseconds']
  for column, (letter, what) in enumerate(
    (('M', 'modules a layer'), ('N', 'active a layer'), ('L', 'layers'))
  ):
    axes = figure.add_axes((0.06 + 0.21 * column, 0.17, 0.17, 0.7))
    found = {
      int(name.partition('=')[2]): value
      for name, value in times.items()
      if name.startswith(f'{letter}=')
    }
    _points(axes, found)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(f'{letter}, {what}')
    if letter == 'M':
      axes.set_xscale('log')
      axes.set_ylabel('milliseconds a training step')
  axes = figure.add_axes((0.72, 0.17, 0.26, 0.7))
  workers: dict[int, dict[int, dict[str, float]]] = {}
  for results in loops.values():
    workers.setdefault(results['workers'], {})[results['environments']] = (
      results['rates']['ours']
    )
  for index, (count, found) in enumerate(sorted(workers.items())):
    _points(axes, found, index, f'{count} worker{"s" * (count > 1)}')
  axes.set_ylim(bottom=0)  # Once all is drawn: it ends the scaling.
  axes.set_xlabel('environments in all')
  axes.set_ylabel('Pong, agent steps a second')
  axes.legend(frameon=False, fontsize=8, loc='lower right')
  return figure


def _points(axes, found, look: int = 0, label: str | None = None) -> None:
  """Medians with their quartiles."""
  sizes = sorted(found)
  medians = [found[size]['median'] for size in sizes]
  colour, dashes, marker = style.RUN_LOOKS[look]
  axes.errorbar(
    sizes,
    medians,
    [
      [m - found[s]['lower'] for s, m in zip(sizes, medians, strict=True)],
      [found[s]['upper'] - m for s, m in zip(sizes, medians, strict=True)],
    ],
    color=colour,
    linestyle=dashes,
    marker=marker,
    markersize=4,
    capsize=2,
    label=label,
  )
  _plain(axes)


def _plain(axes) -> None:
  axes.tick_params(labelsize=9, colors=style.INK, length=3)
  for side in ('top', 'right'):
    axes.spines[side].set_visible(False)


if __name__ == '__main__':
  programs.run(main)
