# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.supervisor, with small programs for a cluster's processes."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]

# Its processes write in pieces, and the last of each is not the end of a line.
TALKERS = """
import pathlib, sys
from launch import supervisor
path = sys.argv[1]
talks = '''
import sys
for number in range(300):
  for piece in ('so ', 'long ', f'a line {number}', chr(10)):
    sys.stderr.write(piece)
    sys.stderr.flush()
sys.stderr.buffer.write(b'the end' + bytes([255]))
sys.stderr.flush()
open(sys.argv[1], 'w').write('x')
sys.stdin.read()
sys.exit(0)
'''
waits = '''
import sys
heard = ''
while len(heard) < 3:
  heard += open(sys.argv[1]).read()
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


def test_what_processes_say_comes_in_whole_lines(tmp_path):
  os.mkfifo(tmp_path / 'done')
  shown = subprocess.run(
    [sys.executable, '-c', TALKERS, str(tmp_path / 'done')],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=False,
  )
  assert shown.returncode == 0, shown.stderr
  lines = shown.stderr.splitlines()
  for name in ('ps 0', 'worker 0', 'worker 1'):
    said = [f'so long a line {number}' for number in range(300)]
    assert [
      line.removeprefix(f'[{name}] ')
      for line in lines
      if line.startswith(f'[{name}] ')
    ] == [*said, 'the end\ufffd']
  assert all(line.startswith(('[', 'cluster: ')) for line in lines)
