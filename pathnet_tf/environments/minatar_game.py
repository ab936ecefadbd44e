# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""MinAtar: five small Atari-like games on a 10 by 10 grid."""

from __future__ import annotations

import numpy as np
from tf_agents.specs import array_spec

from pathnet_tf.environments import vector_environment

GAMES = ('asterix', 'breakout', 'freeway', 'seaquest', 'space_invaders')
CHANNELS = 10
NUM_ACTIONS = 6
_CELL = 32  # Pixels of a cell when it is shown, with a gap of one on each side.

OBSERVATION_SPEC = array_spec.BoundedArraySpec(
  (10, 10, CHANNELS), np.uint8, minimum=0, maximum=1, name='observation'
)


class MinAtar(vector_environment.VectorEnvironment):
  """E copies of a MinAtar game (Young and Tian 2019, arXiv 1903.03176).

  An observation is uint8 `[10, 10, 10]` of zeros and ones. Games have 4 to 10
  channels; the rest are zeros, so that one network can play all five in turn.
  Actions are the six that all games share: no-op, left, up, right, down, fire.
  Each game is the published one: same rules, sticky actions and random draws.
  """

  frames_per_second = 10
  may_hang = False  # Loops over ten by ten cells, and nothing else.

  def __init__(
    self,
    game: str,
    num_environments: int,
    *,
    sticky: float = 0.1,
    max_episode_steps: int = 5000,
  ):
    """Builds the games.

    Args:
      game: one of `GAMES`.
      num_environments: E.
      sticky: probability with which the last action is repeated; the published
        default.
      max_episode_steps: steps after which an episode is cut off.

    Raises:
      ValueError: if there is no such game, or `num_environments` is less than
        1.
    """
    if game not in GAMES:
      raise ValueError(f'{game!r} is not one of {", ".join(GAMES)}')
    super().__init__(num_environments, NUM_ACTIONS, OBSERVATION_SPEC)
    # Here, because it imports seaborn and with it pandas: 1.5 s that other
    # tasks need not wait for.
    import minatar

    self._games = [
      minatar.Environment(game, sticky_action_prob=sticky)
      for _ in range(num_environments)
    ]
    self._channels = self._games[0].n_channels
    self._limit = max_episode_steps
    self._steps = np.zeros(num_environments, np.int64)

  def _restart(self, seeds: np.ndarray | None) -> np.ndarray:
    for index, game in enumerate(self._games):
      if seeds is not None:
        game.seed(int(seeds[index]))
        # The library keeps the last action, which may stick, across episodes.
        game.last_action = 0
      game.reset()
    self._steps[:] = 0
    return self._observe()

  def _advance(self, actions, over):
    reward = np.zeros(self._size, np.float32)
    terminated = np.zeros(self._size, bool)
    self._steps += 1
    # Python's own lists and numbers: this loop is nearly all of the time, and
    # NumPy scalars would double its overhead.
    for index, (game, action, begin) in enumerate(
      zip(self._games, actions.tolist(), over.tolist(), strict=True)
    ):
      if begin:
        game.reset()
        self._steps[index] = 0
        continue
      gained, end = game.act(action)
      if gained:
        reward[index] = gained
      if end:
        terminated[index] = True
    return self._observe(), reward, terminated, self._steps >= self._limit

  def _render(self) -> np.ndarray:
    # From light to dark, which people of any colour vision tell apart; the
    # player is the first channel. Matplotlib comes with the games.
    from matplotlib import colormaps

    ranks = np.linspace(1, 0.25, self._channels)
    colours = np.vstack(
      [(24, 24, 27), colormaps['plasma'](ranks, bytes=True)[:, :3]]
    ).astype(np.uint8)
    # Where there are several, the last channel's is seen, as in the library.
    last = (self._games[0].state() * np.arange(1, self._channels + 1)).max(-1)
    picture = colours[last].repeat(_CELL, 0).repeat(_CELL, 1)
    edge = np.arange(len(picture)) % _CELL
    edge = (edge == 0) | (edge == _CELL - 1)
    picture[edge] = picture[:, edge] = colours[0]
    return picture

  def _observe(self) -> np.ndarray:
    observation = np.zeros((self._size, 10, 10, CHANNELS), np.uint8)
    # The games give booleans; as such they are copied without a cast.
    planes = observation.view(bool)[..., : self._channels]
    for index, game in enumerate(self._games):
      planes[index] = game.state()
    return observation
