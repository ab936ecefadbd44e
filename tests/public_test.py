# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The public interface: what `pathnet_tf.NAME` gives."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import pathnet_tf


@pytest.mark.parametrize('name', pathnet_tf.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name):
  value = getattr(pathnet_tf, name)
  assert value.__name__ == name
  assert name in dir(pathnet_tf)
  assert inspect.getdoc(value)
  methods = [
    method
    for owner in (value.__mro__ if inspect.isclass(value) else ())
    if owner.__module__.startswith('pathnet_tf')
    for key, method in vars(owner).items()
    if callable(method) and not key.startswith('_')
  ]
  assert all(map(inspect.getdoc, methods))


def test_another_name_is_not():
  with pytest.raises(AttributeError, match=r"'pathnet_tf' .* 'PathNetwork'"):
    pathnet_tf.PathNetwork  # noqa: B018


def test_importing_the_package_loads_no_tensorflow():
  code = 'import sys, pathnet_tf; sys.exit("tensorflow" in sys.modules)'
  assert (
    subprocess.run([sys.executable, '-c', code], check=False).returncode == 0
  )
