# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Flags of a run on many hosts: what this process is, how long it waits.

Every process gets the same flags but for `--job` and `--task_index`, which
TF_CONFIG or SLURM may tell as well. docs/distributed.md has the commands.
"""

from __future__ import annotations

import os

from absl import flags

from pathnet_tf.cluster import addresses
from pathnet_tf.errors import UserError

_JOB = flags.DEFINE_enum(
  'job', None, list(addresses.JOBS), 'What this process is, with --hosts.'
)
_TASK_INDEX = flags.DEFINE_integer(
  'task_index', 0, 'Which of its job this process is, with --hosts.'
)
_HOSTS = flags.DEFINE_string(
  'hosts',
  None,
  'All processes: chief=HOST:PORT,ps=HOST:PORT,worker=HOST:PORT,worker=...; by'
  ' default what TF_CONFIG or SLURM says.',
)
_SERVERS = flags.DEFINE_integer(
  'servers', 1, 'Under SLURM: how many tasks are parameter servers.'
)
CONNECT_SECONDS = flags.DEFINE_float(
  'connect_seconds', 25.0, 'Longest wait for the other processes, at the start.'
)
SILENCE_SECONDS = flags.DEFINE_float(
  'silence_seconds', 30.0, 'A process silent for so long, in seconds, is lost.'
)
STUCK_SECONDS = flags.DEFINE_float(
  'stuck_seconds',
  300.0,
  'A worker whose games take more seconds for one step ends, to be started'
  ' again.',
)


def refuse_flags() -> None:
  """For a run without a cluster, which these flags would not make one.

  Raises:
    UserError: one of them says what this process is, or where the others are.
  """
  for flag in (_JOB, _TASK_INDEX, _HOSTS, _SERVERS):
    if flag.present:
      raise UserError(
        f'--{flag.name} belongs to --strategy=parameter_server; without it this'
        ' process would train by itself'
      )


def cluster() -> addresses.Cluster:
  """The cluster that flags, TF_CONFIG or SLURM describe, in this order.

  Raises:
    UserError: none does, or it is wrong.
  """
  if _HOSTS.value:
    return addresses.from_flags(_HOSTS.value, _JOB.value, _TASK_INDEX.value)
  if _JOB.value:
    raise UserError(
      '--job needs --hosts, which says where the processes are;'
      ' `python -m launch.cluster` starts all of them on this host'
    )
  if os.environ.get('TF_CONFIG'):
    return addresses.from_tf_config(os.environ['TF_CONFIG'])
  if 'SLURM_PROCID' in os.environ:
    return addresses.from_slurm(os.environ, _SERVERS.value)
  raise UserError(
    '--strategy=parameter_server knows no cluster: give --hosts and --job, or'
    ' TF_CONFIG, or start it by srun; `python -m launch.cluster` runs one on'
    ' this host'
  )
