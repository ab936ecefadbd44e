# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.layers.variable_rows."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from pathnet_tf.layers import variable_rows

VALUES = np.arange(12, dtype=np.float32).reshape(4, 3)
ROWS = np.array([1, 3], np.int32)


def test_rows_of_a_variable():
  read = variable_rows.gather(tf.Variable(VALUES), ROWS)
  np.testing.assert_array_equal(read, VALUES[ROWS])


def test_rows_of_a_mirrored_variable_are_those_of_the_copy_at_hand():
  strategy = tf.distribute.MirroredStrategy(['CPU:0', 'CPU:1'])
  with strategy.scope():
    variable = tf.Variable(VALUES)
  # Copies are equal but for who tells them apart here.
  for index, copy in enumerate(strategy.experimental_local_results(variable)):
    copy.assign(VALUES + 100 * index)

  @tf.function
  def gather():
    return strategy.run(variable_rows.gather, (variable, ROWS))

  values = strategy.experimental_local_results(gather())
  for index, value in enumerate(values):
    np.testing.assert_array_equal(value, VALUES[ROWS] + 100 * index)
  read = variable_rows.gather(variable, ROWS)
  np.testing.assert_array_equal(read, VALUES[ROWS])
  # The point of it: no more is read than the rows.
  graph = gather.get_concrete_function().graph
  assert 'ResourceGather' in {op.type for op in graph.get_operations()}
  assert 'ReadVariableOp' not in {op.type for op in graph.get_operations()}
