# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Where an agent step of the whole Atari loop spends its time, on one core.

  python -m benchmarks.breakdown

One worker with E environments on one core of the machine, its emulator's
thread included, so that all parts add up and nothing hides behind something
else. Each part is timed alone, the loops of network and optimiser inside a
graph, in alternation with the whole loop in the middle of an evaluation; `rest`
is what that takes beyond them: cold caches, allocation, waiting. Prints a JSON
line, times in microseconds an agent step.
"""

from __future__ import annotations

import os
import tempfile
import time

from absl import flags

from benchmarks import timing
from launch import programs

_ROUNDS = flags.DEFINE_integer('rounds', 3, 'Timings of each part.')
_GAME = flags.DEFINE_string('game', 'pong', 'ROM name.')
_ENVIRONMENTS = flags.DEFINE_integer('environments', 8, 'E.')
_WINDOW = flags.DEFINE_integer('window', 5, 'Steps of an update.')

_REPEATS = 20  # Of a part, inside one graph.


def main() -> None:
  """Times, prints."""
  os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
  programs.start_tensorflow(workers=1)
  import tensorflow as tf

  from pathnet_tf import config, learner, local_engines
  from pathnet_tf.agents import actor_critic, updates
  from pathnet_tf.engines import window
  from pathnet_tf.networks import pathnet

  count, length = _ENVIRONMENTS.value, _WINDOW.value
  settings = config.RunConfig(
    tasks=(f'atari/{_GAME.value}',),
    steps_per_task=2 * 1000 * count,
    workers=1,
    environments=count,
    network=config.NetworkConfig(name='atari', modules=10, active=4),
    evolution=config.EvolutionConfig(population=8, rivals=3),
    agent=actor_critic.AgentConfig(window=length),
    optimizer=updates.OptimizerConfig('rmsprop'),
  )
  subject = learner.Learner(settings)
  subject.begin()
  agent, network = subject.agent(), subject.network
  rows = [tf.range(4) for _ in network.gated]
  emulator, environment, frames = _environment(subject.tasks[0], count)
  features = network.prepare(tf.constant(frames))
  mid, off = tf.ones([count], tf.int32), tf.constant(False)
  # Zero, but the graph does not know it: else it would see that all steps of a
  # part are alike, and compute one.
  nought = tf.Variable(0.0, trainable=False)
  still = (tf.zeros([count]), tf.ones([count]), mid, off)
  state = network.initial_state(rows, count)

  def given(action):  # A step that costs a window nothing.
    unknown = tf.cast(nought * tf.cast(action[0], tf.float32), tf.uint8)
    return (tf.constant(frames) + unknown, *still)

  def transferred(action):
    (found,) = tf.numpy_function(lambda a: [frames], [action], [tf.uint8])
    found.set_shape(frames.shape)
    return found

  def act(rows, zero):
    merged = network.merge(network.gather(rows), rows)
    is_first = tf.zeros([1, count], tf.bool)
    for _ in range(length):
      (logits, _), _ = network.run(features + zero, merged, state, is_first)
      zero = nought * tf.cast(
        window.sample(logits, tf.constant(0), tf.constant(0))[0], tf.float32
      )
    return zero

  def bootstrap(rows, zero):
    merged = network.merge(network.gather(rows), rows)
    is_first = tf.zeros([1, count], tf.bool)
    (_, value), _ = network.run(features + zero, merged, state, is_first)
    return nought * value[0]

  def prepare(rows, zero):
    bytes_, total = tf.constant(frames), zero
    for _ in range(length):
      total = (
        nought * network.prepare(bytes_ + tf.cast(total, tf.uint8))[0, 0, 0, 0]
      )
    return total

  def transfer(rows, zero):
    action = tf.cast(zero, tf.int32) + mid
    for _ in range(length):
      action = mid + tf.cast(nought, tf.int32) * tf.cast(
        transferred(action)[0, 0, 0, 0], tf.int32
      )
    return nought * tf.cast(action[0], tf.float32)

  def update(rows, zero):
    gathered = network.gather(rows)
    gradients = tf.nest.map_structure(lambda w: 1e-9 * w, gathered)
    norm, _ = agent.updater.update(
      rows, pathnet.Weights(*gradients), zero, tf.constant(0, tf.int64)
    )
    return nought * norm

  def whole_window(rows, zero):
    carry = window.begin(state, features + zero, mid)
    return (
      nought * window.run(agent, rows, tf.constant(0), given, carry).metrics[0]
    )

  parts = {
    name: _in_graph(body, rows, count * length)
    for name, body in {
      'transfer': transfer,
      'prepare': prepare,
      'act': act,
      'bootstrap': bootstrap,
      'update': update,
      'window': whole_window,
    }.items()
  }
  engine = local_engines.make_engine(settings, subject.tasks[0], agent)

  measured = timing.alternate(
    {
      'emulator': lambda: timing.seconds(emulator, 300) / count,
      'environment': lambda: timing.seconds(environment, 300) / count,
      **parts,
      'whole': lambda: _whole(engine, agent, rows),
    },
    _ROUNDS.value,
  )
  engine.close()
  measured['search and log'] = [_search_and_log(settings)]
  median = {k: 1e6 * timing.summary(v)['median'] for k, v in measured.items()}
  stages = {
    'emulator and its preprocessing': median['emulator'],
    'environment in Python': median['environment'] - median['emulator'],
    'to TensorFlow and back': median['transfer'],
    'bytes to floats': median['prepare'],
    'acting': median['act'],
    'value after the window': median['bootstrap'],
    'loss and gradient': median['window']
    - sum(median[k] for k in ('prepare', 'act', 'bootstrap', 'update')),
    'optimiser': median['update'],
    'search and log': median['search and log'],
  }
  stages['rest'] = median['whole'] - sum(stages.values())
  timing.report(
    {
      'game': _GAME.value,
      'environments': count,
      'window': length,
      'microseconds': {
        k: timing.summary([1e6 * x for x in v]) for k, v in measured.items()
      },
      'stages': stages,
    }
  )


def _environment(task, count: int):
  """Steps of the emulator, steps of the whole environment, and its frames."""
  import numpy as np

  environment = task.make_environment(count)
  environment.seed(0)
  environment.reset()
  rng = np.random.default_rng(0)
  actions = int(task.action_spec.maximum) + 1

  def drawn():
    return rng.integers(0, actions, count).astype(np.int32)

  frames = environment.step(drawn()).observation
  return (
    lambda: environment._native.step(drawn()),
    lambda: environment.step(drawn()),
    frames,
  )


def _in_graph(body, rows, steps: int):
  """Measures a part: seconds an agent step."""
  import tensorflow as tf

  @tf.function(autograph=False)
  def repeated(rows, zero):
    return tf.while_loop(
      lambda i, zero: i < _REPEATS,
      lambda i, zero: (i + 1, tf.reshape(body(rows, zero), [])),
      [0, zero],
      parallel_iterations=1,
    )

  zero = tf.constant(0.0)
  return lambda: (
    timing.seconds(lambda: repeated(rows, zero)[1].numpy(), 2)
    / (_REPEATS * steps)
  )


def _whole(engine, agent, rows) -> float:
  """Seconds an agent step in the middle of an evaluation."""
  import numpy as np

  from pathnet_tf.engines import engine as engine_lib

  path = np.array([indices.numpy() for indices in rows])
  engine.start(0, engine_lib.Job(0, path, list(path), 0))
  steps, begun = agent.updater.steps, int(agent.updater.steps)
  while int(steps) < begun + 800:  # The environments have begun to play.
    time.sleep(0.1)
  before, start = int(steps), time.perf_counter()
  time.sleep(4)
  after, end = int(steps), time.perf_counter()
  engine.wait()
  return (end - start) / (after - before)


def _search_and_log(settings) -> float:
  """Seconds an agent step that a run's coordinator takes, in its own thread."""
  from pathnet_tf import coordinator, local_engines, run_folder

  spent, steps = 0.0, 0

  class Watched:
    """An engine that looks at the clock whenever it is waited for."""

    def __init__(self, engine):
      self._engine = engine
      self._left: float | None = None

    def __getattr__(self, name):
      return getattr(self._engine, name)

    def wait(self):
      nonlocal spent, steps
      if self._left is not None:
        spent += time.thread_time() - self._left
      result = self._engine.wait()
      self._left = time.thread_time()
      steps += result.steps
      return result

  def make_engine(*arguments):
    return Watched(local_engines.make_engine(*arguments))

  with (
    tempfile.TemporaryDirectory() as path,
    run_folder.RunFolder(path) as folder,
  ):
    run = coordinator.Coordinator(settings, folder, make_engine)
    run.run()
  return spent / steps


if __name__ == '__main__':
  programs.run(main)
