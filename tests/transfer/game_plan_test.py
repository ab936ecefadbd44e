# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.transfer.game_plan."""

from __future__ import annotations

import dataclasses
import random

import pytest

from pathnet_tf import config
from pathnet_tf.errors import UserError
from pathnet_tf.transfer import game_plan, plan

A, B, C = 'minatar/asterix', 'minatar/breakout', 'minatar/freeway'
BASE = config.RunConfig(
  tasks=(A, B),
  steps_per_task=100,
  network=config.NetworkConfig('dense(4)', 4, 2),
)
ARMS = ['pathnet', 'de_novo', 'fine_tuning', 'progressive']


def make_plan(labels=ARMS, tasks=(A, B, C), seeds=2):
  return plan.make(BASE, labels, plan.all_pairs(tasks, tasks, 5), seeds)


def test_a_plan_has_all_that_its_arms_need_and_nothing_twice():
  planned = make_plan()
  keys = [run.key for run in planned]
  assert len(set(keys)) == len(keys)
  # Random 3; of 2 seeds: sources 3 x 2, de novo's also being targets', and
  # three arms of 6 pairs.
  assert len(keys) == 3 + 2 * (2 * 3 + 3 * 6)
  for place, run in enumerate(planned):
    assert all(origin.key in keys[:place] for origin in run.origins)


def test_the_first_seed_comes_first_whole():
  seeds = [run.seed for run in make_plan() if run.arm.name != 'random']
  assert seeds == sorted(seeds)
  assert set(seeds) == {5, 6}


def test_games_and_images_are_not_of_one_study():
  with pytest.raises(UserError, match='a study is of one kind'):
    make_plan(tasks=(A, 'mnist/0v1'))


@pytest.mark.parametrize(
  ('label', 'words'),
  [
    ('pathnet?population=0', 'population'),
    ('progressive?network.name=lstm(3)', 'conv and dense'),
    ('de_novo?network.name=conv(3, 30)', 'does not fit'),
  ],
)
def test_what_can_not_be_trained_is_refused_beforehand(label, words):
  with pytest.raises(UserError, match=words):
    make_plan([label])


def test_what_is_frozen_later_shares_the_source_of_what_is_on():
  labels = [
    'pathnet',
    'pathnet?frozen=available',
    'pathnet?frozen=scaled',
  ]
  planned = make_plan(labels, seeds=1)
  alone = [run for run in planned if run.arm.name == 'pathnet_alone']
  assert {run.arm.label for run in alone} == {'pathnet_alone'}
  nothing = dataclasses.replace(
    BASE.network, frozen='none', reinitialise='none'
  )
  base = dataclasses.replace(BASE, network=nothing)
  pairs = plan.all_pairs((A,), (B,), 0)
  assert plan.make(base, ['pathnet'], pairs, 1)
  with pytest.raises(UserError, match='--frozen'):
    plan.make(base, ['pathnet?frozen=available'], pairs, 1)
  with pytest.raises(UserError, match='fine_tuning freezes nothing'):
    plan.make(BASE, ['fine_tuning?frozen=available'], pairs, 1)


def test_what_could_not_be_compared_is_refused_before_it_is_trained():
  for labels in (
    ['pathnet'],
    ['pathnet', 'de_novo?active=2'],
    ['de_novo_wide'],
  ):
    planned = make_plan(labels)
    with pytest.raises(UserError, match='add de_novo to --arms'):
      game_plan.check_control(planned, [])
    there = [{'arm': 'de_novo', 'target': game} for game in (A, B, C)]
    game_plan.check_control(planned, there)
  # Not even of one pair, whose source de novo learns for fine-tuning.
  planned = plan.make(BASE, ['fine_tuning'], [(A, B, 0)], 1)
  with pytest.raises(UserError, match=f'the arms with on {B}'):
    game_plan.check_control(planned, [])
  swept = make_plan(['de_novo?learning_rate=0.1', 'pathnet?learning_rate=0.1'])
  for planned in (make_plan(), make_plan(['de_novo']), swept):
    game_plan.check_control(planned, [])


def test_a_network_that_is_not_named_is_the_games_own():
  unnamed = dataclasses.replace(BASE.network, name='')
  base = dataclasses.replace(BASE, network=unnamed)
  pairs = plan.all_pairs((A,), (B,), 0)
  (run,) = (
    run
    for run in plan.make(base, ['progressive'], pairs, 1)
    if run.arm.name == 'progressive'
  )
  assert 'conv' in run.configure(base).network.name


def trained_in_order(planned, there=(), workers=3, seed=0):
  """Runs a schedule, whichever run ends first; gives the order of starts."""
  rng = random.Random(seed)
  missing = [run for run in planned if run.key not in there]
  learnt = set()
  schedule = game_plan.Schedule(missing, lambda run: run.key in learnt)
  started, running = [], []
  while True:
    while len(running) < workers and (run := schedule.next()):
      assert all(origin.key in learnt for origin in run.origins)
      assert run.key not in {other.key for other in running}
      started.append(run.key)
      running.append(run)
    if not running:
      return started
    run = running.pop(rng.randrange(len(running)))
    learnt.add(run.key)
    left = schedule.finished(run)
    assert run.key not in {other.key for other in left}


@pytest.mark.parametrize('workers', [1, 2, 5])
def test_every_run_is_trained_once_and_after_its_source(workers):
  planned = make_plan()
  for seed in range(5):
    started = trained_in_order(planned, workers=workers, seed=seed)
    assert sorted(map(str, started)) == sorted(str(run.key) for run in planned)


def test_a_run_that_failed_takes_along_only_those_that_go_on_from_it():
  planned = make_plan(['pathnet', 'de_novo'], tasks=(A, B), seeds=1)
  learnt = set()
  schedule = game_plan.Schedule(planned, lambda run: run.key in learnt)
  failing = ('pathnet_alone', None, A, 5)
  while run := schedule.next():
    if run.key == failing:
      left = schedule.failed(run)
    else:
      learnt.add(run.key)
      left = schedule.finished(run)
  assert [run.key for run in left] == [failing, ('pathnet', A, B, 5)]


def test_with_one_at_a_time_the_order_is_the_plans():
  planned = make_plan()
  assert trained_in_order(planned, workers=1) == [run.key for run in planned]


def test_a_source_that_is_gone_is_trained_again_only_if_it_is_needed():
  planned = make_plan(['pathnet'], seeds=1)
  left = planned[-1]
  done = {run.key for run in planned} - {left.key}
  assert trained_in_order(planned, done) == [left.origin.key, left.key]
  assert trained_in_order(planned, done | {left.key}) == []
