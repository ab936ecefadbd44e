# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A path as a SavedModel that needs TensorFlow and no Python of ours.

Its signatures take a batch of any size, by the name `observation`, as the
environment gives it: what `PathNet.prepare` does is inside. Networks that
remember also take and give `state_0`, `state_1`, ...; an episode begins with
zeros. Of a game:

  greedy           action int32 [B], the likeliest; also `serving_default`
  sampled          action int32 [B], drawn by `seed` int32 [2]
  logits_and_value logits float32 [B, A] and value float32 [B]

and of images to tell apart

  probabilities    probabilities and logits float32 [B, classes], and the
                   likeliest label int32 [B]; also `serving_default`
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from pathnet_tf.agents import classifier
from pathnet_tf.engines import window
from pathnet_tf.networks import pathnet

DEFAULT = 'serving_default'

Tensors = dict[str, tf.Tensor]


def save(network: pathnet.PathNet, plays: bool, folder: str) -> None:
  """Writes the SavedModel of a network that is one path alone.

  Args:
    network: as `PathNet.extract` gives it: the path is active, its head last.
    plays: whether the head is of a game.
    folder: to write; it must not exist, or be empty.

  Raises:
    OSError, tf.errors.OpError: it cannot be written.
  """
  rows = [layer.rows() for layer in network.gated]
  merged = tf.nest.map_structure(
    lambda part: tf.Variable(part, trainable=False),
    network.merge(network.gather(rows), rows),
  )
  make = _of_game if plays else _of_images
  signatures = make(network, rows, merged)
  # What the functions use and no more: like modules are laid out anew, and
  # their stacks are not needed; unlike ones are used as they are.
  used = {
    id(variable)
    for function in signatures.values()
    for variable in function.graph.variables
  }
  candidates = [
    *tf.nest.flatten(merged),
    *(stack for layer in network.gated for stack in layer.stacks),
  ]
  module = tf.Module()
  module.variables_used = [v for v in candidates if id(v) in used]
  tf.saved_model.save(module, folder, signatures)


def state_specs(network: pathnet.PathNet) -> list[tf.TensorSpec]:
  """What a path alone remembers: `[B, ...]` each, named as in signatures."""
  rows = [layer.rows() for layer in network.gated]
  parts = tf.nest.flatten(network.initial_state(rows, 1))
  return [
    tf.TensorSpec([None, *part.shape[1:]], part.dtype, f'state_{index}')
    for index, part in enumerate(parts)
  ]


def _of_game(network, rows, merged) -> dict[str, Any]:
  """The signatures of a path that plays."""
  specs = {spec.name: spec for spec in state_specs(network)}
  names = list(specs)
  specs['observation'] = _observation(network)

  def run(observation: tf.Tensor, parts: Tensors) -> tuple[Any, Tensors]:
    batch = tf.shape(observation)[0]
    # By their names: a tf.function hands them over as the alphabet has them.
    before = tf.nest.pack_sequence_as(
      network.initial_state(rows, 1), [parts[name] for name in names]
    )
    is_first = tf.zeros([1, batch], tf.bool)
    outputs, after = network.forward(observation, merged, before, is_first)
    return outputs, dict(zip(names, tf.nest.flatten(after), strict=True))

  def greedy(observation, **parts):
    (logits, _), after = run(observation, parts)
    return {'action': tf.argmax(logits, -1, tf.int32), **after}

  def sampled(observation, seed, **parts):
    (logits, _), after = run(observation, parts)
    return {'action': window.sample(logits, *tf.unstack(seed)), **after}

  def logits_and_value(observation, **parts):
    (logits, value), after = run(observation, parts)
    return {'logits': logits, 'value': value, **after}

  likeliest = _traced(greedy, **specs)
  return {
    DEFAULT: likeliest,
    'greedy': likeliest,
    'sampled': _traced(
      sampled, seed=tf.TensorSpec([2], tf.int32, 'seed'), **specs
    ),
    'logits_and_value': _traced(logits_and_value, **specs),
  }


def _of_images(network, rows, merged) -> dict[str, Any]:
  """The signatures of a path that tells images apart."""

  def probabilities(observation):
    inputs = network.prepare(observation)
    logits = classifier.classify(network, rows, merged, inputs, -1)
    return {
      'probabilities': tf.nn.softmax(logits),
      'logits': logits,
      'label': tf.argmax(logits, -1, tf.int32),
    }

  traced = _traced(probabilities, observation=_observation(network))
  return {DEFAULT: traced, 'probabilities': traced}


def _observation(network: pathnet.PathNet) -> tf.TensorSpec:
  spec = network.input_tensor_spec
  return tf.TensorSpec([None, *spec.shape], spec.dtype, 'observation')


def _traced(function: Callable[..., Tensors], **specs: tf.TensorSpec):
  return tf.function(function, autograph=False).get_concrete_function(**specs)
