# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of which rows belong together."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathnet_tf.errors import UserError
from pathnet_tf.tasks import classification, names
from pathnet_tf.transfer import pairs
from tests.transfer.made_up import make_row, make_study

FAMILIES = st.sampled_from(classification.FAMILIES)
CLASSES = st.lists(st.integers(0, 9), min_size=2, max_size=5, unique=True)


@given(FAMILIES, CLASSES, st.sampled_from(['', 'noise=0.5']), st.booleans())
def test_classes_are_those_of_the_task_however_written(
  family, classes, noise, as_item
):
  settings = [noise] if noise else []
  if as_item:
    name = f'{family}/{"v".join(map(str, classes))}'
  else:
    name = family
    settings.append(f'classes={"+".join(map(str, classes))}')
  if settings:
    name += '?' + '&'.join(settings)

  assert pairs.classes_of(name) == tuple(classes)
  canonical = classification.make(names.parse(name)).name
  assert pairs.classes_of(canonical) == tuple(classes)


@pytest.mark.parametrize(
  ('name', 'classes'),
  [
    ('cifar10?classes=0-4', (0, 1, 2, 3, 4)),
    ('cifar10?classes=8-9&noise=0.1', (8, 9)),
    ('svhn', tuple(range(10))),
    ('mnist?noise=0.5', tuple(range(10))),
    ('mnist/three', None),
    ('mnist?classes=odd', None),
    ('atari/pong', None),
    ('minatar/breakout?ramping=0', None),
    # Of another family it may mean something else.
    ('mine/3v5', None),
  ],
)
def test_classes_by_name(name, classes):
  assert pairs.classes_of(name) == classes


@pytest.mark.parametrize(
  ('source', 'target', 'relation'),
  [
    ('mnist/3v5?noise=0.5', 'mnist/6v7?noise=0.5', 'disjoint'),
    ('mnist/3v5?noise=0.5', 'mnist/5v7', 'overlapping'),
    ('cifar10?classes=0-4', 'cifar10?classes=5-9', 'disjoint'),
    ('cifar10?classes=0-4', 'cifar10?classes=4+9', 'overlapping'),
    ('mnist', 'mnist/5v7', 'overlapping'),
    ('mnist/3v5', 'fashion_mnist/3v5', None),
    ('cifar10', 'svhn', None),
    ('minatar/breakout', 'minatar/asterix', None),
    ('mnist/3v5', 'mnist/cats', None),
  ],
)
def test_relation_of_two_tasks(source, target, relation):
  assert pairs.relation(source, target) == relation


def test_what_is_no_name_of_a_task_is_refused():
  with pytest.raises(UserError, match='no task name'):
    pairs.relation('mnist/', 'mnist/3v5')


def test_arms_come_in_one_order_with_de_novo_first():
  rows = [
    make_row(arm)
    for arm in ('pathnet?population=64', 'fine_tuning', 'pathnet', 'de_novo')
  ]

  orders = {tuple(pairs.arms_of(some)) for some in itertools.permutations(rows)}

  assert orders == {
    ('de_novo', 'fine_tuning', 'pathnet', 'pathnet?population=64')
  }
  assert pairs.arms_of(rows[:2]) == ['fine_tuning', 'pathnet?population=64']


def test_a_control_has_the_same_target_and_seed():
  a, b, c = 'mnist/0v1', 'mnist/2v3', 'mnist/4v5'
  rows = [
    make_row('pathnet', a, c, 1),
    make_row('pathnet', b, c, 1),
    make_row('pathnet', a, b, 1),
    make_row('pathnet', a, c, 2),
    make_row('fine_tuning', a, c, 1),
    make_row('de_novo', None, c, 1),
    make_row('de_novo', None, b, 2),
  ]

  found = pairs.with_controls(rows, 'pathnet')

  assert found == [(rows[0], rows[5]), (rows[1], rows[5])]


def test_an_arm_evolves_if_two_paths_ever_differ():
  rows = [make_row(arm) for arm in ('pathnet', 'fine_tuning', 'de_novo')]

  assert pairs.evolves(rows, 'pathnet')
  assert not pairs.evolves(rows, 'fine_tuning')
  assert not pairs.evolves(rows, 'de_novo')
  assert not pairs.evolves(rows, 'another')


def test_groups_equal_a_naive_twin():
  rows = make_study()
  found = dict(pairs.groups(rows))

  digits = {}
  for row in rows:
    if row['source'] is not None:
      texts = (row['source'], row['target'])
      a, b = ({text[6], text[8]} for text in texts)
      digits[row['target'], row['seed']] = (
        'overlapping' if a & b else 'disjoint'
      )

  assert found.pop('all pairs of tasks') == rows
  assert list(found) == list(pairs.RELATIONS.values())
  for kind, title in pairs.RELATIONS.items():
    expected = [
      row for row in rows if digits[row['target'], row['seed']] == kind
    ]
    assert found[title] == expected


def test_a_control_is_in_each_group_that_has_a_run_of_it():
  shared = make_row('pathnet', 'mnist/5v6', 'mnist/6v7', 1)
  apart = make_row('pathnet', 'mnist/0v1', 'mnist/6v7', 1)
  control = make_row('de_novo', None, 'mnist/6v7', 1)
  other = make_row('de_novo', None, 'mnist/6v7', 2)

  found = dict(pairs.groups([shared, apart, control, other]))

  assert found[pairs.RELATIONS['disjoint']] == [apart, control]
  assert found[pairs.RELATIONS['overlapping']] == [shared, control]


def test_tasks_without_classes_make_one_group():
  rows = [make_row('pathnet', 'cifar10', 'svhn'), make_row('de_novo')]

  assert pairs.groups(rows) == [('all pairs of tasks', rows)]


def test_directions_hold_the_controls_of_their_target():
  there = make_row('pathnet', 'cifar10', 'svhn')
  back = make_row('pathnet', 'svhn', 'cifar10')
  control = make_row('de_novo', None, 'svhn', 3)
  alone = make_row('de_novo', None, 'mnist')

  found = pairs.directions([back, alone, control, there])

  assert found == [
    ('cifar10 → svhn', [control, there]),
    ('svhn → cifar10', [back]),
    ('mnist', [alone]),
  ]


def test_tables_and_figures_load_tensorflow_for_the_names_of_classes_only():
  modules = (
    'pathnet_tf.transfer.figures',
    'pathnet_tf.transfer.pairs',
    'pathnet_tf.transfer.table',
  )
  program = (
    f'import sys, {", ".join(modules)}\n'
    'pathnet_tf.transfer.pairs.relation("atari/pong", "minatar/breakout")\n'
    'print([n for n in sys.modules if n.startswith(("tensorflow", "tf_"))])'
  )
  shown = subprocess.run(
    [sys.executable, '-c', program], capture_output=True, text=True, check=True
  )
  assert shown.stdout == '[]\n'
