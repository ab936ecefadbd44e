# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.event_log."""

from __future__ import annotations

import hashlib
import json
import math
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf import event_log
from pathnet_tf.errors import UserError
from pathnet_tf.event_log import EventLog

_json = st.recursive(
  st.none()
  | st.booleans()
  | st.integers()
  | st.floats(allow_nan=False, allow_infinity=False)
  | st.text(),
  lambda inner: (
    st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
  ),
  max_leaves=8,
)
_records = st.lists(st.dictionaries(st.text(), _json, max_size=4), max_size=8)


def _read(path) -> list[dict]:
  return list(event_log.read(path))


def _tails(path: pathlib.Path) -> list[bytes]:
  tails = []
  while True:
    tail = path.with_name(f'{path.stem}.tail-{len(tails) + 1}.jsonl')
    if not tail.exists():
      return tails
    tails.append(tail.read_bytes())


@pytest.fixture
def path(tmp_path) -> pathlib.Path:
  return tmp_path / 'evolution.jsonl'


def test_record_is_one_line_with_keys_in_their_order(path):
  with EventLog(path) as log:
    log.append({'kind': 'begin', 'task': 0, 'active': [1, 2], 'fitness': -0.1})
    log.append({'kind': 'text', 'with': 'a\nnew line and \u2028'})
    assert log.offset == path.stat().st_size
  lines = path.read_bytes().splitlines()
  assert lines[0] == (
    b'{"kind":"begin","task":0,"active":[1,2],"fitness":-0.1}'
  )
  assert len(lines) == 2


def test_record_can_be_read_as_soon_as_it_is_appended(path):
  with EventLog(path) as log:
    for number in range(3):
      log.append({'number': number})
      assert _read(path)[-1] == {'number': number}


@pytest.mark.parametrize(
  ('record', 'error'),
  [
    ({'fitness': math.nan}, ValueError),
    ({'metrics': {'loss': math.inf}}, ValueError),
    ({'path': {1, 2}}, TypeError),
    ([1, 2], TypeError),
  ],
)
def test_record_that_is_not_json_leaves_no_trace(path, record, error):
  with EventLog(path) as log:
    log.append({'number': 0})
    with pytest.raises(error):
      log.append(record)
    log.append({'number': 1})
  assert _read(path) == [{'number': 0}, {'number': 1}]


def test_reopened_log_goes_on_where_it_ended(path):
  for number in range(3):
    with EventLog(path) as log:
      log.append({'number': number})
  assert _read(path) == [{'number': number} for number in range(3)]
  assert _tails(path) == []


def test_torn_last_line_is_not_read(path):
  path.write_bytes(b'{"a":1}\n{"a":2}\n{"a":')
  assert _read(path) == [{'a': 1}, {'a': 2}]


def test_torn_last_line_is_moved_aside_by_the_next_writer(path):
  path.write_bytes(b'{"a":1}\n{"a":')
  with EventLog(path) as log:
    assert log.offset == 8
    log.append({'a': 2})
  assert _read(path) == [{'a': 1}, {'a': 2}]
  assert _tails(path) == [b'{"a":']


def test_torn_line_longer_than_a_block_is_moved_aside(path):
  torn = b'{"a":"' + b'x' * 200_000
  for start in (b'', b'{"a":1}\n'):
    path.write_bytes(start + torn)
    EventLog(path).close()
    assert path.read_bytes() == start
  assert _tails(path) == [torn]


@pytest.mark.parametrize(
  'line',
  [
    b'{"a":',
    b'',
    b'[1]',
    b'{"a":NaN}',
    b'{"a":-Infinity}',
    b'\xff\xfe',
    b'\0' * 9,
    b'[' * 100_000,
    b'{"a":' + b'9' * 5000 + b'}',
    b'{"a":1}{"a":2}',
  ],
  ids=lambda line: repr(line[:12]),
)
def test_damaged_line_in_the_middle_is_named(path, line):
  path.write_bytes(b'{"a":1}\n' + line + b'\n{"a":3}\n')
  records = event_log.read(path)
  assert next(records) == {'a': 1}
  with pytest.raises(UserError, match='line 2') as caught:
    next(records)
  assert '\n' not in str(caught.value)


def test_missing_log_is_a_user_error(path):
  with pytest.raises(UserError, match='cannot read'):
    _read(path)


def test_log_that_cannot_be_written_is_a_user_error(tmp_path):
  for path in (tmp_path, tmp_path / 'none' / 'evolution.jsonl'):
    with pytest.raises(UserError, match='cannot write'):
      EventLog(path)


def test_cut_keeps_the_tail(path):
  with EventLog(path) as log:
    log.append({'a': 1})
    offset = log.offset
    log.append({'a': 2})
    log.append({'a': 3})
    log.truncate(offset)
    assert log.offset == offset
    log.append({'a': 4})
    log.truncate(offset)
    log.truncate(offset)
  assert _read(path) == [{'a': 1}]
  assert _tails(path) == [b'{"a":2}\n{"a":3}\n', b'{"a":4}\n']


def test_cut_killed_before_its_end_keeps_the_tail_once(path):
  path.write_bytes(b'{"a":1}\n{"a":2}\n')
  path.with_name('evolution.tail-1.jsonl').write_bytes(b'{"a":2}\n')
  with EventLog(path) as log:
    log.truncate(8)
  assert _read(path) == [{'a': 1}]
  assert _tails(path) == [b'{"a":2}\n']


def test_digest_is_that_of_the_files_bytes_however_it_came_about(path):
  with EventLog(path) as log:
    assert log.digest == hashlib.sha256(b'').hexdigest()
    for number in range(3):
      log.append({'number': number})
      assert log.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    middle, offset = log.digest, log.offset
    log.append({'number': 3})
  with EventLog(path) as log:
    assert log.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    log.truncate(offset, middle)
    assert log.digest == middle
    log.append({'number': 4})
    assert log.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_cut_of_a_log_that_has_changed_is_refused(path):
  with EventLog(path) as log:
    log.append({'fitness': 1.5})
    digest, offset = log.digest, log.offset
    log.append({'fitness': 2.5})
  changed = path.read_bytes().replace(b'1.5', b'9.5')
  path.write_bytes(changed)
  with (
    EventLog(path) as log,
    pytest.raises(UserError, match='has changed before byte 16') as told,
  ):
    log.truncate(offset, digest)
  assert '\n' not in str(told.value)
  assert path.read_bytes() == changed
  assert _tails(path) == []


@pytest.mark.parametrize('offset', [-1, 4, 7, 17, 1000])
def test_cut_where_no_record_ends_is_refused(path, offset):
  content = b'{"a":1}\n{"a":2}\n'
  path.write_bytes(content)
  with EventLog(path) as log, pytest.raises(UserError) as caught:
    log.truncate(offset)
  assert '\n' not in str(caught.value)
  assert path.read_bytes() == content
  assert _tails(path) == []


def test_full_disk_is_a_user_error_and_tears_nothing(path):
  soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
  with EventLog(path) as log:
    log.append({'a': 'x' * 10_000})
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
      # The system takes the first part of this line, and refuses the rest.
      with pytest.raises(UserError, match='cannot write'):
        log.append({'a': 'y' * 15_000})
    finally:
      resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.stat().st_size == log.offset
    log.append({'a': 'z'})
  assert [record['a'][0] for record in _read(path)] == ['x', 'z']


def test_kill_loses_no_record_that_was_appended(path):
  program = (
    'import itertools, sys\n'
    'from pathnet_tf.event_log import EventLog\n'
    'log = EventLog(sys.argv[1])\n'
    'for number in itertools.count():\n'
    '  log.append({"number": number, "pad": "x" * (number % 5000)})\n'
    '  print(number, flush=True)\n'
  )
  with subprocess.Popen(
    [sys.executable, '-c', program, str(path)],
    stdout=subprocess.PIPE,
    cwd=pathlib.Path(__file__).parents[1],
    text=True,
  ) as writer:
    for _ in range(300):
      writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    reported = [299, *map(int, writer.stdout.read().split())][-1]
  numbers = [record['number'] for record in _read(path)]
  assert numbers == list(range(len(numbers)))
  assert len(numbers) in (reported + 1, reported + 2)
  with EventLog(path) as log:
    log.append({'number': len(numbers)})
  assert len(_read(path)) == len(numbers) + 1


@settings(max_examples=60)
@given(records=_records)
def test_any_record_comes_back_bit_for_bit(records):
  with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / 'log.jsonl'
    with EventLog(path) as log:
      for record in records:
        log.append(record)
    again = _read(path)
    # As text: -0.0 and the order of keys count too.
    assert [json.dumps(r) for r in again] == [json.dumps(r) for r in records]


@settings(max_examples=60)
@given(records=_records, data=st.data())
def test_file_cut_anywhere_is_read_up_to_its_last_whole_line(records, data):
  with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / 'log.jsonl'
    with EventLog(path) as log:
      for record in records:
        log.append(record)
    content = path.read_bytes()
    size = data.draw(st.integers(0, len(content)))
    path.write_bytes(content[:size])
    whole = content[:size].count(b'\n')
    assert _read(path) == records[:whole]
    with EventLog(path) as log:
      log.append({'next': True})
    assert _read(path) == [*records[:whole], {'next': True}]
    torn = content[:size].rpartition(b'\n')[2]
    assert _tails(path) == ([torn] if torn else [])


@settings(max_examples=60)
@given(data=st.data())
def test_cuts_and_appends_lose_no_byte_and_repeat_none(data):
  """Against a model that holds the records in a list."""
  with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / 'log.jsonl'
    offsets, records, tails = [0], [], []
    with EventLog(path) as log:
      for number in range(data.draw(st.integers(0, 12))):
        if data.draw(st.booleans()):
          log.append({'number': number})
          offsets.append(log.offset)
          records.append({'number': number})
        else:
          keep = data.draw(st.integers(0, len(records)))
          if keep < len(records):
            tails.append(path.read_bytes()[offsets[keep] :])
          log.truncate(offsets[keep])
          del records[keep:], offsets[keep + 1 :]
    assert _read(path) == records
    assert _tails(path) == tails


@settings(max_examples=150)
@given(content=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_in_one_line(content):
  with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / 'log.jsonl'
    path.write_bytes(content)
    message = ''
    try:
      assert all(isinstance(record, dict) for record in _read(path))
    except UserError as error:
      message = str(error)
    assert '\n' not in message
