# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.checkpoints, with real kills.

Run as a program this file is the victim of the kills: see `_victim`.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time
import traceback

import pathnet_tf  # noqa: F401  Chooses Keras 2 before TensorFlow is loaded.

# isort: split

from pathnet_tf.checkpoints import CheckpointStore
from tests.saves import names_in, restored, save


def _save_next(folder: str | os.PathLike[str]) -> int:
  """Goes on from the newest checkpoint by one save, as a trainer does.

  Returns the save's value, which counts up by one. Numbers repeat, and some
  are pinned, so that replacing and pruning both happen.
  """
  store = CheckpointStore(folder, keep=2)
  found = store.latest()
  value = 1 if found is None else int(restored(store, found)) + 1
  pinned = 'end' if value % 5 == 0 else None
  save(store, value // 3, value=value, pinned=pinned)
  return value


def _die_at_change(countdown: int) -> None:
  """Kills this process before its n-th change to the file system."""
  left = countdown
  changes = ('os.mkdir', 'os.rename', 'os.remove', 'os.rmdir', 'os.truncate')

  def hook(event, arguments):
    nonlocal left
    writes = event == 'open' and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if writes or event in changes:
      left -= 1
      if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

  sys.addaudithook(hook)


def _in_child(function) -> int:
  """Runs `function` in a forked child; returns its exit code, or -signal."""
  child = os.fork()
  if child == 0:
    try:
      function()
    except BaseException:
      traceback.print_exc()
      os._exit(1)
    os._exit(0)
  return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _say(*words: object) -> None:
  print(*words, flush=True)


def _save_for_ever(folder: str) -> None:
  _say('child', os.getpid())
  while True:
    _say('saved', _save_next(folder))


def _save_some(folder: str, count: int, point: int | None) -> None:
  if point is not None:
    _die_at_change(point)
  for _ in range(count):
    _say('saved', _save_next(folder))


def _victim(mode: str, folder: str) -> None:
  """The program that is killed. It loads TensorFlow once, then forks.

  loop: for each line on stdin a child saves for ever, until somebody kills it.
  points: for n = 0, 1, ... a child with a folder of its own makes two saves,
    of which one replaces and one prunes, and dies before its n-th change to
    the file system; until one lives.
  """
  if mode == 'loop':
    for _ in sys.stdin:
      _say('ended', _in_child(lambda: _save_for_ever(folder)))
    return
  origin = os.path.join(folder, 'origin')
  assert _in_child(lambda: _save_some(origin, 7, None)) == 0
  for point in itertools.count():
    place = os.path.join(folder, str(point))
    shutil.copytree(origin, place)
    _say('place', place)
    code = _in_child(functools.partial(_save_some, place, 2, point))
    _say('ended', code)
    if code != -signal.SIGKILL:
      return


@contextlib.contextmanager
def _start_victim(mode: str, folder):
  root = str(pathlib.Path(__file__).parents[1])
  path = os.pathsep.join([root, os.environ.get('PYTHONPATH', '')])
  with subprocess.Popen(
    [sys.executable, __file__, mode, str(folder)],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    text=True,
    env={**os.environ, 'PYTHONPATH': path},
  ) as victim:
    yield victim
  assert victim.returncode == 0


def test_kill_at_a_random_moment_loses_no_reported_checkpoint(tmp_path):
  rng = random.Random(0)
  with _start_victim('loop', tmp_path) as victim:

    def hear():
      word, number = victim.stdout.readline().split()
      return word, int(number)

    reported = 0
    for _ in range(8):
      victim.stdin.write('go\n')
      victim.stdin.flush()
      word, child = hear()
      assert word == 'child'
      for _ in range(rng.randint(1, 5)):
        assert hear() == ('saved', reported + 1)
        reported += 1
      # Only picks the moment, in one of the next saves: nothing waits for it.
      time.sleep(rng.uniform(0, 0.05))
      os.kill(child, signal.SIGKILL)
      while (heard := hear()) != ('ended', -signal.SIGKILL):
        assert heard == ('saved', reported + 1)
        reported += 1

      store = CheckpointStore(tmp_path, keep=2)
      found = store.latest()
      # The next one may have become whole without having been reported.
      assert restored(store, found) in (reported, reported + 1)
      assert not any(name.startswith('damaged') for name in names_in(tmp_path))
      reported = found.state['value']
    victim.stdin.close()
  assert reported >= 8


def test_kill_before_any_change_to_the_folder_leaves_a_sound_one(tmp_path):
  with _start_victim('points', tmp_path) as victim:
    lines = [line.split() for line in victim.stdout]

  kills = 0
  reported = 0
  for word, argument in lines:
    if word == 'saved':
      reported = int(argument)
    elif word == 'place':
      reported = 7
      place = argument
    elif int(argument) == -signal.SIGKILL:
      kills += 1
      store = CheckpointStore(place, keep=2)
      found = store.latest()
      assert restored(store, found) in (reported, reported + 1)
      while _save_next(place) < 12:
        pass
      assert names_in(place) == [
        '000000000001-end',
        '000000000003',
        '000000000003-end',
        '000000000004',
      ]
  # Two saves: at least four files written and two renames each.
  assert kills > 12
  assert lines[-1] == ['ended', '0']
  assert reported == 9


if __name__ == '__main__':
  _victim(sys.argv[1], sys.argv[2])
