# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of a configuration's way from flags and back to them."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shlex

import pytest
from absl import flags
from absl.testing import flagsaver

from launch import run_flags
from pathnet_tf import config
from pathnet_tf.agents.actor_critic import AgentConfig
from pathnet_tf.agents.classifier import ClassifierConfig
from pathnet_tf.agents.updates import OptimizerConfig
from pathnet_tf.errors import UserError

ROOT = pathlib.Path(__file__).parents[2]
# Nothing is as by default.
OTHER = config.RunConfig(
  tasks=('atari/freeway?mode=1&difficulty=0', 'gym/CartPole-v1?observed=0+2'),
  steps_per_task=12_345,
  seed=7,
  workers=3,
  environments=5,
  strategy='mirrored',
  anneal=True,
  solved_at=0.998,
  network=config.NetworkConfig(
    "conv(8, 3), [identity(), dense(32)], lstm(units=32, name='a b')",
    12,
    3,
    'available',
    'mean',
    'stored',
    'unit',
    6,
  ),
  evolution=config.EvolutionConfig(
    'binary', 20, 2, 0.1, 'wrap', 2, 1e-07, 'mutants'
  ),
  agent=AgentConfig(0.9, 10, 0.1 + 0.2, 0.25, 0.0),
  classifier=ClassifierConfig(32, 20, 'sum'),
  optimizer=OptimizerConfig('adam', 1 / 3, 0.0, 0.95, 1e-8),
)


def parsed(arguments):
  with flagsaver.flagsaver():
    flags.FLAGS(['train', *arguments])
    return run_flags.config_from_flags()


def test_the_flags_of_a_configuration_give_it_again():
  arguments = run_flags.flags_of(OTHER.to_json())

  assert parsed(arguments) == OTHER
  leaves = json.dumps(OTHER.to_json()).count(':')
  assert len(arguments) == leaves - 5 - OTHER.network.name.count(':')
  # Also from the file, and through a shell.
  tree = json.loads(json.dumps(OTHER.to_json()))
  command = shlex.join(run_flags.flags_of(tree))
  assert parsed(shlex.split(command)) == OTHER


@pytest.mark.parametrize(
  'file',
  sorted((ROOT / 'launch' / 'flagfiles').glob('*.flags')),
  ids=lambda file: file.name,
)
def test_what_a_flag_file_gives_can_be_typed(file):
  settings = parsed([f'--flagfile={file}'])

  assert parsed(run_flags.flags_of(settings.to_json())) == settings


def test_flags_and_configurations_have_the_same_defaults():
  # Else a run folder would refuse the command that its own page shows.
  settings = parsed(['--tasks=minatar/breakout'])

  assert settings.to_json().items() >= config.RunConfig.defaults().items()


def test_flags_at_their_defaults_are_not_named():
  settings = parsed(['--tasks=minatar/breakout', '--modules=10'])

  assert run_flags.flags_of(settings.to_json()) == ['--tasks=minatar/breakout']


def test_a_setting_that_a_file_does_not_name_is_at_its_default():
  tree = OTHER.to_json()
  del tree['network']['reinitialise'], tree['strategy']

  arguments = run_flags.flags_of(tree)

  network = dataclasses.replace(OTHER.network, reinitialise='fresh')
  there = dataclasses.replace(OTHER, network=network, strategy='local')
  assert parsed(arguments) == there


@pytest.mark.parametrize('change', [{'network': []}, {'tasks': 5}])
def test_a_configuration_of_another_version_is_refused(change):
  with pytest.raises(UserError, match='not of this version'):
    run_flags.flags_of(OTHER.to_json() | change)
