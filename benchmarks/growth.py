# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What a window costs on the twelfth task of one network, against the first.

  python -m benchmarks.growth

Trains twelve short MinAtar tasks in a row with growth on and frozen modules
available, then times evaluations of the first and of the twelfth task's network
in alternation (A B A B ...), both on the same game and with paths of N distinct
modules. Prints a JSON line.
"""

from __future__ import annotations

import tempfile
import time

from absl import flags

from benchmarks import timing
from launch import programs

_ROUNDS = flags.DEFINE_integer('rounds', 15, 'Pairs of timed evaluations.')
_NETWORK = flags.DEFINE_string('network', 'minatar', 'Network.')

_GAMES = ('breakout', 'asterix', 'freeway', 'space_invaders')


def main() -> None:
  """Trains, times, prints."""
  programs.start_tensorflow(workers=1)
  import numpy as np

  from pathnet_tf import (
    config,
    coordinator,
    learner,
    local_engines,
    run_folder,
  )
  from pathnet_tf.engines import engine as engine_lib

  # All of one length, and the same game first and last.
  names = [_GAMES[k % 4] for k in range(11)] + [_GAMES[0]]
  settings = config.RunConfig(
    tasks=tuple(f'minatar/{name}?max_episode_steps=200' for name in names),
    steps_per_task=4000,
    workers=1,
    environments=4,
    network=config.NetworkConfig(
      name=_NETWORK.value, frozen='available', free_modules=8
    ),
    evolution=config.EvolutionConfig(population=4, rivals=2),
  )
  with (
    tempfile.TemporaryDirectory() as path,
    run_folder.RunFolder(path) as folder,
  ):
    run = coordinator.Coordinator(settings, folder, local_engines.make_engine)
    run.run()
    grown = run.learner
  first = learner.Learner(settings)
  first.begin()

  rng = np.random.default_rng(0)

  def timed(subject, engine):
    """Measures evaluations along a random path: CPU seconds a step."""

    def measure() -> float:
      rows = [
        np.sort(
          rng.choice(
            np.flatnonzero(~layer.frozen.numpy()), 4, replace=False
          ).astype(np.int32)
        )
        for layer in subject.network.gated
      ]
      start, steps = time.process_time(), 0
      for seed in rng.integers(2**31, size=8).tolist():
        engine.start(0, engine_lib.Job(0, np.array(rows), rows, seed))
        result = engine.wait()
        assert result is not None
        steps += result.steps
      return (time.process_time() - start) / steps

    return measure

  engines = {
    name: local_engines.make_engine(
      settings, subject.tasks[subject.task], subject.agent()
    )
    for name, subject in (('first', first), ('twelfth', grown))
  }
  seconds = timing.alternate(
    {
      'first': timed(first, engines['first']),
      'twelfth': timed(grown, engines['twelfth']),
    },
    _ROUNDS.value,
  )
  for engine in engines.values():
    engine.close()
  timing.report(
    {
      'network': _NETWORK.value,
      'modules_first': first.network.modules,
      'modules_twelfth': grown.network.modules,
      **{
        f'microseconds_a_step_{name}': timing.summary(
          [1e6 * value for value in values]
        )
        for name, values in seconds.items()
      },
      'ratio': timing.ratio(seconds['twelfth'], seconds['first']),
    }
  )


if __name__ == '__main__':
  programs.run(main)
