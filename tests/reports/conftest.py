# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A small seeded tournament that writes real logs for the tests of reports.

Modules learn when a path through them is trained and forget when they are
reinitialised, so populations converge and scores rise as in a true run. It is
written from the log's format alone and shares no code with the package.
"""

from __future__ import annotations

import json
import random

import pytest


def _mutate(rng, path, modules):
  rate = 1 / (len(path) * len(path[0]))
  return [
    [
      min(max(g + rng.randint(-2, 2), 0), modules[layer] - 1)
      if rng.random() < rate
      else g
      for g in genes
    ]
    for layer, genes in enumerate(path)
  ]


def _one_task(
  rng, log, task, name, modules, active, population, budget, frozen
):
  """Appends one task's events; returns the finish event's frozen sets."""
  low, high = (-20.0, 18.0) if 'pong' in name else (150.0, 900.0)
  layers = range(len(modules))
  talent = [[rng.random() for _ in range(m)] for m in modules]
  skill = [[0.0] * m for m in modules]
  paths = [
    [[rng.randrange(m) for _ in range(active)] for m in modules]
    for _ in range(population)
  ]
  fitness = [None] * population
  queue = list(range(population))
  log.append(
    {
      'kind': 'begin',
      'task': task,
      'name': name,
      'modules': modules,
      'active': active,
      'population': [[list(g) for g in p] for p in paths],
      'frozen': [sorted(layer) for layer in frozen],
      'steps': sum(e['steps'] for e in log if e['kind'] == 'evaluation'),
    }
  )
  total = 0
  number = 0
  while total < budget:
    # Three workers: whoever is ready first is not who began first.
    member = queue.pop(rng.randrange(min(3, len(queue))))
    path = paths[member]
    for layer in layers:
      for module in set(path[layer]):
        if module not in frozen[layer]:
          skill[layer][module] += (1 - skill[layer][module]) * 0.04
    quality = sum(
      max(
        0.6 if m in frozen[layer] else skill[layer][m] * talent[layer][m]
        for m in path[layer]
      )
      for layer in layers
    ) / len(modules)
    own = low + (high - low) * quality**2 + rng.gauss(0, (high - low) / 25)
    fitness[member] = own
    rivals = rng.sample(
      [m for m in range(population) if m != member], min(3, population - 1)
    )
    known = [r for r in rivals if fitness[r] is not None]
    winner = max(known, key=lambda r: fitness[r], default=None)
    child = None
    if winner is not None and fitness[winner] >= own:
      child = _mutate(rng, paths[winner], modules)
    else:
      winner = None
    steps = rng.randrange(800, 2400)
    total += steps
    log.append(
      {
        'kind': 'evaluation',
        'task': task,
        'number': number,
        'member': member,
        'worker': rng.randrange(3),
        'path': [list(g) for g in path],
        'fitness': own,
        'episodes': 8,
        'steps': steps,
        'task_steps': total,
        'rivals': rivals,
        'winner': winner,
        'child': child,
        'metrics': {'loss': rng.random()},
      }
    )
    number += 1
    if child is not None:
      paths[member], fitness[member] = child, None
    queue.append(member)
  best = max(
    (m for m in range(population) if fitness[m] is not None),
    key=lambda m: fitness[m],
  )
  frozen = [set(frozen[layer]) | set(paths[best][layer]) for layer in layers]
  log.append(
    {
      'kind': 'finish',
      'task': task,
      'name': name,
      'path': paths[best],
      'fitness': fitness[best],
      'frozen': [sorted(layer) for layer in frozen],
      'task_steps': total,
    }
  )
  return frozen


def make_events(
  names,
  modules=(5, 6),
  active=2,
  population=6,
  budget=60_000,
  seed=1,
  freezes=True,
):
  """The events of a run over the named tasks, as the log holds them."""
  rng = random.Random(seed)
  log: list[dict] = []
  frozen = [set() for _ in modules]
  for task, name in enumerate(names):
    frozen = _one_task(
      rng, log, task, name, list(modules), active, population, budget, frozen
    )
  if not freezes:
    for event in log:
      if 'frozen' in event:
        event['frozen'] = [[] for _ in modules]
  return log


def write_run(folder, events):
  """Writes a run folder that holds the events, and returns it."""
  folder.mkdir(parents=True, exist_ok=True)
  (folder / 'evolution.jsonl').write_text(
    ''.join(json.dumps(event) + '\n' for event in events)
  )
  return folder


@pytest.fixture(name='make_events', scope='session')
def _make_events():
  return make_events


@pytest.fixture(name='write_run')
def _write_run():
  return write_run
