# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""How every program of this package starts and ends."""

from __future__ import annotations

import contextlib
import errno
import logging as standard_logging
import os
import pathlib
import re
import signal
import sys
from collections.abc import Callable, Iterator
from typing import NoReturn

from absl import app, flags, logging

import pathnet_tf
from launch import help as help_lib
from pathnet_tf.errors import UserError

_PACKAGE = pathlib.Path(pathnet_tf.__file__).parent

_MOST_THREADS = 1000  # A configuration with as many workers is not checked yet.

# What a disk refuses. Other errors of the system are this package's mistakes.
_OF_THE_DISK = (
  errno.ENOSPC,
  errno.EDQUOT,
  errno.EFBIG,
  errno.EROFS,
  errno.EIO,
  errno.EACCES,
  errno.EPERM,
  errno.ENOTDIR,
  errno.EISDIR,
  errno.EEXIST,
  errno.ENAMETOOLONG,
)


def run(main: Callable[[], int | None]) -> None:
  """Parses the flags, calls `main`, and ends with its exit code.

  Whatever a person got wrong is one line on stderr and exit code 2, whether it
  is a flag or what `main` raises as `UserError`. So is a disk that is full or
  refuses. Ctrl-C ends it without a word, as a signal does, where `main` does
  not see to it.
  """
  if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

  def parse(argv: list[str]) -> list[str]:
    for word, full in (('--help', False), ('-h', False), ('--helpfull', True)):
      if word in argv[1:]:
        with _until_read():
          print(help_lib.text(full), flush=True)
        raise SystemExit(0)
    try:
      rest = flags.FLAGS(argv)
      if len(rest) > 1:
        raise UserError(f'unexpected argument {rest[1]!r}: flags begin with --')
      return rest
    except (flags.Error, UserError) as error:
      _fail(UserError(_plain(str(error))))
    except UnicodeDecodeError:
      _fail(UserError('a --flagfile is not text: flags, one a line, are right'))

  def guarded(argv: list[str]) -> int | None:
    del argv
    log_plainly()
    try:
      with _until_read():
        return main()
    except UserError as error:
      _fail(error)
    except OSError as error:
      if error.errno not in _OF_THE_DISK:
        raise
      where = f' {error.filename!r}' if error.filename else ''
      _fail(UserError(f'cannot read or write{where}: {error.strerror}'))

  app.run(guarded, flags_parser=parse)


def log_plainly() -> None:
  """Has this process print a warning of this package as `warning: ...`.

  What other packages log keeps the prefix by which it is told apart.
  """
  # TensorFlow reports its checkpoints' shards at the level of information.
  logging.set_verbosity(logging.WARNING)
  logging.get_absl_handler().setFormatter(_Plain())
  logging.use_absl_handler()


class _Plain(logging.PythonFormatter):
  def format(self, record: standard_logging.LogRecord) -> str:
    if _PACKAGE not in pathlib.Path(record.pathname).parents:
      return super().format(record)
    said = ' '.join(record.getMessage().split())
    return f'{record.levelname.lower()}: {said}'


def set_data_dir(path: str | None) -> None:
  """Makes `path` the folder of image files for this process, if it is given."""
  if path:
    os.environ['PATHNET_DATA_DIR'] = path


def start_tensorflow(
  workers: int,
  logical_devices: int = 0,
  gpus: Callable[[list], list] | None = None,
) -> None:
  """Imports TensorFlow without its banner, and sets its threads.

  One thread for an op, and one to run ops for each worker: the networks are
  small, and an op split over cores loses to workers side by side.

  Args:
    workers: how many evaluations run at a time.
    logical_devices: how many devices the CPU is to pass for; 0: one.
    gpus: gives those that this process may use, of all there are; None: all.
  """
  with _quiet_stderr():
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(
      min(workers, _MOST_THREADS)
    )
    if logical_devices > 0:
      tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices('CPU')[0],
        [tf.config.LogicalDeviceConfiguration()] * logical_devices,
      )
    if gpus is not None:  # Now, as a device that is in use can't be hidden.
      chosen = gpus(tf.config.list_physical_devices('GPU'))
      tf.config.set_visible_devices(chosen, 'GPU')
    tf.constant(0)  # Looks for devices, and reports that there is no GPU.


def _plain(message: str) -> str:
  """What absl says of flags, without what Python says of numbers."""
  found = re.match(
    r'(flag --(\w+)=.*): (?:invalid literal|could not|Exceeds)', message, re.S
  )
  if found and found[2] in flags.FLAGS:
    return f'{found[1]}: {flags.FLAGS[found[2]].parser.syntactic_help} is right'
  # Of a flag file that cannot be read: ERROR:: Unable ...
  return message.removeprefix('ERROR:: ')


@contextlib.contextmanager
def _until_read() -> Iterator[None]:
  """Ends the process once who reads has read enough, as `head` does."""
  try:
    yield
  except BrokenPipeError:
    os._exit(128 + signal.SIGPIPE)


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
  """Keeps what native code prints to stderr, and shows it only on failure.

  TensorFlow logs its build's features before any setting of its log level is
  looked at.
  """
  sys.stderr.flush()
  # In memory: the disk may be full.
  with os.fdopen(os.memfd_create('stderr'), 'w+b') as kept:
    stderr = os.dup(2)
    os.dup2(kept.fileno(), 2)
    try:
      yield
    except BaseException:
      kept.seek(0)
      os.write(stderr, kept.read())
      raise
    finally:
      sys.stderr.flush()
      os.dup2(stderr, 2)
      os.close(stderr)


def _fail(error: Exception) -> NoReturn:
  sys.stdout.flush()
  print('error:', ' '.join(str(error).split()), file=sys.stderr, flush=True)
  os._exit(2)
