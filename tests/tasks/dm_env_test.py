# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tasks `dm_env/module:factory`: what is refused, and what is built."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pathnet_tf.errors import UserError
from pathnet_tf.tasks import registry

pytest.importorskip('bsuite', reason='requirements-dev.txt has it')

CATCH = 'dm_env/bsuite.environments.catch:Catch'


@pytest.mark.parametrize(
  ('name', 'message'),
  [
    ('dm_env', 'a dm_env task names a factory, as dm_env/bsuite'),
    ('dm_env/bsuite.environments.catch', 'names a factory'),
    ('dm_env/:Catch', 'names a factory'),
    ('dm_env/no_such_module:Catch', "'no_such_module' can not be imported"),
    ('dm_env/.catch:Catch', 'can not be imported'),
    ('dm_env/bsuite.environments.catch:Cacth', 'did you mean Catch?'),
    (f'{CATCH}?row=5', "unexpected keyword argument 'row'; it takes (rows"),
    (f'{CATCH}?rows=many', 'the environment can not be made'),
    ('dm_env/math:sqrt', "missing a required argument: 'x'"),
    ('dm_env/collections:OrderedDict', 'is no dm_env.Environment'),
    (
      'dm_env/pathnet_tf.environments.labyrinth:Labyrinth?level=lt_chasm',
      'DeepMind Lab is needed',
    ),
    ('dm_env/pathnet_tf.environments.labyrinth:Labyrinth', "'level'"),
  ],
)
def test_bad_names_are_one_line_that_says_what_would_be_right(name, message):
  with pytest.raises(UserError, match=re.escape(message)) as error:
    registry.make(name)
  assert str(error.value).isprintable()
  assert name in str(error.value)


def test_environments_that_no_agent_here_can_play_are_refused(
  tmp_path, monkeypatch
):
  (tmp_path / 'odd_worlds.py').write_text(
    'from bsuite.environments import catch\n'
    'from dm_env import specs\n'
    'class Turning(catch.Catch):\n'
    '  def action_spec(self):\n'
    '    return specs.BoundedArray((2,), float, -1, 1)\n'
    'class Nested(catch.Catch):\n'
    '  def observation_spec(self):\n'
    '    return {"board": super().observation_spec()}\n'
    'class Told(catch.Catch):\n'
    '  def observation_spec(self):\n'
    '    return specs.StringArray(())\n'
    'class Early(catch.Catch):\n'
    '  def action_spec(self):\n'
    '    raise RuntimeError("reset() first")\n'
  )
  monkeypatch.syspath_prepend(tmp_path)
  for kind, message in [
    ('Turning', 'must be a DiscreteArray'),
    ('Nested', 'must be one array'),
    ('Told', 'must be numbers'),
    ('Early', r'reset\(\) first'),
  ]:
    with pytest.raises(UserError, match=message) as error:
      registry.make(f'dm_env/odd_worlds:{kind}')
    assert str(error.value).isprintable()


def test_settings_reach_the_factory_as_what_they_look_like():
  task = registry.make(f'{CATCH}?rows=6&columns=7')
  assert task.name == f'{CATCH}?columns=7&rows=6'
  assert task.observation_spec.shape == (6, 7)
  assert task.observation_spec.dtype == np.float32
  assert task.network == 'vector'
  assert int(task.action_spec.maximum) == 2
  sparse = 'dm_env/bsuite.environments.cartpole:Cartpole'
  task = registry.make(f'{sparse}?height_threshold=0.5&max_time=0.2')
  environment = task.make_environment(1)
  environment.reset()
  steps = 1
  while not environment.step(np.ones(1, np.int32)).is_last()[0]:
    steps += 1
  assert steps <= 21  # 0.2 seconds, of 0.01 each.
