# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tasks by name; a family of one's own is added by `registry.register`."""

from __future__ import annotations

from pathnet_tf.tasks import (
  atari,
  classification,
  dm_env,
  gym,
  minatar,
  registry,
)

registry.register('atari', atari.make)
registry.register('dm_env', dm_env.make)
registry.register('gym', gym.make)
registry.register('minatar', minatar.make)
for _family in classification.FAMILIES:
  registry.register(_family, classification.make)
