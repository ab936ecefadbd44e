# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Atari 2600 games on ale-py's vector environment (C++ threads)."""

from __future__ import annotations

import functools

import ale_py
import numpy as np
from ale_py import roms, vector_env
from tf_agents.specs import array_spec

from pathnet_tf.environments import vector_environment

FRAME_SKIP = 4

# The true maximum is 255, but TF-Agents samples a batch from the spec to build
# a network, with an exclusive upper bound of maximum + 1 cast to the spec's
# dtype: in uint8 that is 0, and sampling raises. Nothing checks frames against
# this bound.
OBSERVATION_SPEC = array_spec.BoundedArraySpec(
  (84, 84, 4), np.uint8, minimum=0, maximum=254, name='observation'
)


def _screen(game: str) -> tuple[int, int]:
  """Height and width of a game's screen, which not all have in common."""
  console = ale_py.ALEInterface()
  console.loadROM(str(roms.get_rom_path(game)))
  return console.getScreenDims()


class AtariVector(vector_environment.VectorEnvironment):
  """E copies of an Atari game, preprocessed and stepped in native threads.

  An observation is uint8 `[84, 84, 4]`: the last four frames, the newest in
  channel 3, each the grey maximum of the last two of the four emulator frames
  that an action lasts. An episode begins with FIRE, in games that have it, and
  with a random number of no-ops; frames from before it are black. A lost life
  ends nothing. The preprocessing is that of Mnih et al. 2015 (Nature 518),
  which A3C and PathNet took over.

  A seeded `reset` loads every ROM again, because ALE takes a seed at no other
  time: about as much work as 200 steps of each environment. A reset without a
  seed costs a tenth of that.
  """

  may_hang = False  # Emulated frames end; what hangs is an action out of range.

  def __init__(
    self,
    game: str,
    num_environments: int,
    *,
    sticky: float = 0.0,
    noop_max: int = 30,
    max_episode_steps: int = 27000,
    num_threads: int = 1,
    visible: bool = False,
  ):
    """Loads the ROM, once an environment.

    Args:
      game: an ale-py ROM name, e.g. `ms_pacman`. Two-player ROMs end the
        process: `pathnet_tf.tasks` refuses them by name before it comes here.
      num_environments: E.
      sticky: probability with which the emulator repeats the last action, each
        frame (Machado et al. 2018: 0.25; Mnih et al. 2015: 0).
      noop_max: an episode begins with fewer no-ops than this, in emulator
        frames.
      max_episode_steps: agent steps after which an episode is cut off; 27,000
        are 30 minutes of play.
      num_threads: native threads that step these environments.
      visible: whether `render` is going to be called. It takes twice the time:
        a twin, which plays the same, has the colours.

    Raises:
      AssertionError: if there is no such ROM.
      ValueError: if `num_environments` is less than 1.
    """
    # Silences the banner that ALE prints for each environment; errors remain.
    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
    make = functools.partial(
      vector_env.AtariVectorEnv,
      game,
      num_envs=vector_environment.checked_size(num_environments),
      num_threads=num_threads,
      # In emulator frames, from the end of the no-ops on.
      max_num_frames_per_episode=max_episode_steps * FRAME_SKIP,
      repeat_action_probability=sticky,
      noop_max=noop_max,
      frameskip=FRAME_SKIP,
      reward_clipping=False,
    )
    self._native = make(stack_num=4)
    self._twin: vector_env.AtariVectorEnv | None = None
    self._colours = np.empty(0, np.uint8)
    if visible:
      height, width = _screen(game)
      self._twin = make(
        stack_num=1, grayscale=False, img_height=height, img_width=width
      )
    actions = self._native.ale.get_action_set()
    super().__init__(num_environments, len(actions), OBSERVATION_SPEC)

  def close(self) -> None:
    """Ends the native threads."""
    del self._native, self._twin

  def _restart(self, seeds: np.ndarray | None) -> np.ndarray:
    if self._twin is not None:
      if seeds is None:  # The twin needs one, to begin the same episodes.
        seeds = vector_environment.environment_seeds(
          int(np.random.default_rng().integers(2**31)), self._size
        )
      self._colours = self._twin.reset(seed=seeds)[0]
    frames: np.ndarray = self._native.reset(seed=seeds)[0]
    return self._channels_last(frames)

  def _advance(self, actions, over):
    # The native environment's next-step autoreset does what `over` asks for.
    del over
    if self._twin is not None:
      self._colours = self._twin.step(actions)[0]
    frames, reward, terminated, truncated, _ = self._native.step(actions)
    return self._channels_last(frames), reward, terminated, truncated

  def _render(self) -> np.ndarray:
    if self._twin is None:
      return super()._render()
    return self._colours[0, 0].copy()

  def _channels_last(self, frames: np.ndarray) -> np.ndarray:
    # Channel by channel: nearly three times as fast as one transposed copy.
    out = vector_environment.aligned((self._size, 84, 84, 4), np.uint8)
    for channel in range(4):
      out[..., channel] = frames[:, channel]
    return out
