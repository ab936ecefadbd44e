# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What `--help` and `--helpfull` print: a program's flags in their order."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable

from absl import flags

_WIDTH = 79
# What absl adds, to words that say so themselves.
REPEATED = '; repeat this option to specify a list of values'
# What programs share: its title, and one of its flags, which tells the module.
_GROUPS = {
  "The run's configuration:": 'steps_per_task',
  'With --strategy=parameter_server:': 'hosts',
}

command = 'python -m launch.'  # What was typed before a program's name.


def text(full: bool) -> str:
  """The help of the program that runs.

  Its own flags come first, those of a run's configuration next, and those of
  clusters after them, in the order of their definition; absl's own are left to
  `--helpfull`.

  Args:
    full: whether to name the flags of every module.
  """
  program = sys.modules['__main__']
  own = flags.FLAGS.get_key_flags_for_module(sys.argv[0])
  groups = {
    title: [flag for flag in _beside(name) if flag in own]
    for title, name in _GROUPS.items()
  }
  shown = [flag for group in groups.values() for flag in group]
  first = [flag for flag in own if flag not in shown]
  parts = [as_typed((program.__doc__ or '').strip()), _described(first)]
  for title, group in groups.items():
    parts += [title, _described(group)] if group else []
  if full:
    shown += first
    for module, others in sorted(flags.FLAGS.flags_by_module_dict().items()):
      rest = [flag for flag in others if flag not in shown]
      if rest and module != sys.argv[0]:
        parts += [f'{module}:', _described(rest)]
  parts.append(
    '--flagfile=FILE reads flags from a file, one a line.'
    + ('' if full else '\n--helpfull lists those of absl, too.')
  )
  return '\n\n'.join(part for part in parts if part)


def as_typed(text: str) -> str:
  """A text with the commands in it as this program was started."""
  return text.replace('python -m launch.', command)


def _beside(name: str) -> list[flags.Flag]:
  """The flags of the module that defines this one; none if no module does."""
  module = flags.FLAGS.find_module_defining_flag(name) or ''
  return flags.FLAGS.flags_by_module_dict().get(module, [])


def _described(those: Iterable[flags.Flag]) -> str:
  lines = []
  for flag in those:
    name = f'--[no]{flag.name}' if flag.boolean else f'--{flag.name}'
    default = flag.default_as_str
    if default and not flag.boolean:
      name += f'={default}'.replace("'", '')
    elif flag.boolean and flag.default is not None:
      name += f' (default {str(bool(flag.default)).lower()})'
    words = ' '.join((flag.help or '').split()).removesuffix(REPEATED)
    lines.append(f'  {name}')
    lines += textwrap.wrap(
      words, _WIDTH, initial_indent=' ' * 6, subsequent_indent=' ' * 6
    )
  return '\n'.join(lines)
