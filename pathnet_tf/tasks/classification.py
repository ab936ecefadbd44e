# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tasks `mnist/3v5`, `cifar10` and their like: telling images apart."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable

import numpy as np
from tf_agents.specs import array_spec

from pathnet_tf import seeds
from pathnet_tf.datasets import arrays, sources
from pathnet_tf.errors import UserError
from pathnet_tf.tasks import names, settings

FAMILIES = tuple(sources.SOURCES)

SETTINGS = ('classes', 'noise')


@dataclasses.dataclass(frozen=True)
class ClassificationTask:
  """A supervised task: images to tell apart.

  Attributes:
    name: canonical: equal tasks have equal names.
    observation_spec: of one image, uint8 `[H, W, C]` from 0 to 255.
    classes: how many there are; labels are 0 .. classes-1.
    network: the named network that suits it: 'vector'.
    load: reads the images, in every call the same ones; see `sources.load` for
      where from. It raises `UserError` if they are not to be had.
  """

  name: str
  observation_spec: array_spec.BoundedArraySpec
  classes: int
  network: str
  load: Callable[[], arrays.DataSet]

  def check(self) -> None:
    """Raises `UserError` if the images are not to be had."""
    self.load()


def make(name: names.TaskName) -> ClassificationTask:
  """Builds the task `FAMILY/AvB?noise=` or `FAMILY?classes=&noise=`.

  No file is read before the task's `load()` is called.

  Args:
    name: of one of the `FAMILIES`. `mnist/3v5` tells 3 (label 0) from 5 (label
      1); `classes=3+5` says the same, and `classes=0-4` is a range. Without
      either, all ten classes are told apart. `noise=0.5` turns half of the
      pixels to salt and pepper: of an image the same ones in every run, and in
      every task that has the image.

  Raises:
    UserError: if the classes are not two or more distinct ones, or a setting is
      wrong.
  """
  read = settings.Settings(name, SETTINGS)
  noise = read.probability('noise') or 0.0
  classes = _classes(name)
  # One name for one task, however its classes were written.
  item = 'v'.join(map(str, classes))
  if classes == tuple(range(sources.CLASSES)):
    item = ''
  query = tuple(
    (key, value)
    for key, value in names.parse(read.canonical).query
    if key == 'noise' and noise
  )
  canonical = str(names.TaskName(name.family, item, query))
  return ClassificationTask(
    name=canonical,
    observation_spec=array_spec.BoundedArraySpec(
      sources.SOURCES[name.family].shape, np.uint8, 0, 255, name='observation'
    ),
    classes=len(classes),
    network='vector',
    load=functools.partial(_load, name.family, classes, noise),
  )


def _load(
  family: str, classes: tuple[int, ...], noise: float
) -> arrays.DataSet:
  """The images of some classes of a data set."""
  noisy = _noisy(family, noise, sources.data_folder())
  return arrays.subset(noisy, classes)


@functools.lru_cache(maxsize=2)  # As many as `sources.load` keeps.
def _noisy(family: str, noise: float, data_dir: str | None) -> arrays.DataSet:
  """A data set with noise: an image's is the same in every task of it."""
  dataset = sources.load(family, data_dir)
  if not noise:
    return dataset
  train, test = (
    arrays.with_noise(split, noise, seeds.derive(0, 'noise', family, which))
    for split, which in ((dataset.train, 'train'), (dataset.test, 'test'))
  )
  return arrays.DataSet(train, test, dataset.classes)


def _classes(name: names.TaskName) -> tuple[int, ...]:
  """The classes that a name asks for, in its order."""
  text = dict(name.query).get('classes')
  if text is not None and name.item:
    raise UserError(
      f'{str(name)!r} names its classes twice: write {name.family}/{name.item}'
      f' or {name.family}?classes={text}'
    )
  if text is not None:
    first, dash, last = text.partition('-')
    found = _numbers([first, last] if dash else text.split('+'))
    if dash and found:
      found = tuple(range(found[0], found[1] + 1))
    written = f'classes is {text!r}'
  elif name.item:
    found = _numbers(name.item.split('v'))
    written = f'its classes are {name.item!r}'
  else:
    return tuple(range(sources.CLASSES))
  if len(found) < 2 or len(set(found)) < len(found):
    raise UserError(
      f'{str(name)!r}: {written}, but must be two or more distinct classes from'
      f' 0 to {sources.CLASSES - 1}, as in {name.family}/3v5,'
      f' {name.family}?classes=3+5 or {name.family}?classes=0-4'
    )
  return found


def _numbers(texts: list[str]) -> tuple[int, ...]:
  """What is written, or nothing if any of it is no class."""
  if not all(re.fullmatch('[0-9]{1,9}', text) for text in texts):
    return ()
  found = tuple(map(int, texts))
  return found if max(found) < sources.CLASSES else ()
