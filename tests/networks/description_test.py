# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.networks.description."""

from __future__ import annotations

import importlib
import keyword
import re
import sys
from unittest import mock

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pathnet_tf.errors import UserError
from pathnet_tf.layers import convolution, dense, gated, heterogeneous, lstm
from pathnet_tf.networks import description
from pathnet_tf.networks.description import Call

HERE = __name__  # Of this module: what it defines has dotted names.


class Doubled(dense.GatedDense):
  """A layer of one's own."""

  def __init__(self, modules, units, *, factor=2.0, **kwargs):
    super().__init__(modules, units, **kwargs)
    self.factor = factor

  def forward(self, inputs, merged):
    return self.factor * super().forward(inputs, merged)


def rescaling(factor: float) -> tf.keras.layers.Layer:
  """A module of one's own."""
  return tf.keras.layers.Rescaling(factor)


def no_layer(modules: int, count: int, summed: int) -> list[int]:
  """Takes what a layer takes, and is none."""
  return [modules, count, summed]


def refused(function, *args, **kwargs) -> str:
  """What a user is told, which must be one line."""
  with pytest.raises(UserError) as caught:
    function(*args, **kwargs)
  message = str(caught.value)
  assert len(message.splitlines()) == 1, message
  return message


def attempt(function, *args, **kwargs):
  """What comes of a call, or None and what a user is told."""
  try:
    return function(*args, **kwargs), None
  except UserError as error:
    return None, str(error)


def make(text: str, modules: int = 4, **kwargs) -> gated.GatedLayer:
  (layer,) = description.parse(text)
  return description.make_layer(layer, modules, **kwargs)


def written(layers) -> str:
  """A description that means these layers."""
  return ', '.join(
    str(layer) if isinstance(layer, Call) else f'[{", ".join(map(str, layer))}]'
    for layer in layers
  )


IDENTIFIERS = st.from_regex(r'[a-zA-Z_][a-zA-Z0-9_]{0,7}', fullmatch=True)
IDENTIFIERS = IDENTIFIERS.filter(lambda name: not keyword.iskeyword(name))
NAMES = st.lists(IDENTIFIERS, min_size=1, max_size=3).map('.'.join)
ATOMS = (
  st.none()
  | st.booleans()
  | st.integers(-(10**40), 10**40)
  | st.floats(allow_nan=False, allow_infinity=False)
  | st.text(max_size=8)
  | st.binary(max_size=8)
)
LITERALS = st.recursive(
  ATOMS,
  lambda inner: (
    st.lists(inner, max_size=3)
    | st.tuples(inner, inner)
    | st.dictionaries(ATOMS, inner, max_size=2)
  ),
  max_leaves=5,
)


def calls(names):
  return st.builds(
    Call,
    names,
    st.lists(LITERALS, max_size=3).map(tuple),
    st.dictionaries(IDENTIFIERS, LITERALS, max_size=2),
  )


LAYERS = st.lists(
  calls(NAMES) | st.lists(calls(NAMES), min_size=1, max_size=3),
  min_size=1,
  max_size=4,
)


@settings(max_examples=100)
@given(layers=LAYERS)
def test_what_is_printed_is_read_again(layers):
  text = written(layers)
  again = description.parse(f' {text} ')
  assert again == layers
  assert written(again) == text  # Here True is not 1, and 1.0 neither.


def test_a_description_is_a_list_of_calls():
  assert description.parse(
    "conv(8, 3, pool=2), [identity(), my.own(-1.5, 'x')], lstm(units=32),"
  ) == [
    Call('conv', (8, 3), {'pool': 2}),
    [Call('identity', (), {}), Call('my.own', (-1.5, 'x'), {})],
    Call('lstm', (), {'units': 32}),
  ]


# Text that is nearly a description, so that it gets far.
PIECES = st.sampled_from(
  [
    *'()[]{},.=*-+:#\\\n\0 é\u2028\'"',
    *('conv', 'dense', 'lstm', 'identity', 'units', 'None', 'lambda:'),
    *('8', '0x', '1e999', '**', 'f"', 'for x in y'),
  ]
)
TEXTS = st.text(max_size=30) | st.lists(PIECES, max_size=25).map(''.join)


@pytest.mark.filterwarnings('ignore::SyntaxWarning')
@settings(max_examples=400)
@given(text=TEXTS)
@example('')
@example(' \n ')
@example('dense({[1]})')
@example('dense({[1]: 2})')
@example('dense(8)\0')
@example('dense(\ud800)')
@example("dense(f'''{1}\n\n''')")
@example('dense(8)], [dense(8)')
@example('dense(8)] + [dense(8)')
@example('dense(8) for x in [1]')
@example('dense(1, ...)')
@example('(' * 3000)
@example('[' * 150 + ']' * 150)
@example('dense(' * 150 + ')' * 150)
@example('dense(' + '[' * 150 + ']' * 150 + ')')
@example('dense(' + '-' * 20000 + '1)')
@example('dense(' + '1+' * 20000 + '1)')
@example('a.' * 20000 + 'b()')
@example('dense(' + '9' * 10000 + ')')
@example('dense(0x' + 'f' * 10000 + ')')
@example('dense(1' + '0' * 4000 + ')')
def test_any_text_is_read_or_refused_in_one_line(text):
  # Reading imports nothing.
  with mock.patch.object(importlib, 'import_module', side_effect=SystemError):
    layers, message = attempt(description.parse, text)
  if message is not None:
    assert len(message.splitlines()) == 1
    return
  assert layers
  for layer in layers:
    for call in layer if isinstance(layer, list) else [layer]:
      assert isinstance(call, Call)
      assert str(call).startswith(f'{call.name}(')


@settings(max_examples=300)
@given(
  call=calls(st.sampled_from([*description.KINDS, *description.MODULES])),
  unlike=st.booleans(),
)
@example(Call('dense', (10**4000,), {}), False)
@example(Call('dense', (8, 'relu\nrelu'), {}), True)
@example(Call('lstm', (float('inf'),), {}), False)
def test_any_arguments_make_a_layer_or_are_refused_in_one_line(call, unlike):
  made, message = attempt(
    description.make_layer,
    [call] if unlike else call,
    3,
    summed=2,
    seed=1,
    name='layer',
  )
  if message is None:
    assert isinstance(made, gated.GatedLayer)
    assert made.modules == 3
  else:
    known = description.MODULES if unlike else description.KINDS
    assert str(call if call.name in known else call.name) in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize(
  'argument',
  [
    'open({file!r}, "w")',
    '[open({file!r}, "w")]',
    'units=open({file!r}, "w")',
    '__import__("pathlib").Path({file!r}).touch()',
    '(lambda: open({file!r}, "w"))()',
    '[open({file!r}, "w") for _ in "x"]',
    'f"{{open({file!r}, chr(119))}}"',
    '*[open({file!r}, "w")]',
    '**dict(units=open({file!r}, "w"))',
  ],
)
def test_only_literals_are_evaluated(argument, tmp_path):
  file = tmp_path / 'written'
  text = f'dense({argument.format(file=str(file))})'
  assert 'can not be read' in refused(description.parse, text)
  assert not file.exists()


def test_reading_imports_nothing_and_making_does(tmp_path, monkeypatch):
  (tmp_path / 'layers_of_mine.py').write_text(
    'from pathnet_tf.layers.dense import GatedDense as Mine\n'
  )
  monkeypatch.syspath_prepend(tmp_path)
  layers = description.parse('layers_of_mine.Mine(7)')
  assert 'layers_of_mine' not in sys.modules
  assert description.make_layer(layers[0], 3).units == 7
  assert sys.modules.pop('layers_of_mine')


def test_arguments_reach_the_layer_and_so_do_makes_own():
  layer = make(
    "conv(8, 3, 2, padding='same', pool=2, normalise=True)",
    modules=5,
    summed=3,
    combine='mean',
    seed=9,
    name='layer_7',
  )
  assert type(layer) is convolution.GatedConv2D
  assert (
    layer.get_config()
    == convolution.GatedConv2D(
      5,
      8,
      3,
      2,
      padding='same',
      pool=2,
      normalise=True,
      summed=3,
      combine='mean',
      seed=9,
      name='layer_7',
    ).get_config()
  )
  assert type(make('lstm(units=6)')) is lstm.GatedLSTM
  for name, kind in description.KINDS.items():
    arguments = '8, 3' if 'conv' in name else '8'
    assert type(make(f'{name}({arguments})')) is kind


def test_a_list_is_a_layer_of_unlike_modules_in_turn():
  layer = make(
    '[identity(), dense(6), dense(6, activation="tanh"), residual(6), gru(6),'
    ' lstm(6)]',
    modules=7,
    summed=2,
    combine='mean',
    seed=9,
  )
  assert type(layer) is heterogeneous.GatedHeterogeneous
  assert (layer.summed, layer.combine, layer.seed) == (2, 'mean', 9)
  layer(tf.zeros([1, 1, 6]))
  kinds = [type(member).__name__ for member in layer.members]
  cells = ['GRUCell', 'LSTMCell']
  dense_kinds = ['Dense', 'Dense', 'ResidualDense']
  assert kinds == ['Identity', *dense_kinds, *cells, 'Identity']
  activations = [layer.members[m].activation for m in (1, 2)]
  assert activations == [tf.keras.activations.relu, tf.keras.activations.tanh]


def test_a_dotted_name_is_a_gated_layer_of_ones_own():
  layer = make(f'{HERE}.Doubled(6, factor=3.0)', seed=2, name='layer_0')
  assert type(layer) is Doubled
  inputs = tf.random.stateless_normal([2, 5], [0, 0])
  plain = make('dense(6)', seed=2)
  path = tf.constant([0, 2])
  np.testing.assert_allclose(
    layer(inputs, path), 3 * plain(inputs, path), rtol=1e-6
  )


def test_a_dotted_name_in_a_list_is_whatever_makes_a_keras_layer():
  layer = make(f'[{HERE}.rescaling(3.0), tensorflow.keras.layers.ReLU()]')
  inputs = tf.random.stateless_normal([2, 5], [0, 0])
  np.testing.assert_array_equal(layer(inputs, tf.constant([2])), 3 * inputs)
  np.testing.assert_array_equal(
    layer(inputs, tf.constant([3])), tf.nn.relu(inputs)
  )


@pytest.mark.parametrize(
  ('text', 'reason'),
  [
    ('', r'\(no layers\)'),
    ('dense(8', 'was never closed|does not match'),
    ('dense 8', 'invalid syntax'),
    ('dense, lstm(8)', r'\(dense is no kind\(arguments\)\)'),
    ('dense(8), 3', r'\(3 is no kind\(arguments\)\)'),
    ('[]', r'\(a layer without modules\)'),
    ('[[dense(8)]]', r'\(\[dense\(8\)\] is no kind\(arguments\)\)'),
    ('dense(8)(9)', r'\(dense\(8\) is no name\)'),
    ("'x'.join(8)", r"\('x' is no name\)"),
    ('dense(units)', r'\(units is no literal\)'),
    ('dense(8, activation=tf.nn.relu)', r'\(tf.nn.relu is no literal\)'),
    ('dense(*[8])', r'\(\*\[8\] is no literal\)'),
    ('dense(dense(8))', r'\(dense\(8\) is no literal\)'),
    ("dense(**{'units': 8})", r'\(\*\* is not understood\)'),
    ('dense(units=8, units=9)', r'\(units is given twice\)'),
  ],
)
def test_what_can_not_be_read_is_shown_with_the_reason_and_an_example(
  text, reason
):
  message = refused(description.parse, text)
  assert message.startswith(f'network {text!r} can not be read (')
  assert re.search(reason, message)
  assert "a description looks like 'conv(8, 3), [identity()" in message


@pytest.mark.parametrize(
  ('text', 'message'),
  [
    (
      'maxout(8)',
      "no kind of layer or module 'maxout': one of conv, dense, gru, lstm,",
    ),
    (
      '[conv(8, 3)]',
      "'conv': one of identity, dense, residual, gru, lstm is right here",
    ),
    (
      'identity()',
      "'identity': one of conv, dense, gru, lstm, progressive_conv",
    ),
    ('dense()', 'dense(): GatedDense.__init__() missing 1 required positional'),
    ('conv(8)', 'conv(8): GatedConv2D.__init__() missing 1 required'),
    ('dense(8, 9)', 'dense(8, 9): GatedDense.__init__() takes'),
    ('dense(8, widht=3)', "dense(8, widht=3): ('Keyword argument not underst"),
    ('dense(8, modules=3)', 'dense(8, modules=3): GatedDense.__init__() got'),
    ('dense(8, seed=3)', 'got multiple values for keyword argument'),
    ('dense(-8)', 'dense(-8): units must be at least 1 and whole, not -8'),
    ('dense(8.0)', 'dense(8.0): units must be at least 1 and whole, not 8.0'),
    ("dense('8')", "dense('8'): units must be at least 1 and whole, not '8'"),
    ('dense(None)', 'dense(None): units must be at least 1 and whole'),
    ('dense(True)', 'dense(True): units must be at least 1 and whole'),
    ('lstm(0)', 'lstm(0): units must be at least 1 and whole, not 0'),
    ('gru([8])', 'gru([8]): units must be at least 1 and whole, not [8]'),
    ("conv('8', 3)", "conv('8', 3): filters must be at least 1 and whole"),
    ('conv(8, 3, 1.5)', 'conv(8, 3, 1.5): strides must be at least 1 and'),
    ('conv(8, 3, pool=0)', 'conv(8, 3, pool=0): pool must be at least 1'),
    ("conv(8, 3, padding='full')", 'padding must be valid or same'),
    ('[dense(-8)]', 'dense(-8): Received an invalid value'),
    ("[dense(8, 'rleu')]", "dense(8, 'rleu'): Unknown activation function"),
    ('[identity(), lstm(0)]', 'lstm(0): Received an invalid value'),
    ('no_such.Layer(3)', "'no_such.Layer' can not be imported: No module"),
    (f'{HERE}.Tripled(3)', f"'{HERE}.Tripled' can not be imported: module"),
    ('math.sqrt(2)', 'math.sqrt(2): math.sqrt() takes no keyword'),
    ('builtins.dict(a=2)', 'builtins.dict(a=2): '),
    (f'[{HERE}.HERE()]', f"{HERE}.HERE(): 'str' object is not callable"),
    ('[math.sqrt(2)]', 'math.sqrt(2) is no Keras layer, but float'),
  ],
)
def test_what_can_not_be_made_is_one_line_with_the_call(text, message):
  assert message in refused(make, text, summed=2, seed=1)


def test_what_is_made_must_be_a_gated_layer():
  message = refused(make, f'{HERE}.no_layer(3)', summed=2)
  assert message == f'{HERE}.no_layer(3) is no gated layer, but list'
