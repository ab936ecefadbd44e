# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of how the figures of a study look."""

from __future__ import annotations

import pytest

from pathnet_tf.transfer import looks
from tests.transfer.made_up import make_row


def test_arms_differ_without_colour_too_and_de_novo_is_black():
  rows = [
    make_row(arm)
    for arm in ('pathnet', 'fine_tuning', 'de_novo', 'pathnet?population=64')
  ]

  found = looks.arm_looks(rows)

  for part in range(3):
    assert len({look[part] for look in found.values()}) == 4
  assert found['de_novo'].colour == '#222222'
  # No arm looks otherwise where de novo has no run yet.
  without = looks.arm_looks([row for row in rows if row['arm'] != 'de_novo'])
  assert without == {k: v for k, v in found.items() if k != 'de_novo'}


def test_more_arms_and_layers_than_colours_still_differ():
  rows = [make_row(f'pathnet?population={i}') for i in range(10, 22)]

  arms = list(looks.arm_looks(rows).values())
  layers = [looks.layer_look(layer) for layer in range(12)]

  assert len(set(arms)) == len(set(layers)) == 12


@pytest.mark.parametrize(
  ('count', 'size'), [(1, (9.0, 5.42)), (2, (14.0, 5.42)), (4, (16.8, 9.62))]
)
def test_a_figure_grows_with_its_panels(count, size):
  figure, panels = looks.panels(count, legend_lines=1)

  assert len(panels) == count
  assert tuple(figure.get_size_inches()) == pytest.approx(size)


@pytest.mark.parametrize('labels', [['a'] * 3, ['a' * 30] * 5, ['a' * 200]])
def test_a_legend_is_as_broad_as_fits(labels):
  columns = looks.legend_columns(labels, 1)

  assert 1 <= columns <= len(labels)
  assert columns == 1 or columns * (len(labels[0]) + 9) <= 90
