# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What a run is: every setting that decides its outcome, in one place.

The configuration is written to the run folder and compared on resume. What only
decides how a run is shown or how often it is saved is not in it.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from typing import Any

from pathnet_tf.agents.actor_critic import AgentConfig
from pathnet_tf.agents.classifier import LOSSES, ClassifierConfig
from pathnet_tf.agents.row_optimizers import OPTIMIZERS
from pathnet_tf.agents.updates import OptimizerConfig
from pathnet_tf.errors import UserError
from pathnet_tf.networks.inputs import PIXELS

SEARCHES = ('tournament', 'binary', 'fixed')
BORDERS = ('clamp', 'wrap')
FROZEN = ('always_on', 'scaled', 'columns', 'available', 'none')
STRATEGIES = ('local', 'mirrored', 'parameter_server')
READOUTS = ('sum', 'mean')
REINITIALISE = ('fresh', 'stored', 'none', 'copies')

# Far more than anyone needs. What is beyond is a slip of the finger, and would
# end for want of memory, or in numbers that TensorFlow does not have.
_MOST_SIZE = 100_000
_MOST_COUNT = 10**15
_LEAST_EPSILON = 1e-30  # Less is zero in float32, or nearly so.

# Of a field's annotation: what it is called, and what it may be.
_TYPES: dict[str, tuple[str, tuple[type, ...]]] = {
  'tuple[str, ...]': ('a list of names', (tuple, list)),
  'int': ('an integer', (int,)),
  'float': ('a number', (int, float)),
  'float | None': ('a number or nothing', (int, float, type(None))),
  'bool': ('true or false', (bool,)),
  'str': ('text', (str,)),
}


@dataclasses.dataclass(frozen=True)
class NetworkConfig:
  """The super-network.

  Attributes:
    name: one of `networks.configs.NETWORKS`, or a description such as
      'conv(8, 3), lstm(32)'; empty: what suits the first task.
    modules: M, modules a layer.
    active: N, genes a layer, the most distinct modules of a path.
    frozen: whether the modules frozen by earlier tasks always run, added to
      the path ('always_on', the paper's for reinforcement learning), or only
      where a path names them ('available', the paper's for classification).
      'scaled': they always run, their outputs times numbers that each later
      task learns, small at first (see `networks.adapters`).
      'columns': the paths of earlier tasks run whole, beside the later path,
      which adds their outputs times such numbers (see `networks.columns`).
      'none': a task's end freezes nothing, and later tasks change what it
      learnt (the fine-tuning control); `reinitialise` is 'none' as well.
    readout: 'sum' or 'mean' of the last layer's modules, before the head.
    reinitialise: what the modules that are not frozen get after a task: 'fresh'
      weights, the ones they began with ('stored'), or 'none': they keep theirs.
      'copies': the next task begins with copies of the path frozen last in
      their place, and trains those.
    pixels: of images, see `networks.inputs.preparation`.
    free_modules: a task begins with at least so many modules a layer that are
      not frozen: M grows where there are fewer. 0: M never grows.
  """

  name: str = ''
  modules: int = 10
  active: int = 4
  frozen: str = 'always_on'
  readout: str = 'sum'
  reinitialise: str = 'fresh'
  pixels: str = 'centred'
  free_modules: int = 0


@dataclasses.dataclass(frozen=True)
class EvolutionConfig:
  """The search over paths.

  Attributes:
    search: 'tournament', asynchronous (the paper's for reinforcement
      learning); 'binary', two at a time (the paper's for classification); or
      'fixed': one path for ever, the controls'.
    population: P.
    rivals: B, how many others an evaluated genotype is compared with; of
      asynchronous tournaments only.
    mutation_rate: of a gene; 0 stands for the paper's 1 / (L N).
    border: 'clamp' or 'wrap', for indices mutated out of range.
    episodes: T of games, whole episodes of every environment in an evaluation.
    duplication_rate: probability, a layer and evaluation, that a useful module
      is copied over another one (the paper's Labyrinth operator).
    initial_population: 'random' paths, the paper's, or 'mutants' of one path of
      modules that are not frozen, which share most of what they train.
  """

  search: str = 'tournament'
  population: int = 64
  rivals: int = 5
  mutation_rate: float = 0.0
  border: str = 'clamp'
  episodes: int = 1
  duplication_rate: float = 0.0
  initial_population: str = 'random'


@dataclasses.dataclass(frozen=True)
class RunConfig:
  """A run: tasks in a row on one super-network.

  Attributes:
    tasks: names, one task after the other.
    steps_per_task: agent steps, or minibatches, that each task may use.
    seed: of every random stream.
    workers: K, evaluations at a time; 1 is deterministic.
    environments: E, environments of each worker.
    strategy: where the workers are: 'local', threads of one process;
      'mirrored', the devices of one host in lockstep; 'parameter_server', the
      processes of a cluster.
    anneal: whether the learning rate falls linearly to zero over a task.
    solved_at: a task ends as soon as an evaluation's fitness is at least this;
      None: when its steps are spent.
    network: the super-network.
    evolution: the search.
    agent: the actor-critic, for games.
    classifier: for images to tell apart.
    optimizer: of either.
  """

  tasks: tuple[str, ...]
  steps_per_task: int
  seed: int = 0
  workers: int = 2
  environments: int = 8
  strategy: str = 'local'
  anneal: bool = False
  solved_at: float | None = None
  network: NetworkConfig = NetworkConfig()
  evolution: EvolutionConfig = EvolutionConfig()
  agent: AgentConfig = AgentConfig()
  classifier: ClassifierConfig = ClassifierConfig()
  optimizer: OptimizerConfig = OptimizerConfig()

  def __post_init__(self):
    """Checks what no other part checks.

    Raises:
      UserError: for a value out of its range.
    """
    if not self.tasks:
      raise UserError(
        'no tasks: name at least one, as in'
        ' --tasks=minatar/breakout,minatar/asterix'
      )
    for group in (
      self,
      self.network,
      self.evolution,
      self.agent,
      self.classifier,
      self.optimizer,
    ):
      _typed(group)
    _at_least(self, 1, 'steps_per_task', 'workers', 'environments')
    _at_least(self, 0, 'seed')
    _at_most(self, _MOST_COUNT, 'steps_per_task', 'seed')
    _at_most(self, _MOST_SIZE, 'workers', 'environments')
    _at_least(self.network, 1, 'modules', 'active')
    _at_least(self.network, 0, 'free_modules')
    _at_most(self.network, _MOST_SIZE, 'modules', 'free_modules')
    _at_least(self.evolution, 0, 'duplication_rate', 'mutation_rate')
    _at_least(self.evolution, 1, 'episodes')
    _at_most(self.evolution, 1, 'duplication_rate', 'mutation_rate')
    _at_most(self.evolution, _MOST_SIZE, 'population', 'episodes')
    _at_least(self.agent, 1, 'window')
    _at_most(self.agent, _MOST_SIZE, 'window')
    _at_least(
      self.agent, 0, 'discount', 'entropy_cost', 'value_cost', 'reward_clip'
    )
    _at_most(self.agent, 1, 'discount')
    _at_least(self.classifier, 1, 'batch_size', 'minibatches')
    _at_most(self.classifier, _MOST_SIZE, 'batch_size', 'minibatches')
    _at_least(self.optimizer, 0, 'learning_rate', 'clip_norm', 'decay')
    _at_most(self.optimizer, 1, 'decay')
    _at_least(self.optimizer, _LEAST_EPSILON, 'epsilon')
    _one_of(self, 'strategy', STRATEGIES)
    _one_of(self.network, 'frozen', FROZEN)
    _one_of(self.network, 'readout', READOUTS)
    _one_of(self.network, 'reinitialise', REINITIALISE)
    _one_of(self.network, 'pixels', PIXELS)
    _one_of(self.evolution, 'search', SEARCHES)
    _one_of(self.evolution, 'border', BORDERS)
    _one_of(self.evolution, 'initial_population', ('random', 'mutants'))
    _one_of(self.classifier, 'loss', LOSSES)
    _one_of(self.optimizer, 'name', tuple(OPTIMIZERS))
    if self.solved_at is not None and not math.isfinite(self.solved_at):
      raise UserError(
        f'solved_at is {self.solved_at}, not finite: a fitness is right, or'
        ' none'
      )
    if self.network.active > self.network.modules:
      raise UserError(
        f'active (N) is {self.network.active}, more than the'
        f' {self.network.modules} modules (M) of a layer: at most M is right'
      )
    if self.network.frozen == 'none' and self.network.reinitialise != 'none':
      raise UserError(
        f'reinitialise is {self.network.reinitialise!r} and frozen none, so the'
        ' end of a task would undo what it learnt: reinitialise none is right'
      )
    fixed = self.evolution.search == 'fixed'
    if not fixed and self.evolution.population < self.workers:
      raise UserError(
        f'population (P) is {self.evolution.population}, fewer than the'
        f' {self.workers} workers: every worker needs a genotype of its own'
      )

  def to_json(self) -> dict[str, Any]:
    """As `config.json` holds it."""
    return dataclasses.asdict(self)

  @classmethod
  def defaults(cls) -> dict[str, Any]:
    """What a setting is where a `config.json` does not name it."""
    config = cls(('a task',), 1).to_json()
    return {
      field.name: config[field.name]
      for field in dataclasses.fields(cls)
      if field.default is not dataclasses.MISSING
    }

  @classmethod
  def from_json(cls, tree: dict[str, Any]) -> RunConfig:
    """The configuration that `to_json` gave.

    Raises:
      UserError: if it is of another version or not a configuration.
    """
    groups = {
      'network': NetworkConfig,
      'evolution': EvolutionConfig,
      'agent': AgentConfig,
      'classifier': ClassifierConfig,
      'optimizer': OptimizerConfig,
    }
    values = {**tree}
    for name, kind in groups.items():
      values[name] = _made(kind, tree.get(name), name)
    if isinstance(values.get('tasks'), list):
      values['tasks'] = tuple(values['tasks'])
    return _made(cls, values, 'tasks')


def _made(kind: Any, values: Any, name: str) -> Any:
  """A configuration, or its group of that name, from what a file holds.

  Raises:
    UserError: it has other settings.
  """
  strange = [name]
  if isinstance(values, dict):
    fields = dataclasses.fields(kind)
    needed = {f.name for f in fields if f.default is dataclasses.MISSING}
    strange = sorted(
      (values.keys() - {f.name for f in fields}) | (needed - values.keys())
    )
  if strange:
    raise UserError(
      'config.json is not of this version of pathnet_tf:'
      f' {", ".join(map(repr, strange))}'
    )
  return kind(**values)


def _typed(group: Any) -> None:
  """Checks every value's type: files and programs may give any."""
  for field in dataclasses.fields(group):
    value = getattr(group, field.name)
    words, kinds = _TYPES.get(str(field.type), (f'a {field.type}', ()))
    right = (
      isinstance(value, kinds) if kinds else dataclasses.is_dataclass(value)
    )
    if isinstance(value, bool):
      right = field.type == 'bool'
    elif isinstance(value, (tuple, list)):
      right = right and all(isinstance(name, str) for name in value)
    if not right:
      raise UserError(f'{field.name} is {value!r}: {words} is right')
    if isinstance(value, int) and abs(value) > sys.float_info.max:
      raise UserError(f'{field.name} is too large a number')


def _at_least(group: Any, least: float, *names: str) -> None:
  for name in names:
    value = getattr(group, name)
    if not value >= least:  # Also for NaN.
      raise UserError(f'{name} is {value}: at least {least} is right')
    if value > sys.float_info.max:
      raise UserError(f'{name} is {value}: a finite number is right')


def _at_most(group: Any, most: float, *names: str) -> None:
  for name in names:
    value = getattr(group, name)
    if not value <= most:
      raise UserError(f'{name} is {value}: at most {most} is right')


def _one_of(group: Any, name: str, values: tuple[str, ...]) -> None:
  value = getattr(group, name)
  if value not in values:
    raise UserError(f'{name} is {value!r}: one of {", ".join(values)} is right')
