# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.observers.summaries: what TensorBoard would read."""

from __future__ import annotations

import itertools
import re
import shlex

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import plugin_data_pb2

from pathnet_tf import config
from pathnet_tf.errors import UserError
from pathnet_tf.evolution import genotype
from pathnet_tf.observers import overview, pictures, summaries
from pathnet_tf.reports import history

NAMES = ('minatar/breakout', 'minatar/asterix?max_episode_steps=9')
START = '_hparams_/session_start_info'
SETTINGS = {START, 'run/settings', 'run/command'}
MAPS = ('network/usage_by_population', 'network/usage_by_evaluations')
COMMAND = ['python', '-m', 'launch.train', '--network=conv(8, 3), lstm(32)']
LAYOUT = 'custom_scalars__config__'


def settings(steps=100):
  return config.RunConfig(NAMES, steps).to_json()


def write(folder, records, past=(), **options):
  """An observer's event file, of records and the searches after them."""
  written = summaries.Summaries(
    str(folder), options.pop('config', settings()), COMMAND, **options
  )
  written.resume(list(past))
  for record, search in records:
    written.observe(record, search)


class Events:
  """Everything in a folder of event files.

  Attributes:
    values: list of (step, value) by tag.
    plugins: which part of TensorBoard shows a tag, and what it is told.
  """

  def __init__(self, folder):
    read = event_accumulator.EventAccumulator(str(folder), {'tensors': 0})
    read.Reload()
    tags = read.Tags()['tensors']
    self.values = {
      tag: [
        (e.step, tf.make_ndarray(e.tensor_proto)) for e in read.Tensors(tag)
      ]
      for tag in tags
    }
    self.plugins = {tag: read.SummaryMetadata(tag).plugin_data for tag in tags}

  def of(self, plugin):
    """The tags that a plugin shows."""
    return {t for t, p in self.plugins.items() if p.plugin_name == plugin}


@pytest.fixture(name='run', scope='module')
def _run(play, tmp_path_factory):
  """A whole run: its records and its events, pictures as often as possible."""
  folder = tmp_path_factory.mktemp('events')
  records = []
  diversity = []

  def watched():
    for record, search in play(NAMES):
      records.append(record)
      if record['kind'] == 'evaluation':
        diversity.append(genotype.diversity(search.population))
      yield record, search

  write(folder, watched(), picture_seconds=0)
  return records, diversity, Events(folder)


def test_each_evaluation_is_written_at_the_run_s_steps(run):
  records, diversity, events = run
  rows = [r for r in records if r['kind'] == 'evaluation']
  at = np.cumsum([row['steps'] for row in rows]).tolist()

  def curve(tag):
    steps, values = zip(*events.values[tag], strict=True)
    return list(steps), [float(value) for value in values]

  for task, name in enumerate(NAMES):
    expected = [
      (step, row['fitness'])
      for step, row in zip(at, rows, strict=True)
      if row['task'] == task
    ]
    assert list(zip(*curve(f'score/{name}'), strict=True)) == expected
  assert curve('search/tournaments') == (
    at,
    np.cumsum([row['winner'] is not None for row in rows]).tolist(),
  )
  assert curve('search/path_diversity') == (at, pytest.approx(diversity))
  for name in rows[0]['metrics']:
    expected = [row['metrics'][name] for row in rows]
    assert curve(f'training/{name}') == (at, pytest.approx(expected))
  steps, speed = curve('speed/steps_per_second')
  assert steps == at
  assert min(speed) > 0


def test_the_final_score_is_that_of_the_tables(run):
  records, _, events = run
  for task in history.History.from_events(records).tasks:
    ((step, score),) = events.values[f'final_score/{task.name}']
    assert step == task.steps_before + task.total_steps
    assert score == pytest.approx(task.final_score())


def test_the_layout_has_all_curves_and_no_chart_is_empty(run):
  events = run[-1]
  ((_, text),) = events.values[LAYOUT]
  layout = layout_pb2.Layout.FromString(text.item())
  curves = {t for t in events.of('scalars') if not t.startswith('final_score/')}
  shown = set()
  for category in layout.category:
    for chart in category.chart:
      for tag in chart.multiline.tag:
        matched = {curve for curve in curves if re.match(tag, curve)}
        assert matched, f'{chart.title}: {tag}'
        shown |= matched
  assert shown == curves


def test_settings_are_hyperparameters_and_a_text(run):
  events = run[-1]
  assert events.of('hparams') == {START}
  data = plugin_data_pb2.HParamsPluginData.FromString(
    events.plugins[START].content
  )
  told = {
    name: getattr(value, value.WhichOneof('kind'))
    for name, value in data.session_start_info.hparams.items()
  }
  assert told == overview.hyperparameters(settings())
  assert events.of('text') == SETTINGS - {START}
  ((step, table),) = events.values['run/settings']
  assert step == 0
  assert '| network.modules | `10` |' in table.item().decode()
  ((_, command),) = events.values['run/command']
  lines = command.item().decode().splitlines()
  assert all(line.startswith('    ') for line in lines)  # A block of code.
  assert shlex.split('\n'.join(lines).replace('\\\n', '')) == COMMAND


def test_pictures_come_with_evaluations_and_the_end_of_a_task(run):
  records, _, events = run
  assert events.of('images') == {'network/paths', *MAPS}
  at = [
    r['task_steps'] + sum(p['task_steps'] for p in records[:i]
                          if p['kind'] == 'finish')
    for i, r in enumerate(records)
    if r['kind'] != 'begin'
  ]  # fmt: skip
  for tag in events.of('images'):
    assert [step for step, _ in events.values[tag]] == at
    for _, (width, height, png) in events.values[tag]:
      shape = tf.io.decode_png(png).shape
      assert shape == (int(height), int(width), 3)
      assert int(width) >= 500


def test_heat_maps_show_the_population_and_the_evaluations(run):
  records, _, events = run
  begin = [r for r in records if r['kind'] == 'begin'][-1]
  rows = [r for r in records if r['kind'] == 'evaluation' and r['task'] == 1]
  population = [np.array(path) for path in begin['population']]
  for row in rows:
    if row['child'] is not None:
      population[row['member']] = np.array(row['child'])
  shown = [events.values[tag][-1][1][2] for tag in MAPS]
  for png, paths in zip(
    shown, [population, [row['path'] for row in rows]], strict=True
  ):
    counts = [np.zeros(m, int) for m in begin['modules']]
    for path in paths:
      for layer, genes in enumerate(path):
        counts[layer][np.unique(genes)] += 1
    # The words above are others.
    expected = pictures.draw_usage(counts, len(paths), begin['frozen'], '', '')
    decoded = tf.io.decode_png(png).numpy()
    assert np.array_equal(decoded[pictures.TOP :], expected[pictures.TOP :])


def test_a_task_has_a_picture_at_its_start_its_end_and_a_hundredth_each(
  play, tmp_path
):
  records = list(play(NAMES[:1], evaluations=40))
  total = records[-1][0]['task_steps']
  # A hundredth of this is as much as some four evaluations.
  write(tmp_path, play(NAMES[:1], evaluations=40), picture_seconds=0,
        config=settings(steps=10 * total))  # fmt: skip
  steps = [step for step, _ in Events(tmp_path).values['network/paths']]
  assert steps[0] == records[1][0]['task_steps']
  assert steps[-1] == total
  assert np.diff(steps[:-1]).min() >= total / 10
  assert 6 <= len(steps) <= 12


def test_pictures_are_not_more_frequent_than_asked_for(play, tmp_path):
  write(tmp_path, play(NAMES), picture_seconds=1e6)
  # At the first evaluation of each task, and at its end.
  assert len(Events(tmp_path).values['network/paths']) == 4


def test_a_resumed_run_goes_on_and_does_not_repeat_its_settings(
  play, tmp_path, run
):
  records = list(play(NAMES))
  again = play(NAMES)
  write(tmp_path, itertools.islice(again, 11))
  write(tmp_path, again, past=[record for record, _ in records[:11]])
  events = Events(tmp_path)
  assert len(list(tmp_path.iterdir())) == 2
  for tag in SETTINGS:
    assert len(events.values[tag]) == 1
  whole = run[-1]
  for tag in events.of('scalars') - {'speed/steps_per_second'}:
    assert events.values[tag] == whole.values[tag]
  tag = 'network/usage_by_evaluations'
  last, expected = (e.values[tag][-1][1] for e in (events, whole))
  assert np.array_equal(last, expected)


def test_nothing_is_written_before_the_run_goes_on(tmp_path):
  folder = tmp_path / 'events'
  summaries.Summaries(str(folder), settings())
  assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_one_line(play, tmp_path):
  (tmp_path / 'events').write_text('in the way')
  shown = summaries.Summaries(str(tmp_path / 'events'), settings())
  with pytest.raises(UserError, match='cannot write for TensorBoard') as told:
    shown.resume([])
  assert '\n' not in str(told.value)


def test_classification_has_charts_of_what_it_measures(play, tmp_path):
  def images():
    for record, search in play(('mnist/3v5',)):
      if record['kind'] == 'evaluation':
        record = {**record, 'metrics': {'loss': 0.5, 'skipped': 0}}
      yield record, search

  names = config.RunConfig(('mnist/3v5',), 100).to_json()
  write(tmp_path, images(), config=names)
  ((_, text),) = Events(tmp_path).values[LAYOUT]
  layout = layout_pb2.Layout.FromString(text.item())
  charts = {
    c.title: [chart.title for chart in c.chart] for c in layout.category
  }
  assert charts['Score'] == ['mnist/3v5']
  assert charts['Training'] == ['losses', 'skipped']
