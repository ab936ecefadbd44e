# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.observers.summaries: what TensorBoard would read."""

from __future__ import annotations

import collections

import tensorflow as tf

from pathnet_tf.evolution import genotype, tournament
from pathnet_tf.observers import summaries


def read(folder):
  """Every value written, as a list of (step, tensor) by tag."""
  values = collections.defaultdict(list)
  for name in sorted(tf.io.gfile.listdir(str(folder))):
    path = str(folder / name)
    for record in tf.data.TFRecordDataset(path):
      event = tf.compat.v1.Event.FromString(record.numpy())
      for value in event.summary.value:
        tensor = tf.make_ndarray(value.tensor)
        values[value.tag].append((event.step, tensor))
  return values


def test_each_evaluation_is_written_at_the_run_s_steps(tmp_path):
  search = tournament.AsynchronousTournament(0, (5, 4), 2, 4, 2)
  written = summaries.Summaries(str(tmp_path))
  written.resume([])
  begin = {
    'kind': 'begin',
    'task': 1,
    'name': 'minatar/asterix',
    'modules': [5, 4],
    'frozen': [[3], []],
    'steps': 1000,
  }
  written.observe(begin, search)
  for task_steps, fitness, winner in ((10, 1.5, None), (30, 2.5, 1)):
    record = {
      'kind': 'evaluation',
      'task_steps': task_steps,
      'steps': 10,
      'fitness': fitness,
      'winner': winner,
      'metrics': {'loss': 0.25, 'entropy': 1.0},
    }
    written.observe(record, search)
  written.observe({'kind': 'finish'}, search)
  values = read(tmp_path)
  assert [(s, float(v)) for s, v in values['score']] == [
    (1010, 1.5),
    (1030, 2.5),
  ]
  assert values['score/minatar/asterix'] == values['score']
  assert [float(v) for _, v in values['tournaments']] == [0, 1]
  assert float(values['training/loss'][0][1]) == 0.25
  diversity = genotype.diversity(search.population)
  assert abs(float(values['path_diversity'][0][1]) - diversity) < 1e-6
  assert all(float(v) > 0 for _, v in values['steps_per_second'])
  width, height, png = values['paths'][0][1][:3]
  assert (int(width), int(height)) == (5 * 12, 2 * 12)
  picture = tf.io.decode_png(png).numpy()
  assert picture[6, 3 * 12 + 6].tolist() == [139, 0, 0]
  usage = sum(3 in genotype.layer_sets(p)[1] for p in search.population) / 4
  assert abs(int(picture[18, 3 * 12 + 6, 0]) - 255 * (1 - usage)) <= 1
