# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The advantage actor-critic of a PathNet, as a TF-Agents agent."""

from __future__ import annotations

import dataclasses

import tensorflow as tf
from tf_agents.agents import tf_agent
from tf_agents.policies import greedy_policy
from tf_agents.trajectories import trajectory

from pathnet_tf.agents import losses as losses_lib
from pathnet_tf.agents import path_policy, updates


@dataclasses.dataclass(frozen=True)
class AgentConfig:
  """Settings of the actor-critic; A3C's where nothing else is said.

  Attributes:
    discount: gamma, a step.
    window: n, the steps of an n-step return, and of an update.
    entropy_cost: weight of the entropy bonus.
    value_cost: weight of the value loss.
    reward_clip: rewards are clipped to plus and minus this; 0: raw.
  """

  discount: float = 0.99
  window: int = 5
  entropy_cost: float = 0.01
  value_cost: float = 0.5
  reward_clip: float = 1.0


class ActorCriticAgent(tf_agent.TFAgent):
  """n-step advantage actor-critic along a path (Mnih et al. 2016).

  Only the rows that a path holds and that are not frozen are ever changed, and
  the head of the agent's task. `train` is TF-Agents' entry for a trajectory
  that has been collected; the engines call `losses` and the updater.

  Attributes:
    network: the super-network.
    task: which of its heads this agent trains.
    updater: of the task.
  """

  def __init__(
    self,
    time_step_spec,
    action_spec,
    updater: updates.Updater,
    config: AgentConfig,
  ):
    """Creates the agent of one task.

    Args:
      time_step_spec: of the task, without batch dimension.
      action_spec: of the task, an int32 scalar from 0.
      updater: of the task; it knows the network, and counts agent steps.
      config: settings.
    """
    self.network = updater.network
    self.task = updater.task
    self.updater = updater
    self.config = config
    collect = path_policy.PathPolicy(
      time_step_spec, action_spec, self.network, self.task
    )
    super().__init__(
      time_step_spec,
      action_spec,
      policy=greedy_policy.GreedyPolicy(collect),
      collect_policy=collect,
      train_sequence_length=config.window + 1,
      train_step_counter=updater.updates,
    )

  def losses(
    self,
    logits: tf.Tensor,
    values: tf.Tensor,
    actions: tf.Tensor,
    rewards: tf.Tensor,
    discounts: tf.Tensor,
    is_last: tf.Tensor,
    bootstrap: tf.Tensor,
  ) -> losses_lib.Losses:
    """The losses of one window.

    Args:
      logits: `[T, B, A]`.
      values: `[T, B]`.
      actions: `[T, B]` int32.
      rewards: `[T, B]`, raw.
      discounts: `[T, B]`, the environment's (0 where it terminates).
      is_last: `[T, B]` bool.
      bootstrap: `[B]`, value of the state after the window; no gradient flows
        through it.
    """
    config = self.config
    if config.reward_clip:
      rewards = tf.clip_by_value(
        rewards, -config.reward_clip, config.reward_clip
      )
    returns = losses_lib.n_step_returns(
      rewards, config.discount * discounts, values, is_last, bootstrap
    )
    return losses_lib.actor_critic_losses(
      logits,
      values,
      actions,
      returns,
      tf.cast(~is_last, tf.float32),
      value_cost=config.value_cost,
      entropy_cost=config.entropy_cost,
    )

  def _train(self, experience: trajectory.Trajectory, weights=None):
    """Trains along the path of the `active` masks on `[B, T + 1]` steps.

    Recurrent modules begin with a state of zeros: a trajectory holds none.
    """
    if weights is not None:
      raise ValueError('the actor-critic takes no example weights')
    rows = [layer.rows() for layer in self.network.gated]
    gathered = self.network.gather(rows, self.task)

    def time_major(tensor):
      return tf.transpose(tensor, [1, 0, *range(2, tensor.shape.rank)])

    observations = time_major(experience.observation)
    is_first = time_major(experience.is_first())
    is_last = time_major(experience.is_boundary())[:-1]
    length, batch = is_first.shape[0], tf.shape(is_first)[1]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
      tape.watch(gathered)
      (logits, values), _ = self.network.forward(
        tf.reshape(observations, [-1, *observations.shape[2:]]),
        self.network.merge(gathered, rows, self.task),
        self.network.initial_state(rows, batch),
        is_first,
        self.task,
      )
      logits = tf.reshape(logits, [length, -1, logits.shape[-1]])
      values = tf.reshape(values, [length, -1])
      losses = self.losses(
        logits[:-1],
        values[:-1],
        time_major(experience.action)[:-1],
        time_major(experience.reward)[:-1],
        time_major(experience.discount)[:-1],
        is_last,
        values[-1],
      )
    gradients = tape.gradient(
      losses.loss,
      gathered,
      unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    steps = tf.reduce_sum(tf.cast(~is_last, tf.int64))
    self.updater.update(rows, gradients, losses.loss, steps)
    return tf_agent.LossInfo(losses.loss, losses)
