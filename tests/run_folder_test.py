# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.run_folder."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile

import pytest

from pathnet_tf.errors import UserError
from pathnet_tf.run_folder import RunFolder

_CONFIG = {'seed': 1, 'agent': {'rate': 0.5, 'sizes': (8, 8)}, 'tasks': ['a']}


def _claim(path, config=None, **options) -> None:
  with RunFolder(path) as run:
    run.claim(_CONFIG if config is None else config, **options)


def _refusal(path, config=None, **options) -> str:
  """The message with which the folder or the claim is refused."""
  with pytest.raises(UserError) as caught:
    _claim(path, config, **options)
  message = str(caught.value)
  assert message
  assert '\n' not in message
  return message


def test_a_name_that_could_not_be_read_again_is_refused_first(tmp_path):
  assert 'for a pattern' in _refusal(tmp_path / 'lr[0.1]')
  assert not os.listdir(tmp_path)


# Another process that holds a folder, until its stdin closes. With `fork` it
# also has a child, which outlives it.
_HOLDER = """
import os, sys
from pathnet_tf.run_folder import RunFolder
with RunFolder(sys.argv[1]) as run:
  run.claim({'seed': 1})
  if sys.argv[2] == 'fork' and os.fork() == 0:
    os.write(1, b'%d\\n' % os.getpid())
    sys.stdin.read()
    os._exit(0)
  if sys.argv[2] != 'fork':
    print(os.getpid(), flush=True)
  sys.stdin.read()
"""


@contextlib.contextmanager
def _holder(path, mode: str = 'alone'):
  with subprocess.Popen(
    [sys.executable, '-c', _HOLDER, str(path), mode],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    cwd=pathlib.Path(__file__).parents[1],
    text=True,
  ) as process:
    process.spoken = int(process.stdout.readline())
    try:
      yield process
    finally:
      process.kill()


def test_new_folder_is_created_and_claimed(tmp_path):
  path = tmp_path / 'runs' / 'first'
  _claim(path)
  assert json.loads((path / 'config.json').read_text()) == {
    'seed': 1,
    'agent': {'rate': 0.5, 'sizes': [8, 8]},
    'tasks': ['a'],
  }
  assert sorted(os.listdir(path)) == ['config.json', 'lock']


def test_empty_folder_can_be_claimed(tmp_path):
  _claim(tmp_path)
  assert sorted(os.listdir(tmp_path)) == ['config.json', 'lock']


@pytest.mark.parametrize('new', [True, False])
def test_a_start_that_was_refused_leaves_what_it_found(tmp_path, new):
  folder = tmp_path / 'run'
  if not new:
    folder.mkdir()
  with pytest.raises(UserError), RunFolder(folder):
    raise UserError('the configuration is wrong')
  assert folder.exists() is not new


def test_a_whole_number_is_the_same_with_and_without_its_point(tmp_path):
  for rate in (1, 1.0):
    with RunFolder(tmp_path) as folder:
      folder.claim({'rate': rate})
  for rate in (True, '1', 2):
    with RunFolder(tmp_path) as folder, pytest.raises(UserError, match='rate'):
      folder.claim({'rate': rate})


def test_same_configuration_resumes(tmp_path):
  _claim(tmp_path)
  (tmp_path / 'evolution.jsonl').touch()
  before = (tmp_path / 'config.json').read_bytes()
  _claim(tmp_path)
  assert (tmp_path / 'config.json').read_bytes() == before


def test_start_that_was_killed_before_its_claim_can_be_repeated(tmp_path):
  with RunFolder(tmp_path):
    pass
  (tmp_path / '.tmp-config.json').write_text('{"se')
  _claim(tmp_path)
  assert sorted(os.listdir(tmp_path)) == ['config.json', 'lock']


def test_paths_lie_in_the_folder(tmp_path):
  run = RunFolder(tmp_path / 'run')
  for path in (run.checkpoints, run.log, run.events, run.report):
    assert os.path.dirname(path) == run.path == str(tmp_path / 'run')


def test_differing_keys_are_named_with_both_values(tmp_path):
  _claim(tmp_path)
  message = _refusal(
    tmp_path,
    {'seed': 1, 'agent': {'rate': 0.25, 'sizes': (8, 8), 'clip': 1.5}},
  )
  assert 'agent.rate is 0.5 there and 0.25 here' in message
  assert 'agent.clip is absent there and 1.5 here' in message
  assert 'tasks is ["a"] there and absent here' in message
  assert 'seed' not in message
  assert 'sizes' not in message


@pytest.mark.parametrize(
  ('there', 'here'),
  [(1, True), (1, '1'), (None, 'null'), ({}, None), ({'a': 1}, {}), (0, None)],
)
def test_values_of_different_kinds_differ(tmp_path, there, here):
  _claim(tmp_path, {'key': there})
  assert 'key' in _refusal(tmp_path, {'key': here})


def test_key_with_a_line_break_stays_in_one_line(tmp_path):
  _claim(tmp_path, {'a\nb': 'c\nd'})
  assert 'c\\nd' in _refusal(tmp_path, {})


def test_a_key_that_an_earlier_version_did_not_know_has_its_default(tmp_path):
  _claim(tmp_path, {'seed': 1, 'agent': {'rate': 0.5}})
  defaults = {'seed': 7, 'agent': {'rate': 0.1, 'clip': 1.5}, 'other': 3}
  here = {'seed': 1, 'agent': {'rate': 0.5, 'clip': 1.5}}
  _claim(tmp_path, here, defaults=defaults)
  here['agent']['clip'] = 2.0
  message = _refusal(tmp_path, here, defaults=defaults)
  assert 'agent.clip is 1.5 there and 2.0 here' in message
  # A default takes the place of nothing that is there.
  message = _refusal(tmp_path, {'seed': 7, 'agent': 1}, defaults=defaults)
  assert 'seed is 1 there and 7 here' in message


@pytest.mark.parametrize(
  ('content', 'words'),
  [
    (b'', 'is damaged in line 1: restore it'),
    (b'{"seed": 1,\n', 'is damaged in line 2: restore it'),
    (b'\xff\xfe', 'is damaged: restore it'),
    (b'[1]', 'is not a configuration: restore it'),
    (b'null', 'is not a configuration: restore it'),
    (b'[' * 100_000, 'is damaged: restore it'),
  ],
  ids=['empty', 'cut', 'bytes', 'list', 'null', 'nested'],
)
def test_unreadable_configuration_is_refused_and_left_alone(
  tmp_path, content, words
):
  _claim(tmp_path)
  (tmp_path / 'config.json').write_bytes(content)
  assert f"config.json' {words}" in _refusal(tmp_path)
  assert (tmp_path / 'config.json').read_bytes() == content


def test_configuration_that_is_a_folder_is_refused(tmp_path):
  (tmp_path / 'config.json').mkdir()
  assert 'config.json' in _refusal(tmp_path)


def test_value_that_is_not_finite_is_refused(tmp_path):
  assert 'not finite' in _refusal(tmp_path, {'rate': float('nan')})
  assert 'config.json' not in os.listdir(tmp_path)


def test_folder_of_something_else_is_refused_and_untouched(tmp_path):
  (tmp_path / 'thesis.tex').touch()
  assert 'not a run folder' in _refusal(tmp_path)
  assert os.listdir(tmp_path) == ['thesis.tex']


def test_run_that_lost_its_configuration_is_refused(tmp_path):
  _claim(tmp_path)
  (tmp_path / 'checkpoints').mkdir()
  (tmp_path / 'config.json').unlink()
  assert 'not a run folder' in _refusal(tmp_path)


def test_path_that_cannot_be_a_folder_is_refused(tmp_path):
  (tmp_path / 'file').touch()
  (tmp_path / 'link').symlink_to(tmp_path / 'nowhere')
  assert 'is a file' in _refusal(tmp_path / 'file')
  assert 'cannot use' in _refusal(tmp_path / 'file' / 'run')
  assert _refusal(tmp_path / 'link')
  assert 'cannot use' in _refusal(tmp_path / ('x' * 300))
  assert 'cannot use' in _refusal(f'{tmp_path}/a\0b')
  assert 'no name' in _refusal('')


@pytest.fixture
def nobody():
  """Takes the superuser's rights away, which know no read-only folder."""
  with tempfile.TemporaryDirectory() as folder:
    os.chmod(folder, 0o755)
    superuser = os.geteuid() == 0

    def drop_rights() -> None:
      if superuser:
        try:
          os.seteuid(65534)
        except OSError as error:  # A sandbox may know of one user only.
          pytest.skip(f'cannot become another user: {error.strerror}')

    yield folder, drop_rights
    if superuser:
      os.seteuid(0)
    for path, _, _ in os.walk(folder):
      os.chmod(path, 0o755)


def test_read_only_folder_is_refused(nobody):
  folder, drop_rights = nobody
  run = os.path.join(folder, 'run')
  _claim(run)
  os.chmod(run, 0o555)
  os.chmod(folder, 0o555)
  drop_rights()
  assert 'not writable' in _refusal(run)
  assert 'Permission denied' in _refusal(os.path.join(folder, 'new'))


def test_full_disk_is_a_user_error_and_leaves_no_configuration(tmp_path):
  soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
  config = {'tasks': ['x' * 100_000]}
  with RunFolder(tmp_path) as run:
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
      with pytest.raises(UserError, match='cannot write'):
        run.claim(config)
    finally:
      resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(tmp_path) == ['lock']
    run.claim(config)
    assert sorted(os.listdir(tmp_path)) == ['config.json', 'lock']


def test_claim_without_the_lock_is_an_error(tmp_path):
  with pytest.raises(RuntimeError):
    RunFolder(tmp_path).claim({})


def test_second_trainer_is_refused_and_told_who_is_first(tmp_path):
  with _holder(tmp_path) as first:
    message = _refusal(tmp_path, {'seed': 1})
    assert f'in use by process {first.pid}:' in message
  _claim(tmp_path, {'seed': 1})


def test_lock_ends_with_the_block(tmp_path):
  first = pytest.raises(UserError, match=f'process {os.getpid()}:')
  with RunFolder(tmp_path), first:
    RunFolder(tmp_path).__enter__()
  with RunFolder(tmp_path):
    assert (tmp_path / 'lock').read_text() == f'{os.getpid()}\n'


def test_lock_dies_with_a_killed_process(tmp_path):
  with _holder(tmp_path) as first:
    first.send_signal(signal.SIGKILL)
    first.wait()
    _claim(tmp_path, {'seed': 1})


def test_lock_dies_with_its_process_though_a_forked_child_lives(tmp_path):
  with _holder(tmp_path, 'fork') as first:
    first.send_signal(signal.SIGKILL)
    first.wait()
    os.kill(first.spoken, 0)  # The child is still there.
    _claim(tmp_path, {'seed': 1})


def test_child_that_ends_does_not_end_the_lock(tmp_path):
  with RunFolder(tmp_path):
    child = os.fork()
    if child == 0:
      os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(UserError, match='in use'):
      RunFolder(tmp_path).__enter__()
