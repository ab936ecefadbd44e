# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.evaluation, on real games and images."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf import config, evaluation
from pathnet_tf.datasets import arrays
from pathnet_tf.learner import Learner
from pathnet_tf.tasks import registry

BREAKOUT = 'minatar/breakout'


def test_equal_seeds_play_equal_episodes():
  task = registry.make(BREAKOUT)
  scores = [
    evaluation.play(task, evaluation.random_policy(task, 1), 20, seed)
    for seed in (5, 5, 6)
  ]
  assert scores[0] == scores[1] != scores[2]


def test_at_least_the_episodes_asked_for_are_played():
  task = registry.make(BREAKOUT)
  for episodes, played in ((1, 1), (7, 7), (10, 10), (25, 30)):
    policy = evaluation.random_policy(task, 0)
    assert len(evaluation.play(task, policy, episodes, 0)) == played


def test_the_random_policy_scores_what_it_is_known_to():
  # MinAtar's paper, table 2 has 0.5 for random play of breakout.
  task = registry.make(BREAKOUT)
  scores = evaluation.play(task, evaluation.random_policy(task, 0), 400, 0)
  assert 0.3 < np.mean(scores) < 0.7


def test_a_path_acts_by_its_own_logits():
  learner = Learner(config.RunConfig(tasks=(BREAKOUT,), steps_per_task=1))
  learner.begin()
  rows = learner.rows(np.array([[1, 2, 2, 4]] * 3))
  head = learner.network.heads[0]
  head.kernel.assign(
    100 * tf.random.stateless_normal(head.kernel.shape, (1, 2))
  )
  observation = np.random.default_rng(0).integers(
    0, 2, (16, 10, 10, 10), dtype=np.uint8
  )
  path = [tf.constant(r) for r in rows]
  (logits, _), _ = learner.network(observation, path=path)
  greedy = evaluation.path_policy(learner.network, rows, 0, seed=1, greedy=True)
  expected = np.argmax(logits, axis=-1)
  middle = np.ones(16, np.int32)
  assert len(set(expected)) > 1
  np.testing.assert_array_equal(greedy(observation, middle, 0), expected)
  sampled = evaluation.path_policy(learner.network, rows, 0, seed=1)
  first, again = (sampled(observation, middle, 0) for _ in range(2))
  np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize('network', ['vector', 'dense(8), [gru(8)], lstm(8)'])
def test_accuracy_is_the_share_of_images_a_path_tells_right(testdata, network):
  settings = config.RunConfig(
    tasks=('mnist/3v5', 'mnist/3v5v8'),
    steps_per_task=1,
    network=config.NetworkConfig(network, modules=5, active=2),
  )
  learner = Learner(settings)
  learner.begin()
  learner.begin()
  test = learner.tasks[1].load().test
  rows = learner.rows(np.array([[1, 3]] * 3))
  logits, _ = learner.network(
    tf.constant(test.images), path=[tf.constant(r) for r in rows], task=1
  )
  right = np.argmax(logits, axis=-1) == test.labels
  classify = evaluation.path_classifier(learner.network, rows, 1)
  found = evaluation.accuracy(classify, test)
  assert found == np.mean(right)
  assert 0 < found < 1
  # However many images there are.
  times = 13
  many = arrays.Split(
    np.repeat(test.images, times, axis=0), np.repeat(test.labels, times)
  )
  assert len(many.labels) > 1000
  assert evaluation.accuracy(classify, many) == pytest.approx(found)


def test_accuracy_is_of_the_head_that_is_named(testdata):
  settings = config.RunConfig(tasks=('mnist/3v5',) * 2, steps_per_task=1)
  learner = Learner(settings)
  test = learner.tasks[0].load().test
  for label in range(2):
    learner.begin()
    learner.network.heads[label].bias.assign([99.0, -99.0][:: 1 - 2 * label])
  rows = learner.rows(np.array([[0, 1]] * 3))
  for label in range(2):
    classify = evaluation.path_classifier(learner.network, rows, label)
    found = evaluation.accuracy(classify, test)
    assert found == np.mean(test.labels == label)


def test_a_summary_says_where_the_mean_may_lie():
  returns = [float(r) for r in np.random.default_rng(1).normal(5, 2, 40)]
  told = evaluation.summary(returns)
  assert told['episodes'] == 40
  assert told['mean'] == pytest.approx(np.mean(returns))
  assert told['median'] == pytest.approx(np.median(returns))
  assert told['standard_deviation'] == pytest.approx(np.std(returns))
  assert (told['min'], told['max']) == (min(returns), max(returns))
  low, high = told['interval']
  # About two standard errors to each side.
  error = np.std(returns) / np.sqrt(40)
  assert told['mean'] - low == pytest.approx(1.96 * error, rel=0.15)
  assert high - told['mean'] == pytest.approx(1.96 * error, rel=0.15)


@pytest.mark.parametrize(
  ('returns', 'interval'), [([3.0], None), ([2.0] * 5, [2.0, 2.0])]
)
def test_a_summary_of_too_few_or_equal_returns(returns, interval):
  assert evaluation.summary(returns)['interval'] == interval
