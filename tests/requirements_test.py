# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The locks hold what the requirements ask for, exactly and by hash."""

from __future__ import annotations

import pathlib
import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = pathlib.Path(__file__).parents[1]
RUN, DEV = 'requirements.txt', 'requirements-dev.txt'


def wanted(*names: str) -> list[Requirement]:
  return [
    Requirement(line)
    for name in names
    for line in (ROOT / name).read_text().splitlines()
    if line and not line.startswith('#')
  ]


def locked(name: str) -> list[tuple[Requirement, list[str]]]:
  """Each pinned version, with its hashes."""
  text = (ROOT / name).read_text().replace('\\\n', ' ')
  found = []
  for line in text.splitlines():
    pin, *hashes = re.split(r'\s+--hash=', line.strip())
    found.append((Requirement(pin), hashes))
  return found


@pytest.mark.parametrize('python', ['3.10', '3.11'])
@pytest.mark.parametrize(
  ('lock', 'requirements'),
  [('requirements.lock', [RUN]), ('requirements-dev.lock', [RUN, DEV])],
)
def test_a_lock_has_one_fitting_version_of_what_is_required(
  lock, requirements, python
):
  here = {
    'python_version': python,
    'python_full_version': f'{python}.7',
    'sys_platform': 'linux',
    'platform_system': 'Linux',
    'platform_machine': 'x86_64',
  }
  versions: dict[str, str] = {}
  for pin, _ in locked(lock):
    if pin.marker is None or pin.marker.evaluate(here):
      name = canonicalize_name(pin.name)
      assert name not in versions
      (exact,) = pin.specifier
      assert exact.operator == '=='
      versions[name] = exact.version
  for requirement in wanted(*requirements):
    version = versions[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version), requirement


@pytest.mark.parametrize('lock', ['requirements.lock', 'requirements-dev.lock'])
def test_a_lock_pins_files_and_names_no_place_to_get_them(lock):
  text = (ROOT / lock).read_text()
  assert '://' not in text
  assert 'index' not in text
  for pin, hashes in locked(lock):
    assert pin.url is None
    assert hashes
    for digest in hashes:
      assert re.fullmatch('sha256:[0-9a-f]{64}', digest)
