# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.networks.configs."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.errors import UserError
from pathnet_tf.layers import convolution, dense, gru, heterogeneous, lstm
from pathnet_tf.networks import configs, description

ATARI = tf.TensorSpec([84, 84, 4], tf.uint8)
MINATAR = tf.TensorSpec([10, 10, 10], tf.uint8)


def make(name: str, spec: tf.TensorSpec, **changes):
  arguments = {'modules': 3, 'active': 2, 'seed': 5}
  return configs.make_pathnet(name, spec, **(arguments | changes))


def weights(network) -> list[np.ndarray]:
  return [stack.numpy() for layer in network.gated for stack in layer.stacks]


def kernel_shapes(network) -> list[list[int]]:
  return [layer.stacks[0].shape.as_list() for layer in network.gated]


def test_the_atari_network_is_the_papers():
  network = make('atari', ATARI, modules=10, active=4)
  assert network.modules == (10, 10, 10, 10)
  assert kernel_shapes(network) == [
    [10, 8, 8, 4, 8],
    [10, 4, 4, 8, 8],
    [10, 3, 3, 8, 8],
    [10, 7 * 7 * 8, 50],
  ]
  assert [layer.strides for layer in network.gated[:3]] == [4, 2, 1]
  assert [layer.summed for layer in network.gated] == [4, 4, 4, 4]


def test_the_minatar_network_is_one_convolution_and_two_dense_layers():
  network = make('minatar', MINATAR)
  assert kernel_shapes(network) == [
    [3, 3, 3, 10, 8],
    [3, 8 * 8 * 8, 32],
    [3, 32, 32],
  ]
  kinds = [type(layer) for layer in network.gated]
  assert kinds == [convolution.GatedConv2D, dense.GatedDense, dense.GatedDense]


@pytest.mark.parametrize('shape', [[4], [], [2, 3], [5, 5, 3]])
def test_the_vector_network_takes_any_shape(shape):
  network = make('vector', tf.TensorSpec(shape, tf.float32))
  assert kernel_shapes(network) == [
    [3, int(np.prod(shape)), 20],
    [3, 20, 20],
    [3, 20, 20],
  ]


def test_a_seed_decides_all_weights_and_every_layer_has_its_own():
  first, again, other = (
    make('vector', tf.TensorSpec([20], tf.float32), seed=seed)
    for seed in (5, 5, 99)
  )
  for one, two, three in zip(
    first.variables, again.variables, other.variables, strict=True
  ):
    np.testing.assert_array_equal(one, two)
    if one.dtype == tf.float32 and one.shape.rank > 2:
      assert (one.numpy() != three.numpy()).all()
  one, two, three = (layer.stacks[0].numpy() for layer in first.gated)
  assert (one != two).all()
  assert (two != three).all()


class Odd(dense.GatedDense):
  """A dense layer that something is wrong with."""

  def __init__(self, modules, units, wrong, **kwargs):
    self.wrong = wrong
    if wrong == 'made':
      raise KeyError('odd')
    super().__init__(modules, units, **kwargs)

  def build(self, input_shape):
    if self.wrong == 'built':
      raise AttributeError('odd')
    super().build(input_shape)

  def forward(self, inputs, merged, gains=None):
    outputs = super().forward(inputs, merged, gains)
    return outputs[:1] if self.wrong == 'batch' else outputs

  def get_config(self):
    there = {} if self.wrong == 'config' else {'wrong': self.wrong}
    return {**super().get_config(), **there}


@pytest.mark.parametrize(
  ('wrong', 'words'),
  [
    ('made', 'odd'),
    ('built', 'odd'),
    ('batch', r'layer_1 gives outputs \[1, 4\] of a batch of 2'),
    ('config', "Odd can not be made again from its get_config: .*'wrong'"),
  ],
)
def test_a_wrong_layer_of_ones_own_is_one_line_before_any_training(
  wrong, words
):
  text = f'dense(4), {__name__}.Odd(4, {wrong!r})'
  with pytest.raises(UserError, match=words) as told:
    make(text, tf.TensorSpec([3], tf.float32))
  assert '\n' not in str(told.value)
  make(text.replace(repr(wrong), '0'), tf.TensorSpec([3], tf.float32))


@pytest.mark.parametrize(
  'source', ['units =', 'raise NameError("odd")', 'raise SystemExit(3)']
)
def test_a_module_that_can_not_be_imported_is_one_line(
  source, tmp_path, monkeypatch
):
  (tmp_path / 'odd_layers.py').write_text(source)
  monkeypatch.syspath_prepend(tmp_path)
  with pytest.raises(UserError, match=r'odd_layers.X.* can not be im') as told:
    make('odd_layers.X(3)', tf.TensorSpec([3], tf.float32))
  assert '\n' not in str(told.value)


def test_a_name_stands_for_its_description():
  spec = tf.TensorSpec([10, 10, 4], tf.uint8)
  named = make('minatar', spec)
  described = make(' conv(8, 3),dense(32), dense(units=32)', spec)
  for one, two in zip(weights(named), weights(described), strict=True):
    np.testing.assert_array_equal(one, two)
  assert all(map(description.parse, configs.NETWORKS.values()))


def test_a_described_network_has_the_layers_that_it_names():
  network = make(
    "conv(4, 3, 2, padding='same', pool=2, normalise=True),"
    ' conv(4, 1, residual=True), dense(8, normalise=True),'
    ' [identity(), dense(8), residual(8)], [gru(8), lstm(8)], lstm(8), gru(6)',
    MINATAR,
    modules=5,
    active=3,
  )
  kinds = [type(layer) for layer in network.gated]
  unlike = heterogeneous.GatedHeterogeneous
  assert kinds == [
    *[convolution.GatedConv2D] * 2,
    dense.GatedDense,
    unlike,
    unlike,
    lstm.GatedLSTM,
    gru.GatedGRU,
  ]
  assert [layer.name for layer in network.gated] == [
    f'layer_{index}' for index in range(7)
  ]
  assert [layer.summed for layer in network.gated] == [3] * 7
  # 10 pixels in steps of 2 and pools of 2 are 2.
  assert network.gated[2].stacks[0].shape == [5, 2 * 2 * 4, 8]
  assert network.gated[6].stacks[0].shape == [5, 8, 3 * 6]
  remembers = [
    bool(tf.nest.flatten(layer.state_spec)) for layer in network.gated
  ]
  assert remembers == [False, False, False, False, True, True, True]


def test_every_layer_may_have_an_m_of_its_own():
  text = 'dense(6), [identity(), dense(6)], lstm(6)'
  spec = tf.TensorSpec([4], tf.float32)
  network = make(text, spec, modules=(3, 5, 4))
  assert network.modules == (3, 5, 4)
  assert [layer.active.shape[0] for layer in network.gated] == [3, 5, 4]
  assert len(network.gated[1].members) == 5
  alike, number = (make(text, spec, modules=m) for m in ([3, 3, 3], 3))
  assert alike.modules == number.modules == (3, 3, 3)
  for one, two in zip(weights(alike), weights(number), strict=True):
    np.testing.assert_array_equal(one, two)


def test_the_first_modules_do_not_depend_on_how_many_there_are():
  text = 'dense(6), [identity(), dense(6), gru(6)], lstm(6)'
  spec = tf.TensorSpec([4], tf.float32)
  small, large = (make(text, spec, modules=m) for m in (3, (7, 5, 4)))
  for layer, larger in zip(small.gated, large.gated, strict=True):
    pairs = list(zip(layer.stacks, larger.stacks))  # noqa: B905
    assert len(pairs) == len(layer.stacks)
    for one, two in pairs:
      np.testing.assert_array_equal(one, two[: one.shape[0]])


def test_only_the_last_layer_is_read_out_by_the_mean():
  text = 'dense(6), dense(6), [dense(6), identity()]'
  spec = tf.TensorSpec([4], tf.float32)
  for readout in ('sum', 'mean'):
    network = make(text, spec, readout=readout)
    combine = [layer.combine for layer in network.gated]
    assert combine == ['sum', 'sum', readout]
  assert [layer.combine for layer in make(text, spec).gated] == ['sum'] * 3


def test_pixels_are_prepared_as_asked_for():
  images = tf.constant([[[[51]], [[204]]]], tf.uint8)
  for arguments, expected in (
    ({}, [-0.3, 0.3]),
    ({'pixels': 'centred'}, [-0.3, 0.3]),
    ({'pixels': 'unit'}, [0.2, 0.8]),
  ):
    network = make('vector', tf.TensorSpec([2, 1, 1], tf.uint8), **arguments)
    prepared = np.ravel(network.prepare(images))
    np.testing.assert_allclose(prepared, expected, atol=1e-6)


def test_an_unknown_network_is_refused_with_the_known_ones():
  with pytest.raises(UserError, match=r"'dqn'.*atari, minatar, vector"):
    make('dqn', ATARI)


@pytest.mark.parametrize(
  ('name', 'shape', 'message'),
  [
    ('atari', [4], 'needs images'),
    ('minatar', [10, 10], 'needs images'),
    ('minatar', [2, 9, 1], '2x9 are smaller than a kernel of 3x3'),
    ('atari', [10, 10, 10], '1x1 are smaller than a kernel of 4x4'),
    ('conv(8, 3, pool=9)', [10, 10, 1], '10x10 are too small for pools of 9'),
    ('conv(8, 3, residual=True)', [9, 9, 8], r'shape \(9, 9, 8\), but gives'),
    ('dense(8), dense(9, residual=True)', [4], '9 units needs as many inputs'),
    ('[residual(8)]', [4], '8 units needs as many inputs, not 4'),
    ('[identity(), dense(8)]', [4], r'one shape, not \[4\], \[8\]'),
    ('[gru(1.5)]', [4], 'integer'),
    ('dense(1' + '0' * 15 + ')', [4], 'does not fit'),
    ('[lstm(8)]', [5, 5, 2], 'does not fit'),
  ],
)
def test_a_network_that_does_not_fit_is_one_line(name, shape, message):
  with pytest.raises(UserError, match=message) as caught:
    make(name, tf.TensorSpec(shape, tf.float32))
  assert len(str(caught.value).splitlines()) == 1
  assert f'network {name!r} does not fit observations {shape}' in str(
    caught.value
  )


@pytest.mark.parametrize(
  ('text', 'message'),
  [
    ('dense(8', "network 'dense\\(8' can not be read.*was never closed"),
    ('', "network '' can not be read \\(no layers\\)"),
    ('dense(8), maxout(8)', "no kind of layer or module 'maxout'"),
    ('dense(8), dense(-8)', r'dense\(-8\): units must be at least 1'),
    ("dense(8, combine='mean')", 'got multiple values'),
  ],
)
def test_a_description_that_can_not_be_made_is_one_line(text, message):
  with pytest.raises(UserError, match=message) as caught:
    make(text, tf.TensorSpec([4], tf.float32))
  assert len(str(caught.value).splitlines()) == 1
