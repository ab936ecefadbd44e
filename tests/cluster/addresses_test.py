# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.cluster.addresses."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathnet_tf.cluster import addresses
from pathnet_tf.errors import UserError

HOSTS = 'chief=a:1,ps=b:2,worker=c:3,worker=d:4'


def test_flags_name_everyone():
  cluster = addresses.from_flags(HOSTS, 'worker', 1)
  assert cluster.hosts['worker'] == ('c:3', 'd:4')
  assert cluster.address == 'd:4'
  assert cluster.chief == 'a:1'
  assert cluster.members == [('ps', 0), ('worker', 0), ('worker', 1)]


@pytest.mark.parametrize(
  ('hosts', 'job', 'index', 'words'),
  [
    ('', 'chief', 0, ['JOB=HOST:PORT']),
    ('chief', 'chief', 0, ["'chief'", 'JOB=HOST:PORT']),
    ('chief=a', 'chief', 0, ["'a'", 'host:port']),
    ('chief=a:x', 'chief', 0, ["'a:x'", 'host:port']),
    ('chief=a:0', 'chief', 0, ["'a:0'", 'host:port']),
    ('chief=a:65536', 'chief', 0, ["'a:65536'"]),
    ('chief=[::1]:3', 'chief', 0, ['[::1]:3']),
    ('chief=a:1,worker=b:2', 'chief', 0, ['no ps']),
    ('chief=a:1,ps=b:2', 'chief', 0, ['no worker']),
    ('ps=a:1,worker=b:2', 'ps', 0, ['no chief']),
    (HOSTS + ',chief=e:5', 'chief', 0, ['2 chiefs']),
    (HOSTS + ',worker=a:1', 'chief', 0, ['a:1', 'two tasks']),
    (HOSTS + ',evaluator=e:1', 'chief', 0, ['evaluator']),
    (HOSTS, 'worker', 2, ['no worker 2', 'has 2']),
    (HOSTS, 'worker', -1, ['no worker -1']),
    (HOSTS, None, 0, ['--job']),
  ],
)
def test_wrong_flags_are_refused(hosts, job, index, words):
  with pytest.raises(UserError) as caught:
    addresses.from_flags(hosts, job, index)
  for word in words:
    assert word in str(caught.value)


def config_of(**changes):
  tree = {
    'cluster': {'chief': ['a:1'], 'ps': ['b:2'], 'worker': ['c:3', 'd:4']},
    'task': {'type': 'worker', 'index': 1},
  }
  return json.dumps({**tree, **changes})


def test_tf_config_names_everyone():
  cluster = addresses.from_tf_config(config_of())
  assert cluster == addresses.from_flags(HOSTS, 'worker', 1)
  text = config_of(task={'type': 'ps', 'index': '0'})
  assert addresses.from_tf_config(text).address == 'b:2'


@pytest.mark.parametrize(
  ('text', 'words'),
  [
    ('{', ['not JSON']),
    ('[]', ['another form']),
    ('{}', ["no 'cluster'"]),
    (config_of(task={'type': 'worker', 'index': 2}), ['no worker 2']),
    (config_of(task={'type': 'worker', 'index': 'x'}), ['another form']),
    (config_of(task={'type': 'worker'}), ["no 'index'"]),
    (config_of(task={'type': 'boss', 'index': 0}), ["'boss'"]),
    (config_of(cluster={'worker': 'c:3'}), ['another form']),
    (config_of(cluster={'master': ['c:3']}), ["'master'"]),
    ('[' * 100000, ['TF_CONFIG']),
  ],
)
def test_a_wrong_tf_config_is_refused_in_one_line(text, words):
  with pytest.raises(UserError) as caught:
    addresses.from_tf_config(text)
  for word in words:
    assert word in str(caught.value)


@given(st.text())
def test_no_text_breaks_the_reading_of_tf_config(text):
  with pytest.raises(UserError):
    addresses.from_tf_config(text)


SLURM = {
  'SLURM_STEP_NODELIST': 'n[01-02],big',
  'SLURM_STEP_TASKS_PER_NODE': '2(x2),1',
  'SLURM_PROCID': '3',
}


def test_slurm_gives_chief_servers_and_workers_in_this_order():
  cluster = addresses.from_slurm(SLURM, 1)
  assert cluster.hosts == {
    'chief': ('n01:2222',),
    'ps': ('n01:2223',),
    'worker': ('n02:2222', 'n02:2223', 'big:2222'),
  }
  assert (cluster.job, cluster.index) == ('worker', 1)


@pytest.mark.parametrize(
  ('changes', 'servers', 'words'),
  [
    ({}, 4, ['5 tasks', '6 at least']),
    ({'SLURM_PROCID': '5'}, 1, ['SLURM_PROCID is 5']),
    ({'SLURM_PROCID': ''}, 1, ['not understood']),
    ({'SLURM_STEP_TASKS_PER_NODE': '2'}, 1, ['3 nodes', '1']),
    ({'SLURM_STEP_TASKS_PER_NODE': '2(x'}, 1, ['2(x']),
    ({'SLURM_STEP_NODELIST': 'n[1'}, 1, ['n[1']),
  ],
)
def test_a_wrong_slurm_environment_is_refused(changes, servers, words):
  with pytest.raises(UserError) as caught:
    addresses.from_slurm({**SLURM, **changes}, servers)
  for word in words:
    assert word in str(caught.value)


def test_without_srun_slurm_is_refused():
  with pytest.raises(UserError, match='srun'):
    addresses.from_slurm({'SLURM_PROCID': '0'}, 1)


@given(
  st.lists(st.integers(0, 9999), min_size=1, max_size=5),
  st.integers(0, 30),
  st.integers(1, 5),
)
def test_node_ranges_keep_their_zeros(firsts, more, width):
  pieces = [f'{f:0{width}d}-{f + more:0{width}d}' for f in firsts]
  right = [
    f'n{number:0{width}d}.x'
    for first in firsts
    for number in range(first, first + more + 1)
  ]
  assert addresses.expand_nodes(f'n[{",".join(pieces)}].x') == right
