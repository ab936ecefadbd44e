# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.learner: three image tasks in a row."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf import checkpoints
from pathnet_tf.agents import classifier
from pathnet_tf.config import ClassifierConfig, NetworkConfig, OptimizerConfig
from pathnet_tf.errors import UserError
from pathnet_tf.networks import head as head_lib
from tests.learners import (
  IMAGES,
  MODULES,
  PATHS,
  bits_of,
  learn_images,
  make,
  modules_in,
  with_weights,
)


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
