# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Files and folders that are on the disk, whole, once a call has returned."""

from __future__ import annotations

import contextlib
import os
import shutil

TEMPORARY = '.tmp-'  # How the names of files and folders in the making begin.


def sync_path(path: str) -> None:
  """Forces a file, or the names in a folder, to the disk.

  Raises:
    OSError: the path cannot be opened or the disk refuses.
  """
  descriptor = os.open(path, os.O_RDONLY)
  try:
    os.fsync(descriptor)
  finally:
    os.close(descriptor)


def sync_tree(path: str) -> None:
  """Forces a folder to the disk, with all files and folders in it.

  Raises:
    OSError: something of it cannot be opened or the disk refuses.
  """
  for folder, _, names in os.walk(path):
    for name in names:
      sync_path(os.path.join(folder, name))
    sync_path(folder)


def write_synced(path: str, data: bytes) -> None:
  """Writes a file and forces it to the disk; a kill may leave half of it.

  Its name is on the disk only once its folder has been synced.

  Raises:
    OSError: the folder is not writable or the disk is full.
  """
  with open(path, 'wb') as file:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def write_durably(path: str, data: bytes) -> None:
  """Writes a file whole or not at all, also under a kill or a power cut.

  Raises:
    OSError: the folder is not writable or the disk is full; a file that was
      there before is then untouched.
  """
  folder, name = os.path.split(os.path.abspath(path))
  temporary = os.path.join(folder, TEMPORARY + name)
  try:
    write_synced(temporary, data)
    os.replace(temporary, path)
  except OSError:
    with contextlib.suppress(OSError):
      os.remove(temporary)
    raise
  sync_path(folder)


def copy_durably(source: str, target: str) -> None:
  """Copies a folder of files and folders, and forces all to the disk.

  Args:
    source: the folder.
    target: its copy, which must not be there. A kill may leave part of it.

  Raises:
    OSError: a file cannot be read or written, or the disk is full.
  """
  for folder, _, names in os.walk(source):
    copy = os.path.normpath(
      os.path.join(target, os.path.relpath(folder, source))
    )
    os.mkdir(copy)
    for name in names:
      # Not copytree(): its error does not say that the disk is full.
      shutil.copyfile(os.path.join(folder, name), os.path.join(copy, name))
  sync_tree(target)
  sync_path(os.path.dirname(os.path.abspath(target)))


def remove(path: str) -> None:
  """Removes a file, a link, or a folder and all in it; absent is fine.

  Raises:
    OSError: something of it could not be removed.
  """
  if os.path.isdir(path) and not os.path.islink(path):
    shutil.rmtree(path)
  elif os.path.lexists(path):
    os.remove(path)
