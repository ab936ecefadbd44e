# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The window: act along a path for n steps, then update once.

The weights of a path stand still during a window, as a worker's copy does in
A3C: they are gathered once, to act by and to take the gradient of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf
from tf_agents.trajectories import time_step as ts

from pathnet_tf.agents import actor_critic
from pathnet_tf.agents.updates import Handed
from pathnet_tf.networks import pathnet
from pathnet_tf.networks.columns import Column

METRICS = (
  'loss',
  'policy_loss',
  'value_loss',
  'entropy',
  'value',
  'gradient_norm',
)

# Action [E] to observation, reward, discount, step type, all [E, ...], and
# whether the evaluation is over.
Step = Callable[[tf.Tensor], tuple[tf.Tensor, ...]]
# Nothing to the first features [E, ...] and step types [E].
Reset = Callable[[], tuple[tf.Tensor, tf.Tensor]]


class Carry(NamedTuple):
  """What goes from one window to the next.

  Attributes:
    state: what the network remembers, of the active modules.
    features: float32 `[E, ...]`, the observation as `PathNet.prepare` gives it.
    step_type: int32 `[E]`.
    over: bool scalar.
    clock: int32 scalar, environment steps since the evaluation began.
    steps: int64 scalar, agent steps (steps that end an episode are none).
    updates: float scalar, the updates made.
    skipped: float scalar, the updates that were not finite and not made.
    skipped_last: float scalar, those of them after the last one made.
    metrics: float `[len(METRICS)]`, summed over the updates made.
    weights: of the path, where the updater handed them over.
  """

  state: pathnet.State
  features: tf.Tensor
  step_type: tf.Tensor
  over: tf.Tensor
  clock: tf.Tensor
  steps: tf.Tensor
  updates: tf.Tensor
  skipped: tf.Tensor
  skipped_last: tf.Tensor
  metrics: tf.Tensor
  weights: Handed = ()

  @property
  def counted(self) -> tuple[tf.Tensor, ...]:
    """What a result is made of: from `steps` to `metrics`."""
    return self[self._fields.index('steps') : self._fields.index('weights')]


def begin(
  state: pathnet.State, features: tf.Tensor, step_type: tf.Tensor
) -> Carry:
  """The carry before an evaluation's first window."""
  zero = tf.constant(0.0)
  return Carry(
    state,
    features,
    step_type,
    tf.constant(False),
    tf.constant(0),
    tf.constant(0, tf.int64),
    zero,
    zero,
    zero,
    tf.zeros([len(METRICS)]),
  )


def evaluate(
  agent: actor_critic.ActorCriticAgent,
  rows: Sequence[tf.Tensor],
  seed: tf.Tensor,
  batch: int,
  reset: Reset,
  step: Step,
) -> Carry:
  """One evaluation: windows until the environments say that it is over.

  Args:
    agent: acts and learns.
    rows: for every layer the active modules, int32 `[n]`, sorted and distinct.
    seed: int32 scalar, of the evaluation's actions.
    batch: E, of the environments.
    reset: begins the environments' episodes.
    step: steps the environments.
  """
  state = agent.network.initial_state(rows, batch)
  columns = agent.network.columns(agent.task)
  return tf.while_loop(
    lambda carry: ~carry.over,
    lambda carry: (run(agent, rows, seed, step, carry, columns=columns),),
    [begin(state, *reset())._replace(weights=agent.updater.begin(rows))],
    parallel_iterations=1,
  )[0]


def sample(logits: tf.Tensor, seed: tf.Tensor, clock: tf.Tensor) -> tf.Tensor:
  """Draws actions int32 `[E]` from logits `[E, A]`, the same for a seed.

  Also from logits that are not finite, for which TensorFlow draws A.
  """
  drawn = tf.random.stateless_categorical(
    logits, 1, tf.stack([seed, clock]), dtype=tf.int32
  )
  return tf.minimum(drawn[:, 0], tf.shape(logits)[1] - 1)


def run(
  agent: actor_critic.ActorCriticAgent,
  rows: Sequence[tf.Tensor],
  seed: tf.Tensor,
  step: Step,
  carry: Carry,
  update: Callable[..., tuple[tf.Tensor, Handed]] | None = None,
  columns: Sequence[Column] | None = None,
) -> Carry:
  """Runs one window.

  Args:
    agent: acts and learns.
    rows: for every layer the active modules, int32 `[n]`, sorted and distinct.
    seed: int32 scalar, of the evaluation's actions.
    step: steps the environments.
    carry: from the window before.
    update: as `Updater.update`, which is the default.
    columns: of the task, where they are at hand.

  Returns:
    The carry after n steps and one update.
  """
  network, task = agent.network, agent.task
  state, features, step_type, over, clock = carry[:5]
  gathered = carry.weights or agent.updater.gather(rows)
  taken: list[tuple[tf.Tensor, ...]] = []
  with tf.GradientTape(watch_accessed_variables=False) as tape:
    tape.watch(gathered)
    merged = network.merge(gathered, rows, task, columns)
    for _ in range(agent.config.window):
      is_first = tf.equal(step_type, ts.StepType.FIRST)
      inputs = (merged, state, is_first[None])
      hidden, first = network.run_first(features, *inputs)
      with tape.stop_recording():
        (logits, _), rest = network.run_rest(hidden, *inputs, task)
        action = sample(logits, seed, clock)
        state, clock = first + rest, clock + 1
        is_last = tf.equal(step_type, ts.StepType.LAST)
        observation, reward, discount, step_type, over = step(action)
        features = network.prepare(observation)
      taken.append((hidden, action, reward, discount, is_first, is_last))
    hidden, action, reward, discount, is_first, is_last = (
      tf.stack(column) for column in zip(*taken, strict=True)
    )
    # All but the first layer is little work, and less so for all steps at once.
    (logits, values), _ = network.run_rest(
      tf.reshape(hidden, [-1, *hidden.shape[2:]]),
      merged,
      carry.state,
      is_first,
      task,
    )
    with tape.stop_recording():
      after = tf.equal(step_type, ts.StepType.FIRST)[None]
      (_, bootstrap), _ = network.run(features, merged, state, after, task)
    losses = agent.losses(
      tf.reshape(logits, [len(taken), -1, logits.shape[-1]]),
      tf.reshape(values, [len(taken), -1]),
      action,
      reward,
      discount,
      is_last,
      bootstrap,
    )
  gradients = tape.gradient(
    losses.loss,
    gathered,
    unconnected_gradients=tf.UnconnectedGradients.ZERO,
  )
  steps = tf.reduce_sum(tf.cast(~is_last, tf.int64))
  update = update or agent.updater.update
  norm, weights = update(rows, gradients, losses.loss, steps)
  metrics = tf.stack([*losses, norm])
  finite = tf.reduce_all(tf.math.is_finite(metrics))
  made = tf.cast(finite, tf.float32)
  return Carry(
    state,
    features,
    step_type,
    over,
    clock,
    carry.steps + steps,
    carry.updates + made,
    carry.skipped + 1.0 - made,
    (carry.skipped_last + 1.0) * (1.0 - made),
    carry.metrics + tf.where(finite, metrics, tf.zeros_like(metrics)),
    weights,
  )
