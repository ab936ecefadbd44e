# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The flags of a run's configuration, and the configuration they give."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from absl import flags

from pathnet_tf.errors import UserError

# By what each sets, as config.json has it; the most used first, as in --help.
SETTINGS: dict[str, flags.FlagHolder] = {
  'tasks': flags.DEFINE_list(
    'tasks',
    [],
    'Tasks in their order, by name: atari/pong,'
    ' atari/freeway?mode=1&difficulty=0, minatar/breakout, gym/CartPole-v1,'
    ' dm_env/module:factory,'
    ' mnist/3v5?noise=0.5, cifar10?classes=0-4.',
  ),
  'steps_per_task': flags.DEFINE_integer(
    'steps_per_task',
    1_000_000,
    'Agent steps, or minibatches, of each task; an evaluation under way when'
    ' they are spent is finished, so that a task takes up to an evaluation of'
    ' each worker more.',
  ),
  'seed': flags.DEFINE_integer('seed', 0, 'Seed of every random stream.'),
  'network.name': flags.DEFINE_string(
    'network',
    '',
    'A named network (atari, minatar, vector) or a description, as in'
    " 'conv(8, 3), [identity(), dense(32)], lstm(32)'; by default what suits"
    ' the first task.',
  ),
  'network.modules': flags.DEFINE_integer(
    'modules', 10, 'M, modules in a layer.'
  ),
  'network.active': flags.DEFINE_integer(
    'active', 4, 'N, the most modules of a layer that a path makes active.'
  ),
  'evolution.search': flags.DEFINE_enum(
    'search',
    'tournament',
    ['tournament', 'binary', 'fixed'],
    'Asynchronous tournaments, serial ones of two (the paper, for images), or'
    ' one fixed path (the controls).',
  ),
  'evolution.population': flags.DEFINE_integer(
    'population', 64, 'P, genotypes.'
  ),
  'evolution.rivals': flags.DEFINE_integer(
    'rivals',
    5,
    'B, genotypes that an evaluated one is compared with in a tournament: at'
    ' most P - 1.',
  ),
  'evolution.episodes': flags.DEFINE_integer(
    'episodes',
    1,
    'Of games: T, whole episodes of every environment in an evaluation.',
  ),
  'classifier.minibatches': flags.DEFINE_integer(
    'minibatches', 50, 'Of images: T, minibatches of an evaluation.'
  ),
  'classifier.batch_size': flags.DEFINE_integer(
    'batch_size', 16, 'Of images: how many a minibatch has.'
  ),
  'workers': flags.DEFINE_integer(
    'workers', 2, 'K, workers side by side; 1 is deterministic.'
  ),
  'environments': flags.DEFINE_integer(
    'environments', 8, 'E, environments of each worker.'
  ),
  'optimizer.name': flags.DEFINE_enum(
    'optimizer', 'rmsprop', ['rmsprop', 'sgd', 'adam'], 'Optimiser.'
  ),
  'optimizer.learning_rate': flags.DEFINE_float(
    'learning_rate', 7e-4, "The optimiser's; with --anneal, at first."
  ),
  'solved_at': flags.DEFINE_float(
    'solved_at',
    None,
    'A task ends as soon as an evaluation reaches this fitness.',
  ),
  'strategy': flags.DEFINE_enum(
    'strategy',
    'local',
    ['local', 'mirrored', 'parameter_server'],
    'Where the workers are: threads of this process; its GPUs in lockstep, each'
    ' a worker; or the processes of a cluster, whose variables live on its'
    ' parameter servers.',
  ),
  'network.frozen': flags.DEFINE_enum(
    'frozen',
    'always_on',
    ['always_on', 'scaled', 'columns', 'available', 'none'],
    'Whether frozen modules always run (scaled: times numbers that each later'
    ' task learns, 0.1 at first; columns: as the whole paths that earlier tasks'
    ' ran, whose layers a later path adds times such numbers), or only where a'
    ' path names them; none: nothing is ever frozen (and'
    ' --reinitialise=none).',
  ),
  'network.readout': flags.DEFINE_enum(
    'readout',
    'sum',
    ['sum', 'mean'],
    "How the last layer's modules are combined before the head.",
  ),
  'network.reinitialise': flags.DEFINE_enum(
    'reinitialise',
    'fresh',
    ['fresh', 'stored', 'none', 'copies'],
    'What modules that are not frozen get after a task: fresh weights, the ones'
    ' they began with, none (they keep theirs), or copies of the path that was'
    ' frozen last.',
  ),
  'network.pixels': flags.DEFINE_enum(
    'pixels',
    'centred',
    ['centred', 'unit'],
    'Images from 0 to 1 (unit), each of which then loses its mean (centred).',
  ),
  'network.free_modules': flags.DEFINE_integer(
    'free_modules',
    0,
    'A task begins with at least so many modules a layer that are not frozen; M'
    ' grows where there are fewer. 0: M never grows.',
  ),
  'evolution.initial_population': flags.DEFINE_enum(
    'initial_population',
    'random',
    ['random', 'mutants'],
    'What a task begins with: random paths, or mutated copies of one path of'
    ' modules that are not frozen, which share most of what they train.',
  ),
  'evolution.mutation_rate': flags.DEFINE_float(
    'mutation_rate', 0.0, "Of a gene; 0 stands for the paper's 1 / (L N)."
  ),
  'evolution.border': flags.DEFINE_enum(
    'border', 'clamp', ['clamp', 'wrap'], 'What a mutation out of range does.'
  ),
  'classifier.loss': flags.DEFINE_enum(
    'loss',
    'mean',
    ['mean', 'sum'],
    'Whether the cross-entropy of a minibatch is averaged or summed.',
  ),
  'evolution.duplication_rate': flags.DEFINE_float(
    'duplication_rate',
    0.0,
    'Probability, a layer and evaluation, that a useful module is copied over'
    ' another one.',
  ),
  'anneal': flags.DEFINE_boolean(
    'anneal', False, 'Let the learning rate fall linearly to 0 over a task.'
  ),
  'optimizer.decay': flags.DEFINE_float(
    'rmsprop_decay',
    0.99,
    "Of RMSProp's mean square; other optimisers have none.",
  ),
  'optimizer.epsilon': flags.DEFINE_float(
    'rmsprop_epsilon', 1e-5, 'Of RMSProp, inside the square root.'
  ),
  'agent.discount': flags.DEFINE_float(
    'discount', 0.99, 'Gamma, an agent step.'
  ),
  'agent.window': flags.DEFINE_integer(
    'window', 5, 'n, steps of an n-step return and of an update.'
  ),
  'agent.entropy_cost': flags.DEFINE_float(
    'entropy_cost', 0.01, 'Weight of the entropy.'
  ),
  'agent.value_cost': flags.DEFINE_float(
    'value_cost', 0.5, 'Weight of the value loss.'
  ),
  'optimizer.clip_norm': flags.DEFINE_float(
    'clip_norm',
    0.5,
    "Limit of the global norm of an update's gradients; 0: none.",
  ),
  'agent.reward_clip': flags.DEFINE_float(
    'reward_clip',
    1.0,
    'Rewards are clipped to plus and minus this for training; 0: raw ones.'
    ' Scores are always raw.',
  ),
}


def config_from_flags(tasks=None):
  """The run's configuration; the only place that reads these flags.

  Args:
    tasks: instead of those of the flags.

  Raises:
    UserError: for a value out of its range.
  """
  from pathnet_tf import config

  tree: dict[str, Any] = {}
  for setting, flag in SETTINGS.items():
    *groups, name = setting.split('.')
    node = tree
    for group in groups:
      node = node.setdefault(group, {})
    node[name] = flag.value
  return config.RunConfig.from_json(tree | ({'tasks': tasks} if tasks else {}))


def values() -> dict[str, Any]:
  """The flags as they are, by name; what they give is not looked at."""
  return {flag.name: flag.value for flag in SETTINGS.values()}


def flags_of(config: Mapping[str, Any]) -> list[str]:
  """The flags that give a configuration, but for those at their defaults.

  Args:
    config: as `RunConfig.to_json` gives it, or config.json holds it: what it
      does not name is at its default.

  Raises:
    UserError: it is of another version.
  """
  arguments = []
  for setting, flag in SETTINGS.items():
    try:
      value = functools.reduce(
        lambda node, name: node.get(name, flag.default),
        setting.split('.'),
        config,
      )
      text = ','.join(value) if setting == 'tasks' else str(value)
    except (AttributeError, TypeError) as error:
      raise UserError(
        f'config.json is not of this version of pathnet_tf: {setting}'
      ) from error
    if value != flag.default:
      arguments.append(f'--{flag.name}={text}')
  return arguments
