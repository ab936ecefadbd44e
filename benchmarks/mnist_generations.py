# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Generations a second on binary MNIST, against a public implementation.

The peer is github.com/kimhc6028/pathnet-pytorch (BSD licence, PyTorch). To have
it run on today's Python and PyTorch takes one change: it adds in place to what
a ReLU gave, which autograd now refuses.

  tools/peers.sh PEERS
  python -m benchmarks.mnist_generations --peer=PEERS/pathnet-pytorch \
    --peer_python=PEERS/bin/python --data_dir=DATA

Both do the same work on the same images, 3 and 5 with half of their pixels salt
and pepper: three layers of ten modules of 20 units, paths of three, summed; two
of 64 genotypes are each trained on 50 minibatches of 16 by plain gradient
descent, and the loser becomes a mutated copy. Timed in alternation:

  ours: the search and the engine, one worker, as the coordinator uses them;
  published: what the peer's main program does in a generation, which lists all
    batches of its loader anew each time; without its print and its drawing;
  training: only the peer's two calls of `train_model`, with a list made before.

The peer runs with PyTorch's own number of threads and with one; of each kind
the faster counts. `ratio` is against `training`, which is the most favourable
to the peer. Start-up, tracing and first generations are not timed. Prints a
JSON line, times in milliseconds a generation.
"""

from __future__ import annotations

import pathlib
import statistics
import subprocess
import tempfile
import time

from absl import flags

from benchmarks import peer_process, timing
from launch import programs
from pathnet_tf.errors import UserError

_PEER = flags.DEFINE_string('peer', None, "Checkout of the peer's repository.")
_PEER_PYTHON = flags.DEFINE_string(
  'peer_python', None, 'Python interpreter that has torch.'
)
_DATA_DIR = flags.DEFINE_string(
  'data_dir',
  None,
  'Folder of image files; by default PATHNET_DATA_DIR, or a download.',
)
_ROUNDS = flags.DEFINE_integer('rounds', 15, 'Timings of everything.')

_TASK = 'mnist/3v5?noise=0.5'
_OURS = 'ours'
_KINDS = ('training', 'published')
# In this order: threads that wait for work spin, and would slow what follows.
_THREADS = {'default_threads': 0, 'one_thread': 1}  # 0: as PyTorch chooses.
# So that a timing of either takes about as long.
_GENERATIONS = {_OURS: 10, 'training': 2, 'published': 2}

# Runs in the peer's checkout with the images' file and the number of threads.
# A line `KIND COUNT` on stdin is answered by seconds and CPU seconds.
_PEER_PROGRAM = """
import argparse, json, platform, sys, time
import numpy as np
import torch
from torch.utils import data
import genotype
import pathnet

file, threads = sys.argv[1:]
if int(threads):
  torch.set_num_threads(int(threads))
images = np.load(file)
dataset = data.TensorDataset(
  torch.from_numpy(images['images']), torch.from_numpy(images['labels'])
)
loader = data.DataLoader(dataset, batch_size=16, shuffle=True)
network = pathnet.Net(argparse.Namespace(
  L=3, M=10, N=3, pop=64, batch_size=16, num_batch=50, lr=0.01, neuron_num=20,
  readout_num=2, cuda=False, cifar_svhn=False,
))
population = genotype.Genetic(3, 10, 3, 64)
listed = list(loader)


def now():
  return np.array([time.perf_counter(), time.process_time()])


def generation(kind):
  begun = now()
  drawn = population.sample()
  batches = list(loader) if kind == 'published' else listed
  listing_done = now()
  fitness = [
    network.train_model(batches, path.return_genotype(), 50) for path in drawn
  ]
  training_done = now()
  population.overwrite(drawn, fitness)
  population.return_all_genotypes()
  if kind == 'training':
    return training_done - listing_done
  return now() - begun


print(json.dumps({
  'torch': torch.__version__,
  'python': platform.python_version(),
  'threads': torch.get_num_threads(),
}), flush=True)
for line in sys.stdin:
  kind, count = line.split()
  seconds = sum(generation(kind) for _ in range(int(count)))
  print(json.dumps(seconds.tolist()), flush=True)
"""


def main() -> None:
  """Times, prints."""
  checkout, python = _PEER.value, _PEER_PYTHON.value
  if not checkout or not python:
    raise UserError('no peer: name --peer and --peer_python')
  programs.set_data_dir(_DATA_DIR.value)
  programs.start_tensorflow(workers=1)
  generation, close, train = _make_ours()
  with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder, 'images.npz')
    _save(file, train)
    peers = {
      name: peer_process.Peer(
        python, ['-c', _PEER_PROGRAM, str(file), str(count)], checkout
      )
      for name, count in _THREADS.items()
    }

  def ours(generations: int) -> tuple[float, float]:
    begun, cpu = time.perf_counter(), time.process_time()
    for _ in range(generations):
      generation()
    return time.perf_counter() - begun, time.process_time() - cpu

  # Whose milliseconds and CPU milliseconds a generation, round by round.
  times: dict[str, list[tuple[float, float]]] = {}

  def note(name: str, kind: str, seconds: tuple[float, float]) -> None:
    wall, cpu = (1e3 * part / _GENERATIONS[kind] for part in seconds)
    times.setdefault(name, []).append((wall, cpu))

  for turn in range(_ROUNDS.value + 1):
    if turn == 1:  # The first round traces the graph and warms caches.
      times.clear()
    note(_OURS, _OURS, ours(_GENERATIONS[_OURS]))
    for threads, peer in peers.items():
      for kind in _KINDS:
        note(
          f'{kind}/{threads}', kind, peer.ask(f'{kind} {_GENERATIONS[kind]}')
        )
  close()
  for peer in peers.values():
    peer.close()
  fastest = {
    kind: min(
      (f'{kind}/{threads}' for threads in _THREADS),
      key=lambda name: statistics.median(wall for wall, _ in times[name]),
    )
    for kind in _KINDS
  }
  favourable = times[fastest['training']]
  timing.report(
    {
      'milliseconds': {
        name: timing.summary([wall for wall, _ in pairs])
        for name, pairs in times.items()
      },
      'fastest': fastest,
      'ratio': _ratio(favourable, times[_OURS], 0),
      'ratio_cpu_time': _ratio(favourable, times[_OURS], 1),
      'ratio_published': _ratio(times[fastest['published']], times[_OURS], 0),
      'peer': {name: peer.versions for name, peer in peers.items()},
      'commit': _commit(checkout),
    }
  )


def _make_ours():
  """A function that makes one generation, one that ends it, and the images."""
  from pathnet_tf import breeding, config, learner, local_engines
  from pathnet_tf.agents import updates

  settings = config.RunConfig(
    tasks=(_TASK,),
    steps_per_task=10**9,
    workers=1,
    network=config.NetworkConfig(
      name='vector', modules=10, active=3, frozen='available', pixels='unit'
    ),
    evolution=config.EvolutionConfig(
      search='binary', population=64, border='wrap'
    ),
    optimizer=updates.OptimizerConfig('sgd', learning_rate=0.01, clip_norm=0.0),
  )
  subject = learner.Learner(settings)
  subject.begin()
  engine = local_engines.make_engine(
    settings, subject.tasks[0], subject.agent()
  )
  bred = breeding.Breeding(subject)

  def generation() -> None:
    for _ in range(2):
      job = bred.next_job()
      assert job is not None
      engine.start(0, job)
      result = engine.wait()
      assert result is not None
      bred.tell(result)

  return generation, engine.close, subject.tasks[0].load().train


def _save(file: pathlib.Path, train) -> None:
  """Writes the images as the peer has them: float32, from 0 to 1, flat."""
  import numpy as np

  images = train.images.reshape(len(train.labels), -1)
  np.savez(
    file,
    images=(images / 255).astype(np.float32),
    labels=train.labels.astype(np.int64),
  )


def _commit(checkout: str) -> str:
  """The peer's commit, -dirty for the change that it needs."""
  command = ['git', '-C', checkout, 'describe', '--always', '--dirty']
  return subprocess.run(
    command, capture_output=True, text=True, check=False
  ).stdout.strip()


def _ratio(
  peers: list[tuple[float, float]], ours: list[tuple[float, float]], clock: int
) -> dict[str, float]:
  """How many times longer the peer takes, round by round."""
  return timing.ratio([b[clock] for b in peers], [a[clock] for a in ours])


if __name__ == '__main__':
  programs.run(main)
