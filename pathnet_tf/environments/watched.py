# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""An environment that fails is made anew, and its episodes are dropped."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from absl import logging
from tf_agents.environments import py_environment
from tf_agents.trajectories import time_step as ts

from pathnet_tf import seeds
from pathnet_tf.errors import UserError, in_one_line

STEP_SECONDS = 60.0
MOST_FAILURES = 10
_ERRORS = (Exception, SystemExit)  # An environment's code is not ours.


class WatchedEnvironment(py_environment.PyEnvironment):
  """A batched environment in whose place another one steps when it fails.

  It fails if it raises, gives a reward that is not finite, or takes longer than
  `step_seconds`. What steps it then seems to see a cut: all of its episodes end
  with the observation they had (`LAST`, reward 0, discount 1), and those of a
  new environment begin. No score is to be taken from episodes that end so; who
  counts compares `failures` before and after a step.

  An environment is stepped in a thread of its own, which is left behind when it
  hangs: 0.05 ms a step. One that says `may_hang = False` is spared that.

  Attributes:
    failures: how often the environment was made anew.
  """

  def __init__(
    self,
    make: Callable[[], py_environment.PyEnvironment],
    step_seconds: float = STEP_SECONDS,
    most_failures: int = MOST_FAILURES,
  ):
    """Makes the environment.

    Args:
      make: makes one, batched, that begins each episode by itself.
      step_seconds: the longest that a step or a reset may take.
      most_failures: since the last `reset()` at which all is well yet.

    Raises:
      UserError: it cannot be made.
    """
    super().__init__(handle_auto_reset=False)
    self.failures = 0
    self._make = make
    self._step_seconds = step_seconds
    self._most_failures = most_failures
    self._in_a_row = self._resets = 0
    self._seed: int | None = None
    self._begun: ts.TimeStep | None = None
    try:
      self._environment = make()
    except UserError:
      raise
    except Exception as error:  # Its code is not ours: anything may be raised.
      raise UserError(
        f'the environment cannot be made: {in_one_line(error)}'
      ) from error
    self._may_hang = getattr(self._environment, 'may_hang', True)
    self._hand = _Hand() if self._may_hang else None

  @property
  def batched(self) -> bool:
    return True

  @property
  def batch_size(self) -> int:
    return self._environment.batch_size

  def observation_spec(self):
    return self._environment.observation_spec()

  def action_spec(self):
    return self._environment.action_spec()

  def seed(self, seed: int) -> None:
    """Makes the next `reset()`, and all that follows it, repeat exactly."""
    self._seed, self._resets = seed, 0
    self._environment.seed(seed)

  def close(self) -> None:
    """Closes the environment, unless it fails at that."""
    with contextlib.suppress(Exception):
      self._run(self._environment.close)
    if self._hand is not None:
      self._hand.let_go()

  def _reset(self) -> ts.TimeStep:
    self._in_a_row, self._begun = 0, None
    self._resets += 1
    try:
      return self._run(self._environment.reset)
    except _ERRORS as error:
      return self._anew(error)

  def _step(self, action: Any) -> ts.TimeStep:
    if self._begun is not None:
      begun, self._begun = self._begun, None
      return begun
    before = self._current_time_step
    try:
      time_step = self._run(self._environment.step, action)
      if not np.isfinite(time_step.reward).all():
        raise ValueError(f'its reward is {time_step.reward}')
      return time_step
    except _ERRORS as error:
      self._begun = self._anew(error)
    return self._begun._replace(
      step_type=np.full_like(self._begun.step_type, ts.StepType.LAST),
      observation=before.observation,
    )

  def _anew(self, error: BaseException) -> ts.TimeStep:
    """Makes another environment, and begins its episodes.

    Raises:
      UserError: this has happened too often.
    """
    while True:
      self.failures += 1
      self._in_a_row += 1
      if self._in_a_row > self._most_failures:
        raise UserError(
          f'the environment failed {self._in_a_row} times in one evaluation,'
          f' at last with: {in_one_line(error)}; mend it, then the same command'
          ' goes on from the last checkpoint'
        ) from error
      logging.warning(
        'an environment failed (%s): made anew, its episodes are dropped',
        in_one_line(error),
      )
      try:
        self._replace(error)
        return self._run(self._environment.reset)
      except _ERRORS as again:
        error = again

  def _replace(self, error: BaseException) -> None:
    if not isinstance(error, _HungError):
      try:
        self._run(self._environment.close)
      except _ERRORS as at_close:  # What fails may fail at that as well.
        error = at_close
    if self._hand is not None and isinstance(error, _HungError):
      self._hand.let_go()  # Also of the environment, which it holds.
      self._hand = _Hand()
    self._environment = self._make()
    if self._seed is not None:
      # Counted since it was seeded: the same however often a run was resumed.
      self._environment.seed(
        seeds.derive(self._seed, 'made anew', self._resets, self._in_a_row)
      )

  def _run(self, function: Callable[..., Any], *arguments: Any) -> Any:
    if self._hand is None:
      return function(*arguments)
    return self._hand.run(function, arguments, self._step_seconds)


class _HungError(Exception):
  """Something took too long."""


class _Hand:
  """A thread that calls what it is given; one that hangs is left behind."""

  def __init__(self) -> None:
    self._calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
    self._outcomes: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(
      target=_work, args=(self._calls, self._outcomes), daemon=True
    ).start()

  def run(self, function, arguments, seconds: float) -> Any:
    self._calls.put((function, arguments))
    try:
      longest = min(seconds, threading.TIMEOUT_MAX)  # Which may be infinite.
      value, error = self._outcomes.get(timeout=longest)
    except queue.Empty:
      raise _HungError(f'it took longer than {seconds:g} s') from None
    if error is not None:
      raise error
    return value

  def let_go(self) -> None:
    self._calls.put(None)


def _work(calls: queue.SimpleQueue, outcomes: queue.SimpleQueue) -> None:
  while (call := calls.get()) is not None:
    function, arguments = call
    try:
      outcomes.put((function(*arguments), None))
    except BaseException as error:  # Handed over to whoever asked.
      outcomes.put((None, error))
