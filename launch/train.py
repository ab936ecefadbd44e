# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Trains one PathNet on tasks in a row.

  python -m launch.train --tasks=minatar/breakout,minatar/asterix --run_dir=R

The same command goes on with a run that was interrupted.
"""

from __future__ import annotations

import pathlib
import signal
import sys

from absl import flags

from launch import programs
from pathnet_tf.errors import UserError

_RUN_DIR = flags.DEFINE_string(
  'run_dir', None, 'Run folder: new, or that of the same run to go on with.'
)
_TASKS = flags.DEFINE_list(
  'tasks',
  [],
  'Tasks in their order, by name: atari/pong,'
  ' atari/freeway?mode=1&difficulty=0, minatar/breakout, gym/CartPole-v1,'
  ' mnist/3v5?noise=0.5, cifar10?classes=0-4.',
)
_DATA_DIR = flags.DEFINE_string(
  'data_dir',
  None,
  'Folder of image files; by default PATHNET_DATA_DIR, or a download.',
)
_STEPS = flags.DEFINE_integer(
  'steps_per_task',
  1_000_000,
  'Agent steps, or minibatches, of each task; evaluations under way when they'
  ' are spent end.',
)
_SOLVED_AT = flags.DEFINE_float(
  'solved_at',
  None,
  'A task ends as soon as an evaluation has this fitness.',
)
_SEED = flags.DEFINE_integer('seed', 0, 'Seed of every random stream.')
_WORKERS = flags.DEFINE_integer(
  'workers', 2, 'K, workers side by side; 1 is deterministic.'
)
_ENVIRONMENTS = flags.DEFINE_integer(
  'environments', 8, 'E, environments of each worker.'
)
_NETWORK = flags.DEFINE_string(
  'network',
  '',
  'A named network (atari, minatar, vector) or a description, as in'
  " 'conv(8, 3), [identity(), dense(32)], lstm(32)'; by default what suits the"
  ' first task.',
)
_MODULES = flags.DEFINE_integer('modules', 10, 'M, modules in a layer.')
_ACTIVE = flags.DEFINE_integer(
  'active', 4, 'N, the most modules of a layer that a path makes active.'
)
_FROZEN = flags.DEFINE_enum(
  'frozen',
  'always_on',
  ['always_on', 'available', 'none'],
  'Whether frozen modules always run, or only where a path names them; none:'
  ' nothing is ever frozen.',
)
_READOUT = flags.DEFINE_enum(
  'readout',
  'sum',
  ['sum', 'mean'],
  "How the last layer's modules are combined before the head.",
)
_REINITIALISE = flags.DEFINE_enum(
  'reinitialise',
  'fresh',
  ['fresh', 'stored', 'none'],
  'What modules that are not frozen get after a task: fresh weights, the ones'
  ' they began with, or none: they keep theirs.',
)
_PIXELS = flags.DEFINE_enum(
  'pixels',
  'centred',
  ['centred', 'unit'],
  'Images from 0 to 1 (unit), each of which then loses its mean (centred).',
)
_FREE_MODULES = flags.DEFINE_integer(
  'free_modules',
  0,
  'A task begins with at least so many modules a layer that are not frozen; M'
  ' grows where there are fewer. 0: M never grows.',
)
_SEARCH = flags.DEFINE_enum(
  'search',
  'tournament',
  ['tournament', 'binary', 'fixed'],
  'Asynchronous tournaments, serial ones of two (the paper, for images), or one'
  ' fixed path (the controls).',
)
_POPULATION = flags.DEFINE_integer('population', 64, 'P, genotypes.')
_RIVALS = flags.DEFINE_integer(
  'rivals', 5, 'B, genotypes that an evaluated one is compared with.'
)
_MUTATION_RATE = flags.DEFINE_float(
  'mutation_rate', 0.0, "Of a gene; 0 stands for the paper's 1 / (L N)."
)
_BORDER = flags.DEFINE_enum(
  'border', 'clamp', ['clamp', 'wrap'], 'What a mutation out of range does.'
)
_EPISODES = flags.DEFINE_integer(
  'episodes', 1, 'T, whole episodes of every environment in an evaluation.'
)
_MINIBATCHES = flags.DEFINE_integer(
  'minibatches', 50, 'T of images, minibatches of an evaluation.'
)
_BATCH_SIZE = flags.DEFINE_integer('batch_size', 16, 'Images of a minibatch.')
_LOSS = flags.DEFINE_enum(
  'loss',
  'mean',
  ['mean', 'sum'],
  'Whether the cross-entropy of a minibatch is averaged or summed.',
)
_DUPLICATION = flags.DEFINE_float(
  'duplication_rate',
  0.0,
  'Probability, a layer and evaluation, that a useful module is copied over'
  ' another one.',
)
_OPTIMIZER = flags.DEFINE_enum(
  'optimizer', 'rmsprop', ['rmsprop', 'sgd', 'adam'], 'Optimiser.'
)
_LEARNING_RATE = flags.DEFINE_float('learning_rate', 7e-4, 'At first.')
_ANNEAL = flags.DEFINE_boolean(
  'anneal', False, 'Let the learning rate fall linearly to 0 over a task.'
)
_DECAY = flags.DEFINE_float('rmsprop_decay', 0.99, "Of RMSProp's mean square.")
_EPSILON = flags.DEFINE_float(
  'rmsprop_epsilon', 1e-5, 'Of RMSProp, inside the square root.'
)
_DISCOUNT = flags.DEFINE_float('discount', 0.99, 'Gamma, an agent step.')
_WINDOW = flags.DEFINE_integer(
  'window', 5, 'n, steps of an n-step return and of an update.'
)
_ENTROPY = flags.DEFINE_float('entropy_cost', 0.01, 'Weight of the entropy.')
_VALUE = flags.DEFINE_float('value_cost', 0.5, 'Weight of the value loss.')
_CLIP = flags.DEFINE_float(
  'clip_norm', 0.5, "Limit of the gradient's norm; 0: none."
)
_REWARD_CLIP = flags.DEFINE_float(
  'reward_clip',
  1.0,
  'Rewards are clipped to plus and minus this for training; 0: raw ones.'
  ' Scores are always raw.',
)
_CHECKPOINT_SECONDS = flags.DEFINE_float(
  'checkpoint_seconds', 60.0, 'Least time between checkpoints within a task.'
)
_EXPORTS = flags.DEFINE_boolean(
  'exports', True, 'Write a SavedModel of every task that is done.'
)
_SUMMARIES = flags.DEFINE_boolean('summaries', True, 'Write for TensorBoard.')


def config_from_flags(tasks=None):
  """The run's configuration; the only place that reads the flags.

  Args:
    tasks: instead of those of the flags.
  """
  from pathnet_tf import config

  return config.RunConfig(
    tasks=tuple(tasks or _TASKS.value),
    steps_per_task=_STEPS.value,
    seed=_SEED.value,
    workers=_WORKERS.value,
    environments=_ENVIRONMENTS.value,
    anneal=_ANNEAL.value,
    solved_at=_SOLVED_AT.value,
    network=config.NetworkConfig(
      _NETWORK.value,
      _MODULES.value,
      _ACTIVE.value,
      _FROZEN.value,
      _READOUT.value,
      _REINITIALISE.value,
      _PIXELS.value,
      _FREE_MODULES.value,
    ),
    evolution=config.EvolutionConfig(
      _SEARCH.value,
      _POPULATION.value,
      _RIVALS.value,
      _MUTATION_RATE.value,
      _BORDER.value,
      _EPISODES.value,
      _DUPLICATION.value,
    ),
    agent=config.AgentConfig(
      discount=_DISCOUNT.value,
      window=_WINDOW.value,
      entropy_cost=_ENTROPY.value,
      value_cost=_VALUE.value,
      reward_clip=_REWARD_CLIP.value,
    ),
    classifier=config.ClassifierConfig(
      _BATCH_SIZE.value, _MINIBATCHES.value, _LOSS.value
    ),
    optimizer=config.OptimizerConfig(
      _OPTIMIZER.value,
      _LEARNING_RATE.value,
      _CLIP.value,
      _DECAY.value,
      _EPSILON.value,
    ),
  )


def main() -> None:
  """Runs the configuration that the flags describe."""
  if not _RUN_DIR.value:
    raise UserError('no run folder: name one by --run_dir')
  programs.set_data_dir(_DATA_DIR.value)
  programs.start_tensorflow(_WORKERS.value)
  config = config_from_flags()
  train(
    config,
    _RUN_DIR.value,
    checkpoint_seconds=_CHECKPOINT_SECONDS.value,
    summaries=_SUMMARIES.value,
    exports=_EXPORTS.value,
  )
  for path in draw(_RUN_DIR.value):
    print(path)


def train(
  config,
  run_dir: str,
  *,
  checkpoint_seconds=60.0,
  summaries=True,
  exports=True,
):
  """Trains in a run folder until its tasks are done or a signal comes.

  Args:
    config: the run's configuration.
    run_dir: the run folder.
    checkpoint_seconds: least time between checkpoints within a task.
    summaries: whether to write for TensorBoard.
    exports: whether to write a SavedModel of every task that is done.

  Raises:
    UserError: for a configuration or a folder that cannot be run.
    SystemExit: after a signal, with the conventional code.
  """
  from pathnet_tf import coordinator, local_engines, run_folder
  from pathnet_tf.exports import export
  from pathnet_tf.observers import progress

  with run_folder.RunFolder(run_dir) as folder:
    observers: list[coordinator.Observer] = [
      progress.Progress(config.steps_per_task, len(config.tasks))
    ]
    if summaries:
      from pathnet_tf.observers.summaries import Summaries

      observers.append(
        Summaries(folder.events, config.to_json(), sys.orig_argv)
      )
    run = coordinator.Coordinator(
      config,
      folder,
      local_engines.make_engine,
      observers,
      checkpoint_seconds,
      export.exporter(folder.exports) if exports else None,
    )
    received = []

    def on_signal(number, frame):
      del frame
      received.append(number)
      run.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
      signal.signal(number, on_signal)
    run.run()
    if received:
      print('stopped by a signal; the same command goes on', file=sys.stderr)
      raise SystemExit(128 + received[0])


def draw(run_dir: str) -> list[pathlib.Path]:
  """Draws a run's score curves and nine boxes; gives the pictures' paths."""
  from pathnet_tf.reports import curves, history, nine_boxes

  run = history.read_history(run_dir)
  report = pathlib.Path(run_dir, 'report')
  report.mkdir(exist_ok=True)
  return [
    curves.draw_score_curves([('PathNet', run)], report / 'score_curves.png'),
    nine_boxes.draw_nine_boxes(run, report / 'nine_boxes.png'),
  ]


if __name__ == '__main__':
  programs.run(main)
