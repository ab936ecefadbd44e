# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Scores what a run has learnt, without training.

  python -m launch.evaluate --run_dir=R --episodes=30

Every finished task is played along its frozen path with its own head; a task
that is still being learnt, along the fittest path so far. Of images to tell
apart it gives the accuracy on those kept for the test.
"""

from __future__ import annotations

import json
import pathlib

from absl import flags

from launch import programs
from pathnet_tf.errors import UserError

_RUN_DIR = flags.DEFINE_string('run_dir', None, 'Run folder to evaluate.')
_DATA_DIR = flags.DEFINE_string(
  'data_dir',
  None,
  'Folder of image files; by default PATHNET_DATA_DIR, or a download.',
)
_EPISODES = flags.DEFINE_integer('episodes', 30, 'Episodes of each task.')
_SEED = flags.DEFINE_integer('seed', 1000, 'Seed of environments and actions.')
_GREEDY = flags.DEFINE_boolean(
  'greedy', False, 'Take the likeliest action instead of a sampled one.'
)


def main() -> None:
  """Prints a JSON line for each task."""
  if not _RUN_DIR.value:
    raise UserError('no run folder: name one by --run_dir')
  if _EPISODES.value < 1:
    raise UserError(f'episodes is {_EPISODES.value}: at least 1 is right')
  programs.set_data_dir(_DATA_DIR.value)
  programs.start_tensorflow(workers=1)
  import numpy as np

  from pathnet_tf import (
    checkpoints,
    config,
    coordinator,
    evaluation,
    run_folder,
  )
  from pathnet_tf.learner import Learner
  from pathnet_tf.tasks import classification

  folder = run_folder.RunFolder(_RUN_DIR.value)
  learner = Learner(config.RunConfig.from_json(folder.read_config()))
  store = checkpoints.CheckpointStore(folder.checkpoints, read_only=True)
  found = store.latest()
  if found is None:
    raise UserError(f'{folder.path!r} has no checkpoint yet: let it train')
  learner.restore(store, found)
  played = [(task.rows, task.fitness) for task in learner.finished]
  if found.state['running']:
    search = coordinator.make_search(
      learner.config, learner.network.modules, learner.task
    )
    search.restore(found.state['search'])
    if any(fitness is not None for fitness in search.fitness):
      _, path, fitness = search.fittest()
      rows = [indices.tolist() for indices in learner.rows(path)]
      played.append((rows, fitness))
  if not played:
    raise UserError(
      f'{folder.path!r} has no path that was evaluated yet: let it train'
    )
  for head, (rows, fitness) in enumerate(played):
    task = learner.tasks[head]
    scores: dict[str, float] = {}
    if isinstance(task, classification.ClassificationTask):
      test = task.load().test
      scores['images'] = len(test.labels)
      scores['accuracy'] = evaluation.accuracy(
        learner.network, rows, head, test
      )
    else:
      act = evaluation.path_policy(
        learner.network, rows, head, _SEED.value, _GREEDY.value
      )
      returns = evaluation.play(task, act, _EPISODES.value, _SEED.value)
      scores = {
        'episodes': len(returns),
        'mean': float(np.mean(returns)),
        'median': float(np.median(returns)),
        'standard_deviation': float(np.std(returns)),
        'min': min(returns),
        'max': max(returns),
        'seed': _SEED.value,
        'greedy': _GREEDY.value,
      }
    finished = head < len(learner.finished)
    told = {'task': task.name, 'finished': finished, 'fitness': fitness}
    run = pathlib.Path(folder.path).name
    print(json.dumps({**told, **scores, 'run': run}), flush=True)


if __name__ == '__main__':
  programs.run(main)
