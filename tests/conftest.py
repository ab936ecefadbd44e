# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""For all tests: TensorFlow on few threads, and what shows a changed bit."""

from __future__ import annotations

import pathnet_tf  # noqa: F401  Chooses Keras 2 before TensorFlow is loaded.

# isort: split
import numpy as np
import pytest
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(2)


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
