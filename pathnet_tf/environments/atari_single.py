# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Atari 2600 games in a chosen game mode and difficulty."""

from __future__ import annotations

import ale_py
import numpy as np
from ale_py import roms

from pathnet_tf.environments import (
  area_resize,
  atari_vector,
  vector_environment,
)

_FRAME_SKIP = atari_vector.FRAME_SKIP


class AtariSingle(vector_environment.VectorEnvironment):
  """E emulators, one after another, with a game's mode and difficulty set.

  ale-py's vector environment knows no modes. This one takes its place where
  they are wanted, at a lower speed. Observations, starts of episodes and step
  limit are those of `AtariVector`: with the same seed, actions and no-ops its
  frames are equal to the last bit, sticky actions included (tested).
  """

  may_hang = False  # As AtariVector.

  def __init__(
    self,
    game: str,
    num_environments: int,
    *,
    mode: int | None = None,
    difficulty: int | None = None,
    sticky: float = 0.0,
    noop_max: int = 30,
    max_episode_steps: int = 27000,
  ):
    """Loads the ROM, once an environment.

    Args:
      game: an ale-py ROM name; see `AtariVector`.
      num_environments: E.
      mode: one of the game's modes; None keeps the ROM's own.
      difficulty: one of the game's difficulties; None keeps the ROM's own.
      sticky: probability with which the emulator repeats the last action, each
        frame.
      noop_max: an episode begins with fewer no-ops than this, in emulator
        frames.
      max_episode_steps: agent steps after which an episode is cut off.

    Raises:
      ValueError: if there is no such ROM, mode or difficulty, or
        `num_environments` is less than 1.
    """
    rom = roms.get_rom_path(game)
    if rom is None:
      raise ValueError(f'{game!r} is no ROM of ale-py')
    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
    consoles = [
      _Console(rom, mode, difficulty, sticky, noop_max, max_episode_steps)
      for _ in range(vector_environment.checked_size(num_environments))
    ]
    super().__init__(
      num_environments,
      len(consoles[0].actions),
      atari_vector.OBSERVATION_SPEC,
    )
    self._consoles = consoles
    self._resize = area_resize.AreaResize(consoles[0].screen, (84, 84))
    self._raw = np.empty((num_environments, *consoles[0].screen), np.uint8)
    self._frames = np.zeros((num_environments, 84, 84, 4), np.uint8)

  def _restart(self, seeds: np.ndarray | None) -> np.ndarray:
    for index, console in enumerate(self._consoles):
      if seeds is not None:
        console.seed(int(seeds[index]))
      console.reset(self._raw[index])
    return self._stacked(np.ones(self._size, bool))

  def _advance(self, actions, over):
    reward = np.zeros(self._size, np.float32)
    terminated = np.zeros(self._size, bool)
    truncated = np.zeros(self._size, bool)
    for index, console in enumerate(self._consoles):
      if over[index]:
        console.reset(self._raw[index])
      else:
        reward[index], terminated[index], truncated[index] = console.step(
          actions[index], self._raw[index]
        )
    return self._stacked(over), reward, terminated, truncated

  def _render(self) -> np.ndarray:
    return self._consoles[0].picture()

  def _stacked(self, fresh: np.ndarray) -> np.ndarray:
    """Puts the newest frames on top; where `fresh`, all others are black."""
    frames = np.empty_like(self._frames)
    frames[..., :3] = self._frames[..., 1:]
    frames[fresh, ..., :3] = 0
    frames[..., 3] = self._resize(self._raw)
    self._frames = frames
    return frames


class _Console:
  """One emulator, and the frames that the vector environment would look at."""

  def __init__(self, rom, mode, difficulty, sticky, noop_max, max_steps):
    self._rom = rom
    self._mode = mode
    self._difficulty = difficulty
    self._noop_max = noop_max
    self._limit = max_steps * _FRAME_SKIP
    self._frame = 0
    self._random = np.random.default_rng()
    self._ale = ale_py.ALEInterface()
    self._ale.setFloat('repeat_action_probability', sticky)
    self._load(int(self._random.integers(2**31)))
    for wanted, valid, what in (
      (mode, self._ale.getAvailableModes(), 'mode'),
      (difficulty, self._ale.getAvailableDifficulties(), 'difficulty'),
    ):
      if wanted is not None and wanted not in valid:
        raise ValueError(f'{what} {wanted} is not one of {valid}')
    self.actions = self._ale.getMinimalActionSet()
    self.screen = self._ale.getScreenDims()
    # The last frame and the one before it, as far as they were looked at.
    self._screens = np.zeros((2, *self.screen), np.uint8)

  def seed(self, seed: int) -> None:
    self._random = np.random.default_rng(seed)
    self._load(seed)

  def _load(self, seed: int) -> None:
    # ALE takes a seed only when it loads a ROM.
    self._ale.setInt('random_seed', seed)
    self._ale.loadROM(self._rom)

  def reset(self, out: np.ndarray) -> None:
    """Begins an episode and writes its first frame to `out`."""
    if self._mode is not None:
      self._ale.setMode(self._mode)
    if self._difficulty is not None:
      self._ale.setDifficulty(self._difficulty)
    self._ale.reset_game()
    idle = int(self._random.integers(max(self._noop_max, 1)))
    if ale_py.Action.FIRE in self.actions:
      self._ale.act(ale_py.Action.FIRE)
      idle -= 1
    for _ in range(idle):
      self._ale.act(ale_py.Action.NOOP)
      if self._ale.game_over():
        self._ale.reset_game()
    self._frame = 0
    self._ale.getScreenGrayscale(self._screens[0])
    self._screens[1] = 0
    self._look(out)

  def step(self, action: int, out: np.ndarray) -> tuple[int, bool, bool]:
    """Plays one action; returns reward, terminated and truncated."""
    reward = 0
    for left in reversed(range(_FRAME_SKIP)):
      reward += self._ale.act(self.actions[action])
      self._frame += 1
      over = self._ale.game_over()
      if over or self._frame >= self._limit:
        # As in the vector environment, the frame in which an episode ends is
        # not looked at: what is seen is the last one that was.
        break
      if left < 2:
        self._ale.getScreenGrayscale(self._screens[left])
    self._look(out)
    return reward, over, not over and self._frame >= self._limit

  def picture(self) -> np.ndarray:
    """The screen in its colours, uint8 `[*screen, 3]`."""
    return self._ale.getScreenRGB()

  def _look(self, out: np.ndarray) -> None:
    # The maximum is kept as the last frame, as the vector environment does.
    np.maximum(self._screens[0], self._screens[1], out=self._screens[0])
    out[:] = self._screens[0]
