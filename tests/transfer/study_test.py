# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.transfer.study."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil

import pytest

from pathnet_tf import run_folder
from pathnet_tf.transfer import plan, runs, study
from tests.transfer.digits import ARMS, BASE, PAIRS, refused

# A plan looks whether the images are there.
pytestmark = pytest.mark.usefixtures('testdata')


def row_of(run: runs.Run, **changes) -> dict:
  """A row, with no more in it than a study looks at."""
  arm, source, target, seed = run.key
  row = {'arm': arm, 'source': source, 'target': target, 'seed': seed}
  return {**row, 'tasks': [], **changes}


def written(path: pathlib.Path, *rows) -> str:
  path.write_text(''.join(json.dumps(row) + '\n' for row in rows))
  return str(path)


def test_several_files_of_rows_are_read_one_after_the_other(tmp_path):
  a, b, c = map(row_of, plan.make(BASE, ARMS, PAIRS, 1))
  files = [
    written(tmp_path / 'a', a, b),
    written(tmp_path / 'b'),
    written(tmp_path / 'c', c),
  ]
  assert study.read_rows(files) == [a, b, c]
  assert study.read_rows(files[::-1]) == [c, a, b]
  assert study.read_rows([]) == []


def test_of_a_run_the_first_row_counts(tmp_path):
  a, b, _ = plan.make(BASE, ARMS, PAIRS, 1)
  files = [
    written(tmp_path / 'a', row_of(a, overlap=1), row_of(a, overlap=2)),
    written(tmp_path / 'b', row_of(b), row_of(a, overlap=3)),
  ]
  assert study.read_rows(files) == [row_of(a, overlap=1), row_of(b)]


def test_rows_that_differ_in_anything_of_their_key_are_kept(tmp_path):
  row = row_of(plan.make(BASE, ARMS, PAIRS, 1)[0])
  rows = [
    row,
    {**row, 'arm': 'fine_tuning'},
    {**row, 'source': None},
    {**row, 'target': 'mnist/8v9'},
    {**row, 'seed': 5},
  ]
  assert study.read_rows([written(tmp_path / 'a', *rows)]) == rows


@pytest.mark.parametrize(
  'line',
  [
    '{"kind": "begin"}',
    '{"arm": ["pathnet"], "source": null, "target": "a", "seed": 0}',
    '[]',
    'null',
    'arm,source',
    '{"arm": NaN}',
  ],
)
def test_a_file_of_something_else_is_named(tmp_path, line):
  path = tmp_path / 'other'
  path.write_text(line + '\n')
  assert repr(str(path)) in refused(study.read_rows, [str(path)])


def test_a_file_that_is_not_there_is_named(tmp_path):
  path = str(tmp_path / 'absent')
  assert repr(path) in refused(study.read_rows, [path])


def test_rows_are_selected_by_any_spelling_of_their_tasks():
  rows = [row_of(run) for run in plan.make(BASE, ARMS, PAIRS, 1)]
  assert study.select(rows, [], []) == rows
  found = study.select(rows, ['mnist?classes=0+1'], ['mnist/2v3'])
  assert [row['source'] for row in found] == ['mnist/0v1', None]
  for sources, targets, words in (
    (
      ['mnist/8v9'],
      [],
      "no row has 'mnist/8v9' as its source: one of mnist/0v1",
    ),
    ([], ['mnist/2v3', 'mist'], "no row has 'mist' as its target"),
  ):
    assert words in refused(study.select, rows, sources, targets)


def test_rows_that_lack_what_is_tabulated_are_refused():
  row = {'arm': 'pathnet', 'source': 'a', 'target': 'b', 'budget': 9}
  for lacking, there in (
    ('tasks', {'tasks': [], 'source_score': 1.0}),
    ('source_score', {'tasks': [{}]}),
  ):
    assert f'has no {lacking!r}' in refused(
      study.check_rows, [{**row, **there}]
    )
  study.check_rows([{**row, 'tasks': [{}], 'source_score': 1.0}])


def test_a_new_study_has_no_rows_and_all_its_runs_are_missing(tmp_path):
  planned = plan.make(BASE, ARMS, PAIRS, 1)
  with study.Study(str(tmp_path / 'new' / 'study'), BASE) as held:
    assert held.rows() == []
    assert held.missing(planned) == planned


def test_what_was_appended_is_no_longer_missing(tmp_path):
  planned = plan.make(BASE, ARMS, PAIRS, 1)
  first, second, third = planned
  with study.Study(str(tmp_path), BASE) as held:
    held.append(row_of(second))
    assert held.rows() == [row_of(second)]
    assert held.missing(planned) == [first, third]
  with study.Study(str(tmp_path), BASE) as held:  # In the next process, too.
    assert held.missing(planned) == [first, third]
    held.append(row_of(third))
    held.append(row_of(first))
    assert held.missing(planned) == []
    assert held.rows() == [row_of(r) for r in (second, third, first)]


def test_more_arms_pairs_and_seeds_may_come_later(tmp_path):
  for labels, pairs, seeds in (
    (['de_novo'], PAIRS[:1], 1),
    (ARMS, PAIRS, 1),
    (ARMS[:1], PAIRS, 2),
  ):
    base = dataclasses.replace(BASE, seed=seeds, tasks=('mnist/8v9',))
    planned = plan.make(base, labels, pairs, seeds)
    with study.Study(str(tmp_path), base) as held:
      for run in held.missing(planned):
        held.append(row_of(run))
      assert held.missing(planned) == []
      count = len(held.rows())
  assert count == 5


def test_the_folder_of_a_run_goes_once_its_row_is_there(tmp_path):
  planned = plan.make(BASE, ARMS, PAIRS, 1)
  with study.Study(str(tmp_path), BASE) as held:
    folders = [pathlib.Path(held.path_of(run)) for run in planned]
    assert {folder.parent for folder in folders} == {tmp_path / 'runs'}
    for folder in folders:
      (folder / 'checkpoints').mkdir(parents=True)
      (folder / 'checkpoints' / 'weights').write_text('')
    held.append(row_of(planned[1]))
    held.clear(planned[1], planned[:1] + planned[2:])
    assert [f.exists() for f in folders] == [True, False, True]


def test_the_folder_of_another_studys_run_stays(tmp_path):
  (run,) = plan.make(BASE, ['de_novo'], PAIRS[:1], 1)
  other = dataclasses.replace(BASE, steps_per_task=BASE.steps_per_task * 2)
  runs_dir = str(tmp_path / 'shared')
  with study.Study(str(tmp_path / 'study'), BASE, runs_dir) as held:
    folder = held.path_of(run)
    for settings, stays in ((other, True), (BASE, False)):
      shutil.rmtree(folder, ignore_errors=True)
      with run_folder.RunFolder(folder) as there:
        there.claim(run.configure(settings).to_json())
      held.append(row_of(run))
      assert held.missing([run]) == []
      assert os.path.exists(folder) is stays


def test_the_folder_of_a_run_that_another_study_is_training_stays(tmp_path):
  (run,) = plan.make(BASE, ['de_novo'], PAIRS[:1], 1)
  runs_dir = str(tmp_path / 'shared')
  with study.Study(str(tmp_path / 'study'), BASE, runs_dir) as held:
    held.append(row_of(run))
    with run_folder.RunFolder(held.path_of(run)) as there:
      there.claim(run.configure(BASE).to_json())
      assert held.missing([run]) == []
      assert there.read_config()
    assert held.missing([run]) == []
    assert not os.path.exists(held.path_of(run))


def test_a_folder_that_a_kill_after_the_row_left_behind_goes_too(tmp_path):
  planned = plan.make(BASE, ARMS, PAIRS, 1)
  with study.Study(str(tmp_path), BASE) as held:
    for run in planned[:2]:
      os.makedirs(held.path_of(run))
    held.append(row_of(planned[0]))
  with study.Study(str(tmp_path), BASE) as held:
    held.missing(planned)
    assert not os.path.exists(held.path_of(planned[0]))
    assert os.path.exists(held.path_of(planned[1]))


@pytest.mark.parametrize('cut', [1, 2, 30])
def test_a_torn_last_line_is_not_counted_and_its_run_is_repeated(tmp_path, cut):
  first, second, third = planned = plan.make(BASE, ARMS, PAIRS, 1)
  with study.Study(str(tmp_path), BASE) as held:
    held.append(row_of(first))
    held.append(row_of(second))
  rows = tmp_path / 'rows.jsonl'
  whole = rows.read_bytes()
  rows.write_bytes(whole[:-cut])
  assert study.read_rows([str(rows)]) == [row_of(first)]
  with study.Study(str(tmp_path), BASE) as held:
    assert held.rows() == [row_of(first)]
    assert held.missing(planned) == [second, third]
    held.append(row_of(second))
    assert held.missing(planned) == [third]
  assert rows.read_bytes() == whole


@pytest.mark.parametrize(
  ('changes', 'words'),
  [
    ({'steps_per_task': 200}, 'steps_per_task is 100 there and 200 here'),
    ({'solved_at': 0.9}, 'solved_at is null there and 0.9 here'),
    (
      {'optimizer': dataclasses.replace(BASE.optimizer, name='adam')},
      'optimizer.name is "rmsprop" there and "adam" here',
    ),
  ],
)
def test_other_settings_are_refused_by_their_name(tmp_path, changes, words):
  with study.Study(str(tmp_path), BASE):
    pass
  other = study.Study(str(tmp_path), dataclasses.replace(BASE, **changes))
  assert words in refused(other.__enter__)
  with study.Study(str(tmp_path), BASE):  # The folder has been let go.
    pass


def test_settings_that_an_earlier_version_did_not_have_are_defaults(tmp_path):
  with study.Study(str(tmp_path), BASE):
    pass
  file = tmp_path / 'config.json'
  settings = json.loads(file.read_text())
  del settings['evolution']['initial_population'], settings['strategy']
  file.write_text(json.dumps(settings))
  with study.Study(str(tmp_path), BASE):
    pass
  mutants = dataclasses.replace(BASE.evolution, initial_population='mutants')
  other = dataclasses.replace(BASE, evolution=mutants)
  words = 'initial_population is "random" there and "mutants" here'
  assert words in refused(study.Study(str(tmp_path), other).__enter__)


def test_a_second_holder_is_refused(tmp_path):
  with study.Study(str(tmp_path), BASE):
    message = refused(study.Study(str(tmp_path), BASE).__enter__)
    assert f'in use by process {os.getpid()}' in message
  with study.Study(str(tmp_path), BASE):
    pass


def test_a_folder_of_something_else_is_refused(tmp_path):
  (tmp_path / 'thesis.tex').write_text('')
  assert 'not empty' in refused(study.Study(str(tmp_path), BASE).__enter__)
  assert [path.name for path in tmp_path.iterdir()] == ['thesis.tex']
