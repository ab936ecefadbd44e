# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What gating costs: a training step along a path, against other ways.

  python -m benchmarks.train_step

All of them make the same update of the same Atari network of 4 layers, along a
path of N = 4 of M = 10 modules: forward pass, actor-critic loss, gradient,
clipping, RMSProp, on one batch of frames.

  path: gated layers, as the engines train them;
  path_100: the same with M = 100;
  keras: a plain Keras model that has the path's modules and no others;
  masked: all modules computed, each by ops of its own, times a mask: the way of
    the public implementations, written from the article's description;
  masked_20: the same with M = 20.

Before anything is timed it is checked that all give the same outputs. Timed in
alternation, one thread. Then the same for other M, N and L. Prints a JSON line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from absl import flags

from benchmarks import timing
from launch import programs

_ROUNDS = flags.DEFINE_integer('rounds', 11, 'Timings of each way.')
_CALLS = flags.DEFINE_integer('calls', 10, 'Training steps in a timing.')
_BATCH = flags.DEFINE_integer('batch', 80, 'Frames in a batch.')

_ACTIONS = 6
_DENSE = ', dense(50)'
_M, _N = 10, 4


def main() -> None:
  """Checks, times, prints."""
  programs.start_tensorflow(workers=1)
  batch = _batch()
  ways = {
    'path': _path(batch),
    'path_100': _path(batch, modules=100),
    'keras': _keras(batch),
    'masked': _masked(batch),
    'masked_20': _masked(batch, modules=20),
  }
  _check_equal({name: ways[name][1] for name in ('path', 'keras', 'masked')})
  times = _times({name: step for name, (step, _) in ways.items()})
  growth = {
    'M': {m: _path(batch, modules=m) for m in (4, 10, 30, 100, 300)},
    'N': {n: _path(batch, active=n) for n in (1, 2, 4, 8)},
    'L': {3 + d: _path(batch, dense=d) for d in (1, 2, 4, 8)},
  }
  for kind, sizes in growth.items():
    measured = _times({str(k): step for k, (step, _) in sizes.items()})
    times |= {f'{kind}={size}': values for size, values in measured.items()}
  timing.report(
    {
      'batch': _BATCH.value,
      'milliseconds': {
        name: timing.summary([1e3 * v for v in values])
        for name, values in times.items()
      },
      'throughput_of_keras': timing.ratio(times['keras'], times['path']),
      'time_of_m_10': timing.ratio(times['path_100'], times['path']),
      'throughput_of_masked': timing.ratio(times['masked'], times['path']),
      'throughput_of_masked_20': timing.ratio(
        times['masked_20'], times['path']
      ),
      'keras_of_masked': timing.ratio(times['masked'], times['keras']),
    }
  )


def _check_equal(outputs) -> None:
  """Raises if the ways differ in what they compute."""
  import numpy as np

  for name, (logits, values) in outputs.items():
    for one, two in zip(outputs['path'], (logits, values), strict=True):
      np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-4, err_msg=name)


def _times(steps: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
  return timing.alternate(
    {
      name: lambda step=step: timing.seconds(step, _CALLS.value)
      for name, step in steps.items()
    },
    _ROUNDS.value,
  )


def _batch():
  """Frames uint8 `[1, B, 84, 84, 4]`, actions int32 and returns `[1, B]`."""
  import numpy as np
  import tensorflow as tf

  rng, shape = np.random.default_rng(0), (1, _BATCH.value)
  return (
    tf.constant(rng.integers(0, 256, (*shape, 84, 84, 4)), tf.uint8),
    tf.constant(rng.integers(0, _ACTIONS, shape), tf.int32),
    tf.constant(rng.normal(size=shape), tf.float32),
  )


def _losses(outputs, actions, returns):
  import tensorflow as tf

  from pathnet_tf.agents import losses

  logits, values = outputs
  return losses.actor_critic_losses(
    logits[None],
    values[None],
    actions,
    returns,
    tf.ones_like(returns),
    value_cost=0.5,
    entropy_cost=0.01,
  )


def _pathnet(modules: int, active: int, dense: int):
  from tf_agents.specs import tensor_spec

  from pathnet_tf.environments import atari_vector
  from pathnet_tf.networks import configs, head

  description = configs.NETWORKS['atari'] + (dense - 1) * _DENSE
  network = configs.make_pathnet(
    description,
    tensor_spec.from_spec(atari_vector.OBSERVATION_SPEC),
    modules=modules,
    active=active,
    seed=0,
  )
  network.add_head(head.ActorCriticHead, _ACTIONS, seed=1)
  return network


def _path(batch, modules: int = _M, active: int = _N, dense: int = 1):
  """A training step along the path of the first modules, and its outputs."""
  import tensorflow as tf

  from pathnet_tf.agents import updates

  network = _pathnet(max(modules, active), active, dense)
  config = updates.OptimizerConfig()
  optimizer = updates.make_optimizer(config)
  for owner in (*network.gated, *network.heads):
    optimizer.add(owner.stacks)
  counters = [tf.Variable(0, dtype=tf.int64) for _ in range(2)]
  updater = updates.Updater(network, 0, optimizer, config, *counters)
  # Given from outside, so that nothing about the path is known to the graph.
  rows = [tf.range(active) for _ in network.gated]

  def outputs(merged, frames):
    is_first = tf.zeros(frames.shape[:2], tf.bool)
    state = network.initial_state(rows, frames.shape[1])
    return network.forward(frames[0], merged, state, is_first)[0]

  @tf.function(autograph=False)
  def step(rows, frames, actions, returns):
    gathered = network.gather(rows)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
      tape.watch(gathered)
      found = outputs(network.merge(gathered, rows), frames)
      loss = _losses(found, actions, returns).loss
    count = tf.size(actions, tf.int64)
    gradients = tape.gradient(loss, gathered)
    norm, _ = updater.update(rows, gradients, loss, count)
    return norm

  merged = network.merge(network.gather(rows), rows)
  return lambda: step(rows, *batch).numpy(), outputs(merged, batch[0])


def _keras(batch):
  """The same by a Keras model that has the path's modules only."""
  import tensorflow as tf

  network = _pathnet(_M, _N, 1)
  inputs = tf.keras.Input((84, 84, 4), dtype='uint8')
  features = tf.keras.layers.Lambda(network.prepare)(inputs)

  def summed(features, units):
    shape = (*features.shape[1:-1], _N, units)
    apart = tf.keras.layers.Reshape(shape)(features)
    return tf.keras.layers.Lambda(lambda x: tf.reduce_sum(x, axis=-2))(apart)

  for layer in network.gated[:3]:
    features = summed(_convolution(layer, _N)(features), layer.filters)
  units = network.gated[3].units
  features = tf.keras.layers.Flatten()(features)
  features = tf.keras.layers.Dense(_N * units, activation='relu')(features)
  outputs = tf.keras.layers.Dense(_ACTIONS + 1)(summed(features, units))
  model = tf.keras.Model(inputs, outputs)
  rows = [tf.range(_N)] * 4
  merged = network.merge(network.gather(rows), rows)
  model.set_weights([w.numpy() for w in tf.nest.flatten(merged)])
  return _keras_step(model, model.trainable_variables, batch)


def _masked(batch, modules: int = _M):
  """The same with all modules computed, an op each, times a mask."""
  import tensorflow as tf

  network = _pathnet(modules, _N, 1)
  mask = tf.Variable([1.0] * _N + [0.0] * (modules - _N), trainable=False)
  layers = [
    [_convolution(layer, 1) for _ in range(modules)]
    for layer in network.gated[:3]
  ]
  layers.append(
    [
      tf.keras.layers.Dense(network.gated[3].units, activation='relu')
      for _ in range(modules)
    ]
  )
  head = tf.keras.layers.Dense(_ACTIONS + 1)

  def model(frames):
    features = network.prepare(frames)
    for row in layers:
      if row is layers[-1]:
        features = tf.keras.layers.Flatten()(features)
      features = tf.add_n(
        [mask[m] * module(features) for m, module in enumerate(row)]
      )
    return head(features)

  model(batch[0][0])
  for row, layer in zip(layers, network.gated, strict=True):
    for index, module in enumerate(row):
      module.set_weights([stack[index].numpy() for stack in layer.stacks])
  head.set_weights([stack.numpy() for stack in network.heads[0].stacks])
  owners = [module for row in layers for module in row] + [head]
  variables = [v for owner in owners for v in owner.trainable_variables]
  return _keras_step(model, variables, batch)


def _convolution(layer, modules: int):
  """Keras's own for so many modules of a gated layer."""
  import tensorflow as tf

  return tf.keras.layers.Conv2D(
    modules * layer.filters, layer.kernel_size, layer.strides, activation='relu'
  )


def _keras_step(model, variables: Sequence, batch):
  """As Keras trains: its own optimiser, the faster one of the two it has."""
  import tensorflow as tf

  optimizer = tf.keras.optimizers.legacy.RMSprop(
    7e-4, rho=0.99, epsilon=1e-5, global_clipnorm=0.5
  )

  def outputs(frames):
    columns = model(frames[0])
    return columns[:, :_ACTIONS], columns[:, _ACTIONS]

  @tf.function(autograph=False)
  def step(frames, actions, returns):
    with tf.GradientTape() as tape:
      loss = _losses(outputs(frames), actions, returns).loss
    gradients = tape.gradient(loss, variables)
    optimizer.apply_gradients(zip(gradients, variables, strict=True))
    return loss

  return lambda: step(*batch).numpy(), outputs(batch[0])


if __name__ == '__main__':
  programs.run(main)
