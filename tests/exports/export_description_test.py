# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.exports.description."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathnet_tf.errors import UserError
from pathnet_tf.exports import description

EXAMPLE = description.Description(
  task='minatar/breakout',
  plays=True,
  observation={
    'shape': [10, 10, 4],
    'dtype': 'uint8',
    'minimum': 0,
    'maximum': 1,
  },
  preparation='cast to float32',
  outputs=6,
  state=[{'shape': [3, 8], 'dtype': 'float32'}],
  network='minatar',
  path=[[1, 1], [0, 2]],
  modules=[[1], [0, 2]],
  fitness=2.5,
  seed=0,
  versions={'tensorflow': '2.21.0'},
  files={},
)

json_values = st.recursive(
  st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
  lambda inner: (
    st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3)
  ),
  max_leaves=6,
)


def attempt(folder):
  """What is read, or the error."""
  try:
    return description.read(folder), ''
  except UserError as error:
    return None, str(error)


def test_what_is_written_is_read(tmp_path):
  (tmp_path / 'sub').mkdir()
  (tmp_path / 'sub' / 'file').write_bytes(b'abc')
  written = dataclasses.replace(
    EXAMPLE, files=description.digests(str(tmp_path))
  )
  description.write(str(tmp_path), written)
  assert description.read(str(tmp_path)) == written
  assert [*written.files] == ['sub/file']
  # Someone else's notes do no harm.
  (tmp_path / 'notes.txt').write_text('mine')
  assert description.read(str(tmp_path)) == written


@given(st.sampled_from(dataclasses.fields(EXAMPLE)), json_values)
def test_a_wrong_part_is_refused_and_named(field, value):
  tree = dataclasses.asdict(EXAMPLE)
  tree[field.name] = value
  with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder, description.FILE)
    path.write_text(json.dumps(tree))
    read, error = attempt(folder)
  if read is None:
    assert '\n' not in error
    assert folder in error
  else:
    assert json.dumps(getattr(read, field.name)) == json.dumps(value)
    whole = field.name == 'fitness' and isinstance(value, int)
    assert whole or isinstance(value, type(getattr(EXAMPLE, field.name)))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_one_line(data):
  with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, description.FILE).write_bytes(data)
    with pytest.raises(UserError) as raised:
      description.read(folder)
    assert '\n' not in str(raised.value)


@given(st.data())
def test_any_damage_to_the_file_is_refused_or_harmless(data):
  with tempfile.TemporaryDirectory() as folder:
    description.write(folder, EXAMPLE)
    path = pathlib.Path(folder, description.FILE)
    text = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(text) - 1))
    text[place] = data.draw(st.integers(0, 255))
    path.write_bytes(text)
    assert '\n' not in attempt(folder)[1]


def test_another_format_is_refused_by_its_number(tmp_path):
  description.write(str(tmp_path), dataclasses.replace(EXAMPLE, format=2))
  with pytest.raises(UserError, match='has format 2, this version reads'):
    description.read(str(tmp_path))


def test_a_file_named_outside_of_the_folder_is_not_opened(tmp_path):
  outside = tmp_path / 'outside'
  outside.write_text('secret')
  folder = tmp_path / 'export'
  folder.mkdir()
  description.write(
    str(folder), dataclasses.replace(EXAMPLE, files={'../outside': 'x'})
  )
  with pytest.raises(UserError, match=r"'\.\./outside' is missing"):
    description.read(str(folder))


def test_a_file_nested_too_deeply_is_refused(tmp_path):
  (tmp_path / description.FILE).write_text('[' * 100_000)
  with pytest.raises(UserError, match='is damaged'):
    description.read(str(tmp_path))
