# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What all processes of a run must have in common, and what they have not."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import pathlib
import platform
from collections.abc import Mapping
from typing import Any

import pathnet_tf
from pathnet_tf.cluster import addresses


def greeting(
  cluster: addresses.Cluster, flags: Mapping[str, Any]
) -> dict[str, Any]:
  """What a process says of itself; JSON-able, and made without TensorFlow.

  Args:
    cluster: as this process knows it.
    flags: that decide the outcome of a run.
  """
  said = {
    'job': cluster.job,
    'index': cluster.index,
    'common': {
      'code of pathnet_tf': _digest(),
      'tensorflow': importlib.metadata.version('tensorflow'),
      'python': '.'.join(platform.python_version_tuple()[:2]),
      **{f'--{name}': value for name, value in flags.items()},
      **{f'addresses of {job}': list(a) for job, a in cluster.hosts.items()},
    },
  }
  return json.loads(json.dumps(said))


def differences(here: Any, there: Any) -> str:
  """In what two processes differ, in words; empty where they agree.

  Args:
    here: the `common` part of one process's greeting.
    there: that of the other one. Either may be whatever was received.
  """
  if not isinstance(there, dict) or not isinstance(here, dict):
    return 'it does not speak this protocol'
  found = [
    f'{key} is {there.get(key)} there and {here.get(key)} here'
    for key in sorted(here.keys() | there.keys())
    if there.get(key) != here.get(key)
  ]
  return '; '.join(found)


def _digest() -> str:
  """Of this package's source."""
  folder = pathlib.Path(pathnet_tf.__file__).parent
  total = hashlib.sha256()
  for path in sorted(folder.rglob('*.py')):
    total.update(path.relative_to(folder).as_posix().encode())
    total.update(path.read_bytes())
  return total.hexdigest()[:12]
