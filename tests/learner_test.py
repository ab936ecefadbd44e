# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.learner: three real games, one after the other."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf import checkpoints
from pathnet_tf.agents.actor_critic import AgentConfig
from pathnet_tf.config import EvolutionConfig, NetworkConfig, RunConfig
from pathnet_tf.engines import engine as engine_lib
from pathnet_tf.engines import local
from pathnet_tf.errors import UserError
from pathnet_tf.learner import Learner
from pathnet_tf.networks import configs

MODULES = 6
GAMES = tuple(
  f'minatar/{game}?max_episode_steps=12'
  for game in ('breakout', 'asterix', 'space_invaders')
)
# Task by task the best path, and another one that is trained beside it. With
# 'available', the second task's path holds a frozen module of the first.
PATHS = [
  ([[0, 1], [1, 1], [5, 2]], [[2, 3], [0, 4], [1, 3]]),
  ([[1, 3], [0, 1], [5, 4]], [[4, 5], [2, 2], [0, 0]]),
  ([[4, 2], [3, 0], [1, 0]], [[0, 5], [5, 5], [3, 4]]),
]


def make(frozen: str = 'always_on', **changes) -> Learner:
  arguments = {
    'tasks': GAMES,
    'steps_per_task': 1000,
    'seed': 5,
    'workers': 1,
    'environments': 2,
    'network': NetworkConfig(modules=MODULES, active=2, frozen=frozen),
    'evolution': EvolutionConfig(population=2, rivals=1),
    'agent': AgentConfig(window=2, learning_rate=0.01),
  }
  return Learner(RunConfig(**(arguments | changes)))


def train(learner: Learner, paths) -> None:
  """An evaluation of each path, in real games of the present task."""
  task = learner.tasks[learner.task]
  engine = local.LocalEngine(
    learner.agent(),
    functools.partial(task.make_environment, 2),
    workers=1,
    episodes=1,
  )
  for seed, path in enumerate(paths):
    path = np.array(path, np.int32)
    engine.start(0, engine_lib.Job(0, path, learner.rows(path), seed))
    assert engine.wait().steps > 0
  engine.close()


def outputs_of(learner: Learner, task: int) -> list[np.ndarray]:
  """Policy and value of a finished task on fixed observations."""
  bits = np.random.default_rng(0).integers(0, 2, (16, 10, 10, 10))
  path = [tf.constant(rows, tf.int32) for rows in learner.finished[task].rows]
  (logits, value), _ = learner.network(
    tf.constant(bits, tf.uint8), path=path, task=task
  )
  return [logits.numpy(), value.numpy()]


@pytest.mark.parametrize('frozen', ['always_on', 'available'])
def test_three_tasks_in_a_row(frozen, state_of, changed_rows):
  learner = make(frozen)
  network = learner.network
  outputs: list[list[np.ndarray]] = []
  frozen_sets: list[list[set[int]]] = [[set()] * 3]
  for task, (best, other) in enumerate(PATHS):
    learner.begin()
    optimizer = learner.agent().optimizer
    assert len(network.heads) == task + 1
    begun = state_of(network, optimizer)
    train(learner, [best, other])
    trained = state_of(network, optimizer)
    learner.finish(np.array(best), fitness=1.5)
    finished = state_of(network, optimizer)

    # Frozen sets add up, and nothing is ever thawed.
    rows = [set(genes) for genes in best]
    if frozen == 'always_on':
      rows = [a | b for a, b in zip(rows, frozen_sets[-1], strict=True)]
    frozen_sets.append(
      [a | b for a, b in zip(rows, frozen_sets[-1], strict=True)]
    )
    assert network.frozen_rows() == [sorted(f) for f in frozen_sets[-1]]
    assert learner.finished[task].rows == [sorted(each) for each in rows]
    assert learner.finished[task].path == best

    # Training moved what was on a path and not frozen by an earlier task.
    moved = changed_rows(begun, trained)
    for layer in range(3):
      named = {*best[layer], *other[layer]} - frozen_sets[-2][layer]
      assert moved[f'layer {layer} weight 0'] == sorted(named)
      assert moved[f'layer {layer} weight 0 slot 0'] == sorted(named)
    for head in range(task + 1):
      for name in (f'head {head} weight 0', f'head {head} weight 1 slot 0'):
        assert bool(moved[name]) == (head == task), name

    # Finishing drew the rest anew, slots included, and left the heads alone.
    drawn = changed_rows(trained, finished)
    for layer in range(3):
      rest = sorted(set(range(MODULES)) - frozen_sets[-1][layer])
      assert drawn[f'layer {layer} weight 0'] == rest
      for weight in range(2):
        for slot, initial in enumerate(optimizer.SLOTS):
          values = finished[f'layer {layer} weight {weight} slot {slot}']
          assert (values[rest] == initial).all()
      assert not finished[f'layer {layer} weight 1'][rest].any()
    assert not any(rows for key, rows in drawn.items() if 'head' in key)

    # All the tasks so far give the bits that they gave when they ended.
    outputs.append(outputs_of(learner, task))
    for earlier, expected in enumerate(outputs):
      for one, two in zip(outputs_of(learner, earlier), expected, strict=True):
        np.testing.assert_array_equal(one, two)
  assert [len(each[0]) for each in outputs] == [16] * 3


def test_rows_are_drawn_differently_after_each_task_and_by_the_seed():
  drawn = []
  for seed in (5, 5, 6):
    learner = make(seed=seed)
    kernel = learner.network.gated[1].stacks[0]
    weights = [kernel.numpy()[5]]
    for _ in range(2):
      learner.begin()
      learner.finish(np.zeros([3, 2], int), 0.0)
      weights.append(kernel.numpy()[5])
    drawn.append(weights)
  np.testing.assert_array_equal(drawn[0], drawn[1])
  flat = [*drawn[0], *drawn[2]]
  for index, one in enumerate(flat):
    for two in flat[:index]:
      assert (one != two).all()


def test_what_is_drawn_has_the_scale_of_the_first_weights():
  learner = make()
  kernel = learner.network.gated[1].stacks[0]
  first = np.std(kernel.numpy())
  learner.begin()
  kernel.assign(100 * kernel)
  learner.finish(np.zeros([3, 2], int), 0.0)
  np.testing.assert_allclose(np.std(kernel.numpy()[1:]), first, rtol=0.05)


def test_a_finished_path_is_the_one_that_policies_act_by():
  learner = make()
  learner.begin()
  learner.finish(np.array([[1, 2], [0, 0], [3, 5]]), 0.0)
  active = [
    np.flatnonzero(layer.active.numpy()).tolist()
    for layer in learner.network.gated
  ]
  assert active == [[1, 2], [0], [3, 5]]


def test_counters_begin_anew_with_a_task():
  learner = make(anneal=True, agent=AgentConfig(learning_rate=0.5))
  for _ in range(2):
    learner.begin()
    agent = learner.agent()
    assert agent.task == learner.task
    assert float(agent.learning_rate()) == 0.5
    agent.steps.assign(500)
    agent.train_step_counter.assign(100)
    assert float(agent.learning_rate()) == 0.25
    learner.finish(np.zeros([3, 2], int), 0.0)
  assert agent.config.anneal_steps == 1000


def test_a_checkpoint_goes_on_as_if_nothing_had_been(
  tmp_path, state_of, changed_rows
):
  learner = make()
  learner.begin()
  train(learner, PATHS[0])
  learner.finish(np.array(PATHS[0][0]), 1.5)
  learner.begin()
  train(learner, PATHS[1][:1])
  store = checkpoints.CheckpointStore(str(tmp_path))
  learner.save(store, 1, {'mine': 7})
  again = make()
  found = store.latest()
  assert found.state['mine'] == 7
  again.restore(store, found)
  assert again.finished == learner.finished
  assert again.task == learner.task == 1
  states = []
  for each in (learner, again):
    train(each, PATHS[1][1:])
    agent = each.agent()
    states.append(state_of(each.network, agent.optimizer))
    assert each.network.frozen_rows() == [[0, 1], [1], [2, 5]]
  assert not any(changed_rows(*states).values())
  assert int(learner.agent().steps) == int(again.agent().steps) > 0
  assert learner.agent().train_step_counter == again.agent().train_step_counter


def test_tasks_of_unlike_observations_are_refused():
  with pytest.raises(UserError, match='must agree') as caught:
    make(tasks=('minatar/breakout', 'gym/CartPole-v1'))
  assert '\n' not in str(caught.value)


def test_the_network_is_the_named_one_or_the_one_that_suits():
  network = make().network
  assert len(network.gated) == len(configs.NETWORKS['minatar'])
  named = NetworkConfig(name='vector', modules=MODULES, active=2)
  layers = make(network=named).network.gated
  assert [layer.units for layer in layers] == [20, 20, 20]
