# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Networks described in a line of text, as in `conv(8, 3), dense(32)`.

A layer is `kind(arguments)`, or a list `[kind(...), kind(...)]` of unlike
modules. A kind is one of the names below, or the dotted name of one's own:
`my_layers.Maxout(20)` for a class derived from `GatedLayer`, and within a list
whatever returns a Keras layer.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from pathnet_tf.errors import UserError, in_one_line, last_line
from pathnet_tf.layers import (
  convolution,
  dense,
  gated,
  gru,
  heterogeneous,
  keras_modules,
  lstm,
  progressive,
)

KINDS: dict[str, Callable[..., gated.GatedLayer]] = {
  'conv': convolution.GatedConv2D,
  'dense': dense.GatedDense,
  'gru': gru.GatedGRU,
  'lstm': lstm.GatedLSTM,
  'progressive_conv': progressive.ProgressiveConv2D,
  'progressive_dense': progressive.ProgressiveDense,
}


def _dense(units: int, activation: str = 'relu') -> tf.keras.layers.Layer:
  return tf.keras.layers.Dense(units, activation)


# What a list may name.
MODULES: dict[str, Callable[..., tf.keras.layers.Layer]] = {
  'identity': tf.keras.layers.Identity,
  'dense': _dense,
  'residual': keras_modules.ResidualDense,
  'gru': tf.keras.layers.GRUCell,
  'lstm': tf.keras.layers.LSTMCell,
}


@dataclasses.dataclass(frozen=True)
class Call:
  """`name(*args, **kwargs)`, not called yet."""

  name: str
  args: tuple[Any, ...]
  kwargs: Mapping[str, Any]

  def make(self, known: Mapping[str, Callable[..., Any]], *args, **kwargs):
    """Calls it, with further arguments before and after its own.

    Raises:
      UserError: for an unknown name or wrong arguments.
    """
    kind = _find(self.name, known)
    try:
      return kind(*args, *self.args, **self.kwargs, **kwargs)
    except Exception as error:  # A user's kind may raise anything.
      raise UserError(f'{self}: {last_line(error)}') from error

  def __str__(self) -> str:
    arguments = [repr(arg) for arg in self.args]
    arguments += [f'{key}={value!r}' for key, value in self.kwargs.items()]
    return f'{self.name}({", ".join(arguments)})'


def parse(text: str) -> list[Call | list[Call]]:
  """Reads a description: the layers, first to last.

  Raises:
    UserError: if it is none.
  """
  try:
    # As a tuple: within brackets of ours an open one would be told wrong.
    line = ' '.join(text.split()).removesuffix(',')
    tree = ast.parse(f'{line},', mode='eval').body
    if not isinstance(tree, ast.Tuple):
      raise ValueError('no layers')
    return [_layer(node) for node in tree.elts]
  except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
    reason = 'no layers' if not text.strip() else last_line(error)
    raise UserError(
      f'network {text!r} can not be read ({reason}); a description looks like'
      " 'conv(8, 3), [identity(), dense(32)], lstm(32)'"
    ) from error


def make_layer(
  layer: Call | list[Call], modules: int, **kwargs
) -> gated.GatedLayer:
  """Makes a gated layer of M modules.

  Args:
    layer: what `parse` gave.
    modules: M.
    **kwargs: of `GatedLayer`.

  Raises:
    UserError: for a kind that does not exist, or arguments it does not take.
  """
  if isinstance(layer, Call):
    made = layer.make(KINDS, modules, **kwargs)
    if not isinstance(made, gated.GatedLayer):
      raise UserError(f'{layer} is no gated layer, but {type(made).__name__}')
    return made
  kinds = [call.make(MODULES) for call in layer]
  for call, kind in zip(layer, kinds, strict=True):
    if not isinstance(kind, tf.keras.layers.Layer):
      raise UserError(f'{call} is no Keras layer, but {type(kind).__name__}')
  return heterogeneous.GatedHeterogeneous(modules, kinds, **kwargs)


def _layer(node: ast.expr) -> Call | list[Call]:
  if isinstance(node, ast.List):
    if not node.elts:
      raise ValueError('a layer without modules')
    return [_call(element) for element in node.elts]
  return _call(node)


def _call(node: ast.expr) -> Call:
  if not isinstance(node, ast.Call):
    raise ValueError(f'{ast.unparse(node)} is no kind(arguments)')
  kwargs = {}
  for keyword in node.keywords:
    if keyword.arg is None:
      raise ValueError('** is not understood')
    if keyword.arg in kwargs:
      raise ValueError(f'{keyword.arg} is given twice')
    kwargs[keyword.arg] = _literal(keyword.value)
  return Call(_dotted(node.func), tuple(map(_literal, node.args)), kwargs)


def _literal(node: ast.expr) -> Any:
  try:
    value = ast.literal_eval(node)
  except (TypeError, ValueError) as error:
    raise ValueError(f'{ast.unparse(node)} is no literal') from error
  repr(value)  # Fails here, not in a message, for too long an integer.
  return value


def _dotted(node: ast.expr) -> str:
  if isinstance(node, ast.Attribute):
    return f'{_dotted(node.value)}.{node.attr}'
  if isinstance(node, ast.Name):
    return node.id
  raise ValueError(f'{ast.unparse(node)} is no name')


def _find(name: str, known: Mapping[str, Callable[..., Any]]):
  if name in known:
    return known[name]
  module, _, attribute = name.rpartition('.')
  if not module:
    raise UserError(
      f'no kind of layer or module {name!r}: one of {", ".join(known)} is'
      ' right here, or a dotted name of your own'
    )
  try:
    return getattr(importlib.import_module(module), attribute)
  except (Exception, SystemExit) as error:  # Its code is not ours.
    raise UserError(
      f'{name!r} can not be imported: {in_one_line(error)}'
    ) from error
