# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The code that the documents show does what they say."""

from __future__ import annotations

import importlib
import json
import pathlib
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf import evaluation
from pathnet_tf.errors import UserError
from pathnet_tf.networks import configs, description
from pathnet_tf.tasks import registry

_ROOT = pathlib.Path(__file__).parents[1]


def code_blocks(document: str) -> list[str]:
  text = (_ROOT / document).read_text()
  return re.findall(r'^```python\n(.*?)^```', text, re.DOTALL | re.MULTILINE)


DOCUMENTS = [
  pathlib.Path('README.md'),
  pathlib.Path('CONTRIBUTING.md'),
  *(path.relative_to(_ROOT) for path in sorted(_ROOT.glob('docs/*.md'))),
]


def anchors(document: pathlib.Path) -> set[str]:
  """What a link into a document can name: its headings, as GitHub writes."""
  headings = re.findall(r'^#+ (.*)', (_ROOT / document).read_text(), re.M)
  return {
    re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-')
    for heading in headings
  }


@pytest.mark.parametrize('document', DOCUMENTS, ids=str)
def test_every_link_leads_somewhere(document):
  text = (_ROOT / document).read_text()
  text = re.sub(r'^```.*?^```', '', text, flags=re.DOTALL | re.M)
  links = re.findall(r'\]\(([^)]+)\)|<img src="([^"]+)"', text)
  for link in (one or other for one, other in links):
    if '://' in link:
      continue
    path, _, anchor = link.partition('#')
    target = document.parent / path if path else document
    assert (_ROOT / target).exists(), link
    if anchor:
      assert anchor in anchors(target), link


@pytest.mark.parametrize('document', DOCUMENTS, ids=str)
def test_every_command_is_for_the_active_environment(document):
  named = re.findall(r'\.venv/bin/\w+', (_ROOT / document).read_text())
  assert {*named} <= {'.venv/bin/activate'}


def test_the_readmes_code_runs():
  (code,) = code_blocks('README.md')
  exec(compile(code, 'README.md', 'exec'), {})


@pytest.fixture
def maxout(tmp_path, monkeypatch):
  (code,) = code_blocks('docs/networks.md')
  assert len(code.strip().splitlines()) < 30  # As the document promises.
  (tmp_path / 'maxout.py').write_text(code)
  monkeypatch.syspath_prepend(tmp_path)
  yield importlib.import_module('maxout')
  importlib.sys.modules.pop('maxout')


def test_a_module_kind_of_ones_own_is_a_layer_like_any_other(maxout):
  network = configs.make_pathnet(
    'dense(6), maxout.Maxout(6)',
    tf.TensorSpec([5, 5, 2], tf.float32),
    modules=4,
    active=2,
    seed=1,
  )
  layer = network.gated[1]
  assert isinstance(layer, maxout.Maxout)
  inputs = np.random.default_rng(0).normal(size=(3, 36)).astype(np.float32)
  flat = maxout.Maxout(4, 6, summed=2, seed=3)
  outputs = flat(inputs, tf.constant([2, 0, 2]))
  kernel, bias = (stack.numpy() for stack in flat.stacks)
  expected = sum(
    np.maximum(*np.split(inputs @ kernel[m] + bias[m], 2, axis=-1))
    for m in (0, 2)
  )
  np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)


def test_every_kind_of_layer_is_described():
  text = (_ROOT / 'docs/networks.md').read_text()
  for kind in (*description.KINDS, *description.MODULES):
    assert f'`{kind}(' in text, kind


def test_an_environment_of_ones_own_is_a_task(tmp_path, monkeypatch):
  code, _ = code_blocks('docs/tasks.md')
  (tmp_path / 'corridor.py').write_text(code)
  monkeypatch.syspath_prepend(tmp_path)
  task = registry.make('gym/corridor:Corridor-v0')
  right = np.ones(1, np.int32)
  (score,) = evaluation.play(task, lambda *_: right, episodes=1, seed=1)
  assert 0.9 < score <= 1


@pytest.fixture
def walk(tmp_path):
  """The file of a family of one's own, as a person has it."""
  _, code = code_blocks('docs/tasks.md')
  (tmp_path / 'walk.py').write_text(code)
  for name in ('launch', 'pathnet_tf'):
    (tmp_path / name).symlink_to(_ROOT / name)
  return tmp_path / 'walk.py'


def test_a_family_of_ones_own_has_tasks(walk, monkeypatch):
  monkeypatch.syspath_prepend(walk.parent)
  monkeypatch.setattr(registry, '_factories', {})
  importlib.import_module('walk')
  importlib.sys.modules.pop('walk')
  task = registry.make('walk/7')
  right = np.ones(10, np.int32)
  scores = evaluation.play(task, lambda *_: right, episodes=10, seed=1)
  assert all(0.94 < score <= 1 for score in scores)
  with pytest.raises(UserError, match='2 to 1000 cells are right'):
    registry.make('walk/far')


@pytest.mark.slow
def test_the_commands_for_a_family_of_ones_own_run(walk):
  text = (_ROOT / 'docs/tasks.md').read_text().replace('\\\n', ' ')
  train, evaluate = re.findall(r'^    python (walk\.py .*)', text, re.M)
  for command in (train, f'{evaluate} --json'):
    done = subprocess.run(
      [sys.executable, *shlex.split(command)],
      cwd=walk.parent,
      capture_output=True,
      text=True,
      check=False,
    )
    assert done.returncode == 0, done.stderr
  (line,) = done.stdout.splitlines()
  assert json.loads(line)['mean'] > 0.5  # Random: less than 0.3.
