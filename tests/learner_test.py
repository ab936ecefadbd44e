# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.learner: three real games in a row."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pathnet_tf import checkpoints, seeds
from pathnet_tf.config import NetworkConfig, OptimizerConfig
from pathnet_tf.errors import UserError
from pathnet_tf.layers import dense
from pathnet_tf.learner import newest
from pathnet_tf.networks import configs, description
from tests.learners import (
  KINDS,
  MODULES,
  PATHS,
  SEED,
  assert_same,
  make,
  modules_in,
  network_of,
  outputs_of,
  owners_of,
  train,
  with_weights,
)


@pytest.mark.parametrize(
  ('kind', 'frozen'),
  [
    *((kind, 'always_on') for kind in KINDS),
    *((kind, 'scaled') for kind in ('plain', 'gru', 'unlike cells')),
    *((kind, 'columns') for kind in ('plain', 'pooled', 'unlike')),
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
    if frozen in ('always_on', 'scaled'):
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
      assert network.heads[task].adapter.modules == tuple(
        tuple(sorted(each)) for each in frozen_sets[-2]
      )
      assert len(begun[f'head {task} weight 2']) == count
      assert moved[f'head {task} weight 2'] == list(range(count))
    # Or one for every layer of every earlier task's path.
    elif frozen == 'columns' and task:
      assert network.heads[task].adapter.columns == tuple(
        tuple(map(tuple, past.rows)) for past in learner.finished[:task]
      )
      gains = begun[f'head {task} weight 2']
      np.testing.assert_array_equal(gains, np.full([3, task], 0.1, np.float32))
      assert (network.heads[task].gains.numpy() != gains).all()
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


def test_a_kind_of_module_that_knows_no_gains_is_not_scaled(monkeypatch):
  original = dense.GatedDense.forward

  def forward(self, inputs, merged):
    return original(self, inputs, merged)

  monkeypatch.setattr(dense.GatedDense, 'forward', forward)
  with pytest.raises(UserError, match='another --frozen is right') as caught:
    make('scaled')
  assert 'GatedDense' in str(caught.value)
  assert '\n' not in str(caught.value)


def test_columns_are_not_of_layers_that_remember():
  with pytest.raises(UserError, match='without them, is right') as caught:
    make(network=NetworkConfig(KINDS['gru'], frozen='columns'))
  assert '\n' not in str(caught.value)


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


def test_a_checkpoint_that_the_run_removes_meanwhile_is_looked_for_again(
  tmp_path,
):
  """As a run does that goes on while it is evaluated."""
  learner = make()
  learner.begin()

  class Store(checkpoints.CheckpointStore):
    def __init__(self, removed: int):
      super().__init__(str(tmp_path))
      self.removed, self.looks = removed, 0

    def latest(self):
      found = super().latest()
      self.looks += 1
      if found is None or self.looks > self.removed:
        return found
      return dataclasses.replace(found, path=found.path + '-gone')

  assert newest(learner.config, Store(3)) is None
  learner.save(Store(0), 1, {})
  store = Store(3)
  again, found = newest(learner.config, store)
  assert store.looks == 4
  assert found.path == Store(0).latest().path
  assert again.task == 0
  with pytest.raises(UserError, match='does not fit'):
    newest(learner.config, Store(1000))


def test_tasks_of_unlike_observations_are_refused():
  with pytest.raises(UserError, match='must agree') as caught:
    make(tasks=('minatar/breakout', 'gym/CartPole-v1'))
  assert '\n' not in str(caught.value)


def test_tasks_may_have_observations_within_other_bounds():
  carts = [f'gym/CartPole-v1?observed={pair}' for pair in ('0+2', '1+3')]
  network = NetworkConfig(name='vector', modules=MODULES, active=2)
  learner = make(tasks=(*carts, 'gym/MountainCar-v0'), network=network)
  specs = [task.observation_spec for task in learner.tasks]
  assert specs[0] != specs[1]
  assert learner.network.input_tensor_spec.shape == (2,)


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
