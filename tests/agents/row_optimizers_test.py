# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.agents.row_optimizers."""

from __future__ import annotations

import concurrent.futures
import threading

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.agents import row_optimizers

SHAPE = (6, 3, 2)
RATE = 0.05


class NaiveSGD:
  def __init__(self):
    self.slots = []

  def row(self, weight, gradient, slots, rate):
    return weight - rate * gradient, ()


class NaiveRMSProp:
  def __init__(self):
    self.slots = [np.ones(SHAPE)]

  def row(self, weight, gradient, slots, rate):
    square = 0.99 * slots[0] + 0.01 * gradient**2
    step = rate * gradient / np.sqrt(square + 1e-5)
    return weight - step, (square,)


class NaiveAdam:
  def __init__(self):
    self.slots = [np.zeros(SHAPE) for _ in range(3)]

  def row(self, weight, gradient, slots, rate):
    first = 0.9 * slots[0] + 0.1 * gradient
    second = 0.999 * slots[1] + 0.001 * gradient**2
    count = slots[2] + 1
    mean, square = first / (1 - 0.9**count), second / (1 - 0.999**count)
    step = rate * mean / (np.sqrt(square) + 1e-8)
    return weight - step, (first, second, count)


TWINS = {'sgd': NaiveSGD, 'rmsprop': NaiveRMSProp, 'adam': NaiveAdam}


def new_variable(seed: int = 0) -> tf.Variable:
  values = np.random.default_rng(seed).normal(size=SHAPE)
  return tf.Variable(values, dtype=tf.float32)


def bits(optimizer, variable) -> np.ndarray:
  """Weights and slots, `[1 + slots, M, ...]`, so that even -0 is not 0."""
  arrays = [variable, *optimizer.slots(variable)]
  # A slot may hold one number a row.
  full = [np.broadcast_to(array.numpy(), SHAPE) for array in arrays]
  return np.stack(full).view(np.uint32)


def random_step(rng) -> tuple[np.ndarray, np.ndarray, float]:
  rows = rng.permutation(SHAPE[0])[: rng.integers(0, SHAPE[0] + 1)]
  gradient = rng.normal(size=(len(rows), *SHAPE[1:])) * 10 ** rng.normal()
  return rows.astype(np.int32), gradient, RATE * rng.random()


def test_every_optimizer_offered_has_a_twin_here():
  assert row_optimizers.OPTIMIZERS.keys() == TWINS.keys()


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
def test_named_rows_follow_the_twin_and_no_other_row_changes_a_bit(name):
  optimizer, variable = row_optimizers.OPTIMIZERS[name](), new_variable()
  optimizer.add([variable])
  twin = TWINS[name]()
  weights = variable.numpy().astype(np.float64)
  rng = np.random.default_rng(1)
  for _ in range(60):
    rows, gradient, rate = random_step(rng)
    before = bits(optimizer, variable)
    optimizer.apply(
      variable,
      tf.constant(rows),
      tf.constant(gradient, tf.float32),
      tf.constant(rate, tf.float32),
    )
    others = np.setdiff1d(np.arange(SHAPE[0]), rows)
    after = bits(optimizer, variable)
    np.testing.assert_array_equal(after[:, others], before[:, others])
    assert (after[0, rows] != before[0, rows]).any(axis=(1, 2)).all()
    for row, slope in zip(rows, gradient, strict=True):
      slots = [slot[row] for slot in twin.slots]
      weights[row], news = twin.row(weights[row], slope, slots, rate)
      for slot, new in zip(twin.slots, news, strict=True):
        slot[row] = new
  np.testing.assert_allclose(variable, weights, rtol=1e-4, atol=1e-5)
  for slot, expected in zip(optimizer.slots(variable), twin.slots, strict=True):
    slot = np.broadcast_to(slot.numpy(), SHAPE)
    np.testing.assert_allclose(slot, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
def test_a_step_may_have_a_rate_for_every_row(name):
  optimizer, variable = trained(name)
  slots = [tf.convert_to_tensor(slot) for slot in optimizer.slots(variable)]
  gradient = tf.constant(
    np.random.default_rng(5).normal(size=SHAPE), tf.float32
  )
  rates = [0.0, 0.05, 0.2, 0.0, 1.0, 0.5]
  change, after = optimizer.step(
    slots, gradient, tf.reshape(tf.constant(rates), [-1, 1, 1])
  )
  assert change.shape == SHAPE
  for row, rate in enumerate(rates):
    expected, expected_after = optimizer.step(
      [slot[row : row + 1] for slot in slots],
      gradient[row : row + 1],
      tf.constant(rate),
    )
    np.testing.assert_allclose(change[row : row + 1], expected, rtol=1e-5)
    assert bool(np.any(change[row])) == bool(rate)
    for one, two in zip(after, expected_after, strict=True):
      np.testing.assert_allclose(one[row : row + 1], two, rtol=1e-5)


def test_rmsprop_is_that_of_the_tensorflow_of_a3cs_time():
  optimizer, variable = row_optimizers.RMSProp(), new_variable()
  reference = new_variable()
  optimizer.add([variable])
  original = tf.compat.v1.train.RMSPropOptimizer(RATE, 0.99, 0.0, 1e-5)
  rng = np.random.default_rng(3)
  for _ in range(20):
    gradient = tf.constant(rng.normal(size=SHAPE), tf.float32)
    original.apply_gradients([(gradient, reference)])
    optimizer.apply(variable, tf.range(SHAPE[0]), gradient, tf.constant(RATE))
  np.testing.assert_allclose(variable, reference, rtol=1e-5, atol=1e-6)


def test_rmsprop_has_its_slot_start_at_one_and_epsilon_in_the_root():
  optimizer, variable = row_optimizers.RMSProp(0.9, 0.01), new_variable()
  optimizer.add([variable])
  before = variable.numpy()
  np.testing.assert_array_equal(optimizer.slots(variable)[0], np.ones(SHAPE))
  gradient = tf.fill((1, *SHAPE[1:]), 0.1)
  optimizer.apply(variable, tf.constant([4]), gradient, tf.constant(0.5))
  step = 0.5 * 0.1 / np.sqrt(0.9 * 1 + 0.1 * 0.1**2 + 0.01)
  np.testing.assert_allclose(before[4] - variable.numpy()[4], step, rtol=1e-4)


def test_adam_counts_the_updates_of_each_row():
  optimizer, variable = row_optimizers.Adam(), new_variable()
  optimizer.add([variable])
  one = tf.ones((1, *SHAPE[1:]))
  for _ in range(50):
    optimizer.apply(variable, tf.constant([2]), one, tf.constant(RATE))
  before = variable.numpy()[5]
  optimizer.apply(variable, tf.constant([5]), -3 * one, tf.constant(RATE))
  # Its first step, which has the length of the learning rate.
  np.testing.assert_allclose(variable.numpy()[5] - before, RATE, rtol=1e-4)
  counts = optimizer.slots(variable)[2].numpy()[:, 0, 0]
  assert counts.tolist() == [0, 0, 50, 0, 0, 1]


def test_adams_step_is_bounded_whatever_two_workers_left_in_its_slots():
  optimizer = row_optimizers.Adam()
  # One's first moment and the other's second, at every age; no new gradient.
  for count in (0.0, 1.0, 2.0, 10.0, 1e6):
    for second in (0.0, 1e-30, 1e-4):
      slots = [tf.constant([[value]]) for value in (80.0, second, count)]
      change, _ = optimizer.step(slots, tf.zeros([1, 1]), tf.constant(RATE))
      assert 0 < change.numpy().item() <= 7.35 * RATE


@pytest.mark.parametrize('ratio', [0.0, 0.5, 0.9 / 0.999, 1.0, 1.2])
def test_adams_bound_leaves_rows_of_one_worker_as_they_are(ratio):
  """At 0.9 / 0.999 the gradients are those whose step is the longest."""
  optimizer, steps = row_optimizers.Adam(), 120
  slots = [tf.zeros([1, 8]), tf.zeros([1, 8]), tf.zeros([1, 1])]
  scale = tf.constant(10.0 ** np.arange(-6, 2)[np.newaxis], tf.float32)
  longest = 0.0
  for step in range(steps):
    gradient = scale * float(ratio) ** (steps - step if ratio else step)
    plain = slots[1] + (1 - 0.999) * (tf.square(gradient) - slots[1])
    change, slots = optimizer.step(slots, gradient, tf.constant(1.0))
    np.testing.assert_array_equal(slots[1], plain)
    longest = max(longest, float(tf.reduce_max(change)))
  if ratio == 0.9 / 0.999:
    assert longest > 2  # Of 7.3, since the rows are young.


def test_two_workers_that_train_one_module_at_once_take_no_giant_step():
  """Before there was a bound, 3 in 100 rounds had steps of 1e5."""
  optimizer, shape = row_optimizers.Adam(), (4, 256, 64)
  variable, rows = tf.Variable(tf.zeros(shape)), tf.constant([0, 2])
  optimizer.add([variable])
  rng = np.random.default_rng(0)
  gradient = rng.normal(size=(2, *shape[1:]))
  own = rng.random(gradient.shape) < 0.5
  gradients = [tf.constant(gradient * mask, tf.float32) for mask in (own, ~own)]
  rounds, updates, rate = 300, 6, 1e-3
  together, moves = threading.Barrier(2), []

  @tf.function
  def update(gradient):
    optimizer.apply(variable, rows, gradient, tf.constant(rate))

  def work(gradient):
    for _ in range(rounds):
      if together.wait() == 0:
        variable.assign(tf.zeros(shape))
        optimizer.reset(variable, tf.range(shape[0]))
      together.wait()
      for _ in range(updates):
        update(gradient)
      if together.wait() == 0:
        moves.append(float(tf.reduce_max(tf.abs(variable))))

  with concurrent.futures.ThreadPoolExecutor(2) as pool:
    list(pool.map(work, gradients))
  assert len(moves) == rounds
  assert 0 < max(moves) <= 2 * updates * 7.35 * rate


def first_values(optimizer) -> list[float]:
  return [*optimizer.SLOTS, *optimizer.ROW_SLOTS]


def trained(name: str, shape=SHAPE, seed: int = 0):
  """An optimizer all of whose slots have moved, and its variable."""
  rng = np.random.default_rng(seed)
  optimizer = row_optimizers.OPTIMIZERS[name]()
  variable = tf.Variable(rng.normal(size=shape), dtype=tf.float32)
  optimizer.add([variable])
  for _ in range(2):
    gradient = tf.constant(rng.normal(size=shape), tf.float32)
    optimizer.apply(variable, tf.range(shape[0]), gradient, tf.constant(RATE))
  for slot, value in zip(
    optimizer.slots(variable), first_values(optimizer), strict=True
  ):
    assert (slot.numpy() != value).all()
  return optimizer, variable


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
@pytest.mark.parametrize('rows', [[0, 3, 4], [5, 1], list(range(6)), []])
def test_reset_gives_the_named_rows_their_first_slots(name, rows):
  optimizer, variable = trained(name)
  other = new_variable(1)
  optimizer.add([other])
  optimizer.apply(other, tf.range(SHAPE[0]), tf.ones(SHAPE), tf.constant(RATE))
  before, untouched = bits(optimizer, variable), bits(optimizer, other)
  optimizer.reset(variable, tf.constant(rows, tf.int32))
  after = bits(optimizer, variable)
  others = np.setdiff1d(np.arange(SHAPE[0]), rows)
  np.testing.assert_array_equal(after[:, others], before[:, others])
  np.testing.assert_array_equal(after[0], before[0])  # Weights stay.
  for slot, value in zip(
    optimizer.slots(variable), first_values(optimizer), strict=True
  ):
    assert (slot.numpy()[rows] == value).all()
  np.testing.assert_array_equal(bits(optimizer, other), untouched)


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
@pytest.mark.parametrize('more', [0, 1, 3])
def test_a_longer_variable_takes_over_the_slots_of_a_shorter(name, more):
  optimizer, variable = trained(name)
  before = bits(optimizer, variable)
  grown = row_optimizers.OPTIMIZERS[name]()
  bystander = new_variable(2)
  longer = tf.Variable(tf.ones([SHAPE[0] + more, *SHAPE[1:]]))
  grown.add([bystander, longer])
  untouched = bits(grown, bystander)
  grown.take(longer, optimizer, variable)
  assert (longer.numpy() == 1).all()  # Slots are taken over, no weights.
  for slot, old, value in zip(
    grown.slots(longer),
    optimizer.slots(variable),
    first_values(grown),
    strict=True,
  ):
    assert slot.shape[0] == SHAPE[0] + more
    np.testing.assert_array_equal(
      slot.numpy()[: SHAPE[0]].view(np.uint32), old.numpy().view(np.uint32)
    )
    assert (slot.numpy()[SHAPE[0] :] == value).all()
  np.testing.assert_array_equal(bits(optimizer, variable), before)
  np.testing.assert_array_equal(bits(grown, bystander), untouched)


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
def test_after_taking_over_the_old_rows_go_on_as_before(name):
  optimizer, variable = trained(name)
  grown = row_optimizers.OPTIMIZERS[name]()
  longer = tf.Variable(tf.concat([variable, tf.ones([2, *SHAPE[1:]])], axis=0))
  grown.add([longer])
  grown.take(longer, optimizer, variable)
  rng = np.random.default_rng(4)
  for _ in range(5):
    rows, gradient, rate = random_step(rng)
    for each, weights in ((optimizer, variable), (grown, longer)):
      each.apply(
        weights,
        tf.constant(rows),
        tf.constant(gradient, tf.float32),
        tf.constant(rate, tf.float32),
      )
  for one, two in zip(
    [variable, *optimizer.slots(variable)],
    [longer, *grown.slots(longer)],
    strict=True,
  ):
    np.testing.assert_array_equal(
      one.numpy().view(np.uint32), two.numpy()[: SHAPE[0]].view(np.uint32)
    )


def test_a_variable_that_was_not_added_is_refused():
  optimizer = row_optimizers.RMSProp()
  optimizer.add([new_variable()])
  with pytest.raises(ValueError, match='was not added'):
    optimizer.slots(new_variable())


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
def test_a_checkpoint_holds_the_slots(name, tmp_path):
  def make():
    optimizer, variable = row_optimizers.OPTIMIZERS[name](), new_variable()
    optimizer.add([variable])
    return optimizer, variable

  def train(optimizer, variable, seed):
    gradient = np.random.default_rng(seed).normal(size=(2, *SHAPE[1:]))
    optimizer.apply(
      variable,
      tf.constant([1, 4]),
      tf.constant(gradient, tf.float32),
      tf.constant(RATE),
    )

  optimizer, variable = make()
  train(optimizer, variable, 0)
  saved = tf.train.Checkpoint(optimizer=optimizer, variable=variable)
  path = saved.write(str(tmp_path / 'checkpoint'))
  train(optimizer, variable, 1)
  again, restored = make()
  tf.train.Checkpoint(optimizer=again, variable=restored).read(
    path
  ).assert_consumed()
  train(again, restored, 1)
  np.testing.assert_array_equal(
    bits(again, restored), bits(optimizer, variable)
  )
