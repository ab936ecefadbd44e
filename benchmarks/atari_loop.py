# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The whole Atari loop: agent steps a second, against Stable-Baselines3's A2C.

  python -m benchmarks.atari_loop --peer_python=PEERS/bin/python

`tools/peers.sh PEERS` makes the peer's environment; without `--peer_python` the
peer is left out. All play the same game in the same number of environments,
with updates of five steps by RMSProp, on all cores of the machine, in
alternation:

  ours: the search, the engine and its workers, as a run has them, on the
    article's network: N = 4 of M = 10 modules a layer, a new path an
    evaluation;
  published, equal_network, same_environments, same_both: the peer, see
    peers/stable_baselines.py. Its network is larger than a path of ours, so
    there is one of equal size, too;
  environments: ours without a network: the workers step at random;
  network: ours without a game: the frames are still.

`of_serial_limit` is our rate by what the last two would give one after the
other. Prints a JSON line, rates in agent steps a second.
"""

from __future__ import annotations

import pathlib
import threading
import time
from collections.abc import Callable

from absl import flags

from benchmarks import peer_process, timing
from launch import programs
from pathnet_tf.errors import UserError

KINDS = ('published', 'equal_network', 'same_environments', 'same_both')
_PEER_PYTHON = flags.DEFINE_string(
  'peer_python', None, 'Python interpreter that has the peer.'
)
_KINDS = flags.DEFINE_multi_enum(
  'kinds', list(KINDS), KINDS, 'The peers that it is timed beside.'
)
_GAME = flags.DEFINE_string('game', 'pong', 'ROM name.')
_WORKERS = flags.DEFINE_integer('workers', 2, 'Of ours.')
_ENVIRONMENTS = flags.DEFINE_integer('environments', 16, 'In all.')
_WINDOW = flags.DEFINE_integer('window', 5, 'Steps of an update.')
_ROUNDS = flags.DEFINE_integer('rounds', 5, 'Timings of everything.')
_SECONDS = flags.DEFINE_float(
  'seconds', 8.0, 'About how long one takes, besides evaluations under way.'
)
_EPISODE = flags.DEFINE_integer('episode_steps', 1000, 'An episode of ours.')
_PEER_PROGRAM = pathlib.Path(__file__).parent / 'peers/stable_baselines.py'


def main() -> None:
  """Times, prints."""
  if _ENVIRONMENTS.value % _WORKERS.value:
    raise UserError('the workers must share the environments evenly')
  kinds = _KINDS.value if _PEER_PYTHON.value else []
  peers = {kind: _peer(kind) for kind in kinds}
  programs.start_tensorflow(workers=_WORKERS.value)
  ours = _Ours(still=False)
  network = _Ours(still=True)
  measured = timing.alternate(
    {
      'ours': ours.rate,
      **{kind: _peer_rate(peer) for kind, peer in peers.items()},
      'environments': _environments_rate,
      'network': network.rate,
    },
    _ROUNDS.value,
  )
  ours.close()
  network.close()
  for peer in peers.values():
    peer.close()
  serial = [
    1 / (1 / a + 1 / b)
    for a, b in zip(measured['environments'], measured['network'], strict=True)
  ]
  timing.report(
    {
      'game': _GAME.value,
      'environments': _ENVIRONMENTS.value,
      'workers': _WORKERS.value,
      'window': _WINDOW.value,
      'rates': {name: timing.summary(v) for name, v in measured.items()},
      **{
        f'of_{kind}': timing.ratio(measured['ours'], measured[kind])
        for kind in kinds
      },
      'of_serial_limit': timing.ratio(measured['ours'], serial),
      'peers': {kind: peer.versions for kind, peer in peers.items()},
    }
  )


def _task() -> str:
  return f'atari/{_GAME.value}?max_episode_steps={_EPISODE.value}'


def _peer(kind: str) -> peer_process.Peer:
  sizes = [_ENVIRONMENTS.value, _WINDOW.value, 0]
  return peer_process.Peer(
    _PEER_PYTHON.value,
    [str(_PEER_PROGRAM), _GAME.value, *(str(size) for size in sizes), kind],
  )


def _peer_rate(peer: peer_process.Peer) -> Callable[[], float]:
  def rate() -> float:
    taken, steps = peer.ask(str(int(700 * _SECONDS.value)))
    return steps / taken

  return rate


class _Ours:
  """Our loop on the game, or on still frames."""

  def __init__(self, still: bool):
    """Builds the learner, its engine and its search."""
    from pathnet_tf import breeding, config, learner
    from pathnet_tf.agents import actor_critic, updates
    from pathnet_tf.engines import local

    count = _ENVIRONMENTS.value // _WORKERS.value
    self._settings = config.RunConfig(
      tasks=(_task(),),
      steps_per_task=10**9,
      workers=_WORKERS.value,
      environments=count,
      network=config.NetworkConfig(name='atari', modules=10, active=4),
      agent=actor_critic.AgentConfig(window=_WINDOW.value),
      optimizer=updates.OptimizerConfig('rmsprop'),
    )
    self._learner = learner.Learner(self._settings)
    self._learner.begin()
    task, self._agent = self._learner.tasks[0], self._learner.agent()
    actions = int(task.action_spec.maximum) + 1
    self._engine = local.LocalEngine(
      self._agent,
      (lambda: _still_environment(count, actions))
      if still
      else (lambda: task.make_environment(count)),
      workers=_WORKERS.value,
      episodes=1,
    )
    self._breeding = breeding.Breeding(self._learner)

  def rate(self) -> float:
    """Steps a second while all workers are busy."""
    for worker in range(_WORKERS.value):
      self._start(worker)
    idle, begun, before = 0, time.perf_counter(), self._steps()
    taken, after = 0.0, before
    while idle < _WORKERS.value:
      result = self._engine.wait()
      assert result is not None
      self._breeding.tell(result)
      if taken >= _SECONDS.value:
        idle += 1  # The rate has been taken; the others only finish.
        continue
      taken, after = time.perf_counter() - begun, self._steps()
      if taken < _SECONDS.value:
        self._start(result.worker)
      else:
        idle += 1
    return (after - before) / taken

  def close(self) -> None:
    """Ends the workers."""
    self._engine.close()

  def _start(self, worker: int) -> None:
    job = self._breeding.next_job()
    assert job is not None
    self._engine.start(worker, job)

  def _steps(self) -> int:
    return int(self._agent.updater.steps)


def _still_environment(count: int, actions: int):
  """Frames that never change, in episodes of one length."""
  import numpy as np

  from pathnet_tf.environments import atari_vector, vector_environment

  class Still(vector_environment.VectorEnvironment):
    def _restart(self, seeds):
      rng = np.random.default_rng(0)
      self._frames = vector_environment.aligned((count, 84, 84, 4), np.uint8)
      self._frames[...] = rng.integers(0, 256, self._frames.shape)
      self._played = np.zeros(count, int)
      return self._frames

    def _advance(self, actions, over):
      self._played = np.where(over, 0, self._played + 1)
      truncated = self._played == _EPISODE.value
      return self._frames, np.zeros(count), np.zeros(count, bool), truncated

  return Still(count, actions, atari_vector.OBSERVATION_SPEC)


def _environments_rate() -> float:
  """Steps a second of the workers' environments, at random."""
  import numpy as np

  from pathnet_tf.engines import stage
  from pathnet_tf.tasks import registry

  task = registry.make(_task())
  actions = int(task.action_spec.maximum) + 1
  count, calls = _ENVIRONMENTS.value // _WORKERS.value, 500
  stages = [
    stage.Stage(task.make_environment(count)) for _ in range(_WORKERS.value)
  ]
  for index, each in enumerate(stages):
    each.reset(index, 1)

  def play(index: int) -> None:
    rng = np.random.default_rng(index)
    for action in rng.integers(0, actions, (calls, count)).astype(np.int32):
      stages[index].step(action)

  threads = [
    threading.Thread(target=play, args=(index,))
    for index in range(_WORKERS.value)
  ]
  begun = time.perf_counter()
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join()
  taken = time.perf_counter() - begun
  for each in stages:
    each.environment.close()
  return calls * _ENVIRONMENTS.value / taken


if __name__ == '__main__':
  programs.run(main)
