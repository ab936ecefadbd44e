# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The policy of a PathNet, in TF-Agents' form."""

from __future__ import annotations

import tensorflow as tf
import tensorflow_probability as tfp
from tf_agents.policies import tf_policy
from tf_agents.trajectories import policy_step

from pathnet_tf.networks import pathnet


class PathPolicy(tf_policy.TFPolicy):
  """Acts by the logits of one task's head, through the active modules."""

  def __init__(
    self, time_step_spec, action_spec, network: pathnet.PathNet, task: int
  ):
    """Creates the policy.

    Args:
      time_step_spec: of the task.
      action_spec: of the task, an int32 scalar from 0.
      network: the super-network.
      task: which of its heads to act by.
    """
    super().__init__(
      time_step_spec,
      action_spec,
      policy_state_spec=network.state_spec,
      name='PathPolicy',
    )
    self._network = network
    self._task = task

  def _variables(self):
    return self._network.variables

  def _distribution(self, time_step, policy_state):
    (logits, _), policy_state = self._network(
      tf.convert_to_tensor(time_step.observation),
      step_type=time_step.step_type,
      network_state=policy_state,
      task=self._task,
    )
    return policy_step.PolicyStep(
      tfp.distributions.Categorical(logits, dtype=tf.int32), policy_state
    )
