# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The contract with TensorFlow that worker functions rest on.

Where one of these fails with a new release of TensorFlow, the docstring of
pathnet_tf/engines/worker_functions.py says what to do.
"""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.engines import worker_functions

ADVICE = worker_functions.__doc__

# A worker: registers a function that tells who runs it, and how often it ran.
WORKER = """
import os, sys
import pathnet_tf
import numpy as np
import tensorflow as tf
from pathnet_tf.engines import worker_functions as wf

calls = []

def who(number):
  calls.append(int(number))
  return np.array([os.getpid(), len(calls), calls[-1]], np.int64)

signature = wf.Signature((tf.int32,), (tf.int64,))
token = wf.register(who, signature)
server = tf.distribute.Server(
  {'worker': sys.argv[2:]}, job_name='worker', task_index=int(sys.argv[1]))
print(token, flush=True)
server.join()
"""

CHIEF = """
import sys
import pathnet_tf
import tensorflow as tf
from pathnet_tf.engines import worker_functions as wf

token, *addresses = sys.argv[1:]
tf.config.experimental_connect_to_cluster(
  tf.train.ClusterSpec({'worker': addresses}), job_name='chief')
signature = wf.Signature((tf.int32,), (tf.int64,))

@tf.function(autograph=False)
def thrice(number):
  def once(step, _):
    (told,) = wf.call(token, signature, [number + step])
    return step + 1, tf.ensure_shape(told, [3])
  return tf.while_loop(
    lambda step, _: step < 3, once, (0, tf.zeros([3], tf.int64)))[1]

for task in range(len(addresses)):
  with tf.device(f'/job:worker/task:{task}'):
    print(*thrice(tf.constant(10 * task)).numpy(), flush=True)
"""


def test_another_graph_finds_a_function_by_its_token():
  seen = []

  def double(x, y):
    seen.append((x, y))
    return np.float32(2) * x, np.int32(len(seen))

  signature = worker_functions.Signature(
    (tf.float32, tf.int32), (tf.float32, tf.int32)
  )
  token = worker_functions.register(double, signature)

  @tf.function
  def graph(x):
    return worker_functions.call(token, signature, [x, tf.constant(7)])

  for count in (1, 2):  # An op without a state would be run only once.
    doubled, counted = graph(tf.constant([1.0, 2.0]))
    np.testing.assert_array_equal(doubled, [2.0, 4.0], err_msg=ADVICE)
    assert int(counted) == count, ADVICE
  assert seen[0][1] == 7


def test_functions_have_tokens_of_their_own():
  signature = worker_functions.Signature((tf.int32,), (tf.int32,))
  tokens = [
    worker_functions.register(lambda x, add=add: x + np.int32(add), signature)
    for add in (1, 2)
  ]
  assert tokens[0] != tokens[1], ADVICE
  for token, right in zip(tokens, (11, 12), strict=True):
    (value,) = worker_functions.call(token, signature, [tf.constant(10)])
    assert int(value) == right, ADVICE


@pytest.mark.slow
def test_a_remote_graph_calls_the_function_of_the_worker_it_runs_on():
  root = pathlib.Path(__file__).parents[2]
  links = [socket.socket() for _ in range(2)]
  for link in links:
    link.bind(('127.0.0.1', 0))
  addresses = [f'127.0.0.1:{link.getsockname()[1]}' for link in links]
  for link in links:
    link.close()
  environment = {**os.environ, 'PYTHONPATH': str(root)}
  workers = [
    subprocess.Popen(
      [sys.executable, '-c', WORKER, str(index), *addresses],
      stdout=subprocess.PIPE,
      text=True,
      env=environment,
    )
    for index in range(2)
  ]
  try:
    tokens = [worker.stdout.readline().strip() for worker in workers]
    assert tokens[0] == tokens[1], ADVICE
    told = subprocess.run(
      [sys.executable, '-c', CHIEF, tokens[0], *addresses],
      capture_output=True,
      text=True,
      env=environment,
      check=False,
    )
    assert told.returncode == 0, ADVICE + told.stderr
    assert told.stdout.splitlines() == [
      f'{worker.pid} 3 {10 * index + 2}' for index, worker in enumerate(workers)
    ], ADVICE
  finally:
    for worker in workers:
      worker.kill()
      worker.wait()
