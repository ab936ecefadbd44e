# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tasks `mnist/3v5` and their like: what is refused, and what is loaded."""

from __future__ import annotations

import pickle
import re

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from pathnet_tf.datasets import sources
from pathnet_tf.errors import UserError
from pathnet_tf.tasks import classification, registry


@pytest.fixture
def no_data(monkeypatch):
  def fail(*unused):
    raise AssertionError('data was touched')

  monkeypatch.setattr(sources, 'load', fail)


@pytest.mark.parametrize(
  ('name', 'shape', 'classes'),
  [
    ('mnist', (28, 28, 1), 10),
    ('mnist/3v5', (28, 28, 1), 2),
    ('mnist/0v1v7?noise=0.5', (28, 28, 1), 3),
    ('fashion_mnist/9v0', (28, 28, 1), 2),
    ('cifar10', (32, 32, 3), 10),
    ('cifar10?classes=0-4', (32, 32, 3), 5),
    ('svhn?classes=0+3+5', (32, 32, 3), 3),
  ],
)
def test_a_task_tells_of_its_images_without_them(name, shape, classes, no_data):
  task = registry.make(name)
  spec = task.observation_spec
  assert (spec.shape, spec.dtype, spec.name) == (shape, np.uint8, 'observation')
  assert (spec.minimum, spec.maximum) == (0, 255)
  assert (task.classes, task.network) == (classes, 'vector')


@pytest.mark.parametrize(
  ('names', 'canonical'),
  [
    (['mnist', 'mnist?classes=0-9', 'mnist?noise=0'], 'mnist'),
    (['mnist/0v1v2v3v4v5v6v7v8v9'], 'mnist'),
    (['mnist/3v5', 'mnist?classes=3+5', 'mnist/03v05'], 'mnist/3v5'),
    (['mnist/5v3', 'mnist?classes=5+3'], 'mnist/5v3'),
    (['mnist?classes=3-4', 'mnist/3v4?noise=0.0'], 'mnist/3v4'),
    (
      ['cifar10?noise=.50&classes=0-2', 'cifar10/0v1v2?noise=5e-1'],
      'cifar10/0v1v2?noise=0.5',
    ),
    (['mnist/1v0v2v3v4v5v6v7v8v9'], 'mnist/1v0v2v3v4v5v6v7v8v9'),
  ],
)
def test_equal_tasks_have_equal_names(names, canonical, no_data):
  assert {registry.make(name).name for name in names} == {canonical}
  assert registry.make(canonical).name == canonical


@hypothesis.given(
  st.sampled_from(classification.FAMILIES),
  st.permutations(range(10)),
  st.integers(2, 10),
  st.sampled_from(['', '?noise=0.25']),
)
def test_a_canonical_name_names_the_same_task(family, order, count, noise):
  classes = order[:count]
  task = registry.make(f'{family}/{"v".join(map(str, classes))}{noise}')
  again = registry.make(task.name)
  assert task.classes == again.classes == count
  assert again.name == task.name
  assert again.load.args == task.load.args
  assert task.load.args[1] == tuple(classes)


@pytest.mark.parametrize(
  ('name', 'message'),
  [
    ('mnist/3', "its classes are '3', but must be two or more distinct"),
    ('mnist/3v3', 'distinct classes from 0 to 9, as in mnist/3v5'),
    ('mnist/3v10', "its classes are '3v10'"),
    ('mnist/3vs5', "its classes are '3vs5'"),
    ('mnist/v', "its classes are 'v'"),
    ('mnist/3v', "its classes are '3v'"),
    ('mnist/3v5/x', "its classes are '3v5/x'"),
    ('mnist/٣v٥', 'two or more distinct'),
    ('mnist/-1v5', 'two or more distinct'),
    ('mnist/3v' + '5' * 10_000, 'two or more distinct'),
    ('mnist/3v\u202e5', 'two or more distinct'),
    ('svhn?classes=4', "classes is '4', but must be"),
    ('svhn?classes=4-4', "classes is '4-4', but must be"),
    (
      'svhn?classes=4-0',
      'as in svhn/3v5, svhn?classes=3+5 or svhn?classes=0-4',
    ),
    ('svhn?classes=0-10', "classes is '0-10'"),
    ('svhn?classes=0-4-5', "classes is '0-4-5'"),
    ('svhn?classes=-4', "classes is '-4'"),
    ('svhn?classes=0-4+6', "classes is '0-4+6'"),
    ('svhn?classes=1+1', "classes is '1+1'"),
    ('svhn?classes=+', "classes is '+'"),
    ('svhn?classes=all', "classes is 'all'"),
    ('svhn?classes=0-' + '9' * 10_000, "classes is '0-999"),
    (
      'mnist/3v5?classes=3+5',
      'names its classes twice: write mnist/3v5 or mnist?classes=3+5',
    ),
    ('mnist/3v5?noise=1', 'noise'),
    ('mnist/3v5?noise=-0.5', 'noise'),
    ('mnist/3v5?noise=much', 'noise'),
    ('mnist/3v5?seed=1', "no setting 'seed'; they have classes, noise"),
    ('cifar', 'did you mean cifar10'),
    ('mnist3v5', 'did you mean'),
  ],
)
def test_bad_names_are_one_line_that_says_what_would_be_right(
  name, message, no_data
):
  with pytest.raises(UserError, match=re.escape(message)) as error:
    registry.make(name)
  assert str(error.value).isprintable()
  assert repr(name)[1:-1] in str(error.value)


def test_classes_become_labels_in_the_order_of_the_name(testdata):
  whole = registry.make('mnist').load()
  part = registry.make('mnist/7v0v3').load()
  for all_of, some in ((whole.train, part.train), (whole.test, part.test)):
    for label, digit in enumerate((7, 0, 3)):
      np.testing.assert_array_equal(
        some.images[some.labels == label], all_of.images[all_of.labels == digit]
      )
  assert part.classes == 3
  assert np.bincount(part.train.labels).tolist() == [100] * 3
  assert np.bincount(part.test.labels).tolist() == [30] * 3


def test_noise_is_the_same_in_every_run(testdata):
  clean = registry.make('mnist/3v5').load()
  one, again = (
    registry.make(name).load()
    for name in ('mnist/3v5?noise=.5', 'mnist?classes=3+5&noise=0.50')
  )
  for of in ('train', 'test'):
    np.testing.assert_array_equal(
      getattr(one, of).images, getattr(again, of).images
    )
    noisy, pure = getattr(one, of), getattr(clean, of)
    np.testing.assert_array_equal(noisy.labels, pure.labels)
    untouched = noisy.images == pure.images
    assert set(np.unique(noisy.images[~untouched])) == {0, 255}
  # Published figures depend on it: no other version may draw another noise.
  assert int(one.train.images.sum(dtype=np.int64)) == 12623721
  # Neither split has the other's noise.
  assert not np.array_equal(
    one.train.images[:60] == 255, one.test.images[:60] == 255
  )


@pytest.mark.parametrize(
  ('name', 'label'), [('5v3', 1), ('0v3v7', 1), ('3v8', 0), ('2v3v4v5', 1)]
)
def test_an_image_has_the_same_noise_in_every_task(testdata, name, label):
  one = registry.make('mnist/3v5?noise=0.5').load()
  other = registry.make(f'mnist/{name}?noise=0.5').load()
  for some, others in ((one.train, other.train), (one.test, other.test)):
    threes = some.images[some.labels == 0]
    np.testing.assert_array_equal(threes, others.images[others.labels == label])
    noise = (threes == 255).reshape(len(threes), -1)
    assert len(np.unique(noise, axis=0)) == len(threes)  # Its own each.


def test_data_that_is_missing_is_said_when_it_is_loaded(tmp_path, monkeypatch):
  monkeypatch.setenv('PATHNET_DATA_DIR', str(tmp_path / 'absent'))
  task = registry.make('svhn')
  for look in (task.load, task.check):
    with pytest.raises(UserError, match='no data folder'):
      look()


def test_data_that_is_there_passes_the_check(testdata):
  registry.make('mnist/3v5?noise=0.5').check()


@pytest.mark.parametrize('noise', ['', '?noise=0.5'])
def test_another_data_folder_is_looked_into_from_then_on(
  testdata, tmp_path, monkeypatch, noise
):
  task = registry.make(f'mnist/3v5{noise}')
  task.load()
  monkeypatch.setenv('PATHNET_DATA_DIR', str(tmp_path / 'absent'))
  with pytest.raises(UserError, match='no data folder'):
    task.load()


def test_a_task_can_be_sent_to_another_process(testdata):
  task = registry.make('mnist/3v5?noise=0.5')
  sent = pickle.loads(pickle.dumps(task))
  assert sent.name == task.name
  np.testing.assert_array_equal(
    sent.load().train.images, task.load().train.images
  )
