# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""PathNet: evolution picks paths through one network, gradients train them.

Importing this package chooses Keras 2 (`tf_keras`), which TF-Agents is written
for. That choice is made once a process, when `tf.keras` is first touched.

`pathnet_tf.NAME` is the public interface, each loaded when it is first used.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from pathnet_tf.errors import UserError

# Where each public name is defined.
_PUBLIC = {
  # Layers, networks, heads.
  'GatedLayer': 'layers.gated',
  'StackedLayer': 'layers.stacked',
  'GatedDense': 'layers.dense',
  'GatedConv2D': 'layers.convolution',
  'GatedLSTM': 'layers.lstm',
  'GatedGRU': 'layers.gru',
  'GatedHeterogeneous': 'layers.heterogeneous',
  'PathNet': 'networks.pathnet',
  'make_pathnet': 'networks.configs',
  # What is learnt, and how.
  'Task': 'tasks.registry',
  'ActorCriticAgent': 'agents.actor_critic',
  'Classifier': 'agents.classifier',
  'PathPolicy': 'agents.path_policy',
  'AsynchronousTournament': 'evolution.tournament',
  'BinaryTournament': 'evolution.binary',
  # A run.
  'RunConfig': 'config',
  'NetworkConfig': 'config',
  'EvolutionConfig': 'config',
  'AgentConfig': 'agents.actor_critic',
  'ClassifierConfig': 'agents.classifier',
  'OptimizerConfig': 'agents.updates',
  'RunFolder': 'run_folder',
  'Coordinator': 'coordinator',
  'Learner': 'learner',
  'CheckpointStore': 'checkpoints',
  'Export': 'exports.load',
}
__all__ = ['UserError', *_PUBLIC]

_loaded = sys.modules.get('tensorflow')
if os.environ.get('TF_USE_LEGACY_KERAS', '1') not in ('1', 'true', 'True') or (
  _loaded is not None
  and 'keras' in sys.modules
  and os.environ.get('TF_USE_LEGACY_KERAS') is None
):
  raise UserError(
    'pathnet_tf needs Keras 2 (tf_keras), but Keras 3 is chosen or already'
    ' loaded: import pathnet_tf before tensorflow.keras, or set'
    ' TF_USE_LEGACY_KERAS=1'
  )
os.environ['TF_USE_LEGACY_KERAS'] = '1'
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')

try:
  # TF-Agents imports the old `gym`, which prints three lines of advice to
  # stderr that no user of this package can act on: an environment is never
  # made with it here. It prints what it finds in this table.
  from gym_notices import notices as _gym_notices

  _gym_notices.notices.clear()
except ImportError:
  pass


def __getattr__(name: str) -> Any:
  if name not in _PUBLIC:
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
  value = getattr(importlib.import_module(f'{__name__}.{_PUBLIC[name]}'), name)
  globals()[name] = value
  return value


def __dir__() -> list[str]:
  return sorted({*globals(), *__all__})
