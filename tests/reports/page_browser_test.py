# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The report page of real runs, as a person uses it: in Chromium."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import pytest

from pathnet_tf.evolution.genotype import layer_sets
from pathnet_tf.reports import page as page_lib
from pathnet_tf.reports.history import read_history
from pathnet_tf.reports.moments import moments
from pathnet_tf.reports.network_drawing import module_counts

sync_api = pytest.importorskip('playwright.sync_api')

ROOT = pathlib.Path(__file__).parents[2]
CHROMIUM = pathlib.Path('/usr/bin/chromium')
SWITCHES = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
TASKS = [
  f'minatar/{game}?max_episode_steps=100'
  for game in ('breakout', 'asterix', 'freeway')
]
LOOKS = [
  {'viewport': {'width': width, 'height': 800}, 'color_scheme': scheme}
  for width in (1280, 360)
  for scheme in ('light', 'dark')
]

pytestmark = [
  pytest.mark.slow,
  pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f'there is no {CHROMIUM} to drive'
  ),
]


def train(run_dir, tasks):
  subprocess.run(
    [
      sys.executable, '-m', 'launch.train', f'--tasks={",".join(tasks)}',
      '--steps_per_task=2500', '--workers=1', '--environments=2', '--modules=6',
      '--active=2', '--population=5', '--rivals=2', '--window=2',
      f'--run_dir={run_dir}',
    ],
    cwd=ROOT, check=True, capture_output=True,
  )  # fmt: skip
  return run_dir


@pytest.fixture(scope='module')
def run_dirs(tmp_path_factory):
  """Real runs of two and of three tasks, by how many they have."""
  folder = tmp_path_factory.mktemp('runs')
  return {n: train(folder / f'{n} tasks', TASKS[:n]) for n in (2, 3)}


@pytest.fixture(scope='module')
def browser():
  with sync_api.sync_playwright() as playwright:
    chromium = playwright.chromium.launch(
      executable_path=str(CHROMIUM), args=SWITCHES
    )
    yield chromium
    chromium.close()


@pytest.fixture
def visit(browser):
  """Opens a file; in the end nothing was loaded besides, nor went wrong."""
  contexts, told, requested = [], [], []

  def visit(path, **options):
    contexts.append(browser.new_context(**options))
    page = contexts[-1].new_page()
    page.on('console', lambda message: told.append(message.text))
    page.on('pageerror', lambda error: told.append(str(error)))
    page.on('request', lambda request: requested.append(request.url))
    page.goto(pathlib.Path(path).as_uri())
    return page

  yield visit
  for context in contexts:
    context.close()
  assert told == []
  assert [url for url in requested if not url.startswith('data:')] == [
    url for url in requested if url.startswith('file:')
  ]
  assert len({url for url in requested if url.startswith('file:')}) == 1


@pytest.fixture(params=[2, 3], ids=lambda n: f'{n} tasks')
def run_dir(run_dirs, request):
  return run_dirs[request.param]


@pytest.fixture(
  params=LOOKS,
  ids=lambda look: f'{look["viewport"]["width"]} {look["color_scheme"]}',
)
def page(visit, run_dir, request):
  """The page that training has left, at some width and in some colours."""
  return visit(run_dir / 'report' / page_lib.NAME, **request.param)


def settle(page):
  """Waits until what the last input asked for is drawn."""
  page.evaluate(
    '() => new Promise((done) =>'
    ' requestAnimationFrame(() => requestAnimationFrame(done)))'
  )


def position(page):
  return int(page.get_by_role('slider').input_value())


def last_moment(history):
  return sum(task.evaluations + 1 for task in history.tasks) - 1


def locate(history, moment):
  for task in history.tasks:
    if moment <= task.evaluations:
      return task, moment
    moment -= task.evaluations + 1
  raise AssertionError('beyond the end')


def check_shown(page, history):
  """That the figures show the population of where the slider stands."""
  settle(page)
  task, count = locate(history, position(page))
  population = task.population_at(count)
  rows = page.locator('details tbody tr')
  shown = [
    tuple(
      tuple(int(module) for module in layer.split('·'))
      for layer in text.split(' → ')
    )
    for text in rows.locator('code').all_text_contents()
  ]
  assert shown == [layer_sets(genotype) for genotype in population]
  fittest = task.fittest_at(count)
  stars = ['fittest' in text for text in rows.all_text_contents()]
  assert stars == [member == fittest for member in range(len(population))]

  labels = page.locator('.network [role=radio]:not(.absent)').evaluate_all(
    'nodes => nodes.map((node) => node.ariaLabel)'
  )
  told = [
    f'layer {layer + 1}, module {module}: in {held} of {len(population)} paths'
    + (', frozen' if module in task.frozen_before[layer] else '')
    + (
      ', on the fittest path'
      if fittest is not None and module in population[fittest][layer]
      else ''
    )
    for layer, counts in enumerate(module_counts(population, task.modules))
    for module, held in enumerate(counts)
  ]
  assert labels == told
  words = page.get_by_role('slider').get_attribute('aria-valuetext')
  assert words == page.locator('.moment').text_content()
  assert words.startswith(f'Task {task.task + 1}, ')
  if count:
    assert f': {count} of {task.evaluations} evaluations' in words


def open_table(page):
  page.get_by_text('The population of this moment as a table').click()


def test_every_moment_has_its_population(visit, run_dir):
  page = visit(run_dir / 'report' / page_lib.NAME)
  history = read_history(run_dir)
  open_table(page)
  page.get_by_role('slider').focus()
  page.keyboard.press('Home')

  for moment in range(last_moment(history) + 1):
    assert position(page) == moment
    check_shown(page, history)
    page.keyboard.press('ArrowRight')

  assert position(page) == moment


def test_the_slider_by_keyboard(page, run_dir):
  history = read_history(run_dir)
  open_table(page)
  assert position(page) == last_moment(history)
  check_shown(page, history)
  page.get_by_role('slider').focus()
  for key, direction in (
    ('ArrowLeft', -1), ('PageDown', -1), ('End', 1), ('Home', -1),
    ('PageUp', 1), ('ArrowRight', 1),
  ):  # fmt: skip
    before = position(page)
    page.keyboard.press(key)
    assert (position(page) - before) * direction > 0
    check_shown(page, history)


def test_the_slider_and_the_chart_by_mouse(page, run_dir):
  history = read_history(run_dir)
  last = last_moment(history)
  open_table(page)
  slider = page.get_by_role('slider')
  slider.scroll_into_view_if_needed()
  for box, margin in (
    (slider.bounding_box(), 8),
    # The plot is above the slider: the same place is the same moment.
    (slider.bounding_box() | {'y': slider.bounding_box()['y'] - 60}, 8),
  ):
    room = box['width'] - 2 * margin
    middle = box['y'] + box['height'] / 2
    page.mouse.move(box['x'] + margin + room, middle)
    page.mouse.down()
    for share in (0.8, 0.55, 0.3, 0.0, 0.9):
      page.mouse.move(box['x'] + margin + share * room, middle, steps=4)
      check_shown(page, history)
      assert position(page) == pytest.approx(share * last, abs=1)
    page.mouse.up()


def test_it_plays_and_pauses(page, run_dir):
  last = last_moment(read_history(run_dir))
  slider = page.get_by_role('slider')
  page.clock.install(time=0)
  page.clock.pause_at(1000)
  slider.focus()
  page.keyboard.press('Home')

  page.keyboard.press('Space')
  page.clock.run_for(3000)  # So short a run takes six seconds.
  page.get_by_role('button', name='Pause').click()

  moment = position(page)
  assert moment == pytest.approx(last / 2, abs=2)
  page.clock.run_for(3000)
  assert position(page) == moment
  slider.focus()
  page.keyboard.press('Space')
  page.clock.run_for(9000)
  assert position(page) == last
  assert page.get_by_role('button', name='Play').is_visible()


def test_with_less_motion_it_plays_in_steps(visit, run_dirs):
  page = visit(run_dirs[3] / 'report' / page_lib.NAME, reduced_motion='reduce')
  last = position(page)
  page.clock.install(time=0)
  page.clock.pause_at(1000)

  page.get_by_role('button', name='Play').click()

  step = -(-last // 24)
  assert position(page) == step
  # Pausing and going on at once does not make it faster.
  page.get_by_role('button', name='Pause').click()
  page.get_by_role('button', name='Play').click()
  for number in range(2, 24):
    assert position(page) == min(last, number * step)
    page.clock.run_for(1500)


def test_a_module_tells_its_history(page, run_dir):
  history = read_history(run_dir)
  task = history.tasks[-1]
  population = task.population_at(task.evaluations)
  layer, module = 1, int(task.finish.path[1][0])
  node = page.locator(
    f'[role=radio][data-layer="{layer}"][data-module="{module}"]'
  )

  node.hover()

  panel = page.locator('.module-panel')
  assert panel.locator('h3').text_content() == f'Layer 2, module {module}'
  facts = panel.locator('dl').text_content()
  held = module_counts(population, task.modules)[layer][module]
  assert f'in {held} of {len(population)} paths, and on the fittest' in facts
  through = [module in path[layer] for path in task.paths]
  assert f'on the path of {sum(through)} of {task.evaluations} evalu' in facts
  mean = float(re.search(r'mean score (-?[\d.e-]+)', facts)[1])
  assert mean == pytest.approx(task.fitness[through].mean(), rel=1e-3)
  by = next(t for t in history.tasks if module in t.finish.frozen[layer])
  assert f'the end of task {by.task + 1}, ' in facts
  assert node.get_attribute('aria-checked') == 'true'

  node.focus()
  page.keyboard.press('ArrowLeft')
  assert panel.locator('h3').text_content() == f'Layer 1, module {module}'
  assert page.locator('[role=radio][tabindex="0"]').count() == 1
  # It follows the slider.
  page.get_by_role('slider').focus()
  page.keyboard.press('Home')
  settle(page)
  facts = panel.locator('dl').text_content()
  held = module_counts(history.tasks[0].population, task.modules)[0][module]
  assert f'in {held} of {len(population)} paths' in facts


def test_every_box_is_a_way_to_its_moment(page, run_dir):
  history = read_history(run_dir)
  open_table(page)
  boxes = page.locator('.box')
  chosen = moments(history)
  assert boxes.count() == len(chosen) == 9

  for number in (0, 4, 8):
    boxes.nth(number).click()
    task, count = locate(history, position(page))
    assert (task.task, count) == (
      chosen[number].task,
      chosen[number].evaluations,
    )
    check_shown(page, history)


def test_nothing_is_wider_than_the_screen(page):
  open_table(page)
  page.locator('[role=radio]').first.hover()
  settle(page)

  assert (
    page.evaluate('document.documentElement.scrollWidth')
    == (page.viewport_size['width'])
  )
  pictures = page.locator('svg.network, svg.timeline, figure svg')
  for box in (pictures.nth(i).bounding_box() for i in range(pictures.count())):
    assert box['width'] > 80 or box['width'] == 34  # A sample in the legend.


def test_several_runs_are_one_page(visit, run_dirs, tmp_path):
  path = page_lib.write_page(
    [str(run_dirs[n]) for n in (2, 3)], tmp_path / 'both.html', lambda _: []
  )

  page = visit(path, viewport={'width': 360, 'height': 800})

  assert page.get_by_role('slider').count() == 2
  assert page.locator('[data-part=common] figure').count() == 2
  assert page.locator('[data-part=common] .curve').count() == 2 * 2 + 2
  assert page.evaluate('document.documentElement.scrollWidth') == 360


def test_a_run_of_twenty_thousand_evaluations_can_be_used(
  visit, tmp_path, make_events, write_run
):
  events = make_events(
    ['atari/pong', 'gym/CartPole-v1'], modules=(30, 20, 30, 30, 9, 30),
    active=5, population=64, budget=16_000_000,
  )  # fmt: skip
  folder = write_run(tmp_path / 'run', events)
  (folder / 'config.json').write_text('{"network": {}}')
  path = page_lib.write_page([str(folder)], tmp_path / 'a.html', lambda _: [])
  history = read_history(folder)

  page = visit(path)

  open_table(page)
  for key in ('PageDown', 'PageDown', 'ArrowRight', 'Home', 'PageUp'):
    page.get_by_role('slider').focus()
    page.keyboard.press(key)
    check_shown(page, history)
