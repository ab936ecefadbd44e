# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A study that takes seconds, as flags."""

from __future__ import annotations

SETTINGS = (
  '--data_dir=testdata',
  '--tasks=mnist/0v1,mnist/2v3',
  '--network=dense(12), dense(12)',
  '--frozen=available',
  '--readout=mean',
  '--search=binary',
  '--modules=6',
  '--active=2',
  '--population=4',
  '--batch_size=8',
  '--minibatches=5',
  '--steps_per_task=200',
  '--optimizer=adam',
  '--learning_rate=0.001',
  '--workers=1',
  '--seed=5',
)
