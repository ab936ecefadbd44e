# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Timings side by side: in alternation, as medians and quartiles, as ratios."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def summary(values: Sequence[float]) -> dict[str, float]:
  """Median and quartiles."""
  if len(values) == 1:
    values = [*values, *values]
  lower, median, upper = statistics.quantiles(values, n=4, method='inclusive')
  return {'median': median, 'lower': lower, 'upper': upper}


def ratio(above: Sequence[float], below: Sequence[float]) -> dict[str, float]:
  """Median and quartiles of one through the other, round by round."""
  return summary([a / b for a, b in zip(above, below, strict=True)])


def seconds(action: Callable[[], Any], times: int) -> float:
  """Wall seconds of one call, of `times` in a row."""
  begun = time.perf_counter()
  for _ in range(times):
    action()
  return (time.perf_counter() - begun) / times


def alternate(
  subjects: Mapping[str, Callable[[], float]], rounds: int
) -> dict[str, list[float]]:
  """Measures all subjects in turn (A B A B ...), so that drift hits them alike.

  Args:
    subjects: what measures itself once, by name.
    rounds: timings of each, after one that does not count.

  Returns:
    The measurements by name, round by round.
  """
  measured: dict[str, list[float]] = {name: [] for name in subjects}
  for turn in range(rounds + 1):
    for name, measure in subjects.items():
      value = measure()
      if turn:  # The first traces graphs and warms caches.
        measured[name].append(value)
  return measured


def report(results: dict[str, Any]) -> None:
  """Prints the results and the machine as one line of JSON."""
  machine = {
    'processor': _processor(),
    'cores': len(os.sched_getaffinity(0)),
    'python': platform.python_version(),
    'tensorflow': importlib.metadata.version('tensorflow'),
  }
  print(json.dumps({**results, 'machine': machine}))


def _processor() -> str:
  try:
    with open('/proc/cpuinfo', encoding='utf-8') as lines:
      for line in lines:
        if line.startswith('model name'):
          return line.partition(':')[2].strip()
  except OSError:
    pass
  return platform.processor()
