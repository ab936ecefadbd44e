# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""How checkpoints enter and leave their folder: whole, at every moment.

Names in the folder:
  <number>[-<pinned>]             a checkpoint
  <number>[-<pinned>].replaced    the one before of that name, until the new
                                  one is whole
  .tmp-*                          in the making, or on its way out
  damaged-*                       set aside
"""

from __future__ import annotations

import os
import re

from absl import logging

from pathnet_tf import manifest as manifest_lib
from pathnet_tf.durable_files import TEMPORARY, remove, sync_path

_DAMAGED = 'damaged-'
_REPLACED = '.replaced'
_PINNED = re.compile(r'[A-Za-z0-9_-]{1,100}')
_NAME = re.compile(r'([0-9]{12,18})(?:-([A-Za-z0-9_-]{1,100}))?(?:\.replaced)?')


def name_of(number: int, pinned: str | None) -> str:
  """The name of a checkpoint.

  Raises:
    ValueError: it cannot have that number, or that pinned name.
  """
  if not 0 <= number < 10**18:
    raise ValueError(f'a checkpoint cannot have the number {number}')
  if pinned is not None and not _PINNED.fullmatch(pinned):
    raise ValueError(f'a checkpoint cannot have the name {pinned!r}')
  return f'{number:012d}' + (f'-{pinned}' if pinned else '')


class CheckpointFolder:
  """One folder of checkpoints. Every method may raise OSError.

  Attributes:
    path: the folder, absolute.
  """

  def __init__(self, path: str | os.PathLike[str], *, read_only: bool = False):
    """Creates the folder where it is new; undoes what a killed save left.

    Args:
      path: of the folder.
      read_only: nothing is created, cleared away or renamed.
    """
    self.path = os.path.abspath(path)
    self._read_only = read_only
    if not read_only:
      os.makedirs(self.path, exist_ok=True)
      sync_path(os.path.dirname(self.path))
      self._recover()

  def child(self, name: str) -> str:
    """The path of what has that name in the folder."""
    return os.path.join(self.path, name)

  def scan(self) -> tuple[dict[str, manifest_lib.Manifest], dict[str, str]]:
    """Reads the manifest of everything with a checkpoint's name.

    Returns:
      The manifests by name, the newest first, and what is wrong with the rest.

    Raises:
      UserError: a checkpoint was made by another version of this package.
    """
    manifests, damages = {}, {}
    for name in self._names():
      if match := _NAME.fullmatch(name):
        number, pinned = int(match[1]), match[2]
        try:
          manifests[name] = manifest_lib.read(self.child(name), number, pinned)
        except manifest_lib.DamagedError as error:
          damages[name] = str(error)
    newest_first = sorted(
      manifests, key=lambda name: manifests[name].serial, reverse=True
    )
    return {name: manifests[name] for name in newest_first}, damages

  def has_damaged(self) -> bool:
    """Whether a checkpoint was ever set aside."""
    return any(name.startswith(_DAMAGED) for name in self._names())

  def begin(self, name: str) -> str:
    """An empty folder to make the checkpoint of that name in."""
    temporary = self.child(TEMPORARY + name)
    remove(temporary)
    os.mkdir(temporary)
    return temporary

  def commit(self, name: str) -> None:
    """Gives what was begun its name; one that has it is there until then."""
    final = self.child(name)
    if os.path.lexists(final):
      self._discard(name + _REPLACED)
      os.rename(final, final + _REPLACED)
    os.rename(self.child(TEMPORARY + name), final)
    sync_path(self.path)

  def abandon(self, name: str) -> None:
    """Clears away what was begun."""
    remove(self.child(TEMPORARY + name))

  def set_aside(self, name: str, reason: str) -> None:
    """Renames a damaged checkpoint, with a warning in the log."""
    if self._read_only:
      logging.warning(
        'checkpoint %s is damaged (%s): passed over', name, reason
      )
      return
    aside = _DAMAGED + name
    count = 1
    while os.path.lexists(self.child(aside)):
      count += 1
      aside = f'{_DAMAGED}{name}.{count}'
    os.rename(self.child(name), self.child(aside))
    sync_path(self.path)
    logging.warning(
      'checkpoint %s is damaged (%s): set aside as %s', name, reason, aside
    )

  def prune(self, keep: int) -> None:
    """Removes all that are not pinned but the newest `keep`."""
    manifests, _ = self.scan()
    ordinary = []
    for name, manifest in manifests.items():
      if not name.endswith(_REPLACED):
        if manifest.pinned is None:
          ordinary.append(name)
      elif name.removesuffix(_REPLACED) in manifests:
        self._discard(name)
    for name in ordinary[keep:]:
      self._discard(name)

  def _names(self) -> list[str]:
    try:
      return sorted(os.listdir(self.path))
    except FileNotFoundError:
      return []

  def _recover(self) -> None:
    """Undoes or completes what a kill interrupted."""
    for name in self._names():
      if name.startswith(TEMPORARY):
        remove(self.child(name))
      elif _NAME.fullmatch(name) and name.endswith(_REPLACED):
        final = self.child(name.removesuffix(_REPLACED))
        if not os.path.lexists(final):
          os.rename(self.child(name), final)

  def _discard(self, name: str) -> None:
    """Removes a checkpoint so that a kill leaves no half of it in sight."""
    if os.path.lexists(self.child(name)):
      temporary = self.child(f'{TEMPORARY}removed-{name}')
      remove(temporary)
      os.rename(self.child(name), temporary)
      remove(temporary)
