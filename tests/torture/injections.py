# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Losses and gradients that are not finite, in one update of a real run."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import pathlib
import random
from collections.abc import Iterator

import pathnet_tf  # noqa: F401  First: it chooses Keras 2.

# isort: split
import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf import coordinator, event_log, local_engines, run_folder
from pathnet_tf.agents import actor_critic, classifier, updates
from pathnet_tf.config import (
  ClassifierConfig,
  EvolutionConfig,
  NetworkConfig,
  RunConfig,
)

_DATA = pathlib.Path(__file__).parents[2] / 'testdata'
_MINIBATCHES = 10

# What is trained: games, images whose path is held, and those whose is not.
SETTINGS = {
  'games': RunConfig(
    ('minatar/breakout?max_episode_steps=30',),
    600,
    workers=1,
    environments=2,
    network=NetworkConfig('dense(8), dense(8)', modules=4, active=2),
    evolution=EvolutionConfig(population=4, rivals=2),
  ),
  'held images': RunConfig(
    ('mnist/3v5',),
    150,
    workers=1,
    network=NetworkConfig('dense(8), dense(8)', modules=4, active=2),
    evolution=EvolutionConfig('binary', population=4),
    classifier=ClassifierConfig(8, _MINIBATCHES),
  ),
  'images': RunConfig(
    ('mnist/3v5',),
    150,
    workers=1,
    network=NetworkConfig(
      'dense(12), [identity(), dense(12)]', modules=4, active=2
    ),
    evolution=EvolutionConfig('binary', population=4),
    classifier=ClassifierConfig(8, _MINIBATCHES),
  ),
}
WHERE = ('loss', 'gradient')
VALUES = (float('nan'), float('inf'), float('-inf'))
KINDS = tuple(itertools.product(SETTINGS, WHERE, VALUES))


def inject(folder: pathlib.Path, number: int):
  """Trains with one update that is not finite; gives the row."""
  name, where, value = KINDS[number % len(KINDS)]
  # Any update of the first half; all runs make more than these.
  at = random.Random(number).randrange(60 if name == 'games' else 75)
  at -= at % _MINIBATCHES if name == 'held images' else 0
  os.environ['PATHNET_DATA_DIR'] = str(_DATA)
  faults = []
  try:
    with _poison(where, value, at), run_folder.RunFolder(folder) as run:
      done = coordinator.Coordinator(
        SETTINGS[name], run, local_engines.make_engine
      )
      done.run()
    faults += _wrong_with(folder, done.learner, name)
  except Exception as error:
    faults.append(f'{type(error).__name__}: {error}')
  kind = f'{name}, {where} {value}'
  return {'tries': 1, 'kinds': {kind: 1}, 'seed': number, 'faults': faults}


def _wrong_with(folder: pathlib.Path, learner, name: str) -> list[str]:
  faults = []
  records = list(event_log.read(folder / 'evolution.jsonl'))
  skipped = [r['metrics']['skipped'] for r in records if 'metrics' in r]
  expected = _MINIBATCHES if name == 'held images' else 1
  if sum(skipped) != expected or sum(map(bool, skipped)) != 1:
    faults.append(f'skipped {skipped}, not {expected} of one evaluation')
  if records[-1]['kind'] != 'finish':
    faults.append('the task has no end')
  owners = [*learner.network.gated, *learner.network.heads]
  for stack in [s for owner in owners for s in owner.stacks]:
    for variable in (stack, *learner.optimizer.slots(stack)):
      if not np.isfinite(variable.numpy()).all():
        faults.append(f'{variable.name} is not finite')
  return faults


@contextlib.contextmanager
def _poison(where: str, value: float, at: int) -> Iterator[None]:
  """Makes the loss or the gradients of the n-th update of a run `value`."""
  update = updates.Updater.update
  losses = actor_critic.ActorCriticAgent.losses
  gradients = classifier.Classifier.gradients
  merged_gradients = classifier.Classifier.merged_gradients

  def spoiled(updater, parts):
    hit = tf.equal(updater.updates, at)
    return tf.nest.map_structure(
      lambda part: tf.where(hit, tf.constant(value, part.dtype), part), parts
    )

  def poisoned_losses(self, *arguments):
    told = losses(self, *arguments)
    return told._replace(loss=spoiled(self.updater, told.loss))

  def poisoned_scores(self, *arguments, take=gradients):
    scores, changes = take(self, *arguments)
    return scores._replace(loss=spoiled(self.updater, scores.loss)), changes

  def poisoned_update(self, rows, changes, loss, steps):
    return update(self, rows, spoiled(self, changes), loss, steps)

  def poisoned_changes(self, *arguments):
    scores, changes = merged_gradients(self, *arguments)
    return scores, spoiled(self.updater, changes)

  with pytest.MonkeyPatch.context() as patch:
    if where == 'loss':
      patch.setattr(actor_critic.ActorCriticAgent, 'losses', poisoned_losses)
      patch.setattr(classifier.Classifier, 'gradients', poisoned_scores)
      patch.setattr(
        classifier.Classifier,
        'merged_gradients',
        functools.partialmethod(poisoned_scores, take=merged_gradients),
      )
    else:
      patch.setattr(updates.Updater, 'update', poisoned_update)
      patch.setattr(classifier.Classifier, 'merged_gradients', poisoned_changes)
    yield
