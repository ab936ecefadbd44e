# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Task names: every good one comes back, every bad one is one clear line."""

from __future__ import annotations

import re

import hypothesis
import pytest
from hypothesis import strategies as st

from pathnet_tf.errors import UserError
from pathnet_tf.tasks import names

WORD = st.from_regex(r'[a-z][a-z0-9_]{0,8}', fullmatch=True)
# Whatever is not the grammar's own: commas and white space part names.
FREE = st.text(
  st.characters(exclude_characters=',?&=/').filter(lambda c: not c.isspace()),
  min_size=1,
)
NAMES = st.builds(
  names.TaskName,
  WORD,
  st.lists(FREE, max_size=3).map('/'.join),
  st.dictionaries(WORD, FREE).map(lambda d: tuple(d.items())),
)


@hypothesis.given(NAMES)
def test_a_name_comes_back_from_its_text(name):
  assert names.parse(str(name)) == name


@hypothesis.given(NAMES, st.randoms())
def test_the_order_of_settings_does_not_matter(name, random):
  query = list(name.query)
  random.shuffle(query)
  other = names.TaskName(name.family, name.item, tuple(query))
  assert (other, str(other), hash(other)) == (name, str(name), hash(name))


@hypothesis.given(st.text() | st.text('ab/?&=,01 \n'))
def test_any_text_is_a_name_or_a_user_error_of_one_line(text):
  try:
    name = names.parse(text)
  except UserError as error:
    line = str(error)
  else:
    assert names.parse(str(name)) == name
    line = str(name)
  assert len(line.splitlines()) <= 1


@pytest.mark.parametrize(
  ('text', 'parts'),
  [
    ('atari/pong', ('atari', 'pong', ())),
    (
      'atari/freeway?mode=1&difficulty=0',
      ('atari', 'freeway', (('difficulty', '0'), ('mode', '1'))),
    ),
    ('gym/CartPole-v1', ('gym', 'CartPole-v1', ())),
    ('gym/phys2d/CartPole-v1', ('gym', 'phys2d/CartPole-v1', ())),
    ('mnist/3v5?noise=0.5', ('mnist', '3v5', (('noise', '0.5'),))),
    ('cifar10', ('cifar10', '', ())),
    ('cifar10?classes=0-4', ('cifar10', '', (('classes', '0-4'),))),
    ('dm_env/module:factory', ('dm_env', 'module:factory', ())),
    ('dm_env/a.b:f', ('dm_env', 'a.b:f', ())),
  ],
)
def test_names_of_all_families_are_understood(text, parts):
  assert names.parse(text) == names.TaskName(*parts)


@pytest.mark.parametrize(
  ('text', 'why'),
  [
    ('', 'no family'),
    ('/pong', 'no family'),
    ('Atari/pong', 'no family'),
    ('3d/pong', 'no family'),
    (' atari/pong', 'no family'),
    ('atari/', 'nothing follows the slash'),
    ('atari//pong', 'no task'),
    ('atari/pong/', 'no task'),
    ('atari/pong,atari/alien', 'no task'),
    ('atari/pong alien', 'no task'),
    ('atari/pong?', 'no setting'),
    ('atari/pong?mode', 'no setting'),
    ('atari/pong?mode=', 'no setting'),
    ('atari/pong?=1', 'no setting'),
    ('atari/pong?Mode=1', 'no setting'),
    ('atari/pong?mode=1&', 'no setting'),
    ('atari/pong?mode=1=2', 'no setting'),
    ('atari/pong?mode=1?sticky=0', 'no setting'),
    ('atari/pong?mode=1&mode=1', "'mode' is set twice"),
  ],
)
def test_bad_names_say_what_is_wrong_and_what_is_right(text, why):
  with pytest.raises(UserError, match=re.escape(why)) as error:
    names.parse(text)
  assert 'family/item?key=value' in str(error.value)


@pytest.mark.parametrize(
  ('word', 'answer'),
  [
    ('pomg', 'did you mean pong?'),
    ('PONG', 'did you mean pong?'),
    ('MsPacman', 'did you mean ms_pacman?'),
    ('zzz', 'choose from alien, ms_pacman, pong'),
  ],
)
def test_near_names_are_offered(word, answer):
  assert names.nearest(word, ['pong', 'ms_pacman', 'alien']) == answer


def test_long_lists_are_cut():
  offered = names.nearest('?', [f'name{i:03}' for i in range(100)])
  assert offered.startswith('choose from name000, name001')
  assert offered.endswith('name011, ...')
