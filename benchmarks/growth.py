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

  from pathnet_tf import config, coordinator, learner, run_folder
  from pathnet_tf.engines import engine as engine_lib
  from pathnet_tf.engines import local

  def make_engine(settings, task, agent):
    return local.LocalEngine(
      agent,
      lambda: task.make_environment(settings.environments),
      workers=1,
      episodes=settings.evolution.episodes,
    )

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
    run = coordinator.Coordinator(settings, folder, make_engine)
    run.run()
    grown = run.learner
  first = learner.Learner(settings)
  first.begin()

  engines = [
    make_engine(settings, subject.tasks[subject.task], subject.agent())
    for subject in (first, grown)
  ]
  rng = np.random.default_rng(0)
  seconds: list[list[float]] = [[], []]
  for turn in range(_ROUNDS.value + 1):
    for index, subject in enumerate((first, grown)):
      rows = [
        np.sort(
          rng.choice(
            np.flatnonzero(~layer.frozen.numpy()), 4, replace=False
          ).astype(np.int32)
        )
        for layer in subject.network.gated
      ]
      start, steps = time.process_time(), 0
      for part in range(8):
        job = engine_lib.Job(0, np.array(rows), rows, 100 * turn + part)
        engines[index].start(0, job)
        result = engines[index].wait()
        assert result is not None
        steps += result.steps
      if turn:  # The first round traces the graphs.
        seconds[index].append((time.process_time() - start) / steps)
  for engine in engines:
    engine.close()
  timing.report(
    {
      'network': _NETWORK.value,
      'modules_first': first.network.modules,
      'modules_twelfth': grown.network.modules,
      'microseconds_a_step_first': timing.summary(
        [1e6 * value for value in seconds[0]]
      ),
      'microseconds_a_step_twelfth': timing.summary(
        [1e6 * value for value in seconds[1]]
      ),
      'ratio': timing.ratio(seconds[1], seconds[0]),
    }
  )


if __name__ == '__main__':
  programs.run(main)
