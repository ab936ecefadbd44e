# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The package as it is installed: its files, and the command from anywhere."""

from __future__ import annotations

import email
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.slow

ROOT = pathlib.Path(__file__).parents[1]
PACKAGES = ('launch', 'pathnet_tf')
SHORT = (
  '--steps_per_task=1500',
  '--population=4',
  '--rivals=2',
  '--episodes=1',
  '--environments=1',
)


def run(*command: str | pathlib.Path, **options) -> str:
  """What a command prints; it must succeed."""
  done = subprocess.run(
    command, capture_output=True, text=True, check=False, **options
  )
  assert done.returncode == 0, f'{command}: {done.stdout}{done.stderr}'
  return done.stdout


def files_of(root: pathlib.Path) -> set[str]:
  """The files of both packages but Bazel's, as paths from the root."""
  return {
    path.relative_to(root).as_posix()
    for name in PACKAGES
    for path in (root / name).rglob('*')
    if path.is_file()
    and path.name != 'BUILD'
    and '__pycache__' not in path.parts
  }


@pytest.fixture(scope='module')
def built(tmp_path_factory):
  """The folder of an sdist, and of the wheel that was built from it."""
  folder = tmp_path_factory.mktemp('built')
  checkout = folder / 'checkout'
  shutil.copytree(
    ROOT,
    checkout,
    ignore=shutil.ignore_patterns('.*', '__pycache__', 'runs', 'build', 'dist'),
  )
  build = 'import sys; from setuptools import build_meta as b; '
  run(
    *(sys.executable, '-c', build + 'b.build_sdist(sys.argv[1])', folder),
    cwd=checkout,
  )
  (sdist,) = folder.glob('*.tar.gz')
  run(
    *(sys.executable, '-m', 'pip', 'wheel', '--no-deps', '--no-index'),
    *('--no-build-isolation', '-w', folder, sdist),
  )
  return folder


def test_the_wheel_has_the_two_packages_and_nothing_else(built):
  (wheel,) = built.glob('*.whl')
  with zipfile.ZipFile(wheel) as archive:
    names = {name for name in archive.namelist() if '.dist-info/' not in name}
  assert names == files_of(ROOT)


def test_the_wheel_requires_what_the_requirements_say(built):
  (wheel,) = built.glob('*.whl')
  with zipfile.ZipFile(wheel) as archive:
    (path,) = (n for n in archive.namelist() if n.endswith('/METADATA'))
    metadata = email.message_from_bytes(archive.read(path))
  wanted = {}
  for name, extra in (('', ''), ('-dev', 'dev')):
    text = (ROOT / f'requirements{name}.txt').read_text()
    lines = [line for line in text.splitlines() if line[:1] not in ('', '#')]
    wanted[extra] = {str(Requirement(line)) for line in lines}
  found: dict[str, set[str]] = {'': set(), 'dev': set()}
  for line in metadata.get_all('Requires-Dist', []):
    requirement = Requirement(line)
    extra = 'dev' if requirement.marker else ''
    requirement.marker = None
    found[extra].add(str(requirement))
  assert found == wanted


def test_the_sdist_has_what_the_wheel_is_built_from(built):
  (sdist,) = built.glob('*.tar.gz')
  with tarfile.open(sdist) as archive:
    names = {
      member.name.partition('/')[2]
      for member in archive.getmembers()
      if member.isfile()
    }
  besides = {
    'LICENSE',
    'MANIFEST.in',
    'PKG-INFO',
    'README.md',
    'pyproject.toml',
    'requirements-dev.txt',
    'requirements.txt',
    'setup.cfg',
  }
  made = {name for name in names if name.startswith('pathnet_tf.egg-info/')}
  assert names - made == files_of(ROOT) | besides


@pytest.fixture(scope='module')
def pathnet(built, tmp_path_factory):
  """Runs the command of a new environment, in another folder.

  What the package requires is that of the environment that runs the tests.
  """
  folder = tmp_path_factory.mktemp('elsewhere')
  environment = folder / 'environment'
  run(sys.executable, '-m', 'venv', '--without-pip', environment)
  (site,) = environment.glob('lib/python*/site-packages')
  (site / 'required.pth').write_text(sysconfig.get_path('purelib') + '\n')
  (wheel,) = built.glob('*.whl')
  run(
    *(sys.executable, '-m', 'pip', '--python', environment / 'bin' / 'python'),
    *('install', '--no-deps', '--no-index', '--ignore-installed', wheel),
  )
  clean = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}

  def command(*arguments: str) -> str:
    return run(
      *(environment / 'bin' / 'pathnet', *arguments), cwd=folder, env=clean
    )

  command.folder, command.site = folder, site
  return command


def test_the_demo_runs_from_another_folder(pathnet):
  out = pathnet('demo', *SHORT)
  assert 'PathNet against de novo' in out
  assert (pathnet.folder / 'runs/demo/nine_boxes.png').exists()


def test_a_run_is_trained_scored_reported_and_exported(pathnet):
  flagfiles = pathlib.Path(pathnet().splitlines()[-1].split(': ')[1])
  assert flagfiles == pathnet.site / 'launch' / 'flagfiles'
  pathnet(
    'train', f'--flagfile={flagfiles / "minatar.flags"}', *SHORT,
    '--run_dir=runs/mine',
  )  # fmt: skip
  mine = '--run_dir=runs/mine'
  assert 'breakout' in pathnet('evaluate', mine, '--episodes=2')
  pathnet('report', mine)
  assert (pathnet.folder / 'runs/mine/report/index.html').exists()
  pathnet('export', mine, '--task=0', '--output=first')
  assert 'breakout' in pathnet('evaluate', '--export=first', '--episodes=2')
