# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Stable-Baselines3's A2C, told on stdin how many steps to train.

Run by an interpreter that has `requirements.txt` of this folder:

  stable_baselines.py GAME ENVIRONMENTS WINDOW THREADS KIND

GAME is an ale-py ROM name; THREADS are PyTorch's, 0 as many as it likes. KIND:

  published: its own `make_atari_env`, in process, and its own network;
  equal_network: the same, with a network of the size of a path of ours;
  same_environments: ale-py's vector environment, which we use, its own network;
  same_both: that and the network of the size of a path.

Frames are preprocessed alike in all of them: 84x84 grey, the last four, each
the maximum of the last two of four, no life lost ends an episode. A line COUNT
on stdin is answered by the seconds that it took to train for so many steps.
"""

from __future__ import annotations

import json
import platform
import sys
import time

import ale_py
import gymnasium
import numpy as np
import stable_baselines3
import torch
from ale_py import vector_env
from stable_baselines3.common import env_util, torch_layers, vec_env


class PathSized(torch_layers.BaseFeaturesExtractor):
  """N = 4 modules a layer of 8 kernels or 50 units each, summed."""

  def __init__(self, space):
    super().__init__(space, 50)
    self.convolutions = torch.nn.ModuleList(
      [
        torch.nn.Conv2d(4, 32, 8, 4),
        torch.nn.Conv2d(8, 32, 4, 2),
        torch.nn.Conv2d(8, 32, 3, 1),
      ]
    )
    self.dense = torch.nn.Linear(8 * 7 * 7, 200)

  def forward(self, features):
    for convolution in self.convolutions:
      features = torch.relu(convolution(features))
      features = features.unflatten(1, (4, 8)).sum(1)
    features = torch.relu(self.dense(features.flatten(1)))
    return features.unflatten(1, (4, 50)).sum(1)


class VectorEnvironment(vec_env.VecEnv):
  """ale-py's vector environment, as Stable-Baselines3 takes one.

  The step after an end only resets: it is one more step without a reward.
  """

  def __init__(self, game: str, count: int):
    self._native = vector_env.AtariVectorEnv(
      game,
      num_envs=count,
      repeat_action_probability=0.0,
      reward_clipping=False,
    )
    super().__init__(
      count,
      gymnasium.spaces.Box(0, 255, (4, 84, 84), np.uint8),
      self._native.single_action_space,
    )

  def reset(self):
    return self._native.reset()[0]

  def step_async(self, actions):
    self._actions = actions

  def step_wait(self):
    frames, reward, terminated, truncated, _ = self._native.step(self._actions)
    done = terminated | truncated
    infos = [{} for _ in range(self.num_envs)]
    for index in np.flatnonzero(done):
      infos[index]['terminal_observation'] = frames[index]
    return frames, np.sign(reward), done, infos

  def close(self):
    del self._native

  def get_attr(self, attr_name, indices=None):
    return [None] * self.num_envs

  def set_attr(self, attr_name, value, indices=None):
    raise NotImplementedError

  def env_method(self, method_name, *args, indices=None, **kwargs):
    raise NotImplementedError

  def env_is_wrapped(self, wrapper_class, indices=None):
    return [False] * self.num_envs


def make_environment(game: str, count: int, kind: str):
  if kind.startswith('same'):
    return VectorEnvironment(game, count)
  gymnasium.register_envs(ale_py)
  name = ''.join(part.capitalize() for part in game.split('_'))
  environment = env_util.make_atari_env(
    f'{name}NoFrameskip-v4',
    n_envs=count,
    wrapper_kwargs={'terminal_on_life_loss': False},
  )
  return vec_env.VecFrameStack(environment, 4)


def main() -> None:
  game, count, window, threads, kind = sys.argv[1:]
  if int(threads):
    torch.set_num_threads(int(threads))
  equal = kind in ('equal_network', 'same_both')
  model = stable_baselines3.A2C(
    'CnnPolicy',
    make_environment(game, int(count), kind),
    n_steps=int(window),
    ent_coef=0.01,
    device='cpu',
    policy_kwargs={'features_extractor_class': PathSized} if equal else None,
  )
  print(
    json.dumps(
      {
        'stable_baselines3': stable_baselines3.__version__,
        'torch': torch.__version__,
        'python': platform.python_version(),
        'threads': torch.get_num_threads(),
        'weights': sum(p.numel() for p in model.policy.parameters()),
      }
    ),
    flush=True,
  )
  for line in sys.stdin:
    begun, before = time.perf_counter(), model.num_timesteps
    model.learn(int(line), reset_num_timesteps=False)
    taken = time.perf_counter() - begun
    print(json.dumps([taken, model.num_timesteps - before]), flush=True)


if __name__ == '__main__':
  main()
