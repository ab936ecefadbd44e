# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Named networks, and how a network is made from its description."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import tensorflow as tf

from pathnet_tf.errors import UserError
from pathnet_tf.layers import convolution, dense, gated
from pathnet_tf.networks import pathnet

KINDS: dict[str, type[gated.GatedLayer]] = {
  'conv': convolution.GatedConv2D,
  'dense': dense.GatedDense,
}


@dataclasses.dataclass(frozen=True)
class LayerConfig:
  """One gated layer: the kind of its modules and their arguments."""

  kind: str
  options: dict[str, int]


def _conv(filters: int, kernel_size: int, strides: int) -> LayerConfig:
  return LayerConfig(
    'conv',
    {'filters': filters, 'kernel_size': kernel_size, 'strides': strides},
  )


def _dense(units: int) -> LayerConfig:
  return LayerConfig('dense', {'units': units})


NETWORKS: dict[str, tuple[LayerConfig, ...]] = {
  # The paper's Atari network: three convolutional layers of 8 kernels a module
  # and a linear one of 50 units. Kernel sizes 8, 4, 3; strides as in DQN.
  'atari': (_conv(8, 8, 4), _conv(8, 4, 2), _conv(8, 3, 1), _dense(50)),
  # MinAtar's own network is one 3x3 convolution and one dense layer.
  'minatar': (_conv(8, 3, 1), _dense(32), _dense(32)),
  'vector': (_dense(20), _dense(20), _dense(20)),
}


def make_pathnet(
  name: str,
  observation_spec: tf.TypeSpec,
  *,
  modules: int,
  active: int,
  seed: int,
) -> pathnet.PathNet:
  """Makes a named network.

  Args:
    name: one of `NETWORKS`.
    observation_spec: an observation, without batch dimension.
    modules: M.
    active: N.
    seed: of the initial weights.

  Returns:
    The network, with variables and without heads.

  Raises:
    UserError: for an unknown name, or one that does not fit the observations.
  """
  if name not in NETWORKS:
    raise UserError(
      f'unknown network {name!r}; the networks are {", ".join(NETWORKS)}'
    )
  configs: Sequence[LayerConfig] = NETWORKS[name]
  if configs[0].kind == 'conv' and len(observation_spec.shape) != 3:
    raise UserError(
      f'network {name!r} needs images [height, width, channels], but'
      f' observations are {list(observation_spec.shape)}; --network=vector'
      ' takes them'
    )
  layers = [
    KINDS[config.kind](
      modules=modules,
      summed=active,
      seed=seed + index,
      name=f'layer_{index}',
      **config.options,
    )
    for index, config in enumerate(configs)
  ]
  try:
    return pathnet.PathNet(observation_spec, layers)
  except ValueError as error:
    raise UserError(
      f'network {name!r} does not fit observations'
      f' {list(observation_spec.shape)}: {error}; another --network is right'
    ) from error
