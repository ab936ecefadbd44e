# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Named networks, and how a network is made from its description."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from pathnet_tf.errors import UserError, first_line, last_line
from pathnet_tf.layers import progressive as columns
from pathnet_tf.networks import description, pathnet

NETWORKS: dict[str, str] = {
  # The paper's Atari network: three convolutional layers of 8 kernels a module
  # and a linear one of 50 units. Kernel sizes 8, 4, 3; strides as in DQN.
  'atari': 'conv(8, 8, 4), conv(8, 4, 2), conv(8, 3, 1), dense(50)',
  # MinAtar's own network is one 3x3 convolution and one dense layer.
  'minatar': 'conv(8, 3), dense(32), dense(32)',
  # The paper's network for images to tell apart is of linear modules, too.
  'vector': 'dense(20), dense(20), dense(20)',
}


def make_pathnet(
  network: str,
  observation_spec: tf.TypeSpec,
  *,
  modules: int | Sequence[int],
  active: int,
  seed: int,
  readout: str = 'sum',
  pixels: str = 'centred',
) -> pathnet.PathNet:
  """Makes a network.

  Args:
    network: one of `NETWORKS`, or a description (see `description`).
    observation_spec: an observation, without batch dimension.
    modules: M, of every layer or of each.
    active: N.
    seed: of the initial weights.
    readout: 'sum' or 'mean' of the last layer's modules, before the heads.
    pixels: what becomes of images, see `inputs.preparation`.

  Returns:
    The network, with variables and without heads.

  Raises:
    UserError: for an unknown name, a description that can't be read, or a
      network that does not fit the observations.
  """
  if network.isidentifier() and network not in NETWORKS:
    raise UserError(
      f'unknown network {network!r}; the networks are {", ".join(NETWORKS)}, or'
      f' describe one, as in {NETWORKS["minatar"]!r}'
    )
  parsed = description.parse(NETWORKS.get(network, network))
  if isinstance(modules, int):
    modules = [modules] * len(parsed)
  layers = [
    description.make_layer(
      layer,
      modules[index],
      summed=active,
      combine=readout if index == len(parsed) - 1 else 'sum',
      seed=seed + index,
      name=f'layer_{index}',
    )
    for index, layer in enumerate(parsed)
  ]
  try:
    made = pathnet.PathNet(observation_spec, layers, pixels)
  except UserError:
    raise
  except Exception as error:  # A user's kinds may raise anything.
    raise UserError(
      f'network {network!r} does not fit observations'
      f' {list(observation_spec.shape)}: {first_line(error)}; another'
      ' --network is right'
    ) from error
  for layer in layers:
    try:
      layer.like([0])  # As an export does, when all is learnt.
    except Exception as error:
      raise UserError(
        f'{type(layer).__name__} can not be made again from its get_config:'
        f' {last_line(error)}'
      ) from error
  return made


def progressive(network: str) -> str:
  """The description of a network's columns, see `layers.progressive`.

  Args:
    network: one of `NETWORKS`, or a description.

  Raises:
    UserError: it has layers that columns are not made of.
  """
  return columns.described(NETWORKS.get(network, network))
