# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.config: what is refused, and the file it is kept in."""

from __future__ import annotations

import dataclasses
import json

import pytest

from pathnet_tf.config import (
  AgentConfig,
  ClassifierConfig,
  EvolutionConfig,
  NetworkConfig,
  OptimizerConfig,
  RunConfig,
)
from pathnet_tf.errors import UserError

RUN = RunConfig(
  tasks=('mnist/3v5', 'mnist/6v7'),
  steps_per_task=50,
  seed=7,
  workers=1,
  environments=3,
  anneal=True,
  solved_at=0.998,
  network=NetworkConfig(
    'vector', 9, 3, 'none', 'mean', 'none', pixels='unit', free_modules=2
  ),
  evolution=EvolutionConfig('binary', population=20, duplication_rate=0.1),
  agent=AgentConfig(window=10),
  classifier=ClassifierConfig(batch_size=4, minibatches=3, loss='sum'),
  optimizer=OptimizerConfig('sgd', learning_rate=0.1, clip_norm=0.0),
)


def changed(group: str, **values) -> RunConfig:
  part = dataclasses.replace(getattr(RUN, group), **values)
  return dataclasses.replace(RUN, **{group: part})


@pytest.mark.parametrize(
  ('group', 'values', 'message'),
  [
    ('network', {'pixels': 'grey'}, "pixels is 'grey': one of centred, unit"),
    (
      'network',
      {'frozen': 'on'},
      'one of always_on, scaled, columns, available, none',
    ),
    ('network', {'reinitialise': 'new'}, 'one of fresh, stored, none, copies'),
    ('network', {'reinitialise': 'fresh'}, 'would undo what it learnt'),
    ('network', {'readout': 'max'}, 'one of sum, mean'),
    ('network', {'active': 10}, 'more than the 9 modules'),
    ('network', {'modules': 0}, 'modules is 0: at least 1'),
    ('network', {'free_modules': -1}, 'free_modules is -1: at least 0'),
    ('evolution', {'search': 'best'}, 'one of tournament, binary, fixed'),
    ('evolution', {'population': 0}, 'fewer than the 1 workers'),
    ('evolution', {'episodes': 0}, 'episodes is 0: at least 1'),
    ('evolution', {'duplication_rate': 1.5}, 'at most 1'),
    ('network', {'modules': 10**9}, 'modules is 1000000000: at most 100000'),
    ('network', {'modules': 2.5}, 'modules is 2.5: an integer is right'),
    ('network', {'modules': True}, 'modules is True: an integer is right'),
    ('network', {'name': 3}, 'name is 3: text is right'),
    ('evolution', {'border': 'jump'}, 'one of clamp, wrap'),
    ('evolution', {'mutation_rate': -0.1}, 'mutation_rate is -0.1: at least 0'),
    ('agent', {'entropy_cost': 'x'}, "entropy_cost is 'x': a number is right"),
    ('optimizer', {'decay': 1.5}, 'decay is 1.5: at most 1'),
    ('optimizer', {'decay': float('nan')}, 'decay is nan: at least 0'),
    ('optimizer', {'epsilon': 0.0}, 'epsilon is 0.0: at least 1e-30'),
    (
      'optimizer',
      {'learning_rate': float('inf')},
      'learning_rate is inf: a finite number',
    ),
    ('classifier', {'loss': 'max'}, "loss is 'max': one of mean, sum"),
    ('classifier', {'batch_size': 0}, 'batch_size is 0: at least 1'),
    ('classifier', {'minibatches': 0}, 'minibatches is 0: at least 1'),
    ('optimizer', {'name': 'adagrad'}, 'one of rmsprop, sgd, adam'),
    ('optimizer', {'learning_rate': -1.0}, 'learning_rate is -1.0: at least 0'),
    ('optimizer', {'learning_rate': float('nan')}, 'learning_rate is nan'),
    ('optimizer', {'clip_norm': -0.5}, 'clip_norm is -0.5: at least 0'),
    ('agent', {'window': 0}, 'window is 0: at least 1'),
    ('agent', {'discount': 1.5}, 'discount is 1.5: at most 1'),
  ],
)
def test_a_value_out_of_its_range_is_one_line(group, values, message):
  with pytest.raises(UserError, match=message) as caught:
    changed(group, **values)
  assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
  ('values', 'message'),
  [
    ({'tasks': ()}, 'no tasks'),
    ({'steps_per_task': 0}, 'steps_per_task is 0'),
    ({'workers': 0}, 'workers is 0'),
    ({'environments': 0}, 'environments is 0'),
    ({'seed': -1}, 'seed is -1'),
    ({'seed': 10**20}, 'seed is 1'),
    ({'solved_at': 10**400}, 'solved_at is too large'),
    ({'solved_at': float('inf')}, 'solved_at is inf'),
    ({'tasks': (3,)}, 'tasks is'),
    ({'network': 'atari'}, "network is 'atari'"),
  ],
)
def test_a_run_out_of_its_range_is_one_line(values, message):
  with pytest.raises(UserError, match=message):
    dataclasses.replace(RUN, **values)


def test_one_path_needs_no_population():
  assert changed('evolution', search='fixed', population=0)


def test_a_configuration_comes_back_from_its_file():
  tree = json.loads(json.dumps(RUN.to_json()))
  assert RunConfig.from_json(tree) == RUN
  plain = RunConfig(tasks=('minatar/breakout',), steps_per_task=1)
  tree = json.loads(json.dumps(plain.to_json()))
  assert tree['solved_at'] is None
  assert RunConfig.from_json(tree) == plain


@pytest.mark.parametrize(
  ('spoil', 'setting'),
  [
    (lambda tree: tree.pop('classifier'), 'classifier'),
    (lambda tree: tree.update(network=[]), 'network'),
    (lambda tree: tree.pop('tasks'), 'tasks'),
    (lambda tree: tree.pop('steps_per_task'), 'steps_per_task'),
    (lambda tree: tree['agent'].update(learning_rate=0.1), 'learning_rate'),
    (lambda tree: tree.update(epochs=3), 'epochs'),
  ],
)
def test_a_file_of_another_version_is_refused(spoil, setting):
  tree = RUN.to_json()
  spoil(tree)
  with pytest.raises(UserError) as caught:
    RunConfig.from_json(tree)
  assert str(caught.value) == (
    f"config.json is not of this version of pathnet_tf: '{setting}'"
  )


@pytest.mark.parametrize('tasks', [5, 'minatar/breakout', [5], True])
def test_tasks_that_are_no_list_of_names_are_refused(tasks):
  with pytest.raises(UserError, match=r'tasks is .*: a list of names is right'):
    RunConfig.from_json(RUN.to_json() | {'tasks': tasks})
