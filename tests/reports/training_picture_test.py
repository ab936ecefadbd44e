# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What a training video shows of a moment, read from the pixels."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from pathnet_tf.reports import style
from pathnet_tf.reports.history import History
from pathnet_tf.reports.moments import Moment, snapshot
from pathnet_tf.reports.training_picture import TrainingPicture

TASKS = ['minatar/breakout', 'minatar/asterix', 'minatar/freeway']
MODULES = (5, 6, 4)
DOTS = 160


def rgb(colour):
  return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])


def curves(image):
  """The strip of the score curves."""
  return image[-int(1.1 * DOTS) :].astype(int)


def module_colours(image, modules):
  """For each layer the colour in the middle of each module's mark."""
  left, right, bottom, top = 0.2, 7.8, 1.62, 3.8
  height = max(modules) + 0.6
  found = []
  for layer, count in enumerate(modules):
    x = left + (right - left) * (layer + 0.35) / (len(modules) - 0.3)
    y = (count - 1) / 2 - np.arange(count) + height / 2
    y = bottom + (top - bottom) * y / height
    rows = len(image) - 1 - (y * DOTS).astype(int)
    found.append(image[rows, int(x * DOTS)].astype(int))
  return found


@pytest.fixture(name='events', scope='module')
def events_fixture(make_events):
  return make_events(TASKS, MODULES)


@pytest.fixture(name='history', scope='module')
def history_fixture(events):
  return History.from_events(events)


@pytest.fixture(name='picture', scope='module')
def picture_fixture(history):
  return TrainingPicture(history, DOTS)


@pytest.mark.parametrize('task', range(3))
def test_the_modules_at_a_tasks_end_are_those_of_the_log(
  history, picture, task
):
  end = Moment(task, history.tasks[task].evaluations)

  colours = module_colours(picture.draw(end), MODULES)

  shown = snapshot(history, end)
  for layer, found in enumerate(colours):
    best = set(shown.fittest[layer].tolist())
    frozen = {m for path in shown.frozen_paths for m in path[layer].tolist()}
    held = set(shown.population[:, layer].ravel().tolist())
    for module, colour in enumerate(found):
      if module in best:
        wanted = rgb(style.fittest_colour(task))
      elif module in frozen:
        wanted = rgb(style.FROZEN_COLOUR)
      elif module not in held:
        wanted = np.full(3, 255)
      else:
        # Pale where few paths share it.
        assert colour @ (1, 1, 1) < 3 * 240
        continue
      assert np.abs(colour - wanted).max() <= 8, (layer, module)


def test_the_curve_grows_and_what_is_to_come_does_not_show(events, picture):
  changed = copy.deepcopy(events)
  late = [e for e in changed if e['kind'] == 'evaluation' and e['task'] == 2]
  # In another order, so that the panels' scales are the same.
  second_half = late[len(late) // 2 :]
  for event, score in zip(
    second_half, sorted(e['fitness'] for e in second_half), strict=True
  ):
    event['fitness'] = score
  other = TrainingPicture(History.from_events(changed), DOTS)
  evaluations = len(late) // 3

  def inked(moment):
    off = np.abs(curves(picture.draw(moment)) - rgb(style.task_colour(2)))
    return int((off.max(axis=-1) <= 8).sum())

  inks = [inked(Moment(2, evaluations * i)) for i in range(4)]
  assert inks == sorted(set(inks))
  for moment in (Moment(0, 5), Moment(2, len(late) // 2)):
    np.testing.assert_array_equal(picture.draw(moment), other.draw(moment))
  end = Moment(2, len(late))
  assert (curves(picture.draw(end)) != curves(other.draw(end))).any()


def test_moments_do_not_depend_on_those_drawn_before(picture):
  first = picture.draw(Moment(1, 7))
  picture.draw(Moment(2, 20))
  np.testing.assert_array_equal(picture.draw(Moment(1, 7)), first)


def test_nothing_is_called_frozen_in_a_run_that_freezes_nothing(make_events):
  events = make_events(['t/a', 't/b'], (4, 4), freezes=False)
  history = History.from_events(events)

  image = TrainingPicture(history, DOTS).draw(Moment(1, 3)).astype(int)

  red = np.abs(image - rgb(style.FROZEN_COLOUR)).max(axis=-1) <= 8
  assert not red.any()


def test_modules_keep_their_place_when_the_network_grows(make_events):
  small = make_events(['t/a'], (4, 4))
  large = make_events(['t/b'], (8, 8), seed=2)
  for event in large:
    event['task'] = 1
  large[0]['steps'] = small[-1]['task_steps']
  large[0]['frozen'] = small[-1]['frozen']
  history = History.from_events(small + large)
  picture = TrainingPicture(history, DOTS)

  begin, end = (
    picture.draw(Moment(i, history.tasks[i].evaluations)) for i in range(2)
  )

  best = history.tasks[0].finish.path
  dark, red = rgb(style.fittest_colour(0)), rgb(style.FROZEN_COLOUR)
  again = history.tasks[1].finish.path
  for layer in range(2):
    for module in set(best[layer].tolist()) - set(again[layer].tolist()):
      # As if it had eight modules from the first.
      before, after = (
        module_colours(image, (8, 8))[layer][module] for image in (begin, end)
      )
      assert np.abs(before - dark).max() <= 8
      assert np.abs(after - red).max() <= 8
