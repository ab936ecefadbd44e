# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of the report page as a file; its script is tested in a browser."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import re
import shlex

import numpy as np
import pytest

from pathnet_tf.config import FROZEN
from pathnet_tf.errors import UserError
from pathnet_tf.reports import page, page_data
from pathnet_tf.reports.final_score import final_score
from pathnet_tf.reports.history import History
from pathnet_tf.reports.page_tables import best_path
from pathnet_tf.tasks import classification

TASKS = ['minatar/breakout', 'minatar/asterix', 'minatar/freeway']
CONFIG = {
  'tasks': TASKS,
  'seed': 3,
  'solved_at': None,
  'network': {'name': '', 'frozen': 'always_on'},
}


class Reader(html.parser.HTMLParser):
  """A page's words, elements and tables, its scripts and its styles."""

  def __init__(self, text):
    super().__init__()
    self.words, self.elements, self.raw, self.tables = [], [], {}, []
    self.size = len(text)
    self._inside = None
    self.feed(text)
    self.close()

  def handle_starttag(self, tag, attributes):
    self.elements.append((tag, dict(attributes)))
    if tag in ('script', 'style'):
      self._inside = dict(attributes).get('id') or tag
    elif tag == 'table':
      self.tables.append([])
    elif tag == 'tr':
      self.tables[-1].append([])
    elif tag in ('td', 'th'):
      self.tables[-1][-1].append('')
      self._cell = len(self.words)

  def handle_endtag(self, tag):
    if tag in ('script', 'style'):
      self._inside = None
    elif tag in ('td', 'th'):
      cells = self.tables[-1][-1]
      cells[-1] = ' '.join(''.join(self.words[self._cell :]).split())

  def handle_data(self, text):
    if self._inside:
      self.raw[self._inside] = self.raw.get(self._inside, '') + text
    else:
      self.words.append(text)

  @property
  def text(self):
    return ' '.join(' '.join(self.words).split())

  @property
  def data(self):
    return json.loads(self.raw['data'])


@pytest.fixture
def make_page(tmp_path, write_run):
  """Writes the page of runs with the given events, and reads it."""

  def make(*runs, config=CONFIG, files=None, arguments=('--seed=3',)):
    folders = []
    for number, events in enumerate(runs):
      folder = write_run(tmp_path / f'run {number}', events)
      (folder / 'config.json').write_text(json.dumps(config))
      for name, data in (files or {}).items():
        (folder / 'report').mkdir(exist_ok=True)
        (folder / 'report' / name).write_bytes(data)
      folders.append(str(folder))
    path = page.write_page(
      folders, tmp_path / 'out' / 'a.html', lambda config: [*arguments]
    )
    return Reader(path.read_text())

  return make


def populations(task):
  """A task's populations at all moments, from what the script is given."""
  size = len(task['modules']) * task['active']
  genes = np.array(task['population']).reshape(-1, size)
  children = np.array(task['children'], int).reshape(-1, 2 + size)
  for number in range(-1, len(task['member'])):
    for _, loser, *child in children[children[:, 0] == number]:
      genes[loser] = child
    yield genes.reshape(len(genes), len(task['modules']), -1).tolist()


@pytest.mark.parametrize(
  'options', [{}, {'modules': (3, 8, 5)}, {'population': 1}]
)
def test_the_populations_of_every_moment_can_be_replayed(
  make_events, make_page, options
):
  events = make_events(TASKS, **options)
  history = History.from_events(events)

  (run,) = make_page(events).data['runs']

  assert len(run['tasks']) == len(history.tasks)
  for task, given in zip(history.tasks, run['tasks'], strict=True):
    for count, genes in enumerate(populations(given)):
      assert genes == task.population_at(count).tolist()
    assert count == task.evaluations
    assert given['fitness'] == task.fitness.tolist()
    assert given['steps'] == task.task_steps.tolist()
    np.testing.assert_allclose(given['score'], task.score_curve()[1], rtol=1e-4)
    assert given['finish']['path'] == task.finish.path.ravel().tolist()


def test_the_page_loads_nothing_and_runs_only_its_own_script(
  make_events, make_page
):
  read = make_page(make_events(TASKS), make_events(TASKS))

  (policy,) = [
    attributes['content']
    for tag, attributes in read.elements
    if attributes.get('http-equiv') == 'Content-Security-Policy'
  ]
  assert policy.startswith("default-src 'none';")
  assert 'unsafe' not in policy
  for name in ('script', 'style'):
    digest = hashlib.sha256(read.raw[name].encode()).digest()
    assert f"{name}-src 'sha256-{base64.b64encode(digest).decode()}'" in policy
  for tag, attributes in read.elements:
    assert not any(name.startswith('on') for name in attributes)
    assert 'style' not in attributes
    for name in ('src', 'href'):
      if name in attributes:
        assert attributes[name].startswith(('data:', '#')), (tag, attributes)
  assert not re.search(r'url\(|@import', read.raw['style'])
  # But for the name of SVG's namespace.
  assert set(re.findall(r'https?://[\w.]+', read.raw['script'])) == {
    'http://www.w3.org'
  }


@pytest.mark.parametrize('frozen', FROZEN)
def test_the_page_knows_whether_frozen_modules_run_beside_every_path(
  make_events, make_page, frozen
):
  config = {'tasks': TASKS, 'network': {'frozen': frozen}}
  (run,) = make_page(make_events(TASKS), config=config).data['runs']
  assert run['alwaysOn'] == (frozen not in ('available', 'none'))


def test_names_and_settings_are_shown_as_they_are(make_events, make_page):
  nasty = 'gym/</script><script>alert(1)</script><!--&amp;"\'<b>'
  config = {'tasks': [nasty] * 3, nasty: nasty, 'network': {nasty: [nasty]}}

  read = make_page(make_events([nasty, nasty]), config=config)

  tags = [tag for tag, _ in read.elements]
  plain = [tag for tag, _ in make_page(make_events(TASKS[:2])).elements]
  assert tags.count('script') == plain.count('script') == 2
  assert read.data['runs'][0]['tasks'][0]['name'] == nasty
  assert read.text.count(nasty) > 8
  assert "alert(1)'" not in read.raw['script']


def test_twenty_thousand_evaluations_take_a_few_megabytes(
  make_events, make_page
):
  events = make_events(
    TASKS[:2], modules=(30,) * 6, active=5, population=64, budget=16_000_000
  )
  assert len(events) > 20_000

  read = make_page(events)

  assert read.size < 5e6


@pytest.mark.parametrize('lines', [1, 2, 20])
def test_a_run_that_is_not_finished_says_so(make_events, make_page, lines):
  read = make_page(make_events(TASKS)[:lines])

  assert '0 of 3 tasks finished' in read.text
  assert 'minatar/breakout not finished' in read.text
  assert 'minatar/freeway not begun' in read.text
  assert 'launch.export' not in read.text
  assert 'What paths have in common' not in read.text
  (run,) = read.data['runs']
  assert run['tasks'][0]['finish'] is None


def test_scores_paths_and_frozen_modules_are_told(make_events, make_page):
  events = make_events(TASKS)
  first, second, _ = History.from_events(events).tasks

  read = make_page(events)

  row = read.tables[0][2]
  assert row[0] == '2 minatar/asterix'
  assert row[2] == str(second.evaluations)
  mean, low, high = final_score(second)
  assert row[3] == f'{mean:.4g} {low:.4g} to {high:.4g}'
  layers = [sorted(set(layer)) for layer in second.finish.path.tolist()]
  assert row[4] == ' → '.join('·'.join(map(str, modules)) for modules in layers)
  assert row[5] == ' · '.join(str(len(m)) for m in second.finish.frozen)
  overlap = read.tables[1][1]
  shared, chance = 0, 0.0
  for one, two, size in zip(
    first.finish.path, second.finish.path, (5, 6), strict=True
  ):
    shared += len({*one.tolist()} & {*two.tolist()})
    chance += len({*one.tolist()}) * len({*two.tolist()}) / size
  assert overlap[1].startswith(f'{shared} of ')
  assert f'by chance {chance:.1f}' in overlap[1]


def test_the_best_path_of_an_open_task_is_the_fittest_so_far(make_events):
  events = make_events(TASKS[:1])[:30]
  (task,) = History.from_events(events).tasks

  path = best_path(task)

  member = task.fittest_at(task.evaluations)
  np.testing.assert_array_equal(path, task.population_at(29)[member])


def test_commands_and_settings_are_those_of_the_run(
  make_events, make_page, tmp_path
):
  text = make_page(make_events(TASKS)).text

  folder = shlex.quote(f'--run_dir={tmp_path / "run 0"}')
  assert 'python -m launch.train' in text
  assert f'--seed=3 {folder}' in text.replace(' \\', '')
  for name in ('evaluate', 'export'):
    assert f'python -m launch.{name}' in text
  assert 'frozen always_on' in text


def test_a_run_of_a_cluster_is_gone_on_with_by_one(make_events, make_page):
  arguments = ('--seed=3', '--strategy=parameter_server', '--workers=3')
  text = make_page(make_events(TASKS), arguments=arguments).text
  command = text.replace(' \\', '')
  assert 'python -m launch.cluster --workers=3 -- --seed=3' in command
  assert 'parameter_server' not in command


def test_videos_are_part_of_the_page_or_linked(make_events, make_page):
  files = {
    'a.gif': b'GIF89a',
    'b & c.mp4': b'small',
    'large.mp4': bytes(8_000_001),
    'curves.png': b'no video',
  }

  read = make_page(make_events(TASKS), files=files)

  sources = {
    tag: base64.b64decode(attributes['src'].partition('base64,')[2])
    for tag, attributes in read.elements
    if tag in ('img', 'video')
  }
  assert sources == {'img': b'GIF89a', 'video': b'small'}
  (link,) = [a['href'] for tag, a in read.elements if tag == 'a']
  assert link == '../run%200/report/large.mp4'


def test_runs_have_one_figure_of_the_tasks_in_common(make_events, make_page):
  one = make_events([TASKS[0], TASKS[1], TASKS[0]])
  two = make_events([TASKS[1], TASKS[0]])

  data = make_page(one, two).data

  assert data['common'] == [
    {'title': TASKS[0], 'lines': [[0, 0], [1, 1]]},
    {'title': TASKS[1], 'lines': [[0, 1], [1, 0]]},
  ]


def test_images_are_told_by_minibatches(make_events, make_page):
  read = make_page(make_events(['mnist/3v5?noise=0.5']))

  assert 'minibatches' in read.tables[0][1][1]
  assert '--data_dir' in read.text
  assert read.data['runs'][0]['tasks'][0]['images']
  assert sorted(page_data.IMAGES) == sorted(classification.FAMILIES)


def test_a_run_that_has_only_been_claimed_is_refused(make_page):
  with pytest.raises(UserError, match=r'no task of .* has begun'):
    make_page([])


def test_the_interval_holds_the_mean_of_the_last_fifth(make_events):
  task = History.from_events(make_events(TASKS)).tasks[0]
  late = task.fitness[task.task_steps > 0.8 * task.total_steps]
  assert len(late) > 5

  mean, low, high = final_score(task)

  assert mean == pytest.approx(task.final_score())
  error = late.std() / np.sqrt(len(late))
  assert mean - low == pytest.approx(1.96 * error, rel=0.25)
  assert high - mean == pytest.approx(1.96 * error, rel=0.25)
