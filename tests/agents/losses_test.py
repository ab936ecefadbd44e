# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.agents.losses."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tf_agents.utils import value_ops

from pathnet_tf.agents import losses

GAMMA = 0.9


class Window:
  """A random window `[T, B]`, with ends of both kinds if it is asked for."""

  def __init__(self, seed: int, steps: int = 5, batch: int = 3, ends=True):
    rng = np.random.default_rng(seed)
    shape = (steps, batch)
    self.rewards = rng.normal(size=shape)
    self.values = rng.normal(size=shape)
    self.bootstrap = rng.normal(size=batch)
    self.actions = rng.integers(0, 4, size=shape)
    self.logits = rng.normal(size=(*shape, 4))
    self.is_last = np.zeros(shape, bool)
    self.discounts = np.full(shape, GAMMA)
    if ends:
      self.is_last = rng.random(shape) < 0.3
      # The transition into an end has discount 0 if the game truly ended.
      into_end = np.roll(self.is_last, -1, axis=0)
      into_end[-1] = rng.random(batch) < 0.5
      self.discounts[into_end & (rng.random(shape) < 0.5)] = 0.0
      self.rewards[self.is_last] = 0.0
    self.valid = (~self.is_last).astype(np.float64)

  def n_step_returns(self) -> np.ndarray:
    return losses.n_step_returns(
      *(
        tf.constant(array, tf.float32)
        for array in (self.rewards, self.discounts, self.values)
      ),
      tf.constant(self.is_last),
      tf.constant(self.bootstrap, tf.float32),
    ).numpy()

  def actor_critic(self, logits, values, returns) -> losses.Losses:
    return losses.actor_critic_losses(
      logits,
      values,
      tf.constant(self.actions, tf.int32),
      tf.constant(returns, tf.float32),
      tf.constant(self.valid, tf.float32),
      value_cost=0.5,
      entropy_cost=0.02,
    )


def naive_returns(window: Window) -> np.ndarray:
  """Forwards from each step to the end of its episode or of the window."""
  steps, batch = window.rewards.shape
  returns = np.zeros([steps, batch])
  for b in range(batch):
    for t in range(steps):
      weight, total, k = 1.0, 0.0, t
      while k < steps and not window.is_last[k, b]:
        total += weight * window.rewards[k, b]
        weight *= window.discounts[k, b]
        k += 1
      end = window.bootstrap[b] if k == steps else window.values[k, b]
      returns[t, b] = total + weight * end
  return returns


def naive_losses(window: Window, returns, advantages, logits, values):
  """Loop over the valid steps; `advantages` weigh the policy's gradient."""
  policy_loss = value_loss = entropy = value = 0.0
  count = 0
  for t, b in np.ndindex(*window.rewards.shape):
    if window.is_last[t, b]:
      continue
    count += 1
    exponentials = [math.exp(logit) for logit in logits[t, b]]
    policy = [x / sum(exponentials) for x in exponentials]
    policy_loss -= math.log(policy[window.actions[t, b]]) * advantages[t, b]
    value_loss += 0.5 * (returns[t, b] - values[t, b]) ** 2
    entropy -= sum(p * math.log(p) for p in policy)
    value += values[t, b]
  parts = np.array([policy_loss, value_loss, entropy, value]) / max(count, 1)
  return [parts[0] + 0.5 * parts[1] - 0.02 * parts[2], *parts]


@settings(max_examples=40)
@given(
  seed=st.integers(0, 10_000), steps=st.integers(1, 7), batch=st.integers(1, 4)
)
def test_returns_equal_the_naive_loop(seed, steps, batch):
  window = Window(seed, steps, batch)
  np.testing.assert_allclose(
    window.n_step_returns(), naive_returns(window), rtol=1e-5, atol=1e-5
  )


@pytest.mark.parametrize('terminal', [False, True])
def test_returns_within_an_episode_are_those_of_tf_agents(terminal):
  window = Window(0, ends=False)
  if terminal:
    window.discounts[2, 1] = 0.0
  arrays = [
    tf.constant(array, tf.float32)
    for array in (window.rewards, window.discounts, window.bootstrap)
  ]
  returns = window.n_step_returns()
  np.testing.assert_allclose(
    returns, value_ops.discounted_return(*arrays), rtol=1e-5
  )
  rewards, discounts, bootstrap = arrays
  advantages = value_ops.generalized_advantage_estimation(
    tf.constant(window.values, tf.float32), bootstrap, discounts, rewards
  )
  np.testing.assert_allclose(
    returns - window.values, advantages, rtol=1e-4, atol=1e-5
  )


def test_a_terminal_step_hides_all_that_follows():
  window = Window(0, batch=1, ends=False)
  window.is_last[2], window.discounts[1] = True, 0.0
  returns = window.n_step_returns()[:, 0]
  reward = window.rewards[:, 0]
  np.testing.assert_allclose(returns[1], reward[1], rtol=1e-6)
  expected = reward[0] + GAMMA * reward[1]
  np.testing.assert_allclose(returns[0], expected, rtol=1e-5)
  np.testing.assert_allclose(returns[2], window.values[2, 0], rtol=1e-6)


def test_a_cut_off_episode_bootstraps_from_its_own_last_value():
  window = Window(0, batch=1, ends=False)
  window.is_last[2] = True
  first = window.n_step_returns()[:2, 0]
  reward, value = window.rewards[:, 0], window.values[:, 0]
  np.testing.assert_allclose(first[1], reward[1] + GAMMA * value[2], rtol=1e-5)
  # And of the episode that begins after it nothing comes through.
  window.rewards[2:] += 100
  window.bootstrap += 100
  window.values[3:] += 100
  np.testing.assert_array_equal(window.n_step_returns()[:2, 0], first)


def test_an_episode_cut_off_by_the_end_of_the_window_bootstraps_there():
  window = Window(0, batch=1, ends=False)
  last = window.n_step_returns()[-1, 0]
  expected = window.rewards[-1, 0] + GAMMA * window.bootstrap[0]
  np.testing.assert_allclose(last, expected, rtol=1e-5)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_losses_equal_the_naive_loop(seed):
  window = Window(seed)
  returns = naive_returns(window)
  found = window.actor_critic(
    tf.constant(window.logits, tf.float32),
    tf.constant(window.values, tf.float32),
    returns,
  )
  expected = naive_losses(
    window, returns, returns - window.values, window.logits, window.values
  )
  np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_gradients_equal_differences_and_a_boundary_has_none():
  window = Window(3, steps=4, batch=2)
  assert 0 < window.is_last.sum() < window.is_last.size
  logits = tf.constant(window.logits, tf.float32)
  values = tf.constant(window.values, tf.float32)
  with tf.GradientTape() as tape:
    tape.watch([logits, values])
    returns = losses.n_step_returns(
      tf.constant(window.rewards, tf.float32),
      tf.constant(window.discounts, tf.float32),
      values,
      tf.constant(window.is_last),
      tf.constant(window.bootstrap, tf.float32),
    )
    loss = window.actor_critic(logits, values, returns).loss
  found = tape.gradient(loss, [logits, values])
  for gradient in found:
    assert not gradient.numpy()[window.is_last].any()
    assert gradient.numpy()[~window.is_last].all()
  # No gradient flows through returns or through the policy's advantages.
  constants = naive_returns(window)
  constants = (constants, constants - window.values)
  for which, gradient in enumerate(found):
    arrays = [window.logits, window.values]
    differences = np.zeros(arrays[which].shape)
    for index in np.ndindex(*differences.shape):
      sides = []
      for change in (1e-5, -1e-5):
        moved = [array.copy() for array in arrays]
        moved[which][index] += change
        sides.append(naive_losses(window, *constants, *moved)[0])
      differences[index] = (sides[0] - sides[1]) / 2e-5
    np.testing.assert_allclose(gradient, differences, rtol=1e-3, atol=1e-5)


def test_a_window_of_boundaries_only_has_no_loss():
  window = Window(0, steps=1)
  window.is_last[:], window.valid[:] = True, 0.0
  found = window.actor_critic(
    tf.constant(window.logits, tf.float32),
    tf.constant(window.values, tf.float32),
    naive_returns(window),
  )
  np.testing.assert_array_equal(found, np.zeros(5))
