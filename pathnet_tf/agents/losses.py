# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The advantage actor-critic's loss, as pure functions.

Shapes: T steps of a window, B environments; the time axis comes first.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class Losses(NamedTuple):
  """Scalars: the loss that is minimised, its parts, and what to watch."""

  loss: tf.Tensor
  policy_loss: tf.Tensor
  value_loss: tf.Tensor
  entropy: tf.Tensor
  value: tf.Tensor


def n_step_returns(
  rewards: tf.Tensor,
  discounts: tf.Tensor,
  values: tf.Tensor,
  is_last: tf.Tensor,
  bootstrap: tf.Tensor,
) -> tf.Tensor:
  """Returns to the end of the window (Mnih et al. 2016, algorithm S3).

  `R[t] = r[t] + d[t] R[t+1]`, from `R[T] = bootstrap`. At a step that only
  ends an episode (its action is ignored) `R[t]` is the state's own value: an
  episode that was cut off is bootstrapped from there, and one that terminated
  arrives with `d = 0`.

  Args:
    rewards: `[T, B]`, of the transition that starts at t.
    discounts: `[T, B]`, discount of that transition; 0 where it terminates.
    values: `[T, B]`, of the states that the transitions start from.
    is_last: `[T, B]` bool, whether t is an episode's last step.
    bootstrap: `[B]`, value of the state after the window.

  Returns:
    `[T, B]`; no gradient flows through it.
  """
  returns = []
  following = bootstrap
  for t in reversed(range(rewards.shape[0])):
    following = tf.where(
      is_last[t], values[t], rewards[t] + discounts[t] * following
    )
    returns.append(following)
  return tf.stop_gradient(tf.stack(returns[::-1]))


def actor_critic_losses(
  logits: tf.Tensor,
  values: tf.Tensor,
  actions: tf.Tensor,
  returns: tf.Tensor,
  valid: tf.Tensor,
  *,
  value_cost: float,
  entropy_cost: float,
) -> Losses:
  """Policy gradient with a baseline, squared value error, entropy bonus.

  Args:
    logits: `[T, B, A]`.
    values: `[T, B]`.
    actions: `[T, B]` int32.
    returns: `[T, B]`.
    valid: `[T, B]` float, 0 for steps that are no transition.
    value_cost: weight of the value loss, which is half the squared error.
    entropy_cost: weight of the policy's entropy, in nats.

  Returns:
    Means over the valid steps.
  """
  count = tf.maximum(tf.reduce_sum(valid), 1.0)

  def mean(terms):
    return tf.reduce_sum(terms * valid) / count

  log_policy = tf.nn.log_softmax(logits)
  chosen = tf.gather(log_policy, actions, axis=-1, batch_dims=2)
  advantages = returns - values
  policy_loss = -mean(chosen * tf.stop_gradient(advantages))
  value_loss = 0.5 * mean(tf.square(advantages))
  entropy = -mean(tf.reduce_sum(tf.exp(log_policy) * log_policy, axis=-1))
  loss = policy_loss + value_cost * value_loss - entropy_cost * entropy
  return Losses(loss, policy_loss, value_loss, entropy, mean(values))
