# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Edited files and wrong settings, all in this process."""

from __future__ import annotations

import collections
import json
import pathlib
import random
import shutil
from collections.abc import Iterator

import hypothesis
from absl import flags
from absl import logging as absl_logging
from absl.testing import flagsaver
from hypothesis import strategies as st

from pathnet_tf.errors import UserError
from tests.torture import trainers as trainers_lib
from tests.torture.processes import Row, Stage

_CHUNK = 250


def edits(wanted: int) -> Stage:
  """Edits of bytes in checkpoints, logs and configurations of a real run."""

  def stage(scratch: pathlib.Path, done: list[Row]) -> Iterator[Row]:
    origin = scratch / 'origin'
    with trainers_lib.Trainers() as trainers:
      arguments = trainers_lib.SETTINGS['images']
      # Stopped in the second task, with checkpoints of both.
      trainers.run(arguments, origin, point='tournament.logged', count=30)
    left = wanted - sum(row['tries'] for row in done)
    verbosity = absl_logging.get_verbosity()
    absl_logging.set_verbosity(absl_logging.ERROR)
    number = len(done)
    while left > 0:
      tries = min(_CHUNK, left)
      yield edit_many(origin, scratch / 'copy', number, tries)
      left, number = left - tries, number + 1
    absl_logging.set_verbosity(verbosity)

  return stage


def edit_many(
  origin: pathlib.Path, copy: pathlib.Path, seed: int, tries: int
) -> Row:
  """Edits a copy of a run again and again, and opens it as a resume does."""
  rng = random.Random(seed)
  files = sorted(
    str(path.relative_to(origin))
    for pattern in ('checkpoints/*/*', 'evolution.jsonl', 'config.json')
    for path in origin.glob(pattern)
  )
  states = {
    path.name: json.loads((path / 'state.json').read_text())
    for path in origin.glob('checkpoints/[0-9]*')
  }
  log = (origin / 'evolution.jsonl').read_bytes()
  config = json.loads((origin / 'config.json').read_text())
  newest = max(states, key=lambda name: states[name]['log'])
  kinds: collections.Counter[str] = collections.Counter()
  faults = []
  for _ in range(tries):
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(origin, copy)
    name = rng.choice(files)
    content = edit(rng, (copy / name).read_bytes())
    (copy / name).write_bytes(content)
    try:
      kind = _open(copy, states, log, config, newest)
    except UserError as error:
      kind = 'refused'
      if '\n' in str(error):
        faults.append(f'{name}: more than one line: {error}')
    except Exception as error:
      kind = 'traceback'
      faults.append(f'{name}: {type(error).__name__}: {error}')
    if kind.startswith('fault'):
      faults.append(f'{name}: {kind}')
    kinds[kind] += 1
  return {'tries': tries, 'kinds': dict(kinds), 'seed': seed, 'faults': faults}


def edit(rng: random.Random, content: bytes) -> bytes:
  """Some bytes changed, inserted, cut out, zeroed, or all after them lost."""
  start = rng.randrange(len(content) + 1)
  end = min(len(content), start + rng.choice((1, 1, 2, 8, 512)))
  kind = rng.choice(('bit', 'bytes', 'insert', 'cut', 'zero', 'truncate'))
  middle = content[start:end]
  if kind == 'bit' and middle:
    middle = bytes([middle[0] ^ 1 << rng.randrange(8)]) + middle[1:]
  elif kind == 'bytes':
    middle = rng.randbytes(len(middle))
  elif kind == 'insert':
    middle = rng.randbytes(rng.randrange(1, 9)) + middle
  elif kind == 'cut':
    middle = b''
  elif kind == 'zero':
    middle = bytes(len(middle))
  elif kind == 'truncate':
    return content[:start]
  return content[:start] + middle + content[end:]


def _open(copy, states, log, config, newest) -> str:
  """Opens a run as a resume does; says what came of it."""
  from pathnet_tf import checkpoints, event_log, run_folder
  from pathnet_tf.config import RunConfig

  with run_folder.RunFolder(copy) as folder:
    folder.claim(config)
    RunConfig.from_json(folder.read_config())
    found = checkpoints.CheckpointStore(folder.checkpoints).latest()
    if found is None:
      return 'fault: a silent restart'
    name = pathlib.Path(found.path).name
    if states.get(name) != found.state:
      return f'fault: {name} has another state'
    with event_log.EventLog(folder.log) as events:
      events.truncate(found.state['log'], found.state['log_digest'])
      records = list(event_log.read(events.path))
    if pathlib.Path(folder.log).read_bytes() != log[: found.state['log']]:
      return 'fault: another log'
    if not records:
      return 'fault: an empty log'
  if list(copy.glob('checkpoints/damaged-*')):
    return 'newest set aside' if name != newest else 'older set aside'
  return 'harmless'


# Settings: what a slip of the finger, or none, may give a flag.
def _words(name: str) -> st.SearchStrategy[str]:
  """One of a list's lines."""
  path = pathlib.Path(__file__).with_name('words') / f'{name}.txt'
  return st.sampled_from(path.read_text().splitlines())


_TEXTS = st.one_of(
  _words('values'),
  st.integers(-(10**20), 10**20).map(str),
  st.floats().map(str),
  st.text(max_size=12),
)
_NAMES = st.one_of(
  _words('tasks'),
  st.text(max_size=20),
  st.builds(
    '{}/{}?{}={}'.format,
    st.sampled_from(['minatar', 'atari', 'gym', 'mnist', 'cifar10', 'svhn']),
    st.text(max_size=8),
    st.text(max_size=8),
    st.text(max_size=8),
  ),
)
_NETWORKS = st.one_of(
  _words('networks'),
  st.text(max_size=20),
  st.text(alphabet='densconvlstm(),[]0123456789 =', max_size=30),
)


def settings(wanted: int) -> Stage:
  """Flags and configurations, most of them wrong."""

  def stage(scratch: pathlib.Path, done: list[Row]) -> Iterator[Row]:
    del scratch
    left = wanted - sum(row['tries'] for row in done)
    number = len(done)
    while left > 0:
      tries = min(_CHUNK, left)
      yield generate_settings(number, tries)
      left, number = left - tries, number + 1

  return stage


def generate_settings(seed: int, tries: int) -> Row:
  """Generates command lines and configurations; counts what came of them."""
  from launch import run_flags

  names = sorted(flag.name for flag in run_flags.SETTINGS.values())
  values = {'tasks': _NAMES, 'network': _NETWORKS}
  one = st.sampled_from(names).flatmap(
    lambda name: st.tuples(st.just(name), values.get(name, _TEXTS))
  )
  tree = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
  )
  kinds: collections.Counter[str] = collections.Counter()
  faults: list[str] = []

  @hypothesis.seed(seed)
  @hypothesis.settings(
    max_examples=tries,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
  )
  @hypothesis.given(st.lists(one, min_size=1, max_size=3), st.booleans(), tree)
  def generated(chosen, as_config, value):
    try:
      kind = _as_config(chosen[0][0], value) if as_config else _as_flags(chosen)
    except (UserError, flags.Error) as error:
      kind = 'refused'
      # What the program prints: all in one line, whatever is in it.
      if not ' '.join(str(error).split()):
        faults.append(f'{chosen} {value}: no reason')
    except Exception as error:
      kind = 'traceback'
      faults.append(
        f'{chosen if not as_config else (chosen[0][0], value)}:'
        f' {type(error).__name__}: {error}'
      )
    kinds[kind] += 1

  generated()
  made = sum(kinds.values())
  return {'tries': made, 'kinds': dict(kinds), 'seed': seed, 'faults': faults}


def _as_flags(chosen) -> str:
  from launch import run_flags

  with flagsaver.flagsaver():
    flags.FLAGS(
      ['train', '--tasks=minatar/breakout']
      + [f'--{name}={value}' for name, value in chosen]
    )
    return _check(run_flags.config_from_flags())


def _as_config(name: str, value) -> str:
  from launch import run_flags
  from pathnet_tf.config import RunConfig

  (setting,) = [
    key for key, flag in run_flags.SETTINGS.items() if flag.name == name
  ]
  tree = RunConfig(('minatar/breakout',), 100).to_json()
  *groups, last = setting.split('.')
  node = tree
  for group in groups:
    node = node[group]
  node[last] = value
  return _check(RunConfig.from_json(tree))


def _check(config) -> str:
  """All that is checked before a network is made of it."""
  from pathnet_tf import breeding
  from pathnet_tf.networks import configs, description
  from pathnet_tf.tasks import registry

  tasks = [registry.make(name) for name in config.tasks]
  network = config.network.name
  if network and not network.isidentifier():
    description.parse(configs.NETWORKS.get(network, network))
  breeding.make_search(config, (config.network.modules,) * 3, 0)
  return f'sound with {len(tasks)} tasks'
