# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.observers.overview."""

from __future__ import annotations

import dataclasses
import re

from pathnet_tf.config import RunConfig
from pathnet_tf.observers import overview

CONFIG = RunConfig(('minatar/breakout', 'minatar/asterix'), 1000, seed=7)


def test_every_setting_is_a_hyperparameter_of_its_own_type():
  settings = overview.hyperparameters(CONFIG.to_json())
  assert settings['tasks'] == 'minatar/breakout, minatar/asterix'
  assert settings['seed'] == 7
  assert settings['anneal'] is False
  assert settings['solved_at'] == 'none'
  assert settings['network.readout'] == 'sum'
  assert settings['optimizer.learning_rate'] == 7e-4
  groups = [CONFIG.network, CONFIG.evolution, CONFIG.agent, CONFIG.classifier]
  groups += [CONFIG.optimizer, CONFIG]
  fields = sum(len(dataclasses.fields(group)) for group in groups)
  assert len(settings) == fields - 5  # The groups themselves.
  assert {type(value) for value in settings.values()} == {bool, int, float, str}


def test_the_table_has_a_row_a_setting():
  table = overview.settings_table(CONFIG.to_json()).splitlines()
  assert table[:2] == ['| setting | value |', '| --- | --- |']
  assert '| evolution.population | `64` |' in table
  assert '| network.name | `""` |' in table
  assert all(row.count('|') == 3 for row in table)
  assert len(table) == 2 + len(overview.hyperparameters(CONFIG.to_json()))


def charts(layout):
  return {
    category.title: {
      chart.title: list(chart.multiline.tag) for chart in category.chart
    }
    for category in layout.category
  }


def test_each_task_has_a_chart_that_shows_its_score_alone():
  names = ['atari/freeway', 'atari/freeway?mode=1&difficulty=0']
  scores = charts(overview.layout(names, ['loss']))['Score']
  assert list(scores) == ['all tasks', *names]
  for name in names:
    (tag,) = scores[name]
    matched = [n for n in names if re.match(tag, f'score/{n}')]
    assert matched == [name]
  assert scores['all tasks'] == scores[names[0]] + scores[names[1]]


def test_a_task_that_comes_again_has_one_chart():
  names = ['minatar/breakout'] * 2
  assert list(charts(overview.layout(names, []))['Score']) == names[:1]


def test_losses_share_a_chart():
  layout = overview.layout(
    CONFIG.tasks, ['loss', 'policy_loss', 'gradient_norm']
  )
  assert charts(layout)['Training'] == {
    'losses': ['training/loss$', 'training/policy_loss$'],
    'gradient norm': ['training/gradient_norm$'],
  }
