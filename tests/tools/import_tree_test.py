# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What a Python file depends on, by its text."""

from __future__ import annotations

import pytest

from tools import import_tree


@pytest.fixture
def tree(tmp_path):
  def make(**files):
    for name, text in files.items():
      path = tmp_path / f'{name.replace("__", "/")}.py'
      path.parent.mkdir(parents=True, exist_ok=True)
      path.write_text(text)
      for folder in path.relative_to(tmp_path).parents[:-1]:
        (tmp_path / folder / '__init__.py').touch()
    return import_tree.Tree(tmp_path)

  return make


@pytest.mark.parametrize(
  ('line', 'label'),
  [
    ('import pathnet_tf.b', '//pathnet_tf:b'),
    ('from pathnet_tf import b as c', '//pathnet_tf:b'),
    ('from pathnet_tf.b import name', '//pathnet_tf:b'),
    ('def f():\n  from pathnet_tf.sub import c', '//pathnet_tf/sub:c'),
    ('import numpy as np', '@pypi//numpy'),
    ('from absl import flags', '@pypi//absl_py'),
    ("start('-m', 'launch.d')", ':d'),
    ("start(f'launch.{name}')", ':d'),
    ('import os.path', None),
    ('try:\n  import numpy\nexcept ImportError:\n  pass', None),
  ],
)
def test_an_import_is_a_dependency(tree, line, label):
  made = tree(
    launch__a=line, launch__d='', pathnet_tf__b='', pathnet_tf__sub__c=''
  )
  expected = [':launch'] if label is None else [label, ':launch']
  assert sorted(made.dependencies('launch/a.py')) == sorted(expected)


def test_what_a_package_itself_imports_does_not_depend_on_it(tree):
  made = tree(pathnet_tf__a='from pathnet_tf import b', pathnet_tf__b='')
  (made.root / 'pathnet_tf' / '__init__.py').write_text(
    'from pathnet_tf.a import x'
  )
  made = import_tree.Tree(made.root)
  assert made.dependencies('pathnet_tf/__init__.py') == [':a']
  assert made.dependencies('pathnet_tf/a.py') == [':b']
  assert made.dependencies('pathnet_tf/b.py') == []


def test_a_module_brings_its_package_along(tree):
  made = tree(launch__a='from pathnet_tf.sub import c', pathnet_tf__sub__c='')
  (made.root / 'pathnet_tf' / 'sub' / '__init__.py').write_text(
    'from pathnet_tf.sub import c'
  )
  made = import_tree.Tree(made.root)
  assert made.dependencies('launch/a.py') == [
    ':launch',
    '//pathnet_tf/sub',
    '//pathnet_tf/sub:c',
  ]


def test_a_public_name_depends_on_where_it_is_defined(tree):
  made = tree(
    launch__a='import pathnet_tf\npathnet_tf.Name',
    launch__d='pathnet_tf.__all__',
    pathnet_tf__b='',
    pathnet_tf__c='',
  )
  (made.root / 'pathnet_tf' / '__init__.py').write_text(
    "_PUBLIC = {'Name': 'b', 'Other': 'c'}"
  )
  made = import_tree.Tree(made.root)
  assert '//pathnet_tf:b' in made.dependencies('launch/a.py')
  assert '//pathnet_tf:c' not in made.dependencies('launch/a.py')
  assert '//pathnet_tf:c' in made.dependencies('launch/d.py')
