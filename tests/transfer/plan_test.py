# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.transfer.plan."""

from __future__ import annotations

import pytest

from pathnet_tf.transfer import plan
from tests.transfer.digits import ARMS, BASE, PAIRS, refused

# A plan looks whether the images are there.
pytestmark = pytest.mark.usefixtures('testdata')


def keys(planned) -> list[tuple]:
  return [run.key for run in planned]


@pytest.fixture(name='read')
def _read(tmp_path):
  """Reads a text as a file of pairs, with 7 as the seed."""

  def read(text):
    path = tmp_path / 'pairs.txt'
    path.write_text(text, encoding='utf-8')
    return plan.read_pairs(str(path), 7)

  return read


def test_a_line_has_a_seed_or_takes_the_common_one(read):
  assert read('mnist/0v1 mnist/2v3\nmnist/4v5\tmnist/6v7  12') == [
    ('mnist/0v1', 'mnist/2v3', 7),
    ('mnist/4v5', 'mnist/6v7', 12),
  ]


def test_a_hash_begins_a_comment_and_blank_lines_are_none(read):
  text = (
    '# Source, target.\n\n  \n  a b # 5\na b 6# six\n#a b\r\n\t# c d 1\nc d\n'
  )
  assert read(text) == [('a', 'b', 7), ('a', 'b', 6), ('c', 'd', 7)]


def test_the_order_is_kept_and_so_are_repetitions(read):
  assert read('c d\na b\nc d\n') == [
    ('c', 'd', 7), ('a', 'b', 7), ('c', 'd', 7),
  ]  # fmt: skip


def test_a_file_without_lines_has_no_pairs(read):
  assert read('') == read('# Nothing.\n') == []


@pytest.mark.parametrize(
  'line',
  [
    'a',
    'a b 1 2',
    'a b -1',
    'a b 1.5',
    'a b c',
    'a # b',
    'a b ²',
    f'a b {"9" * 5000}',
  ],
)
def test_a_line_of_another_kind_is_named_with_its_number(read, line):
  message = refused(read, f'# Head.\na b\n{line}\na b\n')
  assert message.startswith('line 3 of ')
  assert 'pairs.txt' in message
  assert repr(line) in message
  assert 'SOURCE TARGET SEED' in message


def test_a_file_that_cannot_be_read_is_named(tmp_path):
  binary = tmp_path / 'binary'
  binary.write_bytes(b'\xff\xfe\x00')
  for path, why in (
    (tmp_path / 'absent', 'No such file or directory'),
    (tmp_path, 'Is a directory'),
    (binary, 'it is not text'),
  ):
    message = refused(plan.read_pairs, str(path), 0)
    assert message == f'cannot read the pairs in {str(path)!r}: {why}'


def test_every_source_goes_with_every_target_but_itself():
  assert plan.all_pairs(['a', 'b'], ['b', 'c'], 3) == [
    ('a', 'b', 3), ('a', 'c', 3), ('b', 'c', 3),
  ]  # fmt: skip
  assert plan.all_pairs(['a'], ['a'], 3) == []
  assert plan.all_pairs([], ['a'], 3) == plan.all_pairs(['a'], [], 3) == []


def test_a_plan_has_every_arm_of_every_pair_with_every_seed():
  planned = plan.make(BASE, ('pathnet', 'fine_tuning'), PAIRS, 2)
  assert keys(planned) == [
    (arm, source, 'mnist/2v3', seed)
    for source in ('mnist/0v1', 'mnist/4v5')
    for seed in (4, 5)
    for arm in ('pathnet', 'fine_tuning')
  ]


def test_what_has_no_source_is_run_once_for_a_target_and_seed():
  planned = plan.make(BASE, ('de_novo', 'pathnet_alone'), PAIRS, 2)
  assert keys(planned) == [
    (arm, None, 'mnist/2v3', seed)
    for seed in (4, 5)
    for arm in ('de_novo', 'pathnet_alone')
  ]


def test_a_plan_has_no_run_twice():
  labels = ('pathnet', 'de_novo', 'pathnet', 'pathnet?population=8')
  first, second, seed = PAIRS[0]
  repeated = [
    *PAIRS,
    *PAIRS,
    (first, second, seed + 1),  # A seed that the pair's own count has.
    ('mnist?classes=0+1', 'mnist/2v3?noise=0.0', seed),  # Other spellings.
  ]
  planned = keys(plan.make(BASE, labels, repeated, 2))
  assert len(planned) == len(set(planned))
  assert set(planned) == set(
    keys(plan.make(BASE, labels[1:], [*PAIRS, (first, second, seed + 1)], 2))
  )


def test_the_tasks_of_a_plan_have_one_spelling():
  pair = ('mnist?classes=0+1', 'mnist/2v3?noise=.50', 0)
  (run,) = plan.make(BASE, ['pathnet'], [pair], 1)
  assert (run.source, run.target) == ('mnist/0v1', 'mnist/2v3?noise=0.5')


@pytest.mark.parametrize(('labels', 'pairs'), [([], PAIRS), (ARMS, [])])
def test_nothing_to_compare_is_said(labels, pairs):
  message = refused(plan.make, BASE, labels, pairs, 1)
  for word in ('nothing to compare', '--arms', '--pairs', '--targets'):
    assert word in message


@pytest.mark.parametrize(
  ('label', 'pair', 'words'),
  [
    ('pathnett', PAIRS[0], ['pathnett', 'de_novo']),
    ('pathnet?active=99', PAIRS[0], ['active', '99']),
    ('pathnet', ('mnist/0v1', 'mnits/2v3', 0), ['mnits', 'mnist']),
    ('de_novo', ('mnist/3v3', 'mnist/2v3', 0), ['mnist/3v3', 'distinct']),
  ],
)
def test_what_does_not_exist_is_refused_before_anything_runs(
  label, pair, words
):
  message = refused(plan.make, BASE, ['pathnet', label], [pair], 1)
  for word in words:
    assert word in message


@pytest.mark.parametrize(
  ('label', 'source', 'target'),
  [
    ('pathnet?network.name=resnet', 'mnist/0v1', 'mnist/2v3'),
    ('pathnet?mutation_rate=7', 'mnist/0v1', 'mnist/2v3'),
    ('pathnet?border=none', 'mnist/0v1', 'mnist/2v3'),
    ('pathnet?solved_at=nan', 'mnist/0v1', 'mnist/2v3'),
    # Less than a generation, and a table that divides by its limit of 0.
    ('pathnet?steps_per_task=99', 'mnist/0v1', 'mnist/2v3'),
    ('pathnet', 'mnist/0v1', 'cifar10'),
    ('pathnet', 'minatar/breakout', 'mnist/2v3'),
    ('random', 'mnist/0v1', 'mnist/2v3'),
    ('progressive_untrained', 'mnist/0v1', 'mnist/2v3'),
  ],
)
def test_what_could_not_be_run_is_refused_too(label, source, target):
  refused(plan.make, BASE, [label], [(source, target, 0)], 1)
