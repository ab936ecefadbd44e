# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.agents.path_policy, on a real game."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from tf_agents.environments import tf_py_environment
from tf_agents.policies import greedy_policy
from tf_agents.specs import tensor_spec
from tf_agents.trajectories import time_step as ts

from pathnet_tf.agents import path_policy
from pathnet_tf.environments import minatar_game
from pathnet_tf.networks import configs
from pathnet_tf.networks import head as head_lib

OBSERVATION = tensor_spec.from_spec(minatar_game.OBSERVATION_SPEC)
ACTION = tensor_spec.BoundedTensorSpec([], tf.int32, 0, 5)


@pytest.fixture
def network():
  network = configs.make_pathnet(
    'minatar', OBSERVATION, modules=4, active=2, seed=0
  )
  for seed in range(2):
    network.add_head(head_lib.ActorCriticHead, 6, seed)
  rng = np.random.default_rng(0)
  for head in network.heads:  # A policy that is not almost uniform.
    head.kernel.assign(rng.normal(size=head.kernel.shape))
  return network


def make_policy(network, task: int = 0) -> path_policy.PathPolicy:
  return path_policy.PathPolicy(
    ts.time_step_spec(OBSERVATION), ACTION, network, task
  )


def time_step(seed: int = 0, batch: int = 8) -> ts.TimeStep:
  bits = np.random.default_rng(seed).integers(0, 2, (batch, 10, 10, 10))
  return ts.restart(tf.constant(bits, tf.uint8), batch_size=batch)


@pytest.mark.parametrize('task', [0, 1])
def test_the_distribution_is_that_of_the_tasks_logits(network, task):
  step = time_step()
  (logits, _), _ = network(step.observation, task=task)
  found = make_policy(network, task).distribution(step).action
  expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
  np.testing.assert_allclose(found.probs_parameter(), expected, rtol=1e-4)


def test_it_follows_the_active_modules_without_a_retrace(network):
  policy, step = make_policy(network), time_step()
  traces = []

  @tf.function(autograph=False)
  def logits_of(observation):
    traces.append(1)
    step = ts.restart(observation, batch_size=8)
    return policy.distribution(step).action.logits

  seen = []
  for rows in ([[0], [1], [2]], [[1, 3], [0, 2], [0, 1, 3]]):
    network.set_active([np.array(indices) for indices in rows])
    path = [tf.constant(indices) for indices in rows]
    (expected, _), _ = network(step.observation, path=path, task=0)
    seen.append(logits_of(step.observation).numpy())
    np.testing.assert_allclose(seen[-1], expected, rtol=1e-4, atol=1e-5)
  assert traces == [1]
  assert np.abs(seen[0] - seen[1]).max() > 0.1


def test_actions_are_drawn_by_their_probabilities(network):
  policy = make_policy(network)
  one = time_step(batch=1)
  probabilities = policy.distribution(one).action.probs_parameter()[0]
  observation = tf.repeat(one.observation, 4000, axis=0)
  actions = policy.action(ts.restart(observation, batch_size=4000)).action
  assert actions.dtype == tf.int32
  frequencies = np.bincount(actions, minlength=6) / 4000
  np.testing.assert_allclose(frequencies, probabilities, atol=0.05)


def test_the_greedy_policy_takes_the_likeliest_action(network):
  step = time_step()
  (logits, _), _ = network(step.observation, task=0)
  greedy = greedy_policy.GreedyPolicy(make_policy(network))
  np.testing.assert_array_equal(
    greedy.action(step).action, np.argmax(logits, axis=1)
  )


def test_its_variables_are_the_networks(network):
  policy = make_policy(network)
  assert {id(v) for v in policy.variables()} == {
    id(v) for v in network.variables
  }
  assert len(policy.variables()) == 3 * 4 + 2 * 2


def test_it_plays_a_real_game(network):
  game = minatar_game.MinAtar('breakout', 2, max_episode_steps=8)
  environment = tf_py_environment.TFPyEnvironment(game)
  policy = make_policy(network)
  step = environment.reset()
  ends = 0
  for _ in range(12):
    step = environment.step(policy.action(step).action)
    ends += int(np.sum(step.is_last()))
  assert ends > 0
