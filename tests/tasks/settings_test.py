# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Reading the settings of a task name."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import strategies as st

from pathnet_tf.errors import UserError
from pathnet_tf.tasks import names, settings


def read(text, known=('a', 'b')):
  return settings.Settings(names.parse(text), known)


def test_what_is_not_set_is_none_and_the_name_stays():
  found = read('x/y')
  assert found.integer('a', least=0, most=5) is None
  assert found.probability('b') is None
  assert found.canonical == 'x/y'


def test_zero_is_not_the_same_as_not_set():
  found = read('x?a=0&b=0')
  assert found.integer('a', least=0, most=5) == 0
  assert found.probability('b') == 0.0
  assert found.canonical == 'x?a=0&b=0'


@pytest.mark.parametrize('text', ['7', '07', '0007'])
def test_whole_numbers_have_one_spelling(text):
  found = read(f'x/y?a={text}')
  assert found.integer('a', least=0, most=10) == 7
  assert found.canonical == 'x/y?a=7'


@pytest.mark.parametrize('text', ['.25', '0.25', '0.250', '25e-2', '2.5E-1'])
def test_probabilities_have_one_spelling(text):
  found = read(f'x/y?b={text}')
  assert found.probability('b') == 0.25
  assert found.canonical == 'x/y?b=0.25'


@hypothesis.given(st.floats(0, 1, exclude_max=True))
def test_a_probability_comes_back_from_its_canonical_spelling(value):
  found = read(f'x?b={value!r}')
  assert found.probability('b') == value
  again = read(found.canonical)
  assert again.probability('b') == value
  assert again.canonical == found.canonical


@pytest.mark.parametrize(
  'text',
  ['-1', '6', '1.0', '1e0', 'one', '1_0', '٣', '0x1', '+1', '9' * 10_000],
)
def test_other_whole_numbers_are_refused(text):
  with pytest.raises(UserError, match=r'a is .*must be a whole number from 0'):
    read(f'x/y?a={text}').integer('a', least=0, most=5)


def test_a_number_that_is_a_choice_is_taken():
  found = read('x/y?a=04')
  assert found.choice('a', [0, 4]) == 4
  assert found.choice('b', [0, 4]) is None
  assert found.canonical == 'x/y?a=4'


def test_a_number_that_is_no_choice_is_refused_with_the_choices():
  with pytest.raises(UserError, match=r"a is '3', but must be one of 0, 4$"):
    read('x/y?a=3').choice('a', [0, 4])


@pytest.mark.parametrize(
  'text',
  ['-0.1', '1', '1.5', '2', 'nan', 'inf', '-inf', '1_0', '0x'],
)
def test_other_probabilities_are_refused(text):
  with pytest.raises(UserError, match='a number from 0 on and below 1'):
    read(f'x/y?b={text}').probability('b')


def test_unknown_settings_are_refused_with_the_known_ones():
  with pytest.raises(UserError, match="no setting 'c'; they have a, b"):
    read('x/y?a=1&c=2', known=('b', 'a'))
