# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Small learners with a task done, for tests of exports."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf import config
from pathnet_tf.learner import Learner

GAMES = {
  'feedforward': 'conv(4, 3), dense(8), dense(6)',
  'unlike': 'conv(4, 3), dense(8), [identity(), dense(8), residual(8)]',
  'progressive': 'progressive_conv(4, 3, first=True), progressive_dense(8),'
  ' progressive_dense(6, last=True)',
  'recurrent': 'conv(4, 3), lstm(8), [gru(6), lstm(6), dense(6)]',
}

BREAKOUT = ('minatar/breakout', 'minatar/breakout')


def learn(tasks: tuple[str, str], network: str, **changes) -> Learner:
  """A learner of two tasks, random weights everywhere, the first one done."""
  settings = config.RunConfig(
    tasks=tasks,
    steps_per_task=1,
    seed=3,
    network=config.NetworkConfig(network, modules=6, active=3, **changes),
  )
  learner = Learner(settings)
  learner.begin()
  draw_weights(learner)
  path = np.array([[4, 1, 1], [0, 5, 2], [3, 3, 3]])
  learner.finish(path, 1.5)
  learner.begin()
  return learner


def finish_second(learner: Learner) -> None:
  """The second task done as well, with random weights."""
  draw_weights(learner)
  learner.finish(np.array([[4, 0, 2], [0, 1, 3], [5, 1, 4]]), 1.5)


def draw_weights(learner: Learner) -> None:
  """Random weights everywhere."""
  rng = np.random.default_rng(0)
  for owner in (*learner.network.gated, *learner.network.heads):
    for stack in owner.stacks:
      stack.assign(rng.normal(size=stack.shape) * 0.3)


@pytest.fixture(scope='session', params=GAMES)
def game(request) -> Learner:
  """Of MinAtar's breakout, with each kind of network in turn."""
  return learn(BREAKOUT, GAMES[request.param])


@pytest.fixture(
  scope='session',
  params=[
    *((kind, 'scaled') for kind in GAMES),
    *((kind, 'columns') for kind in GAMES if kind != 'recurrent'),
  ],
)
def second(request) -> Learner:
  """The same with both tasks done; the second reads what the first froze."""
  kind, frozen = request.param
  learner = learn(BREAKOUT, GAMES[kind], frozen=frozen)
  finish_second(learner)
  return learner


@pytest.fixture(scope='session')
def images() -> Learner:
  """Of digits to tell apart."""
  tasks = ('mnist/3v5v8', 'mnist/3v5v8')
  return learn(tasks, 'dense(8), gru(6), dense(8)')


@pytest.fixture(scope='session')
def images_in_columns() -> Learner:
  """Of digits, both tasks done; the second has fewer classes."""
  tasks = ('mnist/3v5v8', 'mnist/3v5')
  learner = learn(tasks, 'dense(8), dense(8), dense(6)', frozen='columns')
  finish_second(learner)
  return learner


@pytest.fixture(scope='session')
def observations():
  """Random ones of a learner's tasks."""

  def draw(learner: Learner, batch: int, seed: int = 0) -> tf.Tensor:
    spec = learner.tasks[0].observation_spec
    rng = np.random.default_rng(seed)
    high = 2 if np.max(spec.maximum) <= 1 else 256
    return tf.constant(
      rng.integers(0, high, (batch, *spec.shape)).astype(spec.dtype)
    )

  return draw
