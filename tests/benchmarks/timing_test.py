# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of benchmarks.timing."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import timing


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_a_summary_is_the_median_and_the_quartiles(values):
  found = timing.summary(values)
  expected = np.quantile(values, [0.25, 0.5, 0.75])
  given_back = [found['lower'], found['median'], found['upper']]
  np.testing.assert_allclose(given_back, expected, atol=1e-9)


def test_a_ratio_is_taken_round_by_round():
  found = timing.ratio([2.0, 30.0, 400.0], [1.0, 10.0, 100.0])
  assert found == {'median': 3.0, 'lower': 2.5, 'upper': 3.5}
  with pytest.raises(ValueError, match='shorter'):
    timing.ratio([1.0, 2.0], [1.0])


def test_subjects_take_turns_and_the_first_round_does_not_count():
  calls: list[str] = []

  def subject(name):
    def measure() -> float:
      calls.append(name)
      return float(len(calls))

    return measure

  found = timing.alternate({'a': subject('a'), 'b': subject('b')}, rounds=2)
  assert calls == ['a', 'b'] * 3
  assert found == {'a': [3.0, 5.0], 'b': [4.0, 6.0]}


def test_seconds_are_of_one_call():
  calls = []
  assert timing.seconds(lambda: calls.append(0), 7) >= 0
  assert len(calls) == 7


def test_a_report_is_one_line_of_json_with_the_machine(capsys):
  timing.report({'ratio': 2.0})
  (line,) = capsys.readouterr().out.splitlines()
  found = json.loads(line)
  assert found['ratio'] == 2.0
  assert {'processor', 'cores', 'python', 'tensorflow'} <= set(found['machine'])
