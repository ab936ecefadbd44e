# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.agents.actor_critic."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from tf_agents.specs import tensor_spec
from tf_agents.trajectories import time_step as ts
from tf_agents.trajectories import trajectory

from pathnet_tf.agents import actor_critic, row_optimizers
from pathnet_tf.agents import losses as losses_lib
from pathnet_tf.layers import convolution, dense
from pathnet_tf.networks import pathnet

FIRST, MID, LAST = 0, 1, 2
OBSERVATION = tf.TensorSpec([4, 4, 2], tf.float32)
ACTIONS = 3
WINDOW = 4

ACTIVE = [[0, 1, 3], [2, 3]]
FROZEN = [[3, 4], [0, 3]]
FREE = [[0, 1], [2]]


def make_agent(optimizer=None, **changes) -> actor_critic.ActorCriticAgent:
  """An agent of the second of three tasks; some of its path is frozen."""
  network = pathnet.PathNet(
    OBSERVATION,
    [
      convolution.GatedConv2D(5, 4, 2, 1, summed=3, seed=1),
      dense.GatedDense(4, 8, summed=2, seed=2),
    ],
  )
  for seed in range(3):
    network.add_head(ACTIONS, seed)
  network.freeze([np.array(rows) for rows in FROZEN])
  network.set_active([np.array(rows) for rows in ACTIVE])
  optimizer = optimizer or row_optimizers.RMSProp()
  for owner in (*network.gated, *network.heads):
    optimizer.add(owner.stacks)
  return actor_critic.ActorCriticAgent(
    ts.time_step_spec(OBSERVATION),
    tensor_spec.BoundedTensorSpec([], tf.int32, 0, ACTIONS - 1),
    network,
    optimizer,
    actor_critic.AgentConfig(**({'window': WINDOW} | changes)),
    task=1,
    steps=tf.Variable(0, dtype=tf.int64),
    train_step_counter=tf.Variable(0, dtype=tf.int64),
  )


def random_experience(seed: int, batch: int = 6) -> trajectory.Trajectory:
  """Steps of episodes that end in both ways, `[B, WINDOW + 1]`."""
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
      observation=rng.normal(size=(batch, length, *OBSERVATION.shape)).astype(
        np.float32
      ),
      action=rng.integers(0, ACTIONS, before.shape, np.int32),
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
  name, state_of, changed_rows
):
  optimizer = row_optimizers.OPTIMIZERS[name]()
  agent = make_agent(optimizer, learning_rate=0.01)
  # A second path, so that momentum of the first could still move its rows.
  paths = [(ACTIVE, FREE), ([[2, 3], [0, 1]], [[2], [1]])]
  for active, free in paths:
    agent.network.set_active([np.array(rows) for rows in active])
    before = state_of(agent.network, optimizer)
    for seed in range(4):
      agent.train(random_experience(seed))
    changed = changed_rows(before, state_of(agent.network, optimizer))
    for index, rows in enumerate(free):
      for number in range(len(optimizer.SLOTS)):
        assert changed[f'layer {index} weight 0 slot {number}'] == rows
        assert changed[f'layer {index} weight 1 slot {number}'] == rows
      assert changed[f'layer {index} weight 0'] == rows
      assert changed[f'layer {index} weight 1'] == rows
    assert changed['head 1 weight 0'] == list(range(8))
    assert changed['head 1 weight 1'] == list(range(ACTIONS + 1))
    for key, rows in changed.items():
      assert rows == [] or not key.startswith(('head 0', 'head 2'))


def test_an_update_is_the_gradient_of_the_networks_own_call():
  agent = make_agent(
    row_optimizers.SGD(), learning_rate=1.0, clip_norm=0.0, discount=0.8
  )
  experience = random_experience(5)
  owners = (*agent.network.gated, agent.network.heads[1])
  stacks = [stack for owner in owners for stack in owner.stacks]
  before = [stack.numpy() for stack in stacks]
  with tf.GradientTape() as tape:
    loss = loss_by_call(agent, experience)
  gradients = tape.gradient(loss, stacks)
  info = agent.train(experience)
  np.testing.assert_allclose(info.loss, loss, rtol=1e-5)
  free = [FREE[0], FREE[0], FREE[1], FREE[1], range(8), range(ACTIONS + 1)]
  for stack, old, gradient, rows in zip(
    stacks, before, gradients, free, strict=True
  ):
    rows = list(rows)
    gradient = tf.convert_to_tensor(gradient).numpy()[rows]
    assert np.abs(gradient).max() > 1e-5
    np.testing.assert_allclose(
      stack.numpy()[rows], old[rows] - gradient, rtol=1e-4, atol=1e-5
    )


def value_loss(rewards, discounts, bootstrap, **changes) -> float:
  """The value loss of one step each, where every value is 0."""
  agent = make_agent(**changes)
  for stack in agent.network.heads[1].stacks:
    stack.assign(tf.zeros_like(stack))
  rows = [layer.rows() for layer in agent.network.gated]
  batch = len(rewards)
  losses, _ = agent.gradients(
    rows,
    agent.network.gather(rows, 1),
    agent.network.initial_state(rows, batch),
    observations=tf.ones([1, batch, *OBSERVATION.shape]),
    actions=tf.zeros([1, batch], tf.int32),
    rewards=tf.constant([rewards]),
    discounts=tf.constant([discounts]),
    is_first=tf.zeros([1, batch], tf.bool),
    is_last=tf.zeros([1, batch], tf.bool),
    bootstrap=tf.constant(bootstrap),
  )
  return float(losses.value_loss)


def test_the_loss_clips_rewards_and_discounts_by_gamma():
  arguments = ([5.0, -5.0, 0.5, 5.0], [1.0, 1.0, 1.0, 0.0], [2.0] * 4)
  errors = np.array([1 + 1, -1 + 1, 0.5 + 1, 1])
  clipped = value_loss(*arguments, reward_clip=1.0, discount=0.5)
  np.testing.assert_allclose(clipped, 0.5 * np.mean(errors**2))
  errors = np.array([5 + 1, -5 + 1, 0.5 + 1, 5])
  raw = value_loss(*arguments, reward_clip=0.0, discount=0.5)
  np.testing.assert_allclose(raw, 0.5 * np.mean(errors**2))


def test_steps_that_are_no_transition_are_not_counted():
  agent = make_agent()
  experience = random_experience(0)
  agent.train(experience)
  agent.train(experience)
  transitions = np.sum(experience.step_type.numpy()[:, :-1] != LAST)
  assert transitions < 6 * WINDOW
  assert int(agent.steps) == 2 * transitions
  assert int(agent.train_step_counter) == 2


def poisoned(kind: str) -> trajectory.Trajectory:
  experience = random_experience(0)
  reward = experience.reward.numpy()
  valid = np.argwhere(experience.step_type.numpy()[:, :-1] != LAST)[0]
  reward[tuple(valid)] = {'nan': np.nan, 'infinite': np.inf}[kind]
  return experience._replace(reward=tf.constant(reward))


@pytest.mark.parametrize('kind', ['nan', 'infinite'])
@pytest.mark.parametrize('graph', [False, True])
def test_a_loss_that_is_not_finite_changes_nothing_but_counters(
  kind, graph, state_of, changed_rows
):
  agent = make_agent(reward_clip=0.0)
  train = agent.train
  if graph:
    train = tf.function(train, autograph=False)
  before = state_of(agent.network, agent.optimizer)
  info = train(poisoned(kind))
  assert not np.isfinite(info.loss)
  after = state_of(agent.network, agent.optimizer)
  assert not any(changed_rows(before, after).values())
  assert int(agent.train_step_counter) == 1
  assert int(agent.steps) > 0
  train(random_experience(0))
  later = state_of(agent.network, agent.optimizer)
  assert changed_rows(after, later)['layer 0 weight 0'] == FREE[0]


def unit_gradients(agent, scale: float = 1.0):
  """Gradients that are all `scale`, and how many belong to free rows."""
  rows = [tf.constant(indices) for indices in ACTIVE]
  gathered = agent.network.gather(rows, task=1)
  gradients = tf.nest.map_structure(lambda t: tf.fill(t.shape, scale), gathered)
  count = sum(
    len(free) * int(np.prod(stack.shape[1:]))
    for layer, free in zip(agent.network.gated, FREE, strict=True)
    for stack in layer.stacks
  ) + sum(int(tf.size(stack)) for stack in agent.network.heads[1].stacks)
  return rows, gradients, count


@pytest.mark.parametrize('loss', [np.nan, np.inf])
def test_finite_gradients_of_a_loss_that_is_not_are_left_out(
  loss, state_of, changed_rows
):
  agent = make_agent()
  rows, gradients, _ = unit_gradients(agent)
  before = state_of(agent.network, agent.optimizer)
  agent.update(rows, gradients, tf.constant(loss), tf.constant(7, tf.int64))
  after = state_of(agent.network, agent.optimizer)
  assert not any(changed_rows(before, after).values())
  assert (int(agent.steps), int(agent.train_step_counter)) == (7, 1)


@pytest.mark.parametrize(
  ('clip_norm', 'clipped'), [(0.5, True), (1000.0, False), (0.0, False)]
)
def test_the_norm_of_what_is_changed_is_clipped(clip_norm, clipped):
  agent = make_agent(
    row_optimizers.SGD(), learning_rate=1.0, clip_norm=clip_norm
  )
  rows, gradients, count = unit_gradients(agent, scale=2.0)
  # Frozen rows have no say in it, however steep they are.
  steep = gradients.layers[0][0].numpy()
  steep[ACTIVE[0].index(3)] = 1e6
  gradients.layers[0][0] = tf.constant(steep)
  before = [layer.stacks[0].numpy() for layer in agent.network.gated]
  norm = agent.update(
    rows, gradients, tf.constant(0.0), tf.constant(1, tf.int64)
  )
  np.testing.assert_allclose(norm, 2.0 * np.sqrt(count), rtol=1e-5)
  step = clip_norm / np.sqrt(count) if clipped else 2.0
  for layer, old, free in zip(agent.network.gated, before, FREE, strict=True):
    moved = old[free] - layer.stacks[0].numpy()[free]
    np.testing.assert_allclose(moved, step, rtol=1e-3)


def test_no_gradient_is_no_division_by_zero(state_of, changed_rows):
  agent = make_agent(row_optimizers.SGD())
  rows, gradients, _ = unit_gradients(agent, scale=0.0)
  before = state_of(agent.network, agent.optimizer)
  agent.update(rows, gradients, tf.constant(0.0), tf.constant(1, tf.int64))
  after = state_of(agent.network, agent.optimizer)
  assert not any(changed_rows(before, after).values())


def test_a_path_that_is_all_frozen_trains_the_head_only(state_of, changed_rows):
  agent = make_agent()
  agent.network.set_active([np.array(rows) for rows in FROZEN])
  before = state_of(agent.network, agent.optimizer)
  agent.train(random_experience(0))
  changed = changed_rows(before, state_of(agent.network, agent.optimizer))
  moved = {key for key, rows in changed.items() if rows}
  assert {key[:6] for key in moved} == {'head 1'}
  assert 'head 1 weight 0' in moved


def test_the_learning_rate_falls_to_zero_over_the_task():
  agent = make_agent(learning_rate=0.5, anneal_steps=1000)
  rates = []
  for steps in (0, 250, 999, 1000, 5000):
    agent.steps.assign(steps)
    rates.append(float(agent.learning_rate()))
  np.testing.assert_allclose(
    rates, [0.5, 0.375, 0.0005, 0.0, 0.0], rtol=1e-3, atol=1e-9
  )


def test_without_annealing_the_learning_rate_stays():
  agent = make_agent(learning_rate=0.5)
  agent.steps.assign(10**9)
  assert float(agent.learning_rate()) == 0.5


def test_an_update_has_the_annealed_length_in_one_graph():
  agent = make_agent(row_optimizers.SGD(), learning_rate=1.0, anneal_steps=1000)
  head = agent.network.heads[1]
  train = tf.function(agent.train, autograph=False)
  initial = [stack.numpy() for stack in head.stacks]
  experience = random_experience(0)
  moves = []
  for steps in (0, 500, 1000):
    for layer in agent.network.gated:  # So that the gradient is the same.
      layer.reinitialise(layer.frozen, layer.seed)
    for stack, value in zip(head.stacks, initial, strict=True):
      stack.assign(value)
    agent.steps.assign(steps)
    train(experience)
    moves.append(initial[0] - head.kernel.numpy())
  assert np.abs(moves[0]).max() > 0.01
  np.testing.assert_allclose(moves[1], 0.5 * moves[0], atol=1e-6)
  assert not moves[2].any()


def test_another_path_or_frozen_set_does_not_retrace():
  agent = make_agent()
  traces = []

  @tf.function(autograph=False)
  def train(experience):
    traces.append(1)
    return agent.train(experience)

  for active in (ACTIVE, [[0], [1]], [[0, 1, 2, 3, 4], [0, 1, 2, 3]]):
    rows = [np.array(indices) for indices in active]
    agent.network.set_active(rows)
    train(random_experience(0))
    agent.network.freeze(rows)
    train(random_experience(1))
  assert traces == [1]
  assert int(agent.train_step_counter) == 6


def test_example_weights_are_refused():
  with pytest.raises(ValueError, match='no example weights'):
    make_agent().train(random_experience(0), weights=tf.ones([6]))


def test_policies_act_by_the_agents_own_head():
  agent = make_agent()
  for head, action in zip(agent.network.heads, (0, 2, 1), strict=True):
    head.bias.assign(9.0 * np.eye(ACTIONS + 1)[action])
  observation = tf.zeros([50, *OBSERVATION.shape])
  step = ts.restart(observation, batch_size=50)
  assert (agent.policy.action(step).action.numpy() == 2).all()
  assert np.mean(agent.collect_policy.action(step).action.numpy() == 2) > 0.9


def test_the_settings_are_a3cs():
  assert dataclasses.asdict(actor_critic.AgentConfig()) == {
    'learning_rate': 7e-4,
    'anneal_steps': 0,
    'discount': 0.99,
    'window': 5,
    'entropy_cost': 0.01,
    'value_cost': 0.5,
    'clip_norm': 0.5,
    'reward_clip': 1.0,
  }
