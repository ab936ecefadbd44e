# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.engines.mirrored_devices."""

from __future__ import annotations

import pytest

from pathnet_tf.engines import mirrored_devices
from pathnet_tf.errors import UserError


def test_every_device_is_a_replica():
  strategy = mirrored_devices.make_strategy(4)
  assert strategy.num_replicas_in_sync == 4
  # Of two strategies in a process the collectives would mix.
  assert mirrored_devices.make_strategy(4) is strategy


@pytest.mark.parametrize('workers', [1, 3, 5])
def test_workers_that_are_not_as_many_as_the_devices_are_refused(workers):
  with pytest.raises(UserError, match='--workers=4 is right') as caught:
    mirrored_devices.make_strategy(workers)
  assert f'workers is {workers}' in str(caught.value)
  assert 'CPU:3' in str(caught.value)
