# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.transfer.game_runs and branch, on short real games."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathnet_tf import config, coordinator, event_log, local_engines, run_folder
from pathnet_tf.errors import UserError
from pathnet_tf.learner import Learner
from pathnet_tf.transfer import arms, branch, game_runs

SOURCE, TARGET = 'minatar/breakout', 'minatar/asterix'
BASE = config.RunConfig(
  tasks=(SOURCE, TARGET),
  steps_per_task=600,
  workers=1,
  environments=2,
  network=config.NetworkConfig('conv(3, 3), dense(6)', 5, 2),
  evolution=config.EvolutionConfig(population=3, rivals=1),
  optimizer=config.OptimizerConfig('adam', learning_rate=0.003),
)
SOURCED = ('pathnet', 'fine_tuning', 'progressive', 'progressive_untrained')
ROW = {'arm', 'source', 'target', 'seed', 'budget', 'tasks'}
SOURCED_ROW = {'source_score', 'source_before', 'overlap'}
TASK = {
  'name', 'evaluations', 'steps', 'fitness', 'final_score', 'path', 'trained',
  'curve', 'test_score',
}  # fmt: skip


def make_run(label: str) -> game_runs.GameRun:
  return game_runs.make(arms.parse(label, BASE), SOURCE, TARGET, 7, BASE)


@pytest.fixture(name='trained', scope='module')
def _trained(tmp_path_factory):
  """Trains a run, after the one it goes on from; gives its row and folder."""
  root = tmp_path_factory.mktemp('runs')

  done = {}

  def train(run):
    if run.key not in done:
      origin = train(run.origin)[1] if run.origin else None
      path = str(root / run.folder)
      done[run.key] = game_runs.train(run, BASE, path, origin), path
    return done[run.key]

  return lambda run: train(make_run(run) if isinstance(run, str) else run)


def learner_of(run: game_runs.GameRun, path: str) -> Learner:
  with run_folder.RunFolder(path) as folder:
    return coordinator.Coordinator(
      run.configure(BASE), folder, local_engines.make_engine
    ).learner


@pytest.mark.parametrize('label', SOURCED)
def test_a_source_is_learnt_by_a_run_of_its_own(label):
  run = make_run(label)
  assert run.origins == (run.origin,)
  assert run.origin.key == (arms.ORIGINS[label], None, SOURCE, 7)
  assert run.origin.origins == ()
  changed = make_run(f'{label}?learning_rate=0.5').origin
  assert changed.arm.label == f'{arms.ORIGINS[label]}?learning_rate=0.5'


def test_fine_tuning_and_progressive_share_the_run_of_de_novo():
  one, other = make_run('fine_tuning'), make_run('progressive')
  assert one.origin == other.origin
  config_of = one.origin.configure(BASE)
  assert config_of.network == one.configure(BASE).network


@pytest.mark.parametrize('label', ['pathnet', 'fine_tuning'])
def test_a_branch_is_what_one_run_of_both_tasks_would_be(
  trained, tmp_path, label
):
  run = make_run(label)
  _, path = trained(label)
  with run_folder.RunFolder(tmp_path / 'whole') as folder:
    whole = coordinator.Coordinator(
      run.configure(BASE), folder, local_engines.make_engine
    )
    whole.run()
    log = folder.log
  branched = list(event_log.read(os.path.join(path, 'evolution.jsonl')))
  assert branched == list(event_log.read(log))
  for mine, other in zip(
    learner_of(run, path).network.variables,
    whole.learner.network.variables,
    strict=True,
  ):
    np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize('label', [*SOURCED, 'de_novo', 'de_novo_wide'])
def test_a_row_has_the_documented_fields_and_is_small(trained, label):
  row, _ = trained(label)
  after = label in SOURCED
  assert set(row) == ROW | (SOURCED_ROW if after else set())
  assert (row['source'], row['target']) == (SOURCE if after else None, TARGET)
  (task,) = row['tasks']
  assert set(task) == TASK
  assert task['name'] == TARGET
  assert row['budget'] == 600 <= task['steps']
  assert len(task['curve']) == 50
  assert len(json.dumps(row, allow_nan=False)) < 1500
  evolved = label == 'pathnet'
  assert (row.get('overlap') is not None) == evolved


@pytest.mark.parametrize('label', ['pathnet', 'progressive'])
def test_what_is_frozen_forgets_nothing(trained, label):
  after, _ = trained(label)
  before, _ = trained(make_run(label).origin)
  assert after['source_score'] == before['tasks'][0]['test_score']
  assert after['source_before'] == before['tasks'][0]['test_score']


def test_fine_tuning_changes_what_the_source_depends_on(trained):
  run = make_run('fine_tuning')
  _, path = trained('fine_tuning')
  _, origin = trained(run.origin)
  after = learner_of(run, path).network.gated
  before = learner_of(run.origin, origin).network.gated
  assert any(
    np.any(mine.stacks[0][:2] != theirs.stacks[0][:2])
    for mine, theirs in zip(after, before, strict=True)
  )


def test_progressive_computes_the_source_as_de_novo_learnt_it(trained):
  run = make_run('progressive')
  _, path = trained('progressive')
  _, origin = trained(run.origin)
  drawn = np.random.default_rng(0).integers(0, 2, [4, 10, 10, 10])
  outputs = []
  for one, where in ((run, path), (run.origin, origin)):
    learner = learner_of(one, where)
    rows = learner.finished[0].rows
    assert rows == [[0, 1], [0, 1]]
    outputs.append(learner.network(drawn, path=rows, task=0)[0])
  for mine, theirs in zip(*outputs, strict=True):
    np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)
  assert learner_of(run, path).finished[1].path == [[2, 3], [2, 3]]


def test_an_untrained_column_is_frozen_as_it_was_drawn(trained):
  run = make_run('progressive_untrained')
  _, path = trained(run)
  learner = learner_of(run, path)
  assert learner.finished[1].path == [[2, 3], [2, 3]]
  drawn = Learner(run.configure(BASE))
  drawn.begin()
  for mine, new in zip(learner.network.gated, drawn.network.gated, strict=True):
    for weights, others in zip(mine.stacks, new.stacks, strict=True):
      np.testing.assert_array_equal(weights[:2], others[:2])
    assert np.any(mine.stacks[0][2:].numpy() != new.stacks[0][2:].numpy())
  taken = learner_of(make_run('progressive'), trained('progressive')[1])
  first = taken.network.gated[0].stacks[0][:2]
  assert np.any(first.numpy() != drawn.network.gated[0].stacks[0][:2].numpy())


def test_a_half_made_branch_is_made_again(trained, tmp_path):
  run = make_run('pathnet')
  _, origin = trained(run.origin)
  mine = tmp_path / 'mine'
  (tmp_path / 'mine.begun' / 'checkpoints').mkdir(parents=True)
  configs = run.configure(BASE), run.origin.configure(BASE)
  branch.begin(str(mine), configs[0], origin, configs[1])
  assert learner_of(run, mine).task == 0
  marked = mine / 'marked'
  marked.touch()
  branch.begin(str(mine), configs[0], origin, configs[1])  # As it stands.
  other = dataclasses.replace(configs[1], seed=8)
  with pytest.raises(UserError, match=r'other settings.*--runs_dir'):
    branch.begin(str(tmp_path / 'other'), configs[0], origin, other)
  assert not (tmp_path / 'other').exists()
  assert marked.exists()


def test_there_is_nothing_to_go_on_from_before_the_source_is_learnt(
  trained, tmp_path
):
  run = make_run('pathnet')
  _, origin = trained(run.origin)
  assert branch.source_of(origin).state['task'] == 0
  assert branch.source_of(str(tmp_path / 'none')) is None
  broken = tmp_path / 'broken'
  shutil.copytree(origin, broken)
  (weights,) = pathlib.Path(broken).glob('checkpoints/*-task-0/*.data*')
  weights.write_bytes(weights.read_bytes()[:-1])
  assert branch.source_of(str(broken)) is None
  with pytest.raises(UserError, match='task-0'):
    branch.begin(
      str(tmp_path / 'mine'),
      run.configure(BASE),
      str(broken),
      run.origin.configure(BASE),
    )
  assert not (tmp_path / 'mine').exists()


def test_the_random_policy_is_played_and_not_trained(tmp_path):
  arm = arms.parse('random', BASE)
  run = game_runs.make(arm, None, TARGET, 0, BASE)
  row = game_runs.train(run, BASE, str(tmp_path / 'run'), None)
  assert set(row) == ROW
  assert 0.3 < row['tasks'][0]['test_score'] < 0.7
  assert not (tmp_path / 'run').exists()
  assert row == game_runs.train(run, BASE, '', None)


@given(
  lengths=st.lists(st.integers(1, 60), min_size=1, max_size=30),
  budget=st.integers(1, 40),
  bins=st.integers(1, 10),
  seed=st.integers(0, 99),
)
def test_a_curve_is_the_mean_score_step_by_step(lengths, budget, bins, seed):
  """Naively: every step has its evaluation's score."""
  while sum(lengths) < budget * bins:
    lengths = lengths * 2
  fitness = np.random.default_rng(seed).normal(size=len(lengths)) * 10
  each_step = np.repeat(fitness, lengths)[: budget * bins]
  found = game_runs.score_bins(np.cumsum(lengths), fitness, budget * bins, bins)
  expected = each_step.reshape(bins, budget).mean(axis=1)
  np.testing.assert_allclose(found, expected, atol=1e-3)
