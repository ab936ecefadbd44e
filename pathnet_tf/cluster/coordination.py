# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""TensorFlow's part of the chief: variables on servers, closures on workers."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from pathnet_tf.cluster import addresses, sockets
from pathnet_tf.cluster import chief as chief_lib


class Coordination:
  """`ParameterServerStrategy` and its `ClusterCoordinator`, connected.

  Attributes:
    tokens: of the workers' functions, by name.
    fences: an int64 variable on each server, see `engines.remote_updater`.
  """

  def __init__(
    self,
    cluster: addresses.Cluster,
    chief: chief_lib.Chief,
    tokens: dict[str, str],
  ):
    """Connects to servers that are all there, see `Chief.gather`."""
    self.tokens = tokens
    self._chief = chief
    host, _ = addresses.split(cluster.address)
    own = f'{host}:{_free_port(host)}'
    self._strategy = tf.distribute.ParameterServerStrategy(
      tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({**_lists(cluster), 'chief': [own]}),
        task_type='chief',
        task_id=0,
        rpc_layer='grpc',
      )
    )
    sockets.restrict(own)
    self._coordinator = tf.distribute.coordinator.ClusterCoordinator(
      self._strategy
    )
    with self.scope():
      # Variables are dealt out in turn, so each server has one.
      self.fences = [
        tf.Variable(0, dtype=tf.int64, trainable=False)
        for _ in cluster.hosts['ps']
      ]

  def scope(self) -> contextlib.AbstractContextManager:
    """Where variables are made on the servers."""
    return self._strategy.scope()

  def schedule(self, function: Callable[..., Any], args: tuple) -> Any:
    """Has a worker run a `tf.function`; gives what has `fetch()`."""
    return self._coordinator.schedule(function, args=args)

  def stop(self) -> None:
    """Tells the workers to end their evaluations."""
    self._chief.tell('stop', 'worker')


def start_server(cluster: addresses.Cluster) -> tf.distribute.Server:
  """A worker's or server's gRPC server, deaf to other addresses than its own.

  Raises:
    UserError: the system does not let it be deaf.
    tf.errors.OpError: the port is in use.
  """
  hosts = {job: a for job, a in _lists(cluster).items() if job != 'chief'}
  # One thread an op, as in the local engine; and none that waits by spinning,
  # which would take the time of the other processes of this host. With a single
  # thread for ops, the default on a single core, it waits for itself for ever.
  config = tf.compat.v1.ConfigProto(
    intra_op_parallelism_threads=1,
    inter_op_parallelism_threads=max(2, len(os.sched_getaffinity(0))),
  )
  config.experimental.disable_thread_spinning = True
  server = tf.distribute.Server(
    hosts,
    config=config,
    job_name=cluster.job,
    task_index=cluster.index,
    protocol='grpc',
    start=False,
  )
  sockets.restrict(cluster.address)
  server.start()
  return server


def _lists(cluster: addresses.Cluster) -> dict[str, list[str]]:
  return {job: list(hosts) for job, hosts in cluster.hosts.items()}


def _free_port(host: str) -> int:
  with socket.socket() as link:
    link.bind((host, 0))
    return link.getsockname()[1]
