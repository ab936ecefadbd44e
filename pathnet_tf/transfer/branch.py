# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A run that goes on from where another one ended: its source, learnt once."""

from __future__ import annotations

import os
import shutil
from typing import Any

import numpy as np
import tensorflow as tf

from pathnet_tf import checkpoints, durable_files, run_folder
from pathnet_tf.config import RunConfig
from pathnet_tf.errors import UserError
from pathnet_tf.layers import progressive
from pathnet_tf.learner import Learner


def source_of(path: str) -> checkpoints.Found | None:
  """The checkpoint of the end of a run's only task; None before it ended."""
  folder = run_folder.RunFolder(path)
  store = checkpoints.CheckpointStore(folder.checkpoints, read_only=True)
  try:
    return store.pinned(checkpoints.pinned_name(0))
  except UserError:
    return None


def begin(
  path: str,
  config: RunConfig,
  origin: str,
  learnt: RunConfig,
  untrained: bool = False,
) -> None:
  """Makes a run folder that stands at the end of another run's task.

  What was begun before stays as it is; what is half made never bears the name.

  Args:
    path: of the new run's folder.
    config: of the new run: the other one's task, then more.
    origin: the folder of the other run, which has ended.
    learnt: its configuration.
    untrained: leaves a progressive network's first column as it is drawn, and
      takes from the other run that it has ended, and how.

  Raises:
    UserError: it has not ended, is of other settings, or its checkpoint is
      damaged.
    OSError: the disk is full, or refuses.
  """
  if os.path.exists(path):
    return
  there = run_folder.RunFolder(origin)
  if RunConfig.from_json(there.read_config()) != learnt:
    raise UserError(
      f'{origin!r} is of other settings: give this study its own --runs_dir'
    )
  store = checkpoints.CheckpointStore(there.checkpoints, read_only=True)
  found = store.pinned(checkpoints.pinned_name(0))
  making = path + '.begun'
  shutil.rmtree(making, ignore_errors=True)
  with run_folder.RunFolder(making) as folder:
    folder.claim(config.to_json())
    with open(there.log, 'rb') as file:
      log = file.read(found.state['log'])
    durable_files.write_durably(folder.log, log)
    if config.network.name == learnt.network.name:
      os.makedirs(folder.checkpoints)
      name = os.path.basename(found.path)
      durable_files.copy_durably(
        found.path, os.path.join(folder.checkpoints, name)
      )
    else:
      learner = _columns(config, _restored(learnt, store, found), untrained)
      learner.save(
        checkpoints.CheckpointStore(folder.checkpoints),
        found.number,
        _coordinators(found.state),
        found.pinned,
      )
  os.rename(making, path)


def _restored(
  config: RunConfig,
  store: checkpoints.CheckpointStore,
  found: checkpoints.Found,
) -> Learner:
  learner = Learner(config)
  learner.restore(store, found)
  return learner


def _coordinators(state: dict[str, Any]) -> dict[str, Any]:
  """What of a checkpoint's state is not the learner's, which adds its own."""
  own = ('task', 'modules', 'finished')
  return {key: value for key, value in state.items() if key not in own}


def _columns(config: RunConfig, source: Learner, untrained: bool) -> Learner:
  """A progressive network whose first column is what a source run has learnt.

  Args:
    config: of the progressive run.
    source: has learnt one task along one path.
    untrained: leaves that column, and the source's head, as they are drawn.
  """
  learner, (finished,) = Learner(config), source.finished
  learner.begin()
  if not untrained:
    _take(learner, source)
  learner.finish(np.array(finished.path), finished.fitness)
  return learner


def _take(learner: Learner, source: Learner) -> None:
  """Gives the first column and head what a source run has learnt."""
  (finished,) = source.finished
  for mine, theirs, rows in zip(
    learner.network.gated, source.network.gated, finished.rows, strict=True
  ):
    mine.take_column(theirs, rows)
  kernel, bias = source.network.heads[0].stacks
  last = source.network.gated[-1].compute_output_shape(
    source.network.gated[-1].get_build_config()['input_shape']
  )
  channels = last[-1]
  wide = tf.reshape(kernel, [-1, 1, channels, kernel.shape[-1]])
  wide = tf.pad(wide, [[0, 0], [0, progressive.COLUMNS - 1], [0, 0], [0, 0]])
  head = learner.network.heads[0]
  head.kernel.assign(tf.reshape(wide, head.kernel.shape))
  head.bias.assign(bias)
