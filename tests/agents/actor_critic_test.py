# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.agents.actor_critic."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from tf_agents.trajectories import time_step as ts
from tf_agents.trajectories import trajectory

from pathnet_tf.agents import actor_critic, row_optimizers
from pathnet_tf.agents import losses as losses_lib
from pathnet_tf.agents.updates import OptimizerConfig

FIRST, MID, LAST = 0, 1, 2
WINDOW = 4


def random_experience(
  agent, seed: int, batch: int = 6
) -> trajectory.Trajectory:
  """Steps of episodes that end in both ways, `[B, WINDOW + 1]`."""
  shape = agent.time_step_spec.observation.shape
  rng = np.random.default_rng(seed)
  length = WINDOW + 1
  kinds = np.full([batch, length + 1], MID)
  kinds[:, 0] = rng.choice([FIRST, MID, LAST], size=batch)
  for t in range(1, length + 1):
    kinds[rng.random(batch) < 0.25, t] = LAST
    kinds[kinds[:, t - 1] == LAST, t] = FIRST
  kinds = kinds.astype(np.int32)
  before, after = kinds[:, :-1], kinds[:, 1:]
  terminated = (after == LAST) & (rng.random(after.shape) < 0.5)
  reward = np.where(before == LAST, 0.0, 3 * rng.normal(size=before.shape))
  return tf.nest.map_structure(
    tf.constant,
    trajectory.Trajectory(
      step_type=before,
      observation=rng.normal(size=(batch, length, *shape)).astype(np.float32),
      action=rng.integers(
        agent.action_spec.maximum + 1, size=before.shape, dtype=np.int32
      ),
      policy_info=(),
      next_step_type=after,
      reward=reward.astype(np.float32),
      discount=np.where(terminated, 0.0, 1.0).astype(np.float32),
    ),
  )


def loss_by_call(agent, experience: trajectory.Trajectory) -> tf.Tensor:
  """The loss of an experience, by the network's call and batch by batch."""
  outputs = [agent.network(o, task=1)[0] for o in experience.observation]
  logits = tf.stack([one for one, _ in outputs], axis=1)
  values = tf.stack([value for _, value in outputs], axis=1)
  action, reward, discount, kind = (
    tf.transpose(getattr(experience, name))[:-1]
    for name in ('action', 'reward', 'discount', 'step_type')
  )
  config = agent.config
  is_last = tf.equal(kind, LAST)
  returns = losses_lib.n_step_returns(
    np.clip(reward, -config.reward_clip, config.reward_clip),
    config.discount * discount,
    values[:-1],
    is_last,
    values[-1],
  )
  return losses_lib.actor_critic_losses(
    logits[:-1],
    values[:-1],
    action,
    returns,
    tf.cast(~is_last, tf.float32),
    value_cost=config.value_cost,
    entropy_cost=config.entropy_cost,
  ).loss


@pytest.mark.parametrize('name', row_optimizers.OPTIMIZERS)
def test_training_moves_the_free_rows_of_the_path_and_its_head_only(
  name, make_agent, partly_frozen, state_of, changed_rows
):
  agent = make_agent(OptimizerConfig(name, learning_rate=0.01))
  optimizer = agent.updater.optimizer
  # A second path, so that momentum of the first could still move its rows.
  paths = [
    (partly_frozen.active, partly_frozen.free),
    ([[2, 3], [0, 1]], [[2], [1]]),
  ]
  for active, free in paths:
    agent.network.set_active([np.array(rows) for rows in active])
    before = state_of(agent.network, optimizer)
    for seed in range(4):
      agent.train(random_experience(agent, seed))
    changed = changed_rows(before, state_of(agent.network, optimizer))
    for index, rows in enumerate(free):
      for number in range(len(optimizer.SLOTS)):
        assert changed[f'layer {index} weight 0 slot {number}'] == rows
        assert changed[f'layer {index} weight 1 slot {number}'] == rows
      assert changed[f'layer {index} weight 0'] == rows
      assert changed[f'layer {index} weight 1'] == rows
    assert changed['head 1 weight 0'] == list(range(8))
    assert changed['head 1 weight 1'] == list(range(4))
    for key, rows in changed.items():
      assert rows == [] or not key.startswith(('head 0', 'head 2'))


def test_an_update_is_the_gradient_of_the_networks_own_call(
  make_agent, partly_frozen
):
  agent = make_agent(
    OptimizerConfig('sgd', learning_rate=1.0, clip_norm=0.0), discount=0.8
  )
  experience = random_experience(agent, 5)
  owners = (*agent.network.gated, agent.network.heads[1])
  stacks = [stack for owner in owners for stack in owner.stacks]
  before = [stack.numpy() for stack in stacks]
  with tf.GradientTape() as tape:
    loss = loss_by_call(agent, experience)
  gradients = tape.gradient(loss, stacks)
  info = agent.train(experience)
  np.testing.assert_allclose(info.loss, loss, rtol=1e-5)
  conv, dense = partly_frozen.free
  free = [conv, conv, dense, dense, list(range(8)), list(range(4))]
  for stack, old, gradient, rows in zip(
    stacks, before, gradients, free, strict=True
  ):
    gradient = tf.convert_to_tensor(gradient).numpy()[rows]
    assert np.abs(gradient).max() > 1e-5
    np.testing.assert_allclose(
      stack.numpy()[rows], old[rows] - gradient, rtol=1e-4, atol=1e-5
    )


def value_loss(agent, rewards, discounts, bootstrap) -> float:
  """The value loss of one step each, where every value is 0."""
  batch = len(rewards)
  losses = agent.losses(
    logits=tf.zeros([1, batch, 3]),
    values=tf.zeros([1, batch]),
    actions=tf.zeros([1, batch], tf.int32),
    rewards=tf.constant([rewards]),
    discounts=tf.constant([discounts]),
    is_last=tf.zeros([1, batch], tf.bool),
    bootstrap=tf.constant(bootstrap),
  )
  return float(losses.value_loss)


def test_the_loss_clips_rewards_and_discounts_by_gamma(make_agent):
  arguments = ([5.0, -5.0, 0.5, 5.0], [1.0, 1.0, 1.0, 0.0], [2.0] * 4)
  errors = np.array([1 + 1, -1 + 1, 0.5 + 1, 1])
  clipped = value_loss(make_agent(reward_clip=1.0, discount=0.5), *arguments)
  np.testing.assert_allclose(clipped, 0.5 * np.mean(errors**2))
  errors = np.array([5 + 1, -5 + 1, 0.5 + 1, 5])
  raw = value_loss(make_agent(reward_clip=0.0, discount=0.5), *arguments)
  np.testing.assert_allclose(raw, 0.5 * np.mean(errors**2))


def test_steps_that_are_no_transition_are_not_counted(make_agent):
  agent = make_agent()
  experience = random_experience(agent, 0)
  agent.train(experience)
  agent.train(experience)
  transitions = np.sum(experience.step_type.numpy()[:, :-1] != LAST)
  assert transitions < 6 * WINDOW
  assert int(agent.updater.steps) == 2 * transitions
  assert int(agent.train_step_counter) == 2


def poisoned(agent, kind: str) -> trajectory.Trajectory:
  experience = random_experience(agent, 0)
  reward = experience.reward.numpy()
  valid = np.argwhere(experience.step_type.numpy()[:, :-1] != LAST)[0]
  reward[tuple(valid)] = {'nan': np.nan, 'infinite': np.inf}[kind]
  return experience._replace(reward=tf.constant(reward))


@pytest.mark.parametrize('kind', ['nan', 'infinite'])
@pytest.mark.parametrize('graph', [False, True])
def test_a_loss_that_is_not_finite_changes_nothing_but_counters(
  kind, graph, make_agent, partly_frozen, state_of, changed_rows
):
  agent = make_agent(reward_clip=0.0)
  train = agent.train
  if graph:
    train = tf.function(train, autograph=False)
  before = state_of(agent.network, agent.updater.optimizer)
  info = train(poisoned(agent, kind))
  assert not np.isfinite(info.loss)
  after = state_of(agent.network, agent.updater.optimizer)
  assert not any(changed_rows(before, after).values())
  assert int(agent.train_step_counter) == 1
  assert int(agent.updater.steps) > 0
  train(random_experience(agent, 0))
  later = state_of(agent.network, agent.updater.optimizer)
  changed = changed_rows(after, later)
  assert changed['layer 0 weight 0'] == partly_frozen.free[0]


def test_a_path_that_is_all_frozen_trains_the_head_only(
  make_agent, partly_frozen, state_of, changed_rows
):
  agent = make_agent()
  agent.network.set_active([np.array(rows) for rows in partly_frozen.frozen])
  before = state_of(agent.network, agent.updater.optimizer)
  agent.train(random_experience(agent, 0))
  changed = changed_rows(
    before, state_of(agent.network, agent.updater.optimizer)
  )
  moved = {key for key, rows in changed.items() if rows}
  assert {key[:6] for key in moved} == {'head 1'}
  assert 'head 1 weight 0' in moved


def test_another_path_or_frozen_set_does_not_retrace(make_agent, partly_frozen):
  agent = make_agent()
  traces = []

  @tf.function(autograph=False)
  def train(experience):
    traces.append(1)
    return agent.train(experience)

  for active in (
    partly_frozen.active,
    [[0], [1]],
    [[0, 1, 2, 3, 4], [0, 1, 2, 3]],
  ):
    rows = [np.array(indices) for indices in active]
    agent.network.set_active(rows)
    train(random_experience(agent, 0))
    agent.network.freeze(rows)
    train(random_experience(agent, 1))
  assert traces == [1]
  assert int(agent.train_step_counter) == 6


def test_example_weights_are_refused(make_agent):
  agent = make_agent()
  with pytest.raises(ValueError, match='no example weights'):
    agent.train(random_experience(agent, 0), weights=tf.ones([6]))


def test_policies_act_by_the_agents_own_head(make_agent):
  agent = make_agent()
  for head, action in zip(agent.network.heads, (0, 2, 1), strict=True):
    head.bias.assign(9.0 * np.eye(4)[action])
  observation = tf.zeros([50, *agent.time_step_spec.observation.shape])
  step = ts.restart(observation, batch_size=50)
  assert (agent.policy.action(step).action.numpy() == 2).all()
  assert np.mean(agent.collect_policy.action(step).action.numpy() == 2) > 0.9


def test_the_settings_are_a3cs():
  assert dataclasses.asdict(actor_critic.AgentConfig()) == {
    'discount': 0.99,
    'window': 5,
    'entropy_cost': 0.01,
    'value_cost': 0.5,
    'reward_clip': 1.0,
  }
