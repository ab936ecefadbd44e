# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Exports a task that is done: its SavedModel, a policy, what they are.

FOLDER/                  the SavedModel, see `saved_model`
FOLDER/pathnet.json      what it is, see `description`
FOLDER/policy/           of a game: TF-Agents' PolicySaver form of the same
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import time
import warnings
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from absl import logging
from tf_agents.policies import policy_saver
from tf_agents.specs import tensor_spec
from tf_agents.trajectories import time_step as ts

from pathnet_tf import durable_files, path_names
from pathnet_tf.agents import path_policy
from pathnet_tf.errors import UserError, first_line
from pathnet_tf.exports import description, saved_model
from pathnet_tf.learner import Finished, Learner
from pathnet_tf.networks import inputs, pathnet
from pathnet_tf.tasks import registry

_LONGEST = 120  # Letters of a task in a folder's name; file systems take 255.


def folder_name(index: int, task: str) -> str:
  """The name of a task's folder: `0-minatar-breakout`; a long one is cut."""
  plain = re.sub(r'[^A-Za-z0-9_.+=]+', '-', task)
  if len(plain) > _LONGEST:
    digest = hashlib.sha256(task.encode()).hexdigest()[:8]
    plain = f'{plain[:_LONGEST]}-{digest}'
  return f'{index}-{plain}'


def exporter(folder: str) -> Callable[[Learner, int], None]:
  """What exports a finished task into a folder of such, unless it is there.

  An export of another end of the task is renamed: where the checkpoint of that
  was damaged the task was gone on with from an earlier one.
  """

  def export(learner: Learner, index: int) -> None:
    finished = learner.finished[index]
    path = os.path.join(folder, folder_name(index, finished.name))
    if os.path.lexists(path):
      if _is_of(path, finished):
        return
      aside = f'{path}.before-{time.time_ns()}'
      os.rename(path, aside)
      logging.warning('%s is of an end that was undone: now %s', path, aside)
    write(learner, index, path)

  return export


def _is_of(path: str, finished: Finished) -> bool:
  """Whether an export is of this end of a task, or not for us to judge."""
  try:
    there = description.read(path)
  except UserError:
    return True
  return (there.path, there.modules, there.fitness) == (
    finished.path,
    finished.rows,
    finished.fitness,
  )


def write(learner: Learner, index: int, folder: str) -> None:
  """Exports one finished task; the folder is there whole or not at all.

  Args:
    learner: has finished the task; its weights are taken as they are now.
    index: of the task.
    folder: where to; it must not exist.

  Raises:
    UserError: the folder exists, cannot be written, or has a name that
      TensorFlow cannot use.
  """
  folder = os.path.abspath(folder)
  path_names.check(folder)
  if os.path.lexists(folder):
    raise UserError(f'{folder!r} exists: name a folder that does not')
  parent, name = os.path.split(folder)
  temporary = os.path.join(parent, durable_files.TEMPORARY + name)
  try:
    os.makedirs(parent, exist_ok=True)
    durable_files.remove(temporary)
    _write(learner, index, temporary)
    durable_files.sync_tree(temporary)
    os.rename(temporary, folder)
    durable_files.sync_path(parent)
  except (OSError, ValueError, tf.errors.OpError) as error:
    reason = getattr(error, 'strerror', None) or first_line(error)
    raise UserError(f'cannot write export {folder!r}: {reason}') from error


def _write(learner: Learner, index: int, folder: str) -> None:
  """Writes all files of the export."""
  task, finished = learner.tasks[index], learner.finished[index]
  network = learner.network.extract(finished.rows, index)
  plays = isinstance(task, registry.Task)
  saved_model.save(network, plays, folder)
  if plays:
    _save_policy(task, network, os.path.join(folder, 'policy'))
  settings, spec = learner.config.network, task.observation_spec
  description.write(
    folder,
    description.Description(
      task=task.name,
      plays=plays,
      observation={
        'shape': list(spec.shape),
        'dtype': spec.dtype.name,
        'minimum': float(np.min(spec.minimum)),
        'maximum': float(np.max(spec.maximum)),
      },
      preparation=inputs.in_words(network.input_tensor_spec, settings.pixels),
      outputs=network.heads[-1].outputs,
      state=[
        {'shape': part.shape[1:].as_list(), 'dtype': part.dtype.name}
        for part in saved_model.state_specs(network)
      ],
      network=settings.name or learner.tasks[0].network,
      path=finished.path,
      modules=finished.rows,
      fitness=finished.fitness,
      seed=learner.config.seed,
      versions={
        'python': platform.python_version(),
        'tensorflow': tf.__version__,
      },
      files=description.digests(folder),
    ),
  )


def _save_policy(
  task: registry.Task, network: pathnet.PathNet, folder: str
) -> None:
  """Writes the policy that samples, as TF-Agents does it."""
  policy = path_policy.PathPolicy(
    ts.time_step_spec(tensor_spec.from_spec(task.observation_spec)),
    tensor_spec.from_spec(task.action_spec),
    network,
    -1,
  )
  saver = policy_saver.PolicySaver(policy, batch_size=None)
  verbosity = logging.get_verbosity()
  # TensorFlow mends names of TF-Agents', and warns that the form needs more.
  with warnings.catch_warnings():
    warnings.simplefilter('ignore', UserWarning)
    logging.set_verbosity(logging.ERROR)
    try:
      saver.save(folder)
    finally:
      logging.set_verbosity(verbosity)
