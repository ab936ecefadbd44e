# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""For all tests: few threads, what shows a changed bit, real images."""

from __future__ import annotations

import pathlib

import pathnet_tf  # noqa: F401  Chooses Keras 2 before TensorFlow is loaded.

# isort: split
import numpy as np
import pytest
import tensorflow as tf
from absl import logging as absl_logging
from hypothesis import HealthCheck, settings
from tf_agents.specs import tensor_spec
from tf_agents.trajectories import time_step as ts

from pathnet_tf.agents import actor_critic, classifier, updates
from pathnet_tf.datasets import sources
from pathnet_tf.layers import convolution, dense, gated
from pathnet_tf.networks import adapters, pathnet
from pathnet_tf.networks import head as head_lib

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(2)
# Four devices in one CPU, as replicas of mirrored engines; the first is used
# where nothing else is said.
tf.config.set_logical_device_configuration(
  tf.config.list_physical_devices('CPU')[0],
  [tf.config.LogicalDeviceConfiguration()] * 4,
)

# A busy machine is no failure.
settings.register_profile(
  'untimed', deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile('untimed')


@pytest.fixture
def warnings(monkeypatch):
  """The lines that the package warned with."""
  lines: list[str] = []
  monkeypatch.setattr(
    absl_logging, 'warning', lambda text, *args: lines.append(text % args)
  )
  return lines


@pytest.fixture(scope='session')
def state_of():
  """All weights and slots of a network, by what they belong to, as arrays."""

  def read(network, optimizer) -> dict[str, np.ndarray]:
    state = {}
    owners = [
      *((f'layer {k}', layer) for k, layer in enumerate(network.gated)),
      *((f'head {k}', head) for k, head in enumerate(network.heads)),
    ]
    for name, owner in owners:
      for index, stack in enumerate(owner.stacks):
        state[f'{name} weight {index}'] = stack.numpy()
        for number, slot in enumerate(optimizer.slots(stack)):
          state[f'{name} weight {index} slot {number}'] = slot.numpy()
    return state

  return read


@pytest.fixture(scope='session')
def changed_rows():
  """The rows of which any bit differs, by what they belong to."""

  def compare(before, after) -> dict[str, list[int]]:
    assert before.keys() == after.keys()
    changed = {}
    for name, old in before.items():
      bits, new_bits = old.view(np.uint32), after[name].view(np.uint32)
      differs = (bits != new_bits).reshape(len(old), -1).any(axis=1)
      changed[name] = np.flatnonzero(differs).tolist()
    return changed

  return compare


@pytest.fixture(scope='session')
def assert_trained(changed_rows):
  """That the free rows of a path and the second head moved, and no other bit.

  Free rows are given layer by layer, states as `state_of` gives them.
  """

  def check(before, after, free) -> None:
    for name, rows in changed_rows(before, after).items():
      kind, index, *_ = name.split()
      if kind == 'layer':
        assert rows == free[int(index)], name
      else:
        assert bool(rows) == (index == '1'), name

  return check


@pytest.fixture(scope='session')
def make_updater():
  """Makes the updater of a network's second task; the optimiser is new."""

  def make(network, config=None, task=1, anneal_steps=0) -> updates.Updater:
    config = config or updates.OptimizerConfig()
    optimizer = updates.make_optimizer(config)
    for owner in (*network.gated, *network.heads):
      optimizer.add(owner.stacks)
    return updates.Updater(
      network,
      task,
      optimizer,
      config,
      steps=tf.Variable(0, dtype=tf.int64),
      updates=tf.Variable(0, dtype=tf.int64),
      anneal_steps=anneal_steps,
    )

  return make


class PartlyFrozen:
  """Networks of three games, and a path through them that is partly frozen.

  Attributes:
    observation: the spec of an observation.
    outputs: of every head.
    active: for every layer the modules of the path.
    frozen: those that are frozen, on the path and off it.
    free: those of the path that are not.
  """

  observation: tf.TypeSpec = tf.TensorSpec([4, 4, 2], tf.float32)
  head = head_lib.ActorCriticHead
  outputs = 3
  active = ((0, 1, 3), (2, 3))
  frozen = ((3, 4), (0, 3))
  free = ([0, 1], [2])

  @property
  def rows(self) -> list[tf.Tensor]:
    """The path, as agents take it."""
    return [tf.constant(modules) for modules in self.active]

  def layers(self, last=dense.GatedDense) -> list[gated.GatedLayer]:
    """New layers."""
    return [
      convolution.GatedConv2D(5, 4, 2, 1, summed=3, seed=1),
      last(4, 8, summed=2, seed=2),
    ]

  def network(self, reads='', **changes) -> pathnet.PathNet:
    """A new one; those with equal arguments are equal to the bit.

    The last two heads may read what the frozen modules give: each of them
    `scaled`, or those of earlier tasks as `columns`.
    """
    network = pathnet.PathNet(self.observation, self.layers(**changes))
    for seed in range(3):
      adapter = adapters.make(reads, [self.frozen] * seed)
      network.add_head(self.head, self.outputs, seed, adapter)
    network.freeze([np.array(modules) for modules in self.frozen])
    network.set_active([np.array(modules) for modules in self.active])
    return network


class ToldApart(PartlyFrozen):
  """The same for small images of three classes, with the mean as readout."""

  observation = tensor_spec.BoundedTensorSpec([6, 5, 1], tf.uint8, 0, 255)
  head = head_lib.ClassifierHead
  active = ((0, 1, 3), (1, 2), (0, 2, 4, 5))
  frozen = ((3, 4), (0, 2), (4,))
  free = ([0, 1], [1], [0, 2, 5])

  def layers(self):
    return [
      dense.GatedDense(5, 8, summed=3, seed=1),
      dense.GatedDense(4, 7, summed=3, seed=2),
      dense.GatedDense(6, 6, summed=3, combine='mean', seed=3),
    ]

  def minibatches(
    self, network, count: int = 5, size: int = 8, seed: int = 0
  ) -> tuple[tf.Tensor, tf.Tensor]:
    """Images as the network takes them `[T, B, 6, 5, 1]`, labels `[T, B]`."""
    rng = np.random.default_rng(seed)
    shape = self.observation.shape
    images = rng.integers(0, 256, (count * size, *shape), np.uint8)
    labels = rng.integers(self.outputs, size=(count, size), dtype=np.int32)
    inputs = network.prepare(tf.constant(images))
    return tf.reshape(inputs, [count, size, *shape]), tf.constant(labels)


@pytest.fixture(scope='session')
def partly_frozen() -> PartlyFrozen:
  """What tests of agents and of their engines train on."""
  return PartlyFrozen()


@pytest.fixture(scope='session')
def told_apart() -> ToldApart:
  """What tests of classifiers and of their engines train on."""
  return ToldApart()


@pytest.fixture(scope='session')
def make_agent(partly_frozen, make_updater):
  """Makes an agent of the second of three tasks; some of its path is frozen."""

  def make(
    optimizer=None,
    *,
    anneal_steps=0,
    last=dense.GatedDense,
    reads='',
    **changes,
  ) -> actor_critic.ActorCriticAgent:
    return actor_critic.ActorCriticAgent(
      ts.time_step_spec(partly_frozen.observation),
      tensor_spec.BoundedTensorSpec([], tf.int32, 0, partly_frozen.outputs - 1),
      make_updater(
        partly_frozen.network(reads, last=last),
        optimizer,
        anneal_steps=anneal_steps,
      ),
      actor_critic.AgentConfig(**({'window': 4} | changes)),
    )

  return make


@pytest.fixture(scope='session')
def make_classifier(told_apart, make_updater):
  """Makes a classifier of the second of three tasks, on a new network."""

  def make(
    optimizer=None, *, anneal_steps=0, reads='', **changes
  ) -> classifier.Classifier:
    updater = make_updater(
      told_apart.network(reads), optimizer, anneal_steps=anneal_steps
    )
    config = classifier.ClassifierConfig(**changes)
    return classifier.Classifier(updater, config)

  return make


# The kernel and the bias of every layer's modules, then those of the head.
NaiveWeights = list[list[np.ndarray]]


class NaiveClassifier:
  """A network of `told_apart`, image by image and module by module."""

  def weights(self, network, task: int) -> NaiveWeights:
    """The network's, in double precision."""
    return [
      [stack.numpy().astype(np.float64) for stack in owner.stacks]
      for owner in (*network.gated, network.heads[task])
    ]

  def gradients(
    self, weights: NaiveWeights, active, inputs, labels, loss: str
  ) -> tuple[float, int, NaiveWeights]:
    """The loss, how many images are told right, and the loss's gradient."""
    total, correct = 0.0, 0
    gradients = [[np.zeros_like(array) for array in pair] for pair in weights]
    weight = 1 / len(labels) if loss == 'mean' else 1.0
    for image, label in zip(inputs, labels, strict=True):
      features = self._features(weights, active, image)
      kernel, bias = weights[-1]
      logits = features[-1] @ kernel + bias
      policy = np.exp(logits - logits.max())
      policy /= policy.sum()
      total -= weight * np.log(policy[label])
      correct += int(np.argmax(logits) == label)
      slope = weight * (policy - np.eye(len(policy))[label])
      gradients[-1][0] += np.outer(features[-1], slope)
      gradients[-1][1] += slope
      self._backward(weights, gradients, active, features, kernel @ slope)
    return total, correct, gradients

  def _features(self, weights, active, image) -> list[np.ndarray]:
    """What every layer is given, then what the head is."""
    features = [np.ravel(image).astype(np.float64)]
    for (kernel, bias), modules in zip(weights[:-1], active, strict=True):
      outputs = [
        np.maximum(features[-1] @ kernel[m] + bias[m], 0.0) for m in modules
      ]
      features.append(sum(outputs))
    features[-1] = features[-1] / len(active[-1])
    return features

  def _backward(self, weights, gradients, active, features, slope) -> None:
    """Adds one image's gradient, from that of what the head is given."""
    slope = slope / len(active[-1])
    for layer in reversed(range(len(active))):
      kernel, bias = weights[layer]
      before = np.zeros_like(features[layer])
      for m in active[layer]:
        positive = features[layer] @ kernel[m] + bias[m] > 0
        gradients[layer][0][m] += np.outer(features[layer], slope * positive)
        gradients[layer][1][m] += slope * positive
        before += kernel[m] @ (slope * positive)
      slope = before


@pytest.fixture(scope='session')
def naive_classifier() -> NaiveClassifier:
  """The classifier's twin."""
  return NaiveClassifier()


@pytest.fixture(scope='module')
def testdata():
  """The folder of real images, which tasks of the module take theirs from."""
  folder = pathlib.Path(__file__).parents[1] / 'testdata'
  with pytest.MonkeyPatch.context() as patch:
    patch.setenv(sources.DATA_DIR, str(folder))
    yield folder
