# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.engines.window, on scripted steps."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from tf_agents.trajectories import trajectory

from pathnet_tf.agents import losses as losses_lib
from pathnet_tf.agents.updates import OptimizerConfig
from pathnet_tf.engines import window
from pathnet_tf.layers import lstm

FIRST, MID, LAST = 0, 1, 2
OBSERVATION = tf.TensorSpec([4, 4, 2], tf.float32)
ACTIONS = 3
BATCH = 6
WINDOW = 4

ROWS = [np.array([0, 1, 3], np.int32), np.array([2, 3], np.int32)]
FREE = [[0, 1], [2]]
SEED = tf.constant(123)


@pytest.fixture
def make_agent(make_agent):
  """Makes agents with a path of these rows, some of which are frozen."""

  def make(name='rmsprop', clip_norm=0.5, **changes):
    return make_agent(OptimizerConfig(name, 0.05, clip_norm), **changes)

  return make


class Script:
  """What the environments do, whatever the actions; records the actions."""

  def __init__(self, seed: int, steps: int):
    rng = np.random.default_rng(seed)
    shape = (steps + 1, BATCH)
    kinds = np.full(shape, MID)
    kinds[0] = FIRST
    for t in range(1, steps + 1):
      kinds[t, rng.random(BATCH) < 0.3] = LAST
      kinds[t, kinds[t - 1] == LAST] = FIRST
    terminated = (kinds == LAST) & (rng.random(shape) < 0.5)
    self.step_type = kinds.astype(np.int32)
    self.observation = rng.normal(size=(*shape, *OBSERVATION.shape)).astype('f')
    self.reward = (3 * rng.normal(size=shape)).astype('f')
    self.reward[kinds == FIRST] = 0.0
    self.discount = np.where(terminated, 0.0, 1.0).astype('f')
    self.actions: list[np.ndarray] = []
    self.time = 0

  def begin(self, agent) -> window.Carry:
    return window.begin(
      agent.network.initial_state(ROWS, BATCH),
      agent.network.prepare(tf.constant(self.observation[0])),
      tf.constant(self.step_type[0]),
    )

  def step(self, action: tf.Tensor) -> tuple[tf.Tensor, ...]:
    self.actions.append(action.numpy())
    self.time += 1
    t = self.time
    return (
      *(
        tf.constant(array[t])
        for array in (
          self.observation,
          self.reward,
          self.discount,
          self.step_type,
        )
      ),
      tf.constant(t == len(self.reward) - 1),
    )

  def trajectory(self, start: int) -> trajectory.Trajectory:
    """The window from `start`, as TF-Agents would have collected it."""
    now, after = slice(start, start + WINDOW), slice(start + 1, None)

    def window_and_one(array, extra):
      array = np.concatenate([array[:WINDOW], extra])
      return tf.constant(np.swapaxes(array, 0, 1))

    end = slice(start + WINDOW, start + WINDOW + 1)
    action = np.stack(self.actions)[now]
    return trajectory.Trajectory(
      step_type=window_and_one(self.step_type[now], self.step_type[end]),
      observation=window_and_one(self.observation[now], self.observation[end]),
      # Of the last time step only the observation is used.
      action=window_and_one(action, 0 * action[:1]),
      policy_info=(),
      next_step_type=window_and_one(self.step_type[after], self.step_type[end]),
      reward=window_and_one(self.reward[after], self.reward[end] * np.nan),
      discount=window_and_one(self.discount[after], self.discount[end]),
    )


def run(agent, script, windows: int) -> window.Carry:
  carry = script.begin(agent)
  for _ in range(windows):
    carry = window.run(agent, ROWS, SEED, script.step, carry)
  return carry


def assert_close(one: dict, two: dict) -> None:
  for name, array in one.items():
    np.testing.assert_allclose(
      array, two[name], rtol=1e-4, atol=1e-6, err_msg=name
    )


def test_windows_train_as_tf_agents_would_on_what_they_saw(
  make_agent, state_of, changed_rows
):
  agent, other = make_agent(), make_agent()
  script = Script(0, 3 * WINDOW)
  first = state_of(agent.network, agent.updater.optimizer)
  carry = script.begin(agent)
  for start in range(0, 3 * WINDOW, WINDOW):
    before = carry.metrics
    carry = window.run(agent, ROWS, SEED, script.step, carry)
    info = other.train(script.trajectory(start))
    seen = state_of(agent.network, agent.updater.optimizer)
    assert_close(seen, state_of(other.network, other.updater.optimizer))
    np.testing.assert_allclose(
      (carry.metrics - before)[:-1], [*info.extra], rtol=1e-3, atol=1e-5
    )
  changed = changed_rows(first, seen)
  assert [changed[f'layer {k} weight 0'] for k in range(2)] == FREE
  assert (
    int(agent.updater.steps) == int(other.updater.steps) == int(carry.steps)
  )
  assert int(agent.updater.updates) == 3
  assert not np.array_equal(script.actions[0], script.actions[1])


def test_memory_is_trained_from_what_the_window_before_left_of_it(make_agent):
  """Against the same windows by TF-Agents' interface, a step at a time."""
  agent, other = (make_agent('sgd', 0.0, last=lstm.GatedLSTM) for _ in range(2))
  script = Script(0, 3 * WINDOW)
  carry = script.begin(agent)
  network, state = other.network, ()
  for start in range(0, 3 * WINDOW, WINDOW):
    carry = window.run(agent, ROWS, SEED, script.step, carry)
    steps = range(start, start + WINDOW)
    with tf.GradientTape() as tape:
      outputs = []
      for t in [*steps, start + WINDOW]:
        before = state
        output, state = network(
          script.observation[t], script.step_type[t], state, task=1
        )
        outputs.append(output)
      state = before  # Of the step after the window comes the next one's first.
      is_last = tf.constant(script.step_type[start : start + WINDOW] == LAST)
      values = tf.stack([value for _, value in outputs])
      after = slice(start + 1, start + WINDOW + 1)
      returns = losses_lib.n_step_returns(
        tf.clip_by_value(tf.constant(script.reward[after]), -1.0, 1.0),
        0.99 * tf.constant(script.discount[after]),
        values[:-1],
        is_last,
        values[-1],
      )
      losses = losses_lib.actor_critic_losses(
        tf.stack([logits for logits, _ in outputs[:-1]]),
        values[:-1],
        tf.constant(np.stack([script.actions[t] for t in steps])),
        returns,
        tf.cast(~is_last, tf.float32),
        value_cost=0.5,
        entropy_cost=0.01,
      )
    free = [
      (stack, layer.frozen) for layer in network.gated for stack in layer.stacks
    ] + [(stack, [False] * stack.shape[0]) for stack in network.heads[1].stacks]
    stacks = [stack for stack, _ in free]
    gradients = tape.gradient(losses.loss, stacks)
    for (stack, frozen), gradient in zip(free, gradients, strict=True):
      gradient = tf.convert_to_tensor(gradient).numpy()
      gradient[np.asarray(frozen)] = 0.0
      stack.assign_sub(0.05 * gradient)
    for mine, theirs in zip(
      agent.network.variables, network.variables, strict=True
    ):
      if mine.dtype == tf.float32:
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)
  cells = carry.state[1][1].numpy()
  assert cells.shape == (BATCH, len(ROWS[1]), 8)
  begun = script.step_type[3 * WINDOW - 1] == FIRST
  assert np.abs(cells[~begun]).min() > 0


def test_the_carry_keeps_count(make_agent, state_of):
  script = Script(1, 2 * WINDOW)
  carry = run(make_agent(), script, 1)
  assert (int(carry.clock), bool(carry.over)) == (WINDOW, False)
  np.testing.assert_array_equal(carry.features, script.observation[WINDOW])
  np.testing.assert_array_equal(carry.step_type, script.step_type[WINDOW])
  carry = run(make_agent(), Script(1, 2 * WINDOW), 2)
  assert (int(carry.clock), bool(carry.over)) == (2 * WINDOW, True)
  assert int(carry.steps) == np.sum(script.step_type[:-1] != LAST)
  assert int(carry.steps) < 2 * WINDOW * BATCH
  assert (float(carry.updates), float(carry.skipped)) == (2.0, 0.0)


def test_rows_outside_the_path_and_frozen_ones_keep_every_bit(
  make_agent, state_of, assert_trained
):
  agent = make_agent()
  before = state_of(agent.network, agent.updater.optimizer)
  run(agent, Script(2, 3 * WINDOW), 3)
  after = state_of(agent.network, agent.updater.optimizer)
  assert_trained(before, after, FREE)


def test_the_path_is_that_of_the_rows_not_that_of_the_masks(
  make_agent, state_of, changed_rows
):
  agent = make_agent()
  agent.network.set_active([np.array([2]), np.array([1])])
  before = state_of(agent.network, agent.updater.optimizer)
  run(agent, Script(2, WINDOW), 1)
  changed = changed_rows(
    before, state_of(agent.network, agent.updater.optimizer)
  )
  assert [changed[f'layer {k} weight 0'] for k in range(2)] == FREE


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_an_update_that_is_not_finite_is_skipped_and_counted(
  make_agent, value, state_of, changed_rows
):
  agent = make_agent(reward_clip=0.0)
  script = Script(3, 2 * WINDOW)
  valid = np.flatnonzero(script.step_type[WINDOW] != LAST)[0]
  script.reward[WINDOW + 1, valid] = value
  one = window.run(agent, ROWS, SEED, script.step, script.begin(agent))
  before = state_of(agent.network, agent.updater.optimizer)
  two = window.run(agent, ROWS, SEED, script.step, one)
  after = state_of(agent.network, agent.updater.optimizer)
  assert not any(changed_rows(before, after).values())
  assert (float(two.updates), float(two.skipped)) == (1.0, 1.0)
  np.testing.assert_array_equal(two.metrics, one.metrics)
  assert np.isfinite(two.metrics).all()
  assert int(agent.updater.updates) == 2
  assert float(two.skipped_last) == 1.0
  script = Script(3, WINDOW)
  three = window.run(agent, ROWS, SEED, script.step, two)
  assert (float(three.updates), float(three.skipped)) == (2.0, 1.0)
  assert float(three.skipped_last) == 0.0


def test_a_loss_too_large_for_floats_is_skipped_where_gradients_are_not(
  make_agent, state_of, changed_rows
):
  """The square of an error overflows; that of the mean's gradient does not."""
  agent = make_agent(reward_clip=0.0)
  script = Script(3, WINDOW)
  script.reward[1:] = 0.0
  valid = np.flatnonzero(script.step_type[WINDOW - 1] != LAST)[0]
  script.reward[WINDOW, valid] = 2e19
  before = state_of(agent.network, agent.updater.optimizer)
  carry = run(agent, script, 1)
  after = state_of(agent.network, agent.updater.optimizer)
  assert (float(carry.updates), float(carry.skipped)) == (0.0, 1.0)
  assert not any(changed_rows(before, after).values())


def test_metrics_are_named(make_agent):
  agent = make_agent()
  carry = run(agent, Script(4, WINDOW), 1)
  metrics = dict(zip(window.METRICS, carry.metrics.numpy(), strict=True))
  np.testing.assert_allclose(
    metrics['loss'],
    metrics['policy_loss']
    + 0.5 * metrics['value_loss']
    - 0.01 * metrics['entropy'],
    rtol=1e-5,
  )
  assert 0 < metrics['entropy'] <= np.log(ACTIONS) + 1e-6
  assert metrics['gradient_norm'] > 0


def test_a_seed_repeats_the_actions_and_another_does_not():
  logits = tf.zeros([200, ACTIONS])
  one, again, other, later = (
    window.sample(logits, tf.constant(seed), tf.constant(clock)).numpy()
    for seed, clock in ((1, 0), (1, 0), (2, 0), (1, 1))
  )
  np.testing.assert_array_equal(one, again)
  assert 0.5 < np.mean(one != other) < 0.85
  assert 0.5 < np.mean(one != later) < 0.85


def test_actions_have_the_probabilities_of_the_logits():
  policy = np.array([0.6, 0.3, 0.1])
  logits = tf.tile(tf.math.log(tf.constant(policy, 'float32'))[None], [9000, 1])
  actions = window.sample(logits, tf.constant(5), tf.constant(9))
  assert actions.dtype == tf.int32
  np.testing.assert_allclose(
    np.bincount(actions, minlength=3) / 9000, policy, atol=0.02
  )
