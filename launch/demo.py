# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Two MinAtar games in a row with PathNet, and the second one from nothing.

  python -m launch.demo --run_dir=runs/demo

The settings of both arms are those of launch/flagfiles/minatar.flags; de novo
trains one fixed path of the full size on the second game alone.
"""

from __future__ import annotations

import dataclasses
import os
import sys

from absl import flags

from launch import cluster_flags, programs, run_flags, train
from pathnet_tf.errors import UserError

_FLAGFILE = os.path.join(
  os.path.dirname(os.path.abspath(__file__)), 'flagfiles', 'minatar.flags'
)
flags.adopt_module_key_flags(train)  # For --help.
_EPISODES = 200  # Of the random policy, whose scores are the floor.


def main() -> None:
  """Trains both arms, then prints the comparison and the pictures' paths."""
  if len(flags.FLAGS.tasks) < 2:
    raise UserError(
      'one game alone has nothing to be compared with: name two, as in'
      ' --tasks=minatar/breakout,minatar/asterix'
    )
  options = train.options()
  folder = options.pop('run_dir')
  cluster_flags.refuse_flags()
  programs.start_tensorflow(flags.FLAGS.workers, flags.FLAGS.logical_devices)
  from pathnet_tf import evaluation
  from pathnet_tf.reports import curves, history, nine_boxes, table
  from pathnet_tf.tasks import registry

  config = run_flags.config_from_flags()
  tasks = [registry.make(name) for name in config.tasks]
  for task in tasks:
    if not isinstance(task, registry.Task):
      raise UserError(
        f'{task.name} is no game: the demo compares games; launch.transfer'
        ' compares images'
      )
  de_novo = dataclasses.replace(
    config,
    tasks=config.tasks[-1:],
    evolution=dataclasses.replace(config.evolution, search='fixed'),
  )
  runs = {}
  for label, settings in (('PathNet', config), ('de novo', de_novo)):
    path = os.path.join(folder, label.lower().replace(' ', '_'))
    print(f'{label}: {" then ".join(settings.tasks)}', file=sys.stderr)
    train.train(settings, path, **options)
    runs[label] = history.read_history(path)

  floor = {}
  for task in tasks:
    policy = evaluation.random_policy(task, config.seed)
    scores = evaluation.play(task, policy, _EPISODES, config.seed)
    floor[task.name] = sum(scores) / len(scores)
  print()
  for learnt in runs['PathNet'].tasks:
    score, random = learnt.final_score(), floor[learnt.name]
    times = f': {score / random:.1f} times random' if random > 0 else ''
    print(f'{learnt.name}: final score {score:.2f}, random {random:.2f}{times}')
  second, alone = runs['PathNet'].tasks[-1], runs['de novo'].tasks[0]
  rows = table.comparison(second, alone, floor[second.name])
  print()
  print(table.format_table(rows, f'{second.name}: PathNet against de novo'))
  print()
  print(
    curves.draw_score_curves(
      list(runs.items()), os.path.join(folder, 'score_curves.png'), floor
    )
  )
  print(
    nine_boxes.draw_nine_boxes(
      runs['PathNet'], os.path.join(folder, 'nine_boxes.png')
    )
  )


def _set_defaults() -> None:
  """The demo's own settings: --help shows them, and flags win."""
  settings = flags.FLAGS.read_flags_from_files([f'--flagfile={_FLAGFILE}'])
  for setting in (*settings, f'--run_dir={os.path.join("runs", "demo")}'):
    name, _, value = setting.removeprefix('--').partition('=')
    flags.FLAGS.set_default(name, value)


if __name__ == '__main__':
  _set_defaults()
  programs.run(main)
