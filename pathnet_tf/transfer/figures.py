# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The figures of a study: those for which its rows have something to show."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pathnet_tf.transfer import pairs, summary
from pathnet_tf.transfer.convergence import draw_convergence
from pathnet_tf.transfer.learning_curves import draw_learning_curves
from pathnet_tf.transfer.overlap import draw_overlap, with_overlaps
from pathnet_tf.transfer.pairs import Row
from pathnet_tf.transfer.time_to_solution import draw_time_to_solution


def draw_study(
  rows: Sequence[Row], folder: str | os.PathLike[str]
) -> list[Path]:
  """Draws what a study has to show so far.

  Learning curves always; the time to a solution where there is a threshold;
  overlap against speed-up where there are overlaps and controls too; and the
  layers' convergence of each arm that has a population.

  Args:
    rows: those that there are, in any order; see `pairs`.
    folder: where the PNGs go; made if need be.

  Returns:
    The files written.

  Raises:
    UserError: there is no row, or only some have a threshold.
  """
  folder, rows = Path(folder), pairs.in_order(rows)
  timed = summary.has_threshold(rows)
  drawn = [draw_learning_curves(rows, folder / 'learning_curves.png')]
  if timed:
    drawn.append(draw_time_to_solution(rows, folder / 'time_to_solution.png'))
  if with_overlaps(rows):
    drawn.append(draw_overlap(rows, folder / 'overlap.png'))
  for arm in pairs.arms_of(rows):
    if pairs.evolves(rows, arm):
      name = ''.join(c if c.isalnum() or c in '=._' else '-' for c in arm)
      drawn.append(
        draw_convergence(rows, folder / f'convergence_{name}.png', arm)
      )
  return drawn
