# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""An export, read back to be played or tested."""

from __future__ import annotations

import os

import numpy as np
import tensorflow as tf
from tf_agents.trajectories import time_step as ts

from pathnet_tf import evaluation, path_names
from pathnet_tf.errors import UserError, first_line
from pathnet_tf.exports import description
from pathnet_tf.tasks import registry


class Export:
  """One task's path, out of its SavedModel alone.

  Attributes:
    description: what it is.
  """

  def __init__(self, folder: str):
    """Loads it.

    Raises:
      UserError: the folder is no export, or a damaged one.
    """
    folder = os.path.abspath(folder)
    path_names.check(folder)
    self.description = description.read(folder)
    try:
      self._signatures = tf.saved_model.load(folder).signatures
    except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
      raise UserError(
        f'the SavedModel in {folder!r} cannot be loaded:'
        f' {first_line(error)}; export the task again'
      ) from error

  def check(self, task: registry.AnyTask) -> None:
    """Checks that the export is one of this task.

    Raises:
      UserError: naming what differs.
    """
    told, spec = self.description, task.observation_spec
    plays = isinstance(task, registry.Task)
    outputs = int(task.action_spec.maximum) + 1 if plays else task.classes
    for what, there, here in (
      ('shape', told.observation['shape'], list(spec.shape)),
      ('dtype', told.observation['dtype'], spec.dtype.name),
      (
        'kind',
        'game' if told.plays else 'images',
        'game' if plays else 'images',
      ),
      ('outputs', told.outputs, outputs),
    ):
      if there != here:
        raise UserError(
          f'the export is not of {task.name} as it is here: its {what} is'
          f' {there}, not {here}; use the version that made it'
        )

  def policy(self, seed: int, greedy: bool = False) -> evaluation.Act:
    """Acts by the `greedy` signature, or by `sampled`.

    Args:
      seed: of the sampled actions.
      greedy: takes the likeliest action instead.
    """
    state: dict[str, np.ndarray] = {}
    run = self._signatures['greedy' if greedy else 'sampled']

    def act(observation, step_type, step):
      nonlocal state
      first = step_type == ts.StepType.FIRST
      inputs = {'observation': tf.constant(observation)}
      if not greedy:
        inputs['seed'] = tf.constant([seed, step])
      for number, part in enumerate(self.description.state):
        name = f'state_{number}'
        zeros = np.zeros((len(observation), *part['shape']), part['dtype'])
        before = state.get(name, zeros)
        column = first.reshape(-1, *[1] * (before.ndim - 1))
        inputs[name] = tf.constant(np.where(column, zeros, before))
      outputs = {name: value.numpy() for name, value in run(**inputs).items()}
      action = outputs.pop('action')
      state = outputs
      return action

    return act

  def classify(self, images: tf.Tensor) -> tf.Tensor:
    """The likeliest labels int32 `[B]` of images uint8 `[B, H, W, C]`."""
    return self._signatures['probabilities'](observation=images)['label']
