# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of tools/draw_mnist_pairs.py, and of the two files it has drawn."""

from __future__ import annotations

import pathlib
import re
import runpy
import sys

import pytest

from pathnet_tf.tasks import registry
from pathnet_tf.transfer import pairs, plan

ROOT = pathlib.Path(__file__).parents[2]
STUDIES = ROOT / 'launch' / 'studies'
FILES = ('mnist_pairs.txt', 'mnist_search_pairs.txt')


def couples(name: str) -> list[tuple[frozenset[str], frozenset[str]]]:
  """The digits of source and target, line by line."""
  found = []
  for line in (STUDIES / name).read_text().splitlines():
    if not line.startswith('#'):
      digits = re.findall('mnist/([0-9])v([0-9])', line)
      source, target = map(frozenset, digits)
      found.append((source, target))
  return found


def digits_pairs(name: str) -> set[frozenset[str]]:
  """Every pair of digits that is told apart in a file."""
  return {digits for couple in couples(name) for digits in couple}


def test_drawing_again_gives_the_files_that_there_are(tmp_path, monkeypatch):
  tool = str(ROOT / 'tools' / 'draw_mnist_pairs.py')
  monkeypatch.setattr(sys, 'argv', [tool, str(tmp_path)])
  runpy.run_path(tool, run_name='__main__')
  assert {path.name for path in tmp_path.iterdir()} == set(FILES)
  for name in FILES:
    drawn = (tmp_path / name).read_bytes()
    assert drawn == (STUDIES / name).read_bytes()


def test_no_pair_of_digits_that_was_searched_is_in_the_study():
  study_pairs, searched = map(digits_pairs, FILES)
  assert not study_pairs & searched
  assert len(searched) <= 9
  assert len(study_pairs) <= 36
  assert {len(digits) for digits in study_pairs | searched} == {2}


@pytest.mark.parametrize(('name', 'count'), zip(FILES, (60, 8), strict=True))
def test_as_many_couples_share_a_digit_as_share_none(name, count):
  shared = [len(source & target) for source, target in couples(name)]
  assert shared == [0] * count + [1] * count
  assert len(set(couples(name))) == 2 * count


def test_every_couple_is_two_tasks_and_has_a_seed_of_its_own():
  read = [pair for name in FILES for pair in plan.read_pairs(STUDIES / name, 0)]
  assert len({seed for _, _, seed in read}) == len(read) == 136
  names = {name for source, target, _ in read for name in (source, target)}
  for name in names:
    task = registry.make(name)
    assert task.name == name
    assert task.classes == 2
    assert name.endswith('?noise=0.5')


def test_the_tables_group_the_couples_as_they_were_drawn():
  read = plan.read_pairs(STUDIES / 'mnist_pairs.txt', 0)
  kinds = [pairs.relation(source, target) for source, target, _ in read]
  assert kinds == ['disjoint'] * 60 + ['overlapping'] * 60
