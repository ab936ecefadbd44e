# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Who is in a cluster and where, from flags, TF_CONFIG or SLURM; checked."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence

from pathnet_tf.errors import UserError

JOBS = ('chief', 'ps', 'worker')
PORT = 2222  # The first one of a host, where SLURM gives none.


@dataclasses.dataclass(frozen=True)
class Cluster:
  """All processes of a run, and which of them this is.

  Attributes:
    hosts: of every job its tasks' addresses, 'host:port' each.
    job: this process's, one of `JOBS`.
    index: its number within the job, from 0.
  """

  hosts: Mapping[str, tuple[str, ...]]
  job: str
  index: int

  def __post_init__(self):
    """Checks everything.

    Raises:
      UserError: naming what is wrong, and what would be right.
    """
    for job, addresses in self.hosts.items():
      if job not in JOBS:
        raise UserError(
          f'the cluster has a job {job!r}: {", ".join(JOBS)} are right'
        )
      for address in addresses:
        split(address)
    for job in JOBS:
      if not self.hosts.get(job):
        raise UserError(f'the cluster has no {job}: name at least one')
    if len(self.hosts['chief']) > 1:
      raise UserError(
        f'the cluster has {len(self.hosts["chief"])} chiefs: one is right'
      )
    everyone = [a for addresses in self.hosts.values() for a in addresses]
    for address in everyone:
      if everyone.count(address) > 1:
        raise UserError(f'two tasks of the cluster have the address {address}')
    if self.job not in JOBS:
      raise UserError(
        f'this process is of job {self.job!r}: {", ".join(JOBS)} are right'
      )
    count = len(self.hosts[self.job])
    if not 0 <= self.index < count:
      raise UserError(
        f'there is no {self.job} {self.index}: the cluster has {count}, counted'
        ' from 0'
      )

  @property
  def address(self) -> str:
    """Where this process listens."""
    return self.hosts[self.job][self.index]

  @property
  def chief(self) -> str:
    """Where the chief listens."""
    return self.hosts['chief'][0]

  @property
  def members(self) -> list[tuple[str, int]]:
    """Job and index of everyone but the chief."""
    return [
      (job, index)
      for job in ('ps', 'worker')
      for index in range(len(self.hosts[job]))
    ]


def split(address: str) -> tuple[str, int]:
  """Host and port of an address.

  Raises:
    UserError: if it is not 'host:port'.
  """
  host, _, port = address.rpartition(':')
  # IPv6 has colons of its own; gRPC here is told apart by IPv4 addresses.
  good = re.fullmatch(r'[A-Za-z0-9._-]+', host)
  number = int(port) if re.fullmatch('[0-9]{1,5}', port) else 0
  if not good or not 0 < number < 65536:
    raise UserError(
      f'{address!r} is no address: host:port is right, as in 127.0.0.1:2222'
    )
  return host, number


def from_flags(hosts: str, job: str | None, index: int) -> Cluster:
  """The cluster of `--hosts=chief=h:p,ps=h:p,worker=h:p,worker=h:p`.

  Raises:
    UserError: it is written otherwise, or wrong.
  """
  found: dict[str, list[str]] = {}
  for part in hosts.split(','):
    name, equals, address = part.partition('=')
    if not equals:
      raise UserError(
        f'--hosts has {part!r}: JOB=HOST:PORT is right, as in'
        ' chief=127.0.0.1:2222,ps=127.0.0.1:2223,worker=127.0.0.1:2224'
      )
    found.setdefault(name.strip(), []).append(address.strip())
  if job is None:
    raise UserError('--hosts needs --job, which of them this process is')
  return Cluster({k: tuple(v) for k, v in found.items()}, job, index)


def from_tf_config(text: str) -> Cluster:
  """The cluster of the environment variable TF_CONFIG.

  TensorFlow itself takes an index out of range without a word.

  Raises:
    UserError: it is no JSON, of another form, or wrong.
  """
  form = (
    '{"cluster": {"chief": ["h:p"], "ps": ["h:p"], "worker": ["h:p", ...]},'
    ' "task": {"type": "worker", "index": 0}}'
  )
  try:
    tree = json.loads(text)
    hosts = {
      job: tuple(_texts(addresses))
      for job, addresses in tree['cluster'].items()
    }
    job, index = tree['task']['type'], tree['task']['index']
    if isinstance(index, str):  # As some schedulers write it.
      index = int(index)
    if not isinstance(job, str) or type(index) is not int:
      raise TypeError('task.type is a text, and task.index a whole number')
  except json.JSONDecodeError as error:
    raise UserError(f'TF_CONFIG is not JSON ({error}): {form}') from error
  except RecursionError as error:
    raise UserError(f'TF_CONFIG is nested too deeply: {form}') from error
  except KeyError as error:
    raise UserError(f'TF_CONFIG has no {error}: {form}') from error
  except (AttributeError, TypeError, ValueError) as error:
    raise UserError(f'TF_CONFIG is of another form ({error}): {form}') from None
  return Cluster(hosts, job, index)


def from_slurm(environment: Mapping[str, str], servers: int) -> Cluster:
  """The cluster of a SLURM job step: task 0 is the chief, then the servers.

  Ports are `PORT` and up, one a task of a node.

  Args:
    environment: with what SLURM gives each task of `srun`.
    servers: how many tasks are parameter servers.

  Raises:
    UserError: it is not whole, or there are too few tasks.
  """
  try:
    nodes = expand_nodes(environment['SLURM_STEP_NODELIST'])
    counts = _expand_counts(environment['SLURM_STEP_TASKS_PER_NODE'])
    rank = int(environment['SLURM_PROCID'])
  except KeyError as error:
    raise UserError(
      f'SLURM gives no {error}: start the processes by srun'
    ) from error
  except ValueError as error:
    raise UserError(f"SLURM's environment is not understood: {error}") from None
  if len(nodes) != len(counts):
    raise UserError(
      f'SLURM names {len(nodes)} nodes and task counts of {len(counts)}'
    )
  addresses = [
    f'{node}:{PORT + task}'
    for node, count in zip(nodes, counts, strict=True)
    for task in range(count)
  ]
  if len(addresses) < servers + 2:
    raise UserError(
      f'SLURM has {len(addresses)} tasks: a chief, {servers} parameter servers'
      f' and a worker are {servers + 2} at least'
    )
  jobs = [
    ('chief', 0),
    *(('ps', index) for index in range(servers)),
    *(('worker', index) for index in range(len(addresses) - servers - 1)),
  ]
  if not 0 <= rank < len(jobs):
    raise UserError(f'SLURM_PROCID is {rank}, of {len(jobs)} tasks')
  hosts: dict[str, list[str]] = {}
  for (job, _), address in zip(jobs, addresses, strict=True):
    hosts.setdefault(job, []).append(address)
  return Cluster({k: tuple(v) for k, v in hosts.items()}, *jobs[rank])


def expand_nodes(text: str) -> list[str]:
  """The nodes of a SLURM list: `a[1-2,05],b` is a1, a2, a05, b.

  Raises:
    ValueError: for anything else.
  """
  nodes = []
  parts = re.findall(r'(?:[^,\[\]]|\[[^\[\]]*\])+', text)
  if ','.join(parts) != text:
    raise ValueError(f'node list {text!r}')
  for part in parts:
    found = re.fullmatch(r'([^\[\]]*)(?:\[([0-9,-]+)\]([^\[\]]*))?', part)
    if not found:
      raise ValueError(f'node list {text!r}')
    before, ranges, after = found.groups()
    if ranges is None:
      nodes.append(before)
      continue
    for piece in ranges.split(','):
      first, _, last = piece.partition('-')
      for number in range(int(first), int(last or first) + 1):
        nodes.append(f'{before}{number:0{len(first)}d}{after}')
  return nodes


def _expand_counts(text: str) -> list[int]:
  """`2(x3),1` is 2, 2, 2, 1."""
  counts = []
  for part in text.split(','):
    found = re.fullmatch(r'([0-9]+)(?:\(x([0-9]+)\))?', part)
    if not found:
      raise ValueError(f'tasks per node {text!r}')
    counts += [int(found[1])] * int(found[2] or 1)
  return counts


def _texts(value: Sequence[str]) -> Sequence[str]:
  if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
    raise TypeError('addresses are a list of texts')
  return value
