# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Draws the digit pairs of the MNIST study, before anything is trained.

  python tools/draw_mnist_pairs.py launch/studies

Of the 45 pairs of digits nine are for the search of settings, and no run that
is reported has one of them. Of the others 60 couples are drawn that share no
digit, and 60 that share one; every couple has a seed of its own.
"""

import itertools
import pathlib
import sys

import numpy as np

COUPLES = 60  # Of each kind.
SEARCHED = 8  # Couples of each kind for the search.


def draw():
  """Two lists of (source, target, seed): for the search, for the study."""
  rng = np.random.Generator(np.random.PCG64(2017))
  pairs = list(itertools.combinations(range(10), 2))
  pairs = [pairs[i] for i in rng.permutation(len(pairs))]
  parts = []
  for own, count, first in (
    (pairs[:9], SEARCHED, 1000),
    (pairs[9:], COUPLES, 0),
  ):
    couples = [(a, b) for a, b in itertools.permutations(own, 2)]
    kinds = [
      [c for c in couples if len({*c[0], *c[1]}) == digits] for digits in (4, 3)
    ]
    drawn = []
    for kind in kinds:
      chosen = rng.choice(len(kind), size=count, replace=False)
      drawn += [kind[i] for i in chosen]
    parts.append([(a, b, first + i) for i, (a, b) in enumerate(drawn)])
  return parts


def main():
  """Writes the two files."""
  for name, part in zip(('mnist_search', 'mnist'), draw(), strict=True):
    lines = ['# Drawn by tools/draw_mnist_pairs.py: source, target, seed.']
    for a, b, seed in part:
      tasks = (f'mnist/{x}v{y}?noise=0.5' for x, y in (a, b))
      lines.append(' '.join((*tasks, str(seed))))
    path = pathlib.Path(sys.argv[1], f'{name}_pairs.txt')
    path.write_text('\n'.join(lines) + '\n')


if __name__ == '__main__':
  main()
