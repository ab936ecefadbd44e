# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A run's processes on many hosts: `--strategy=parameter_server` of train."""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, NoReturn

from absl import flags

from launch import cluster_flags, programs, run_flags
from pathnet_tf.cluster import addresses, greeting, member, pulse, sockets
from pathnet_tf.errors import UserError, first_line

# It takes a twentieth of a second. Much less than --connect_seconds' default,
# for which the others wait to be welcomed.
_CONNECTING_SECONDS = 10.0


def quiet() -> None:
  """Keeps TensorFlow from reporting every broken connection, at length."""
  os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'


def serve(here: addresses.Cluster, beats: pulse.Pulse) -> NoReturn:
  """Runs a worker or parameter server until the run is done.

  Raises:
    UserError: it can't join the run.
  """

  def ended(why: str | None) -> None:
    if why:
      print(f'{here.job} {here.index}: {why}', file=sys.stderr, flush=True)
    os._exit(pulse.RESTART if why else 0)

  joined = member.Member(
    here,
    greeting.greeting(here, run_flags.values()),
    seconds=cluster_flags.CONNECT_SECONDS.value,
    silence=cluster_flags.SILENCE_SECONDS.value,
    ended=ended,
  )
  # Also ops that wait for a server take a thread.
  programs.start_tensorflow(
    workers=4 if here.job == 'ps' else 2,
    gpus=functools.partial(_gpus, here),
  )
  import tensorflow as tf

  from pathnet_tf.cluster import coordination

  side: Any = None
  try:
    if here.job == 'worker':
      side = _worker_side(here)
      joined.stop = side.stop
    server = coordination.start_server(here)
  except UserError as error:
    joined.failed(str(error))
    raise
  except tf.errors.OpError as error:
    joined.failed(error.message)
    raise UserError(f'no server at {here.address}: {error.message}') from error
  joined.ready(side.tokens if side else {})
  beats.up()
  most = cluster_flags.STUCK_SECONDS.value
  while server:
    time.sleep(1.0)
    sockets.give_up_after(cluster_flags.SILENCE_SECONDS.value / 2)
    joined.tell_traffic()
    if side and side.stuck_for > most:
      faulthandler.dump_traceback()
      ended(f'a step of its games takes over {most:g} s')
  raise AssertionError


@contextlib.contextmanager
def _ended_if_stuck(seconds: float) -> Iterator[None]:
  """Lets SIGALRM end this process after so long.

  TensorFlow holds Python's lock while it connects, and has no limit: a process
  that is lost just then can't be welcomed again, and is waited for for ever.
  """
  signal.setitimer(signal.ITIMER_REAL, seconds)
  try:
    yield
  finally:
    signal.setitimer(signal.ITIMER_REAL, 0)


class Cluster:
  """The chief's cluster: all there, of one mind, and connected."""

  def __init__(self, here: addresses.Cluster, beats: pulse.Pulse):
    """Waits for all others.

    Raises:
      UserError: somebody is missing, unlike, or not to be reached.
    """
    from pathnet_tf.cluster import chief

    self.workers = len(here.hosts['worker'])
    self.chief = chief.Chief(
      here,
      greeting.greeting(here, run_flags.values()),
      silence=cluster_flags.SILENCE_SECONDS.value,
      note=self._note,
    )
    self.watch: Any = None
    tokens = self.chief.gather(cluster_flags.CONNECT_SECONDS.value)
    programs.start_tensorflow(workers=2, gpus=functools.partial(_gpus, here))
    import tensorflow as tf

    from pathnet_tf.cluster import coordination

    tf.get_logger().setLevel('CRITICAL')  # Losses are said in a line each.
    with self.restarts(), _ended_if_stuck(_CONNECTING_SECONDS):
      self.coordination = coordination.Coordination(here, self.chief, tokens)
    self.chief.up()
    beats.up()
    threading.Thread(target=self._guard, daemon=True).start()

  @contextlib.contextmanager
  def restarts(self) -> Iterator[None]:
    """Turns what TensorFlow raises when servers are lost into a restart."""
    import tensorflow as tf

    from pathnet_tf import remote_errors

    try:
      yield
    except tf.errors.OpError as error:
      if not remote_errors.is_of_a_loss(error):
        raise
      # The control connection says who it is, and ends this process.
      time.sleep(3.0)
      self._note('lost', ('chief', 0), first_line(error))
      os._exit(pulse.RESTART)

  def variables(self) -> Any:
    """Where the coordinator makes them."""
    from pathnet_tf import learner

    return learner.Variables(self.coordination.scope, '/job:chief')

  def make_engine(self, config: Any, task: Any, agent: Any) -> Any:
    """The engine of a task."""
    from pathnet_tf.engines import parameter_server

    return parameter_server.ParameterServerEngine(
      self.coordination,
      agent,
      task,
      workers=config.workers,
      environments=config.environments,
    )

  def observer(self, folder: Any, summaries: bool) -> Any:
    """What counts losses and recoveries in a run folder."""
    from pathnet_tf.observers import cluster_watch

    self.watch = cluster_watch.ClusterWatch(
      folder.path,
      folder.events if summaries else None,
      lambda: self.chief.traffic,
    )
    return self.watch

  def _guard(self) -> None:
    """Also connections that are made later do not wait for ever."""
    while True:
      sockets.give_up_after(cluster_flags.SILENCE_SECONDS.value / 2)
      time.sleep(1.0)

  def dismiss(self) -> None:
    """Sends everyone home."""
    if self.watch is not None:
      self.watch.close()
    self.chief.tell('end')

  def end(self) -> NoReturn:
    """Ends the run and this process, which has nobody left to talk to."""
    self.dismiss()
    sys.stdout.flush()
    os._exit(0)

  def _note(self, event: str, who: tuple[str, int], why: str) -> None:
    with contextlib.suppress(OSError):
      if self.watch is None:
        print(f'{event} {who[0]} {who[1]}: {why}', file=sys.stderr, flush=True)
      else:
        self.watch.note(event, who, why)
    if event == 'lost' and who[0] == 'ps':
      print(
        'its variables are gone: the run goes on from the last checkpoint when'
        ' the processes are started again',
        file=sys.stderr,
        flush=True,
      )
      os._exit(pulse.RESTART)


def _worker_side(here: addresses.Cluster) -> Any:
  from pathnet_tf.engines import worker_side
  from pathnet_tf.tasks import registry

  config = run_flags.config_from_flags()
  tasks = [registry.make(name) for name in config.tasks]
  for task in tasks:
    task.check()
  return worker_side.WorkerSide(
    tasks,
    worker=here.index,
    environments=config.environments,
    episodes=config.evolution.episodes,
    minibatches=config.classifier.minibatches,
    batch_size=config.classifier.batch_size,
    step_seconds=flags.FLAGS.step_seconds,
  )


def _gpus(here: addresses.Cluster, found: list) -> list:
  """One GPU a worker, in turn among the workers of a host; none for others."""
  if here.job != 'worker' or not found:
    return []
  host, _ = addresses.split(here.address)
  before = [
    address
    for address in here.hosts['worker'][: here.index]
    if addresses.split(address)[0] == host
  ]
  return [found[len(before) % len(found)]]
