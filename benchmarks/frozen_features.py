# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What the features of a frozen path become when new modules run beside it.

  python -m benchmarks.frozen_features --run_dir=runs/breakout

Layers add up what their modules give, so a frozen module of the second layer
reads the sum of frozen and new ones, and not what it was trained on. This
measures it of a run's first task as the next one begins: N new modules a layer,
drawn anew, beside the frozen path, on the game's own observations under random
play. A frozen module's outputs then, and those of the frozen path alone, are
correlated over time, output by output. Prints a JSON line: the mean correlation
in each layer, with the frozen modules' outputs multiplied by each --gain.

Of a run with --frozen=scaled that has gone on, also what became of the gains in
each later task: the mean of their absolute values in each layer.
"""

from __future__ import annotations

import json

import numpy as np
from absl import flags

from launch import programs
from pathnet_tf.errors import UserError

_RUN_DIR = flags.DEFINE_string('run_dir', None, 'A run whose first task ended.')
_GAINS = flags.DEFINE_multi_float(
  'gain',
  [0.1, 1.0],
  'Of the frozen modules: `scaled` begins with 0.1, `always_on` has 1.',
)
_STEPS = flags.DEFINE_integer('steps', 400, 'Of four environments.')
_DRAWS = flags.DEFINE_integer('draws', 3, 'Times that new modules are drawn.')

_ENVIRONMENTS = 4


def main() -> None:
  """Measures, prints."""
  if not _RUN_DIR.value:
    raise UserError('no run: name its folder by --run_dir')
  programs.start_tensorflow(workers=1)
  import tensorflow as tf

  from pathnet_tf import checkpoints, config, learner, run_folder
  from pathnet_tf.networks import adapters

  folder = run_folder.RunFolder(_RUN_DIR.value)
  settings = config.RunConfig.from_json(folder.read_config())
  subject = learner.Learner(settings)
  store = checkpoints.CheckpointStore(folder.checkpoints, read_only=True)
  if (latest := store.latest()) is None:
    raise UserError(f'{folder.path!r} has no checkpoint yet')
  subject.restore(store, latest)
  if not subject.finished:
    raise UserError(f'no task of {folder.path!r} has ended yet')
  if settings.network.frozen == 'columns':
    raise UserError(
      f'the frozen path of {folder.path!r} reads no others: a run of another'
      ' --frozen is right'
    )
  network, frozen = subject.network, subject.finished[0].rows
  if network.state_spec:
    raise UserError(f'the network of {folder.path!r} has memory')

  images = network.prepare(tf.constant(_observations(subject.tasks[0])))
  report = {}
  for gain in _GAINS.value:
    found = [[] for _ in network.gated]
    for draw in range(_DRAWS.value):
      network.reinitialise(seed=draw)
      rng = np.random.default_rng(draw)
      alone = beside = images
      for layer, rows, told in zip(network.gated, frozen, found, strict=True):
        for module in rows:
          pair = (_outputs(layer, x, [module]).numpy() for x in (alone, beside))
          told.extend(_correlations(*pair))
        free = np.setdiff1d(np.arange(layer.modules), rows)
        new = rng.choice(free, settings.network.active, replace=False)
        both = np.sort([*rows, *new])
        gains = np.where(np.isin(both, rows), gain, 1.0).astype(np.float32)
        alone = _outputs(layer, alone, rows)
        beside = _outputs(layer, beside, both, tf.constant(gains))
    report[str(gain)] = [round(float(np.mean(told)), 3) for told in found]
  line = {'task': subject.tasks[0].name, 'correlation': report}
  scaled = [h for h in network.heads if isinstance(h.adapter, adapters.Scaled)]
  if gains := [_gains(head) for head in scaled]:
    line['gains'] = gains
  print(json.dumps(line))


def _gains(head) -> list[float]:
  """Of each layer, how large a task's gains are in the mean."""
  ends = np.cumsum([len(modules) for modules in head.adapter.modules])
  parts = np.split(np.abs(head.gains.numpy()), ends[:-1])
  return [round(float(np.mean(part)), 3) for part in parts]


def _observations(task) -> np.ndarray:
  """A game's under random play, `[steps, ...]`."""
  from pathnet_tf import evaluation

  environment = task.make_environment(_ENVIRONMENTS)
  act = evaluation.random_policy(task, seed=0)
  environment.seed(0)
  step = environment.reset()
  seen = []
  for number in range(_STEPS.value):
    seen.append(step.observation.copy())
    step = environment.step(act(step.observation, step.step_type, number))
  return np.concatenate(seen)


def _outputs(layer, features, rows, gains=None):
  """What some modules of a layer give together."""
  import tensorflow as tf

  rows = tf.constant(rows, tf.int32)
  merged = layer.merge(layer.gather(rows), rows)
  return layer.run(features, merged, gains=gains)[0]


def _correlations(alone: np.ndarray, beside: np.ndarray) -> np.ndarray:
  """Over time, of each output `[steps, ...]` that varies at all."""
  alone, beside = (np.reshape(x, [len(x), -1]) for x in (alone, beside))
  alone, beside = (x - np.mean(x, axis=0) for x in (alone, beside))
  norms = np.linalg.norm(alone, axis=0), np.linalg.norm(beside, axis=0)
  varying = norms[0] > 1e-3
  products = np.sum(alone * beside, axis=0)[varying]
  return products / np.maximum(norms[0] * norms[1], 1e-9)[varying]


if __name__ == '__main__':
  programs.run(main)
