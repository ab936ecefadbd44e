# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.learner: three real games or image tasks in a row."""

from __future__ import annotations

import functools
import re

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf import checkpoints, seeds
from pathnet_tf.agents import classifier
from pathnet_tf.agents.actor_critic import AgentConfig
from pathnet_tf.config import (
  ClassifierConfig,
  EvolutionConfig,
  NetworkConfig,
  OptimizerConfig,
  RunConfig,
)
from pathnet_tf.engines import engine as engine_lib
from pathnet_tf.engines import local, minibatches
from pathnet_tf.errors import UserError
from pathnet_tf.layers import dense, heterogeneous
from pathnet_tf.learner import Learner
from pathnet_tf.networks import configs, description, pathnet
from pathnet_tf.networks import head as head_lib

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
# Three layers of every kind there is.
KINDS = {
  'plain': 'conv(4, 3), dense(8), dense(8)',
  'pooled': 'conv(4, 3, pool=2, normalise=True), dense(8, normalise=True),'
  ' dense(8)',
  'residual': "conv(10, 3, padding='same', residual=True), dense(8),"
  ' dense(8, residual=True)',
  'lstm': 'dense(8), lstm(8), dense(8)',
  'gru': 'dense(8), gru(8), dense(8)',
  'unlike': 'conv(4, 3), [identity(), dense(4), residual(4)], dense(8)',
  'unlike cells': 'dense(8), [gru(8), dense(8), lstm(8)], dense(8)',
}
SEED = 5


def make(frozen: str = 'always_on', **changes) -> Learner:
  arguments = {
    'tasks': GAMES,
    'steps_per_task': 1000,
    'seed': SEED,
    'workers': 1,
    'environments': 2,
    'network': NetworkConfig(modules=MODULES, active=2, frozen=frozen),
    'evolution': EvolutionConfig(population=2, rivals=1),
    'agent': AgentConfig(window=2),
    'optimizer': OptimizerConfig(learning_rate=0.01),
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


def bits_of(array: np.ndarray) -> np.ndarray:
  return array.view(np.uint32)  # So that even -0 is not 0.


def outputs_of(learner: Learner, task: int, by_mask=False) -> list[np.ndarray]:
  """Policy and value of a finished task on three fixed observations in a row.

  Along its path, or along the `active` masks.
  """
  images = np.random.default_rng(0).integers(0, 2, (3, 8, 10, 10, 10))
  rows = [tf.constant(rows, tf.int32) for rows in learner.finished[task].rows]
  outputs, state = [], ()
  for image in images:
    (logits, value), state = learner.network(
      tf.constant(image, tf.uint8),
      network_state=state,
      path=None if by_mask else rows,
      task=task,
    )
    outputs += [bits_of(logits.numpy()), bits_of(value.numpy())]
  return outputs


def assert_same(some, others) -> None:
  for one, two in zip(some, others, strict=True):
    np.testing.assert_array_equal(one, two)


def owners_of(layer, weight: int) -> np.ndarray:
  """The module that each row of one of the layer's weights belongs to."""
  if isinstance(layer, heterogeneous.GatedHeterogeneous):
    module, variable = layer._owned()[weight]
    return np.full(variable.shape[0], module)
  return np.arange(layer.modules)


def modules_in(network, changed, slots: bool) -> list[set[int]]:
  """For every layer the modules that any changed row belongs to."""
  modules: list[set[int]] = [set() for _ in network.gated]
  for name, rows in changed.items():
    match = re.fullmatch(r'layer (\d+) weight (\d+)( slot \d+)?', name)
    if match and bool(match[3]) == slots:
      layer = int(match[1])
      owners = owners_of(network.gated[layer], int(match[2]))
      modules[layer] |= set(owners[rows].tolist())
  return modules


def with_weights(network) -> list[set[int]]:
  """For every layer the modules that have any: an identity has none."""
  found = []
  for layer in network.gated:
    owners = [owners_of(layer, index) for index in range(len(layer.stacks))]
    found.append(set(np.concatenate(owners).tolist()))
  return found


def network_of(
  kind: str, seed: int, modules=MODULES, active: int = 2
) -> pathnet.PathNet:
  """As a seed makes it, to compare weights with."""
  spec = make().network.input_tensor_spec
  return configs.make_pathnet(
    KINDS[kind], spec, modules=modules, active=active, seed=seed
  )


@pytest.mark.parametrize(
  ('kind', 'frozen'),
  [
    *((kind, 'always_on') for kind in KINDS),
    *((kind, 'scaled') for kind in ('plain', 'gru', 'unlike cells')),
    ('plain', 'available'),
  ],
)
def test_three_tasks_in_a_row(kind, frozen, state_of, changed_rows):
  learner = make(
    network=NetworkConfig(KINDS[kind], modules=MODULES, active=2, frozen=frozen)
  )
  network = learner.network
  assert ('cells' in kind or kind in ('lstm', 'gru')) == bool(
    network.state_spec
  )
  weighty = with_weights(network)
  outputs: list[list[np.ndarray]] = []
  frozen_sets: list[list[set[int]]] = [[set()] * 3]
  for task, (best, other) in enumerate(PATHS):
    learner.begin()
    optimizer = learner.agent().updater.optimizer
    assert len(network.heads) == task + 1
    begun = state_of(network, optimizer)
    train(learner, [best, other])
    trained = state_of(network, optimizer)
    learner.finish(np.array(best), fitness=1.5)
    finished = state_of(network, optimizer)

    # Frozen sets add up, and nothing is ever thawed.
    rows = [set(genes) for genes in best]
    if frozen != 'available':
      rows = [a | b for a, b in zip(rows, frozen_sets[-1], strict=True)]
    frozen_sets.append(
      [a | b for a, b in zip(rows, frozen_sets[-1], strict=True)]
    )
    assert network.frozen_rows() == [sorted(f) for f in frozen_sets[-1]]
    assert learner.finished[task].rows == [sorted(each) for each in rows]
    assert learner.finished[task].path == best

    # Training moved what was on a path and not frozen by an earlier task, and
    # no other bit of any weight or slot.
    moved = changed_rows(begun, trained)
    named = [
      ({*best[layer], *other[layer]} - frozen_sets[-2][layer]) & weighty[layer]
      for layer in range(3)
    ]
    assert modules_in(network, moved, slots=False) == named
    assert modules_in(network, moved, slots=True) == named
    for head in range(task + 1):
      for name in (f'head {head} weight 0', f'head {head} weight 1 slot 0'):
        assert bool(moved[name]) == (head == task), name
    # A gain for every module that was frozen when the task began, all trained.
    if frozen == 'scaled' and task:
      count = sum(map(len, frozen_sets[-2]))
      assert network.heads[task].scaled == tuple(
        tuple(sorted(each)) for each in frozen_sets[-2]
      )
      assert len(begun[f'head {task} weight 2']) == count
      assert moved[f'head {task} weight 2'] == list(range(count))
    else:
      assert f'head {task} weight 2' not in begun

    # Finishing drew the rest anew, slots included, and left the heads alone.
    drawn = changed_rows(trained, finished)
    rest = [
      (set(range(MODULES)) - frozen_sets[-1][layer]) & weighty[layer]
      for layer in range(3)
    ]
    assert modules_in(network, drawn, slots=False) == rest
    again = network_of(kind, seeds.derive(SEED, 'reinitialise', task))
    for index, (layer, like) in enumerate(
      zip(network.gated, again.gated, strict=True)
    ):
      for weight, expected in enumerate(like.stacks):
        mine = np.isin(owners_of(layer, weight), list(rest[index]))
        name = f'layer {index} weight {weight}'
        np.testing.assert_array_equal(
          finished[name][mine], expected.numpy()[mine]
        )
        for slot, initial in enumerate(optimizer.SLOTS):
          assert (finished[f'{name} slot {slot}'][mine] == initial).all()
    assert not any(rows for key, rows in drawn.items() if 'head' in key)

    # All the tasks so far give the bits that they gave when they ended.
    outputs.append(outputs_of(learner, task))
    for earlier, expected in enumerate(outputs):
      assert_same(outputs_of(learner, earlier), expected)
  assert [len(each[0]) for each in outputs] == [8] * 3


def scramble(learner: Learner, seed: int = 0) -> None:
  """Other weights and slots everywhere, as if after a long training."""
  rng = np.random.default_rng(seed)
  for owner in (*learner.network.gated, *learner.network.heads):
    for stack in owner.stacks:
      stack.assign(rng.normal(size=stack.shape) / 2)
      for slot in learner.optimizer.slots(stack):
        slot.assign(rng.uniform(1, 2, size=slot.shape))


def growing(kind: str, free: int = 7, **changes) -> Learner:
  return make(
    **{
      'network': NetworkConfig(
        KINDS[kind], modules=7, active=3, free_modules=free
      ),
      'optimizer': OptimizerConfig('adam'),  # It has slots of all shapes.
      **changes,
    }
  )


# Freezes 1, 3 and 2 modules.
GROWTH_PATH = np.array([[1, 1, 1], [0, 3, 5], [2, 6, 2]])


@pytest.mark.parametrize('kind', KINDS)
def test_a_network_grows_where_too_few_modules_are_free(kind, state_of):
  learner = growing(kind)
  first = learner.network
  learner.begin()
  assert learner.network is first  # Seven are free.
  scramble(learner)
  learner.finish(GROWTH_PATH, 1.5)
  before = state_of(first, learner.optimizer)
  outputs = outputs_of(learner, 0), outputs_of(learner, 0, by_mask=True)
  assert_same(*outputs)

  learner.begin()
  grown = learner.network
  assert grown.modules == (8, 10, 9)
  assert len(grown.heads) == 2
  assert grown.frozen_rows() == first.frozen_rows() == [[1], [0, 3, 5], [2, 6]]
  after = state_of(grown, learner.optimizer)
  for name, old in before.items():
    np.testing.assert_array_equal(
      bits_of(after[name][: len(old)]), bits_of(old)
    )
  for layer, former in zip(grown.gated, first.gated, strict=True):
    active = layer.active.numpy()
    np.testing.assert_array_equal(active[:7], former.active)
    assert not active[7:].any()  # What was on for task 0 is what is on.
    assert not layer.frozen.numpy()[7:].any()

  # The fresh modules are as if they had been there from the beginning.
  like = network_of(kind, seeds.derive(SEED, 'network'), (8, 10, 9), active=3)
  optimizer = learner.optimizer
  for index, layer in enumerate(grown.gated):
    found = 0
    for weight, expected in enumerate(like.gated[index].stacks):
      fresh = owners_of(layer, weight) >= 7
      found += np.sum(fresh)
      name = f'layer {index} weight {weight}'
      np.testing.assert_array_equal(after[name][fresh], expected.numpy()[fresh])
      for slot, value in enumerate(optimizer.SLOTS + optimizer.ROW_SLOTS):
        assert (after[f'{name} slot {slot}'][fresh] == value).all()
    assert found

  # The task that is done gives what it gave, by path and by mask.
  assert_same(outputs_of(learner, 0), outputs[0])
  assert_same(outputs_of(learner, 0, by_mask=True), outputs[0])


def test_a_network_grows_again_and_only_as_far_as_it_must():
  learner = growing('lstm')
  assert learner.network.modules == (7, 7, 7)
  grown, outputs = [], []
  paths = [
    GROWTH_PATH,
    np.array([[1, 0, 1], [0, 3, 5], [2, 8, 0]]),
    np.array([[1, 0, 1], [0, 3, 5], [2, 8, 0]]),
  ]
  for task, path in enumerate(paths):
    learner.begin()
    grown.append(learner.network.modules)
    for layer in learner.network.gated:
      assert np.sum(~layer.frozen.numpy()) >= 7
    learner.finish(path, 0.0)
    outputs.append(outputs_of(learner, task))
  assert grown == [(7, 7, 7), (8, 10, 9), (9, 10, 11)]
  for task, expected in enumerate(outputs):
    assert_same(outputs_of(learner, task), expected)


@pytest.mark.parametrize('free', [0, 4])
def test_a_network_does_not_grow_where_enough_modules_are_free(free):
  learner = growing('plain', free)
  network, optimizer = learner.network, learner.optimizer
  for _ in range(2):
    learner.begin()
    assert learner.network is network
    assert learner.optimizer is optimizer
    learner.finish(GROWTH_PATH, 0.0)
  assert network.modules == (7, 7, 7)


def test_a_first_task_may_need_more_modules_than_there_are():
  learner = growing('unlike', free=9)
  learner.begin()
  assert learner.network.modules == (9, 9, 9)
  like = network_of('unlike', seeds.derive(SEED, 'network'), 9, active=3)
  for layer, expected in zip(learner.network.gated, like.gated, strict=True):
    assert_same(layer.stacks, expected.stacks)


@pytest.mark.parametrize('kind', ['plain', 'lstm', 'unlike cells'])
def test_a_grown_network_is_saved_restored_and_trained(
  kind, tmp_path, state_of, changed_rows
):
  learner = growing(kind)
  learner.begin()
  scramble(learner)
  learner.finish(GROWTH_PATH, 1.5)
  learner.begin()
  outputs = outputs_of(learner, 0)
  # The first and the last fresh module of every layer, and a frozen one.
  path = [[7, 7, 1], [7, 8, 0], [7, 8, 2]]
  begun = state_of(learner.network, learner.optimizer)
  train(learner, [path])
  moved = changed_rows(begun, state_of(learner.network, learner.optimizer))
  for slots in (False, True):
    found = modules_in(learner.network, moved, slots)
    assert found == [{7}, {7, 8}, {7, 8}]
  store = checkpoints.CheckpointStore(str(tmp_path))
  learner.save(store, 1, {})

  again = growing(kind)
  again.restore(store, store.latest())
  assert again.network.modules == (8, 10, 9)
  assert again.finished == learner.finished
  states = []
  for trained in (False, True):
    for each in (learner, again):
      if trained:
        train(each, [[[7, 0, 3], [9, 2, 8], [6, 1, 2]]])
      states.append(state_of(each.network, each.optimizer))
      masks = [
        mask.numpy().tolist()
        for layer in each.network.gated
        for mask in (layer.active, layer.frozen)
      ]
      states[-1]['masks'] = np.concatenate(masks).astype(np.float32)
      assert_same(outputs_of(each, 0), outputs)
    assert not any(changed_rows(*states[-2:]).values())
  assert any(changed_rows(states[0], states[-1]).values())
  updates = [int(each.agent().updater.updates) for each in (learner, again)]
  assert updates[0] == updates[1] > 0


@pytest.mark.parametrize('kind', ['plain', 'lstm', 'unlike cells'])
def test_scaled_tasks_grow_and_are_restored_to_the_bit(
  kind, tmp_path, state_of, changed_rows
):
  network = NetworkConfig(
    KINDS[kind], modules=7, active=3, free_modules=7, frozen='scaled'
  )
  learner = growing(kind, network=network)
  outputs = []
  for task, path in enumerate(([[0, 1]] * 3, [[2, 3]] * 3)):
    learner.begin()
    train(learner, [path])
    learner.finish(np.array(path), 0.5)
    outputs.append(outputs_of(learner, task))
  gains = learner.network.heads[1].gains.numpy()
  assert gains.shape == (6,)
  assert (gains != np.float32(0.1)).all()
  learner.begin()  # It grows again, with a head that has gains.
  assert learner.network.modules == (11, 11, 11)
  train(learner, [[[4, 5]] * 3])
  store = checkpoints.CheckpointStore(str(tmp_path))
  learner.save(store, 1, {})
  again = growing(kind, network=network)
  again.restore(store, store.latest())
  assert [head.scaled for head in again.network.heads] == [
    (),
    ((0, 1),) * 3,
    ((0, 1, 2, 3),) * 3,
  ]
  states = []
  for each in (learner, again):
    train(each, [[[9, 10]] * 3])
    states.append(state_of(each.network, each.optimizer))
    for task, expected in enumerate(outputs):
      assert_same(outputs_of(each, task), expected)
  assert not any(changed_rows(*states).values())


def test_a_kind_of_module_that_knows_no_gains_is_not_scaled(monkeypatch):
  original = dense.GatedDense.forward

  def forward(self, inputs, merged):
    return original(self, inputs, merged)

  monkeypatch.setattr(dense.GatedDense, 'forward', forward)
  with pytest.raises(UserError, match='another --frozen is right') as caught:
    make('scaled')
  assert 'GatedDense' in str(caught.value)
  assert '\n' not in str(caught.value)


@pytest.mark.parametrize('kind', ['plain', 'gru', 'unlike cells'])
@pytest.mark.parametrize('how', ['fresh', 'stored'])
def test_modules_get_fresh_weights_or_the_stored_ones_they_began_with(
  kind, how, state_of, changed_rows
):
  learner = make(
    network=NetworkConfig(
      KINDS[kind], modules=7, active=3, free_modules=7, reinitialise=how
    )
  )
  first = state_of(learner.network, learner.optimizer)
  everything = [set(range(7))] * 3
  frozen = [{1}, {0, 3, 5}, {2, 6}]
  for task in range(3):
    learner.begin()  # It grows here, the second time.
    scramble(learner, task)
    learner.finish(GROWTH_PATH, 0.0)
    now = state_of(learner.network, learner.optimizer)
    changed = changed_rows(
      first, {name: now[name][: len(old)] for name, old in first.items()}
    )
    expected = frozen if how == 'stored' else everything
    assert modules_in(learner.network, changed, slots=False) == expected
    # Slots begin anew either way.
    assert modules_in(learner.network, changed, slots=True) == frozen
  assert learner.network.modules == (8, 10, 9)


@pytest.mark.parametrize('kind', KINDS)
def test_a_copied_module_is_its_source_and_its_slots_begin_anew(
  kind, state_of, changed_rows
):
  learner = make(
    network=NetworkConfig(KINDS[kind], modules=7, active=2),
    optimizer=OptimizerConfig('adam'),
  )
  learner.begin()
  optimizer = learner.optimizer
  for layer, source, target in [(0, 2, 5), (1, 1, 4), (1, 5, 2), (2, 6, 0)]:
    scramble(learner)
    before = state_of(learner.network, optimizer)
    assert target in learner.copies_to(layer, source)
    learner.copy_module(layer, source, target)
    after = state_of(learner.network, optimizer)
    changed = changed_rows(before, after)
    for slots in (False, True):
      found = modules_in(learner.network, changed, slots)
      assert found == [{target} if k == layer else set() for k in range(3)]
    assert not any(rows for key, rows in changed.items() if 'head' in key)
    gated = learner.network.gated[layer]

    def rows_of(name, module, layer=layer, gated=gated, after=after):
      return [
        after[f'layer {layer} weight {index}{name}'][
          owners_of(gated, index) == module
        ]
        for index in range(len(gated.stacks))
        if module in owners_of(gated, index)
      ]

    assert_same(rows_of('', target), rows_of('', source))
    for slot, value in enumerate(optimizer.SLOTS + optimizer.ROW_SLOTS):
      for rows in rows_of(f' slot {slot}', target):
        assert (rows == value).all()


def test_no_copy_is_made_over_a_frozen_module_or_one_of_another_kind():
  learner = growing('unlike cells', free=0)
  learner.begin()
  learner.finish(GROWTH_PATH, 0.0)
  assert learner.copies_to(0, 1) == [0, 2, 3, 4, 5, 6]  # From a frozen one.
  assert learner.copies_to(0, 3) == [0, 2, 4, 5, 6]
  assert learner.copies_to(2, 0) == [1, 3, 4, 5]
  # Kinds take turns: 0 3 6, 1 4, 2 5; of these 0, 3 and 5 are frozen.
  assert [learner.copies_to(1, m) for m in range(7)] == [
    [6],
    [4],
    [],
    [6],
    [1],
    [2],
    [],
  ]


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
  learner = make(anneal=True, optimizer=OptimizerConfig(learning_rate=0.5))
  for _ in range(2):
    learner.begin()
    agent = learner.agent()
    assert agent.task == learner.task
    updater = agent.updater
    assert float(updater.learning_rate()) == 0.5
    assert (int(updater.steps), int(updater.updates)) == (0, 0)
    updater.steps.assign(500)
    updater.updates.assign(100)
    assert float(updater.learning_rate()) == 0.25
    learner.finish(np.zeros([3, 2], int), 0.0)
  assert updater.anneal_steps == 1000


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
    states.append(state_of(each.network, agent.updater.optimizer))
    assert each.network.frozen_rows() == [[0, 1], [1], [2, 5]]
  assert not any(changed_rows(*states).values())
  mine, theirs = (each.agent().updater for each in (learner, again))
  assert int(mine.steps) == int(theirs.steps) > 0
  assert int(mine.updates) == int(theirs.updates) > 0


def test_tasks_of_unlike_observations_are_refused():
  with pytest.raises(UserError, match='must agree') as caught:
    make(tasks=('minatar/breakout', 'gym/CartPole-v1'))
  assert '\n' not in str(caught.value)


def test_the_network_is_the_named_one_or_the_one_that_suits():
  network = make().network
  described = description.parse(configs.NETWORKS['minatar'])
  assert len(network.gated) == len(described) == 3
  named = NetworkConfig(name='vector', modules=MODULES, active=2)
  layers = make(network=named).network.gated
  assert [layer.units for layer in layers] == [20, 20, 20]
  own = NetworkConfig('dense(8), lstm(6)', MODULES, active=2, readout='mean')
  layers = make(network=own).network.gated
  assert [layer.units for layer in layers] == [8, 6]
  assert [layer.combine for layer in layers] == ['sum', 'mean']


@pytest.mark.parametrize('kind', ['plain', 'gru', 'unlike cells'])
@pytest.mark.parametrize('frozen', ['available', 'none'])
def test_modules_may_keep_what_they_learnt_and_all_stay_free(
  kind, frozen, state_of, changed_rows
):
  learner = make(
    network=NetworkConfig(
      KINDS[kind], modules=7, active=3, frozen=frozen, reinitialise='none'
    )
  )
  for task in range(2):
    learner.begin()
    scramble(learner, task)
    before = state_of(learner.network, learner.optimizer)
    learner.finish(GROWTH_PATH, 0.0)
    after = state_of(learner.network, learner.optimizer)
    assert not any(changed_rows(before, after).values())
  assert learner.finished[0].rows == [[1], [0, 3, 5], [2, 6]]
  kept = [[1], [0, 3, 5], [2, 6]] if frozen == 'available' else [[]] * 3
  assert learner.network.frozen_rows() == kept
  assert [r.tolist() for r in learner.rows(np.zeros([3, 3], int))] == [[0]] * 3


def test_what_is_not_frozen_is_trained_by_the_next_task(
  testdata, state_of, changed_rows
):
  learner = make('none', tasks=IMAGES)
  for _ in range(2):
    learner.begin()
    before = state_of(learner.network, learner.optimizer)
    learn_images(learner, [[0, 1]] * 3)
    after = state_of(learner.network, learner.optimizer)
    moved = changed_rows(before, after)
    assert modules_in(learner.network, moved, slots=False) == [{0, 1}] * 3
    learner.finish(np.array([[0, 1]] * 3), 0.0)


IMAGES = ('mnist/3v5', 'mnist/0v6v8', 'mnist/1v7')


def learn_images(learner: Learner, path) -> None:
  """Three minibatches of the first images of the present task."""
  split = learner.tasks[learner.task].load().train
  inputs = learner.network.prepare(tf.constant(split.images[:12]))
  tally = minibatches.run(
    learner.agent(),
    [tf.constant(r) for r in learner.rows(np.array(path))],
    tf.reshape(inputs, [3, 4, 28, 28, 1]),
    tf.reshape(split.labels[:12], [3, 4]),
  )
  assert float(tally.updates) == 3


@pytest.mark.parametrize(
  ('network', 'frozen'),
  [
    ('dense(8), dense(8), dense(8)', 'available'),
    ('dense(8), [identity(), dense(8)], gru(8)', 'always_on'),
  ],
)
def test_images_are_learnt_in_a_row_and_none_is_forgotten(
  network, frozen, testdata, state_of, changed_rows
):
  learner = make(
    tasks=IMAGES,
    network=NetworkConfig(network, MODULES, 2, frozen, readout='mean'),
    classifier=ClassifierConfig(batch_size=4, minibatches=3),
  )
  images = learner.tasks[0].load().test.images
  outputs: list[np.ndarray] = []

  def outputs_of(task: int) -> np.ndarray:
    path = [tf.constant(r, tf.int32) for r in learner.finished[task].rows]
    logits, _ = learner.network(tf.constant(images), path=path, task=task)
    return bits_of(logits.numpy())

  for task, (best, other) in enumerate(PATHS):
    learner.begin()
    agent, newest = learner.agent(), learner.network.heads[-1]
    assert isinstance(agent, classifier.Classifier)
    assert agent.config == ClassifierConfig(batch_size=4, minibatches=3)
    assert isinstance(newest, head_lib.ClassifierHead)
    assert newest.outputs == learner.tasks[task].classes == (2, 3, 2)[task]
    begun = state_of(learner.network, learner.optimizer)
    for path in (best, other):
      learn_images(learner, path)
    moved = changed_rows(begun, state_of(learner.network, learner.optimizer))
    assert moved[f'head {task} weight 0']
    weighty, kept = with_weights(learner.network), learner.network.frozen_rows()
    assert modules_in(learner.network, moved, slots=True) == [
      ({*best[layer], *other[layer]} - set(kept[layer])) & weighty[layer]
      for layer in range(3)
    ]
    learner.finish(np.array(best), fitness=0.5)
    outputs.append(outputs_of(task))
    for earlier, expected in enumerate(outputs):
      np.testing.assert_array_equal(outputs_of(earlier), expected)


def test_a_checkpoint_of_images_goes_on_as_if_nothing_had_been(
  testdata, tmp_path, state_of, changed_rows
):
  arguments = {
    'tasks': IMAGES,
    'network': NetworkConfig('dense(8), dense(8), dense(8)', MODULES, 2),
    'classifier': ClassifierConfig(batch_size=4, minibatches=3),
    'optimizer': OptimizerConfig('adam'),
  }
  learner = make(**arguments)
  learner.begin()
  learn_images(learner, PATHS[0][0])
  learner.finish(np.array(PATHS[0][0]), 0.75)
  learner.begin()
  learn_images(learner, PATHS[1][0])
  store = checkpoints.CheckpointStore(str(tmp_path))
  learner.save(store, 1, {})
  again = make(**arguments)
  again.restore(store, store.latest())
  assert again.finished == learner.finished
  states = []
  for each in (learner, again):
    assert int(each.agent().updater.steps) == 3
    learn_images(each, PATHS[1][1])
    states.append(state_of(each.network, each.optimizer))
  assert not any(changed_rows(*states).values())


@pytest.mark.parametrize('pixels', ['centred', 'unit'])
def test_pixels_are_prepared_as_the_configuration_says(pixels):
  learner = make(
    tasks=IMAGES, network=NetworkConfig(modules=4, active=2, pixels=pixels)
  )
  image = np.zeros([1, 28, 28, 1], np.uint8)
  image[0, :14] = 255
  prepared = learner.network.prepare(tf.constant(image)).numpy()
  low = 0.0 if pixels == 'unit' else -0.5
  np.testing.assert_allclose([prepared.min(), prepared.max()], [low, low + 1])


@pytest.mark.parametrize(
  'tasks', [('mnist/3v5', 'svhn'), ('mnist/3v5', 'minatar/breakout')]
)
def test_images_go_with_images_of_their_shape_only(tasks):
  with pytest.raises(UserError, match='must agree') as caught:
    make(tasks=tasks)
  assert '\n' not in str(caught.value)
