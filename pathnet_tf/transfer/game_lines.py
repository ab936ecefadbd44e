# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The arms of a study of games in numbers, from its rows alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Sequence

import numpy as np

from pathnet_tf.bootstrap import Estimate
from pathnet_tf.transfer import arms, pairs, score_metrics, stratified
from pathnet_tf.transfer.games import Direction, Games

Statistic = Callable[[stratified.Strata], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Line:
  """How an arm did, over all pairs of tasks whose target is learnt.

  Attributes:
    arm: its label.
    pairs: of tasks; targets, of an arm without a source.
    runs: of them.
    speed_up: mean over the pairs of the ratio of areas, the arm's over de
      novo's; above 1 the arm is faster.
    geometric: the geometric mean of the same ratios.
    source: the same over the arm's own runs without a source, those that its
      sources were learnt by, so without what the arm costs in itself; None
      where there are none, or where these are de novo's.
    final: interquartile mean over runs of final scores, de novo's 1.
    test: the same of what the finished path scores, in the same unit.
    forward: mean forward transfer.
    jump: mean jump start, in the unit of `final`.
    steps: mean share of the budget until half way to de novo's final score.
    improvement: mean probability that a run's area is above one of de novo's.
    forgetting: the largest change of a score on the source; None of an arm that
      takes over nothing of one.
    kept: mean over the sources of what is left of their score above random;
      None without one that is.
  """

  arm: str
  pairs: int
  runs: int
  speed_up: Estimate
  geometric: Estimate
  source: Estimate | None
  final: Estimate
  test: Estimate
  forward: Estimate
  jump: Estimate
  steps: Estimate
  improvement: Estimate
  forgetting: float | None
  kept: float | None


def lines(games: Games) -> list[Line]:
  """A line for each arm that has a run of a game that is learnt."""
  return _lines(games, games.directions)


def repeated(games: Games) -> list[Line]:
  """A line for each arm that has learnt a game twice, of those runs alone."""
  return _lines(games, games.repeats)


def mean_speed_up(
  games: Games, arm: str, directions: Sequence[Direction]
) -> Estimate:
  """The mean over pairs of tasks of their speed-ups."""
  ratios = _ratios(games, directions, each=True)
  return _estimate(
    games, arm, directions, lambda strata: np.mean(ratios(strata), axis=-1)
  )


def speed_up(games: Games, arm: str, direction: Direction) -> Estimate:
  """The ratio of mean areas of one pair of tasks, an arm's over de novo's."""
  return _estimate(games, arm, [direction], _ratios(games, [direction]))


def _lines(
  games: Games, directions_of: Callable[[str], list[Direction]]
) -> list[Line]:
  return [
    _line(games, arm, directions)
    for arm in games.arms
    if (directions := directions_of(arm))
  ]


def _line(games: Games, arm: str, directions: Sequence[Direction]) -> Line:
  def mean(quantity: Callable[[np.ndarray, np.ndarray, str], np.ndarray]):
    """The mean over pairs of a quantity of both arms' curves."""

    def statistic(strata):
      return np.mean(
        [quantity(strata[d], strata[d[1]], d[1]) for d in directions], axis=0
      )

    return _estimate(games, arm, directions, statistic)

  origin = arms.origin_of(arm) or ''
  ratios = _ratios(games, directions, each=True)

  def geometric(strata):
    return score_metrics.geometric_mean(ratios(strata))

  scale = {
    t: (games.floor[t], games.reference(t), games.best(t))
    for _, t in directions
  }

  def middle(strata):
    scores = [
      score_metrics.normalised(strata[d], *scale[d[1]][:2]) for d in directions
    ]
    return score_metrics.interquartile_mean(np.concatenate(scores, axis=-1))

  def finals(strata):
    return middle({d: score_metrics.final_score(strata[d]) for d in directions})

  def forward(ours, theirs, target):
    floor, _, best = scale[target]
    mean, control = (np.mean(c, axis=1) for c in (ours, theirs))
    return score_metrics.forward_transfer(mean, control, floor, best)

  def jump(ours, theirs, target):
    floor, reference, _ = scale[target]
    early = [np.mean(score_metrics.early_score(c), 1) for c in (ours, theirs)]
    return (early[0] - early[1]) / (reference - floor)

  def steps(ours, theirs, target):
    del theirs
    floor, reference, _ = scale[target]
    half = (floor + reference) / 2
    return np.mean(score_metrics.share_to(ours, half), axis=1)

  def improvement(ours, theirs, target):
    areas = (score_metrics.area(c, scale[target][0]) for c in (ours, theirs))
    return score_metrics.probability_of_improvement(*areas)

  return Line(
    arm=arm,
    pairs=len(directions),
    runs=sum(len(games.runs(arm, d)) for d in directions),
    speed_up=mean_speed_up(games, arm, directions),
    geometric=_estimate(games, arm, directions, geometric),
    source=_estimate(games, arm, directions, geometric, origin)
    if origin != pairs.DE_NOVO
    and all(len(games.curves(origin, (None, t))) for _, t in directions)
    else None,
    final=_estimate(games, arm, directions, finals),
    test=stratified.estimate(
      middle, {d: games.test_scores(arm, d) for d in directions}
    ),
    forward=mean(forward),
    jump=mean(jump),
    steps=mean(steps),
    improvement=mean(improvement),
    forgetting=forgetting(games, arm),
    kept=kept(games, arm),
  )


def forgetting(games: Games, arm: str) -> float | None:
  """The largest change of a source's score, from its end to the target's.

  Both are of the same episodes, so that what is frozen gives zero. None of an
  arm that takes over nothing of a source.
  """
  changes = [
    row['source_before'] - row['source_score']
    for row in games.rows
    if row['arm'] == arm and _tells_of_source(row)
  ]
  return max(changes, key=abs) if changes else None


def kept(games: Games, arm: str) -> float | None:
  """What is left of a source's score after the target, a mean over sources.

  Ratios of means over a source's runs with other targets, above the random
  policy's; None where no source was better than that.
  """
  shares = []
  for source in sorted({row['source'] for row in games.rows} - {None}):
    scores = [
      (row['source_before'], row['source_score'])
      for row in games.rows
      if row['arm'] == arm and row['source'] == source != row['target']
      if _tells_of_source(row) and source in games.floor
    ]
    if scores:
      before, after = np.mean(scores, axis=0) - games.floor[source]
      if before > 0:
        shares.append(after / before)
  return float(np.mean(shares)) if shares else None


def _tells_of_source(row: pairs.Row) -> bool:
  """Whether a run went on from a source, and played it before and after."""
  name, _, _ = row['arm'].partition('?')
  return 'source_before' in row and name != arms.UNTRAINED


def _ratios(
  games: Games, directions: Sequence[Direction], each: bool = False
) -> Statistic:
  """Ratios of mean areas `[R, pairs]`, or of a single pair `[R]`."""

  def statistic(strata):
    ratios = []
    for direction in directions:
      floor = games.floor[direction[1]]
      ours, theirs = (
        np.mean(score_metrics.area(strata[key], floor), axis=1)
        for key in (direction, direction[1])
      )
      with np.errstate(divide='ignore', invalid='ignore'):
        ratio = ours / theirs
      # A draw of runs of de novo that learnt too late bounds nothing.
      ratios.append(
        np.where(theirs > 0, ratio, np.where(ours > 0, np.inf, 0.0))
      )
    return np.stack(ratios, axis=-1) if each else ratios[0]

  return statistic


def _estimate(
  games: Games,
  arm: str,
  directions: Sequence[Direction],
  statistic: Statistic,
  reference: str = pairs.DE_NOVO,
) -> Estimate:
  strata: dict[Hashable, np.ndarray] = {
    direction: games.curves(arm, direction) for direction in directions
  }
  strata |= {
    target: games.curves(reference, (None, target)) for _, target in directions
  }
  return stratified.estimate(statistic, strata)
