# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Scores what a run has learnt, without training.

  python -m launch.evaluate --run_dir=R --episodes=30
  python -m launch.evaluate --run_dir=R --all_tasks
  python -m launch.evaluate --export=R/exports/0-minatar-breakout --video=a.gif

Every finished task is played along its frozen path with its own head; a task
that is still being learnt, along the fittest path so far. Of images to tell
apart it gives the accuracy on those kept for the test. It prints a table;
--json gives programs all numbers, a line a task.
"""

from __future__ import annotations

import json
import pathlib
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from absl import flags

from launch import programs
from pathnet_tf.errors import UserError

_RUN_DIR = flags.DEFINE_string(
  'run_dir', None, 'Run folder to evaluate; this or --export is required.'
)
_EXPORT = flags.DEFINE_string(
  'export', None, 'Folder of an exported task to evaluate instead of a run.'
)
_ALL_TASKS = flags.DEFINE_boolean(
  'all_tasks',
  False,
  'Also score every finished task by the checkpoint of its end, with the same'
  ' seeds: what was forgotten since.',
)
_DATA_DIR = flags.DEFINE_string(
  'data_dir',
  None,
  'Folder of image files; by default PATHNET_DATA_DIR, or a download.',
)
_EPISODES = flags.DEFINE_integer(
  'episodes',
  30,
  'Episodes of each game; more than ten are rounded up to full tens.',
)
_SEED = flags.DEFINE_integer(
  'seed',
  1000,
  'Seed of environments and actions.',
  lower_bound=0,
  upper_bound=2**31 - 1,
)
_GREEDY = flags.DEFINE_boolean(
  'greedy', False, 'Take the likeliest action instead of a sampled one.'
)
_VIDEO = flags.DEFINE_string(
  'video',
  None,
  'Also record an episode of each game, as .mp4 or .gif; of a run of several'
  " tasks the files get the tasks' numbers: play-0.gif for play.gif.",
)
_JSON = flags.DEFINE_boolean(
  'json', False, 'Print a line of JSON for each task, with all numbers.'
)

_ROW = '{:24}{:>10}{:>21}{:>13}{:>10}'.format
_RULE = '-' * len(_ROW('', '', '', '', ''))
_OF_GAMES = """\
score: the mean raw return of the episodes.
interval: of that mean, 95 %, bootstrapped from these episodes; another run of
training may well end outside of it."""
_OF_IMAGES = """\
score: the share of the images kept for the test that was told right."""
_OF_ALL = """\
fitness: what the path scored in training, when it was last evaluated."""


def main() -> None:
  """Prints the score of each task."""
  if bool(_RUN_DIR.value) == bool(_EXPORT.value):
    raise UserError(
      'name one run folder by --run_dir, or an export by --export'
    )
  if _ALL_TASKS.value and _EXPORT.value:
    raise UserError('an export is of one task: --all_tasks needs --run_dir')
  if _EPISODES.value < 1:
    raise UserError(f'episodes is {_EPISODES.value}: at least 1 is right')
  if _VIDEO.value:
    from pathnet_tf import video

    video.check(_VIDEO.value)
  programs.set_data_dir(_DATA_DIR.value)
  programs.start_tensorflow(workers=1)
  if _EXPORT.value:
    told = _of_export(_EXPORT.value)
  else:
    told = _of_run(_RUN_DIR.value or '')
  if not _JSON.value:
    _print_table(told)
    return
  for line in told:
    print(json.dumps(line), flush=True)


def _print_table(told: Iterable[dict[str, Any]]) -> None:
  """Each task as soon as it is scored; what the numbers are comes last."""
  notes: dict[str, None] = {}  # A set in order.
  for line in told:
    if not notes:
      print(_ROW('task', 'score', 'interval', 'of', 'fitness'), _RULE, sep='\n')
    print(_described(line), flush=True)
    notes[_OF_IMAGES if 'accuracy' in line else _OF_GAMES] = None
  print(_RULE, *notes, _OF_ALL, sep='\n')


def _described(line: dict[str, Any]) -> str:
  """A row of the table, and what there is to say of it."""
  images = 'accuracy' in line
  key, unit = ('accuracy', 'image') if images else ('mean', 'episode')
  number = ('{:.3f}' if images else '{:.2f}').format
  count, interval = line[f'{unit}s'], line.get('interval')
  row = _ROW(
    line['task'],
    number(line[key]),
    f'[{", ".join(map(number, interval))}]' if interval else '',
    f'{count} {unit}{"" if count == 1 else "s"}',
    number(line['fitness']),
  )
  told = [row]
  if not line.get('finished', True):
    told.append('  still being learnt: along the fittest path so far')
  if 'at_its_end' in line:
    end = number(line['at_its_end'][key])
    same = 'unchanged' if line['unchanged'] else 'changed since'
    told.append(f'  at its end {end}, {same}')
  if 'video' in line:
    video = line['video']
    told.append(f'  {video["file"]}: an episode, score {video["score"]:.2f}')
  return '\n'.join(told)


def _of_run(run_dir: str) -> Iterator[dict[str, Any]]:
  """What is told of each task that a run has learnt, one after the other."""
  from pathnet_tf import breeding, checkpoints, config, gameplay, run_folder
  from pathnet_tf import learner as learner_lib

  folder = run_folder.RunFolder(run_dir)
  # First, so that a folder which is no run's is called that.
  settings = config.RunConfig.from_json(folder.read_config())
  store = checkpoints.CheckpointStore(folder.checkpoints, read_only=True)
  newest = learner_lib.newest(settings, store)
  if newest is None:
    raise UserError(f'{folder.path!r} has no checkpoint yet: let it train')
  learner, found = newest
  played = [(task.rows, task.fitness) for task in learner.finished]
  if found.state['running']:
    bred = breeding.Breeding(learner)
    bred.restore(found.state)
    if any(fitness is not None for fitness in bred.search.fitness):
      _, path, fitness = bred.search.fittest()
      rows = [indices.tolist() for indices in learner.rows(path)]
      played.append((rows, fitness))
    elif played:
      name = learner.tasks[learner.task].name
      print(f'{name}: begun, no evaluation has ended yet', file=sys.stderr)
  if not played:
    raise UserError(
      f'{folder.path!r} has no path that was evaluated yet: let it train'
    )
  if _VIDEO.value:
    games = [t for t in learner.tasks[: len(played)] if _is_game(t)]
    if not games:
      raise UserError(f'no video of {folder.path!r}: it has learnt no game')
    for task in games:
      gameplay.check(task)
  for head, (rows, fitness) in enumerate(played):
    task = learner.tasks[head]
    finished = head < len(learner.finished)
    told = {'task': task.name, 'finished': finished, 'fitness': fitness}
    scores = _scores(task, learner.network, rows, head)
    if _ALL_TASKS.value and finished:
      end = store.pinned(checkpoints.pinned_name(head))
      then = learner_lib.Learner(settings)
      then.restore(store, end)
      before = _scores(task, then.network, then.finished[head].rows, head)
      scores |= {'at_its_end': before, 'unchanged': before == scores}
    if _VIDEO.value and _is_game(task):
      file = pathlib.Path(_VIDEO.value)
      if len(played) > 1:
        file = file.with_stem(f'{file.stem}-{head}')
      act = _policy(learner.network, rows, head)
      scores['video'] = _recorded(task, act, file)
    yield {**told, **scores, 'run': pathlib.Path(folder.path).name}


def _of_export(path: str) -> Iterator[dict[str, Any]]:
  """What is told of an export."""
  from pathnet_tf import gameplay
  from pathnet_tf.exports import load
  from pathnet_tf.tasks import registry

  export = load.Export(path)
  told = export.description
  task = registry.make(told.task)
  export.check(task)
  if _VIDEO.value:
    gameplay.check(task)
  if told.plays:
    scores = _of_game(task, export.policy(_SEED.value, _GREEDY.value))
    if _VIDEO.value:
      act = export.policy(_SEED.value, _GREEDY.value)
      scores['video'] = _recorded(task, act, pathlib.Path(_VIDEO.value))
  else:
    scores = _of_images(task, export.classify)
  name = pathlib.Path(path).name
  yield {'task': task.name, 'fitness': told.fitness, **scores, 'export': name}


def _scores(task, network, rows, head: int) -> dict[str, Any]:
  """Of a task along a path of the super-network."""
  from pathnet_tf import evaluation

  if not _is_game(task):
    return _of_images(task, evaluation.path_classifier(network, rows, head))
  return _of_game(task, _policy(network, rows, head))


def _is_game(task) -> bool:
  from pathnet_tf.tasks import registry

  return isinstance(task, registry.Task)


def _policy(network, rows, head: int):
  """Acts along a path of the super-network, from the seed."""
  from pathnet_tf import evaluation

  return evaluation.path_policy(network, rows, head, _SEED.value, _GREEDY.value)


def _recorded(task, act, file: pathlib.Path) -> dict[str, Any]:
  """Records an episode; says where, and what it scored."""
  from pathnet_tf import gameplay

  score, pictures = gameplay.record(task, act, _SEED.value, file)
  return {'file': str(file), 'score': score, 'pictures': pictures}


def _of_game(task, act) -> dict[str, Any]:
  from pathnet_tf import evaluation

  returns = evaluation.play(task, act, _EPISODES.value, _SEED.value)
  settings = {'seed': _SEED.value, 'greedy': _GREEDY.value}
  return {**evaluation.summary(returns), **settings}


def _of_images(task, classify) -> dict[str, Any]:
  from pathnet_tf import evaluation

  test = task.load().test
  accuracy = evaluation.accuracy(classify, test)
  return {'images': len(test.labels), 'accuracy': accuracy}


if __name__ == '__main__':
  programs.run(main)
