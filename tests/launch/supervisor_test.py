# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.supervisor, with small programs for a cluster's processes."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from launch import supervisor

ROOT = pathlib.Path(__file__).parents[2]


@given(
  cores=st.sets(st.integers(0, 200), min_size=1), workers=st.integers(1, 40)
)
def test_workers_have_even_parts_of_the_cores_or_all_of_them(cores, workers):
  parts = supervisor.worker_cores(cores, workers)
  assert len(parts) == workers
  if 1 < workers <= len(cores):
    sizes = [len(part) for part in parts]
    assert 1 <= min(sizes) <= max(sizes) <= min(sizes) + 1
    assert sum(sizes) == len(cores)
    assert set.union(*parts) == cores
  else:
    assert parts == [cores] * workers


# The chief ends when each of the others has said what it has to say.
CLUSTER = """
import sys
from launch import supervisor
path, talks = sys.argv[1:]
waits = '''
import os, sys
talk = os.open(sys.argv[1], os.O_RDWR)  # Never at its end, so none is lost.
heard = b''
while len(heard) < 3:
  heard += os.read(talk, 3)
'''
talks += '''
open(sys.argv[1], 'w').write('x')
'''
processes = [
  supervisor.Process(job, index, [sys.executable, '-c', code, path])
  for job, index, code in (
    ('chief', 0, waits), ('ps', 0, talks), ('worker', 0, talks),
    ('worker', 1, talks),
  )
]
raise SystemExit(supervisor.Supervisor(processes, 60.0).run())
"""
# A process writes in pieces, and the last of them is not the end of a line.
PIECES = """
import sys
for number in range(300):
  for piece in ('so ', 'long ', f'a line {number}', chr(10)):
    sys.stderr.write(piece)
    sys.stderr.flush()
sys.stderr.buffer.write(b'the end' + bytes([255]))
sys.stderr.flush()
"""
CORES = """
import os, sys
sys.stderr.write(f'{sorted(os.sched_getaffinity(0))}')
sys.stderr.flush()
"""


HANG_UP = """
import os, signal, sys
os.kill(os.getppid(), signal.SIGHUP)
sys.stderr.write('sent')
sys.stderr.flush()
"""
LEAVES = """
import subprocess, sys
child = subprocess.Popen(
  ['sleep', '100000'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
)
sys.stderr.write(f'{child.pid}')
sys.stderr.flush()
"""


def said(tmp_path, talks: str, before=None) -> dict[str, list[str]]:
  """The lines of a server and two workers that run some code, by name."""
  os.mkfifo(tmp_path / 'done')
  shown = subprocess.run(
    [sys.executable, '-c', CLUSTER, str(tmp_path / 'done'), talks],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=False,
    preexec_fn=before,
  )
  assert shown.returncode == 0, shown.stderr
  lines = collections.defaultdict(list)
  for line in shown.stderr.splitlines():
    if not line.startswith('cluster: '):
      name, rest = re.fullmatch(r'\[(.+?)\] (.*)', line).groups()
      lines[name].append(rest)
  assert lines.keys() == {'ps 0', 'worker 0', 'worker 1'}
  return lines


def test_what_processes_say_comes_in_whole_lines(tmp_path):
  for lines in said(tmp_path, PIECES).values():
    assert lines == [
      *(f'so long a line {n}' for n in range(300)),
      'the end\ufffd',
    ]


def test_two_workers_have_cores_of_their_own_and_a_server_all(tmp_path):
  lines = said(tmp_path, CORES)
  server, *workers = (
    set(json.loads(lines[name][0])) for name in ('ps 0', 'worker 0', 'worker 1')
  )
  own = os.sched_getaffinity(0)
  assert server == own
  assert set.union(*workers) == own
  assert bool(set.intersection(*workers)) == (len(own) == 1)


def test_a_hang_up_that_was_to_be_ignored_is(tmp_path):
  """As under nohup."""
  lines = said(
    tmp_path,
    HANG_UP,
    before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
  )
  assert all(words == ['sent'] for words in lines.values())


def test_what_a_process_has_started_ends_with_it(tmp_path):
  for words in said(tmp_path, LEAVES).values():
    stat = pathlib.Path('/proc', words[0], 'stat')
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
      while stat.read_text().rpartition(')')[2].split()[0] != 'Z':
        pass  # Killed, but not gone yet.
