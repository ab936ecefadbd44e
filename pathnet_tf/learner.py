# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What a run has learnt: the super-network, its optimiser, the tasks done."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tf_agents.specs import tensor_spec
from tf_agents.trajectories import time_step as ts

from pathnet_tf import checkpoints, seeds
from pathnet_tf.agents import actor_critic, classifier, updates
from pathnet_tf.config import RunConfig
from pathnet_tf.errors import UserError
from pathnet_tf.networks import adapters, configs, head, inputs, pathnet
from pathnet_tf.tasks import classification, registry

# Makes a context.
Scope = Callable[[], contextlib.AbstractContextManager[Any]]


@dataclasses.dataclass(frozen=True)
class Variables:
  """Where the variables are.

  Attributes:
    scope: a context in which they are made; by default in this process.
    io_device: who reads and writes checkpoints, see `CheckpointStore`.
  """

  scope: Scope = contextlib.nullcontext
  io_device: str | None = None


@dataclasses.dataclass(frozen=True)
class Finished:
  """A task that is done.

  Attributes:
    name: the task.
    path: its best genotype, `[L][N]`.
    rows: for every layer the modules that ran, with it: all that the task's
      outputs depend on, besides its head, and the columns that this reads.
    fitness: of the path.
  """

  name: str
  path: list[list[int]]
  rows: list[list[int]]
  fitness: float


class Learner:
  """Everything that a checkpoint holds, and what happens at a task's ends.

  Attributes:
    config: of the run.
    tasks: of the run, made and checked.
    network: the super-network, with a head for each task begun.
    optimizer: holds the slots of its variables.
    finished: the tasks that are done.
    task: index of the task that has begun, or the last one.
  """

  def __init__(self, config: RunConfig, scope: Scope = contextlib.nullcontext):
    """Builds the network, without heads.

    Args:
      config: of the run.
      scope: a context in which variables are made.

    Raises:
      UserError: for a task or network that does not exist, tasks whose
        observations differ in shape, type or preparation, or frozen modules
        that can't be read in the way that is asked for.
    """
    self.config = config
    self.tasks = [registry.make(name) for name in config.tasks]
    pixels = config.network.pixels
    first, *others = ((_describe(task, pixels), task) for task in self.tasks)
    for described, task in others:
      if described != first[0]:
        raise UserError(
          f'{task.name} has observations {described}, but {first[1].name} has'
          f' {first[0]}: the tasks of a run share one network, so they must'
          ' agree'
        )
    self.finished: list[Finished] = []
    self.task = -1
    self._scope = scope
    with scope():
      self._steps = tf.Variable(0, dtype=tf.int64, trainable=False)
      self._updates = tf.Variable(0, dtype=tf.int64, trainable=False)
    self._build(config.network.modules)

  def begin(self) -> None:
    """Begins the next task: a new head, and counters from zero.

    Where too few modules are left to learn it with, the network grows first.
    """
    self._grow()
    if self.finished and self.config.network.reinitialise == 'copies':
      self._copy_path(self.finished[-1].path)
    self.task += 1
    self._steps.assign(0)
    self._updates.assign(0)
    self._add_head(self.task)

  def count_steps(self, steps: int) -> None:
    """Says how many agent steps the task has taken, by which rates anneal."""
    self._steps.assign(steps)

  def agent(self) -> actor_critic.ActorCriticAgent | classifier.Classifier:
    """The agent of the task that has begun."""
    config, task = self.config, self.tasks[self.task]
    updater = updates.Updater(
      self.network,
      self.task,
      self.optimizer,
      config.optimizer,
      self._steps,
      self._updates,
      anneal_steps=config.steps_per_task if config.anneal else 0,
    )
    if isinstance(task, classification.ClassificationTask):
      return classifier.Classifier(updater, config.classifier)
    return actor_critic.ActorCriticAgent(
      ts.time_step_spec(tensor_spec.from_spec(task.observation_spec)),
      tensor_spec.from_spec(task.action_spec),
      updater,
      config.agent,
    )

  def always_on(self) -> list[list[int]] | None:
    """The modules that are added to whatever path, by layer; None: none are.

    They change between two tasks only, and reading them may take a while where
    variables are in other processes.
    """
    if self.config.network.frozen not in ('always_on', 'scaled'):
      return None
    return self.network.frozen_rows()

  def rows(self, path: np.ndarray) -> list[np.ndarray]:
    """The modules that run for a path in the present task, layer by layer."""
    return pathnet.active_rows(path, self.always_on())

  def finish(self, path: np.ndarray, fitness: float) -> None:
    """Ends the task: freezes its path, draws everything else anew.

    Without new weights for the rest, transfer was no better than fine-tuning
    (Fernando et al. 2017). Slots start anew with them; the head stays.
    """
    rows, settings = self.rows(path), self.config.network
    self.network.set_active(rows)
    if settings.frozen != 'none':
      self.network.freeze(rows)
    if settings.reinitialise == 'stored':
      self._reinitialise(seeds.derive(self.config.seed, 'network'))
    elif settings.reinitialise != 'none':
      self._reinitialise(
        seeds.derive(self.config.seed, 'reinitialise', self.task)
      )
    self.finished.append(
      Finished(
        self.tasks[self.task].name,
        path.tolist(),
        [indices.tolist() for indices in rows],
        fitness,
      )
    )

  def _copy_path(self, path: list[list[int]]) -> None:
    """Makes what is not frozen copies of a path's modules, which take turns.

    Of unlike modules those stay whose kind the path has not.
    """
    for layer, genes in enumerate(path):
      targets = {m: self.copies_to(layer, m) for m in sorted({*genes})}
      free = sorted(set().union(*targets.values()) - targets.keys())
      for turn, target in enumerate(free):
        sources = [m for m, others in targets.items() if target in others]
        self.copy_module(layer, sources[turn % len(sources)], target)

  def _reinitialise(self, seed: int) -> None:
    for variable, drawn in self.network.reinitialise(seed):
      self.optimizer.reset(variable, drawn)

  def copies_to(self, layer: int, source: int) -> list[int]:
    """The modules that `copy_module` may replace by this one: none frozen.

    A module that runs in a column has given zeros in the newest task's paths,
    and replaces none.
    """
    columns = self.network.heads[-1].adapter.columns
    if any(source in column[layer] for column in columns):
      return []
    frozen = self.network.gated[layer].frozen.numpy()
    targets = self.network.gated[layer].copies_to(source)
    return [m for m in targets if not frozen[m]]

  def copy_module(self, layer: int, source: int, target: int) -> None:
    """Copies a module over another, whose slots begin anew."""
    copied = self.network.gated[layer].copy_module(source, target)
    for variable, rows in copied:
      self.optimizer.reset(variable, rows)

  def save(
    self,
    store: checkpoints.CheckpointStore,
    number: int,
    state: dict[str, Any],
    pinned: str | None = None,
  ) -> None:
    """Writes a checkpoint with `state` beside what is learnt."""
    state = {
      **state,
      'task': self.task,
      'modules': list(self.network.modules),
      'finished': [dataclasses.asdict(task) for task in self.finished],
    }
    store.save(number, self._trackable(), state, pinned=pinned)

  def restore(
    self, store: checkpoints.CheckpointStore, found: checkpoints.Found
  ) -> None:
    """Takes over a checkpoint; the learner must be new.

    Raises:
      UserError: if it does not fit the configuration.
    """
    modules = tuple(found.state.get('modules', self.network.modules))
    if modules != self.network.modules:
      self._build(modules)
    self.task = found.state['task']
    self.finished = [Finished(**task) for task in found.state['finished']]
    for index in range(self.task + 1):
      self._add_head(index)
    store.restore(found, self._trackable())

  def _build(self, modules: int | Sequence[int]) -> None:
    """A new network without heads, and its optimiser."""
    first = self.tasks[0]
    with self._scope():
      self.network = configs.make_pathnet(
        self.config.network.name or first.network,
        tensor_spec.from_spec(first.observation_spec),
        modules=modules,
        active=self.config.network.active,
        seed=seeds.derive(self.config.seed, 'network'),
        readout=self.config.network.readout,
        pixels=self.config.network.pixels,
      )
      adapters.check(self.config.network.frozen, self.network.gated)
      self.optimizer = updates.make_optimizer(self.config.optimizer)
      for layer in self.network.gated:
        self.optimizer.add(layer.stacks)

  def _grow(self) -> None:
    """Raises M where fewer modules are free than the configuration asks for.

    The grown network is a new one that takes over every row there was, with
    its slots and masks, to the last bit.
    """
    free = self.config.network.free_modules
    wanted = [
      max(layer.modules, len(frozen) + free)
      for layer, frozen in zip(
        self.network.gated, self.network.frozen_rows(), strict=True
      )
    ]
    if tuple(wanted) == self.network.modules:
      return
    network, optimizer = self.network, self.optimizer
    self._build(wanted)
    for index in range(len(network.heads)):
      self._add_head(index)
    self.network.take(network)
    for layer, former in zip(self.network.gated, network.gated, strict=True):
      # Unlike modules have further variables, not longer ones.
      for variable, old in zip(layer.stacks, former.stacks):  # noqa: B905
        self.optimizer.take(variable, optimizer, old)
    for mine, past in zip(self.network.heads, network.heads, strict=True):
      for variable, old in zip(mine.stacks, past.stacks, strict=True):
        self.optimizer.take(variable, optimizer, old)

  def _add_head(self, index: int) -> None:
    task, seed = (
      self.tasks[index],
      seeds.derive(self.config.seed, 'head', index),
    )
    kind, outputs = head.ClassifierHead, getattr(task, 'classes', 0)
    if not isinstance(task, classification.ClassificationTask):
      kind, outputs = head.ActorCriticHead, int(task.action_spec.maximum) + 1
    adapter = adapters.make(
      self.config.network.frozen, [past.rows for past in self.finished[:index]]
    )
    with self._scope():
      made = self.network.add_head(kind, outputs, seed, adapter)
      self.optimizer.add(made.stacks)

  def _trackable(self) -> tf.train.Checkpoint:
    return tf.train.Checkpoint(
      layers=self.network.gated,
      heads=self.network.heads,
      optimizer=self.optimizer,
      steps=self._steps,
      updates=self._updates,
    )


def newest(
  config: RunConfig, store: checkpoints.CheckpointStore
) -> tuple[Learner, checkpoints.Found] | None:
  """What a run has learnt, also one that goes on meanwhile.

  Args:
    config: of the run.
    store: its checkpoints.

  Returns:
    The learner at the newest checkpoint, and that; None where there is none.

  Raises:
    UserError: no checkpoint is sound, or it does not fit the configuration.
  """
  for left in reversed(range(10)):
    found = store.latest()
    if found is None:
      return None
    learner = Learner(config)
    try:
      learner.restore(store, found)
    except UserError:
      # A run that goes on removes checkpoints as it makes newer ones.
      if not left or os.path.exists(found.path):
        raise
    else:
      return learner, found
  return None


def _describe(task: registry.AnyTask, pixels: str) -> str:
  """All that the network has to know of a task's observations."""
  spec = task.observation_spec
  prepared = inputs.in_words(spec, pixels)
  return f'{spec.dtype.name}{list(spec.shape)} ({prepared})'
