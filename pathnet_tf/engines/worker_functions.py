# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Python functions that a graph calls in the worker process that runs it.

A `tf.numpy_function` traced by the chief runs in the chief, wherever its graph
runs: TensorFlow finds the function by a *token*, in a table of the process that
traced it. So each worker traces a `tf.numpy_function` around its own function,
before its server starts, and reads the token; the chief puts a bare `PyFunc` op
of that token into its graph, which looks it up in the worker.

Only public symbols are used, but nowhere does TensorFlow promise this.
`tests/engines/worker_functions_test.py` is the contract. If a release breaks
it:

* no op of type `PyFunc` in the trace: the op was renamed; print the types of
  the graph's ops and use the one that has a `token`, here and in `call`;
* the tokens of two workers differ: they are a counter of the process; register
  these functions before anything else traces a Python function;
* the worker does not find the token: functions are dropped with their graph;
  see that `_kept` holds what now keeps them alive;
* none helps: stay on the release before, or give every worker a socket server
  for its environment and a C++ op that calls it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

_kept: list[Any] = []  # A function lives as long as what it was traced in.


@dataclasses.dataclass(frozen=True)
class Signature:
  """What a worker's function takes and gives: NumPy arrays of these dtypes.

  Attributes:
    inputs: at least one, for an op without inputs runs when it likes.
    outputs: at least one.
  """

  inputs: tuple[tf.DType, ...]
  outputs: tuple[tf.DType, ...]


def register(function: Callable[..., Any], signature: Signature) -> str:
  """Makes a function known in this process, for as long as that lives.

  Args:
    function: takes and gives NumPy arrays.
    signature: of the function.

  Returns:
    The token. It is the same in processes that register the same functions in
    the same order, and nothing before.

  Raises:
    RuntimeError: this TensorFlow does it otherwise; see the module.
  """

  @tf.function(
    input_signature=[tf.TensorSpec(None, dtype) for dtype in signature.inputs],
    autograph=False,
  )
  def traced(*inputs):
    return tf.numpy_function(function, inputs, list(signature.outputs))

  concrete = traced.get_concrete_function()
  tokens = [
    operation.get_attr('token')
    for operation in concrete.graph.get_operations()
    if operation.type == 'PyFunc'
  ]
  if len(tokens) != 1:
    raise RuntimeError(
      f'TensorFlow {tf.__version__} traces no PyFunc: see {__name__}'
    )
  _kept.append((traced, concrete))
  return tf.compat.as_str(tokens[0])


def call(
  token: str, signature: Signature, inputs: Sequence[tf.Tensor]
) -> list[tf.Tensor]:
  """The op that calls a function of the worker that it runs on.

  Args:
    token: as every worker's `register` gave it.
    signature: of the function.
    inputs: of its dtypes.

  Returns:
    The outputs, of shapes that are not known.
  """
  return tf.raw_ops.PyFunc(
    input=list(inputs), token=token, Tout=list(signature.outputs)
  )
