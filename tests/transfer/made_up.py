# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Made-up rows of a study, written from the rows' format alone."""

from __future__ import annotations

import itertools
import math
import random

LIMIT = 500
SPEED = {'de_novo': 195, 'fine_tuning': 229, 'pathnet': 167}


def _task(rng, name, mean, solved_at, layers, fixed):
  """What a run made of one task: a score that rises, paths that grow alike."""
  time = rng.lognormvariate(math.log(mean), 0.5)
  solved = solved_at is not None and time <= LIMIT
  evaluations = math.ceil(2 * min(time, LIMIT)) if solved else 2 * LIMIT
  curve = []
  for part in range(50):
    done = part * 2 * LIMIT / 50
    rise = 1 - math.exp(-3.0 * (part + 0.5) / 50 * LIMIT / time)
    score = 0.5 + 0.498 * rise + rng.gauss(0, 0.01)
    curve.append(min(1.0, score) if done < evaluations else None)
  pace = [rng.uniform(2.0, 4.0) / (1 + layer) for layer in range(layers)]
  known = [score for score in curve if score is not None]
  last = known[-max(1, len(known) // 5) :]
  return {
    'name': name,
    'evaluations': evaluations,
    'generations': math.ceil(evaluations / 2),
    'steps': evaluations * 50,
    'solved': solved,
    'fitness': solved_at if solved else max(known),
    'final_score': sum(last) / len(last),
    'test_score': sum(last) / len(last) - abs(rng.gauss(0.01, 0.004)),
    'path': [[rng.randrange(10) for _ in range(3)] for _ in range(layers)],
    'curve': curve,
    'convergence': [
      [
        0.0 if fixed else min(1.0, 0.84 * math.exp(-rate * moment / 20)
                              * rng.uniform(0.9, 1.1))
        for rate in pace
      ]
      for moment in range(21)
    ],
  }  # fmt: skip


def make_row(
  arm,
  source='mnist/3v5?noise=0.5',
  target='mnist/6v7?noise=0.5',
  seed=0,
  generations=None,
  solved=None,
  solved_at=0.998,
  layers=3,
  **target_changes,
):
  """One row; what is not given is drawn from a generator of its own."""
  rng = random.Random(f'{arm} {source} {target} {seed}')
  name = arm.partition('?')[0]
  if name == 'de_novo':
    source = None
  tasks = [
    _task(rng, task, SPEED[name], solved_at, layers, name != 'pathnet')
    for task in (source, target)
    if task is not None
  ]
  if generations is not None:
    tasks[-1].update(
      generations=generations,
      evaluations=2 * generations,
      solved=generations < LIMIT if solved is None else solved,
    )
  tasks[-1].update(target_changes)
  shared = None
  if len(tasks) == 2:
    shared = sum(
      len(set(a) & set(b))
      for a, b in zip(tasks[0]['path'], tasks[1]['path'], strict=True)
    )
  return {
    'arm': arm,
    'source': source,
    'target': target,
    'seed': seed,
    'solved_at': solved_at,
    'generation_limit': LIMIT,
    'overlap': shared,
    'tasks': tasks,
  }


def make_study(
  arms=('pathnet', 'de_novo', 'fine_tuning'), runs=20, solved_at=0.998, seed=1
):
  """Rows of pairs of digits drawn at random, each with a seed of its own."""
  rng = random.Random(seed)
  digits = list(itertools.combinations(range(10), 2))
  rows = []
  for number in range(runs):
    (a, b), (c, d) = rng.sample(digits, 2)
    rows += [
      make_row(
        arm,
        f'mnist/{a}v{b}?noise=0.5',
        f'mnist/{c}v{d}?noise=0.5',
        number,
        solved_at=solved_at,
      )
      for arm in arms
    ]
  return rows


GAMES = {  # Random policy's score and its deviation, what de novo ends at.
  'minatar/asterix': (0.5, 0.7, 4.5),
  'minatar/breakout': (0.4, 0.8, 8.0),
  'minatar/seaquest': (0.2, 0.5, 0.9),  # Not learnt.
}
GAIN = {
  'de_novo': 1.0, 'de_novo_wide': 1.05, 'fine_tuning': 1.2, 'pathnet': 1.4,
  'pathnet_alone': 0.8, 'progressive': 0.9,
}  # fmt: skip


def make_game_row(arm, source, target, seed, gain=None, budget=300_000):
  """A run of a game: random for a while, then as good as its gain makes it."""
  rng = random.Random(f'{arm} {source} {target} {seed}')
  floor, _, final = GAMES[target]
  name = arm.partition('?')[0]
  gain = GAIN[name] if gain is None else gain
  sourced = name in ('fine_tuning', 'pathnet', 'progressive')
  # So that the area above the floor is about the gain times the same.
  height = gain * (final - floor) * rng.lognormvariate(0, 0.05)
  curve = [
    floor + height * min(1, part / 30) + rng.gauss(0, 0.02)
    for part in range(50)
  ]
  row = {
    'arm': arm,
    'source': source if sourced else None,
    'target': target,
    'seed': seed,
    'budget': budget,
    'tasks': [
      {
        'name': target,
        'evaluations': 100,
        'steps': budget + 123,
        'fitness': max(curve),
        'final_score': sum(curve[-10:]) / 10,
        'path': [[rng.randrange(10) for _ in range(4)] for _ in range(3)],
        'trained': 0.7,
        'curve': [round(score, 4) for score in curve],
        'test_score': 1.0 + seed,
      }
    ],
  }
  if sourced:
    forgot = 0.25 * (name == 'fine_tuning')
    row['source_score'] = 1.0 + seed - forgot
    row['overlap'] = rng.randrange(8) if name == 'pathnet' else None
  return row


def make_games(arms=tuple(GAIN), games=tuple(GAMES), seeds=(1, 2, 3)):
  """Rows of every pair of some games, with the random policy's."""
  rows = [
    {
      'arm': 'random', 'source': None, 'target': game, 'seed': 0,
      'budget': None,
      'tasks': [
        {
          'name': game, 'test_score': GAMES[game][0],
          'deviation': GAMES[game][1],
        }
      ],
    }
    for game in games
  ]  # fmt: skip
  found = {}
  for seed, (source, target), arm in itertools.product(
    seeds, itertools.permutations(games, 2), arms
  ):
    row = make_game_row(arm, source, target, seed)
    found.setdefault((arm, row['source'], target, seed), row)
  return rows + list(found.values())


def make_repeated(games=tuple(GAMES), seeds=(1, 2)):
  """Rows of games after themselves, with three times de novo's gain."""
  return [
    make_game_row(arm, game, game, seed, gain=3)
    for arm in ('pathnet', 'fine_tuning')
    for game in games
    for seed in seeds
  ]
