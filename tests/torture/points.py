# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The named points at which a trainer can be made to kill itself.

The package knows nothing of them: a function of it is wrapped, in the process
that is to die.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import os
import signal
from typing import Any


@dataclasses.dataclass(frozen=True)
class Point:
  """A place in the code.

  Attributes:
    where: `module:function`, or `module:Class.method`.
    after: whether it dies once the function has returned, not before.
    match: what the text of the arguments must hold.
  """

  where: str
  after: bool = False
  match: str = ''


_STORE = 'pathnet_tf.checkpoint_folder:CheckpointFolder'
_RUN = 'pathnet_tf.coordinator:Coordinator'
_LEARNER = 'pathnet_tf.learner:Learner'
_LOG = 'pathnet_tf.event_log:EventLog'

POINTS = {
  # A new run.
  'start.config': Point('os:replace', match='config.json'),
  # A save.
  'save.begun': Point(f'{_STORE}.begin', after=True),
  'save.weights': Point('pathnet_tf.manifest:seal'),
  'save.state': Point('pathnet_tf.manifest:_describe'),
  'save.whole': Point('pathnet_tf.manifest:seal', after=True),
  'save.named': Point(f'{_STORE}.commit', after=True),
  'save.pruning': Point(f'{_STORE}._discard'),
  'save.pruned': Point(f'{_STORE}.prune', after=True),
  # A tournament.
  'tournament.evaluated': Point(f'{_RUN}._record'),
  'tournament.held': Point(f'{_RUN}._write', match="'evaluation'"),
  'tournament.logged': Point(
    f'{_LOG}.append', after=True, match="'evaluation'"
  ),
  'tournament.over': Point(f'{_RUN}._record', after=True),
  # The switch to a task.
  'switch.begins': Point(f'{_LEARNER}.begin'),
  'switch.head': Point(f'{_LEARNER}.begin', after=True),
  'switch.logged': Point(f'{_LOG}.append', after=True, match="'begin'"),
  'switch.begun': Point(f'{_RUN}._begin', after=True),
  # The end of a task.
  'freeze.begins': Point(f'{_LEARNER}.finish'),
  'freeze.frozen': Point('pathnet_tf.networks.pathnet:PathNet.freeze', True),
  'freeze.over': Point(f'{_LEARNER}.finish', after=True),
  'freeze.logged': Point(f'{_LOG}.append', after=True, match="'finish'"),
  'freeze.saved': Point(f'{_RUN}._export_last'),
  # Its export.
  'export.begins': Point('pathnet_tf.exports.saved_model:save'),
  'export.model': Point('pathnet_tf.exports.saved_model:save', after=True),
  'export.described': Point('pathnet_tf.exports.description:write', after=True),
  'export.named': Point('pathnet_tf.exports.export:write', after=True),
  # A resume that cuts the log.
  'resume.tail': Point(f'{_LOG}._keep_aside', after=True),
  'resume.cut': Point(f'{_LOG}.truncate', after=True),
  # The report.
  'report.figure': Point('matplotlib.figure:Figure.savefig', after=True),
  'report.page': Point('os:replace', match='index.html'),
}


# As one run comes to them that is killed at each, and goes on.
ORDER = (
  *('start.config', 'save.begun', 'save.weights', 'save.state', 'save.whole'),
  *('save.named', 'switch.begins', 'switch.head', 'switch.logged'),
  *('switch.begun', 'tournament.evaluated', 'tournament.held'),
  # The next start finds a record that no checkpoint has.
  *('tournament.logged', 'resume.tail', 'resume.cut', 'tournament.over'),
  *('save.pruning', 'save.pruned', 'freeze.begins', 'freeze.frozen'),
  *('freeze.over', 'freeze.logged', 'freeze.saved', 'export.begins'),
  *('export.model', 'export.described', 'export.named', 'report.figure'),
  'report.page',
)
assert set(ORDER) == set(POINTS)


def install(name: str, countdown: int) -> None:
  """Makes this process die when it comes to a point for the n-th time."""
  point = POINTS[name]
  module, _, path = point.where.partition(':')
  *owners, attribute = path.split('.')
  owner: Any = functools.reduce(
    getattr, owners, importlib.import_module(module)
  )
  function = getattr(owner, attribute)
  left = countdown

  def die() -> None:
    nonlocal left
    left -= 1
    if left == 0:
      os.kill(os.getpid(), signal.SIGKILL)

  @functools.wraps(function)
  def wrapped(*arguments, **options):
    here = point.match in str(arguments)
    if here and not point.after:
      die()
    value = function(*arguments, **options)
    if here and point.after:
      die()
    return value

  setattr(owner, attribute, wrapped)
