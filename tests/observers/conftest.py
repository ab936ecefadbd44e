# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A run as observers see it: a real search, with scores that are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from pathnet_tf.evolution import tournament


def _play(
  names, modules=(5, 4), active=2, population=4, evaluations=6, freezes=True
):
  """Yields every record of a run, and the search after it."""
  rng = np.random.default_rng(0)
  before = 0
  frozen = [set() for _ in modules]
  for task, name in enumerate(names):
    search = tournament.AsynchronousTournament(
      task, modules, active, population, 2
    )
    begin = {
      'kind': 'begin',
      'task': task,
      'name': name,
      'modules': list(modules),
      'active': active,
      'population': [path.tolist() for path in search.population],
      'frozen': [sorted(layer) for layer in frozen],
      'steps': before,
    }
    yield begin, search
    task_steps = 0
    for number in range(evaluations):
      member, path = search.ask()
      fitness = float(rng.integers(10))
      outcome = search.tell(member, fitness)
      steps = int(rng.integers(10, 20))
      task_steps += steps
      evaluation = {
        'kind': 'evaluation',
        'task': task,
        'number': number,
        'member': member,
        'worker': 0,
        'path': path.tolist(),
        'fitness': fitness,
        'episodes': int(rng.integers(1, 5)),
        'steps': steps,
        'task_steps': task_steps,
        'rivals': list(outcome.rivals),
        'winner': outcome.winner,
        'child': None if outcome.child is None else outcome.child.tolist(),
        'metrics': {
          'loss': rng.random(),
          'value_loss': rng.random(),
          'entropy': rng.random(),
          'gradient_norm': rng.random(),
          'skipped': number,
        },
      }
      yield evaluation, search
    _, path, fitness = search.fittest()
    if freezes:
      for layer, genes in zip(frozen, path.tolist(), strict=True):
        layer.update(genes)
    finish = {
      'kind': 'finish',
      'task': task,
      'name': name,
      'path': path.tolist(),
      'fitness': fitness,
      'frozen': [sorted(layer) for layer in frozen],
      'task_steps': task_steps,
    }
    yield finish, search
    before += task_steps


@pytest.fixture(scope='session')
def play():
  """Makes the records of a run over the named tasks; see `_play`."""
  return _play
