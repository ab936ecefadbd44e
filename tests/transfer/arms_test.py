# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of pathnet_tf.transfer.arms."""

from __future__ import annotations

import collections
import dataclasses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pathnet_tf import config
from pathnet_tf.errors import UserError
from pathnet_tf.networks import configs
from pathnet_tf.transfer import arms

# No value is one that an arm sets, and few are the defaults.
BASE = config.RunConfig(
  tasks=('mnist/0v1', 'mnist/2v3'),
  steps_per_task=400,
  seed=8,
  workers=1,
  network=config.NetworkConfig('vector', 6, 2, 'available', 'mean', 'stored'),
  evolution=config.EvolutionConfig('binary', population=6),
  classifier=config.ClassifierConfig(batch_size=8, minibatches=5),
  optimizer=config.OptimizerConfig('sgd', learning_rate=0.1),
)
FIXED = {
  'evolution.search': 'fixed',
  'network.frozen': 'none',
  'network.reinitialise': 'none',
}
# By group; the group '' has what is in none, but what a run has for itself.
FIELDS = {
  '': [
    field.name
    for field in dataclasses.fields(BASE)
    if not dataclasses.is_dataclass(getattr(BASE, field.name))
    and field.name not in ('tasks', 'seed')
  ],
  **{
    field.name: [f.name for f in dataclasses.fields(getattr(BASE, field.name))]
    for field in dataclasses.fields(BASE)
    if dataclasses.is_dataclass(getattr(BASE, field.name))
  },
}


def configured(label: str, base: config.RunConfig = BASE) -> config.RunConfig:
  """What an arm makes of the settings."""
  return arms.parse(label, base).configure(base, *base.tasks, seed=base.seed)


def changes(label: str, base: config.RunConfig = BASE) -> dict[str, object]:
  """The settings that an arm changes, by dotted name."""
  found = configured(label, base)
  changed = {}
  for group, fields in FIELDS.items():
    before, after = (
      getattr(settings, group) if group else settings
      for settings in (base, found)
    )
    for field in fields:
      if getattr(after, field) != getattr(before, field):
        name = f'{group}.{field}' if group else field
        changed[name] = getattr(after, field)
  assert (found.tasks, found.seed) == (base.tasks, base.seed)
  return changed


COLUMNS = FIXED | {
  'network.name': 'progressive_dense(20, first=True),'
  ' progressive_dense(20), progressive_dense(20, last=True)',
  'network.modules': 4,
  'network.frozen': 'always_on',
}


@pytest.mark.parametrize(
  ('name', 'changed', 'has_source'),
  [
    ('pathnet', {}, True),
    ('pathnet_alone', {}, False),
    ('random', {}, False),
    ('de_novo', FIXED, False),
    (
      'de_novo_wide',
      FIXED | {'network.active': 4},
      False,
    ),
    ('progressive', COLUMNS, True),
    ('progressive_untrained', COLUMNS, True),
    ('fine_tuning', FIXED, True),
  ],
)
def test_an_arm_changes_what_it_is_named_for_and_nothing_else(
  name, changed, has_source
):
  assert changes(name) == changed
  assert arms.parse(name, BASE).has_source is has_source
  assert arms.parse(name, BASE).label == name


def test_every_arm_is_tested_above():
  assert set(arms.ARMS) == {
    'pathnet', 'pathnet_alone', 'de_novo', 'de_novo_wide', 'fine_tuning',
    'progressive', 'progressive_untrained', 'random',
  }  # fmt: skip


def test_what_only_later_tasks_see_is_nothing_to_a_source():
  for setting in (
    'frozen=scaled',
    'network.frozen=available',
    'reinitialise=copies',
    'network.reinitialise=copies',
  ):
    found = arms.origin_of(f'pathnet?{setting}&population=8')
    assert found == 'pathnet_alone?population=8'
  for setting in ('frozen=none', 'reinitialise=stored'):
    found = arms.origin_of(f'pathnet?{setting}')
    assert found == f'pathnet_alone?{setting}'


def test_tasks_and_seed_are_those_of_the_run():
  arm = arms.parse('pathnet?population=8', BASE)
  found = arm.configure(BASE, 'mnist/4v5', 'mnist/6v7', seed=3)
  assert found.tasks == ('mnist/4v5', 'mnist/6v7')
  assert found.seed == 3
  assert arm.configure(BASE, 'mnist/4v5', seed=3).tasks == ('mnist/4v5',)


@pytest.mark.parametrize(
  ('setting', 'name', 'value'),
  [
    ('population=64', 'evolution.population', 64),
    ('evolution.population=64', 'evolution.population', 64),
    ('steps_per_task=500', 'steps_per_task', 500),
    ('anneal=true', 'anneal', True),
    ('anneal=True', 'anneal', True),
    ('learning_rate=1e-3', 'optimizer.learning_rate', 0.001),
    ('optimizer.learning_rate=1', 'optimizer.learning_rate', 1.0),
    ('solved_at=0.998', 'solved_at', 0.998),
    ('solved_at=1', 'solved_at', 1.0),
    ('frozen=always_on', 'network.frozen', 'always_on'),
    ('frozen=scaled', 'network.frozen', 'scaled'),
    ('network.readout=sum', 'network.readout', 'sum'),
    ('optimizer.name=adam', 'optimizer.name', 'adam'),
    ('network.name=dense(8), [gru(4)]', 'network.name', 'dense(8), [gru(4)]'),
    ('network.name=', 'network.name', ''),
    ('batch_size=32', 'classifier.batch_size', 32),
    ('discount=0', 'agent.discount', 0.0),
  ],
)
def test_a_setting_is_read_as_the_kind_of_what_it_replaces(
  setting, name, value
):
  found = changes(f'pathnet?{setting}')
  assert found == {name: value}
  assert type(found[name]) is type(value)


def test_what_is_true_can_be_made_false():
  base = dataclasses.replace(BASE, anneal=True)
  assert changes('pathnet?anneal=false', base) == {'anneal': False}


def test_every_field_can_be_set_by_its_dotted_name():
  for group, fields in FIELDS.items():
    for field in fields:
      name = f'{group}.{field}' if group else field
      value = getattr(getattr(BASE, group) if group else BASE, field)
      text = '0.5' if value is None else str(value)
      arm = arms.parse(f'pathnet?{name}={text}', BASE)
      assert arm.changes == {group: {field: 0.5 if value is None else value}}, (
        name
      )


def test_a_short_name_does_where_no_two_groups_have_it():
  groups = collections.defaultdict(list)
  for group, fields in FIELDS.items():
    for field in fields:
      groups[field].append(group)
  assert {field for field, of in groups.items() if len(of) > 1} == {'name'}
  for field, (group, *others) in groups.items():
    if others:
      continue
    value = getattr(getattr(BASE, group) if group else BASE, field)
    label = f'pathnet?{field}={0.5 if value is None else value}'
    assert set(arms.parse(label, BASE).changes) == {group}


def test_several_settings_go_beside_those_of_the_arm():
  label = 'fine_tuning?population=8&anneal=true&network.modules=9&active=3'
  assert changes(label) == {
    'evolution.search': 'fixed',
    'network.frozen': 'none',
    'network.reinitialise': 'none',
    'evolution.population': 8,
    'anneal': True,
    'network.modules': 9,
    'network.active': 3,
  }
  # And leave no trace in the arm itself.
  assert changes('fine_tuning').keys() == changes(label).keys() - {
    'evolution.population', 'anneal', 'network.modules', 'network.active',
  }  # fmt: skip


def test_what_an_arm_is_made_of_follows_its_settings():
  active = BASE.network.active
  for label, width in (('de_novo_wide', active), ('de_novo_wide?active=3', 3)):
    assert changes(label)['network.active'] == 2 * width
  found = configured('de_novo_wide?active=6&modules=6').network
  assert (found.active, found.modules) == (12, 12)
  found = configured('progressive?active=2&network.name=dense(8)').network
  assert (found.active, found.modules) == (2, 4)
  assert found.name == configs.progressive('dense(8)')
  with pytest.raises(UserError, match='active changes them'):
    changes('progressive?modules=5')


def test_a_setting_stands_above_the_arms_own():
  label = 'fine_tuning?frozen=available&reinitialise=fresh'
  assert changes(label) == {
    'evolution.search': 'fixed',
    'network.reinitialise': 'fresh',
  }


@pytest.mark.parametrize(
  ('label', 'words'),
  [
    ('pathnett', ["'pathnett'", *arms.ARMS]),
    ('', [*arms.ARMS]),
    ('PathNet', ["'PathNet'", *arms.ARMS]),
    ('?population=6', ["''", *arms.ARMS]),
    ('pathnet?name=adam', ['network.name', 'optimizer.name']),
    ('pathnet?popul=6', ['popul=6', 'SETTING=VALUE', 'config.json']),
    ('pathnet?network.population=6', ['network.population=6', 'SETTING=']),
    ('pathnet?evolution=6', ['evolution=6', 'SETTING=VALUE']),
    ('pathnet?population', ["'population'", 'evolution.population']),
    ('pathnet?population=6&', ["''", 'SETTING=VALUE']),
    ('pathnet?tasks=mnist/3v5', ['tasks=mnist/3v5', 'SETTING=VALUE']),
    ('pathnet?seed=3', ['seed=3', 'SETTING=VALUE']),
    ('pathnet?population=many', ["population is 'many'", 'but is 6']),
    ('pathnet?population=6.5', ["population is '6.5'", 'but is 6']),
    ('pathnet?population=', ["population is ''", 'but is 6']),
    ('pathnet?learning_rate=fast', ["learning_rate is 'fast'", '0.1']),
    ('pathnet?solved_at=soon', ["solved_at is 'soon'", 'None']),
    ('pathnet?anneal=1', ["anneal is '1'", 'False']),
    ('pathnet?anneal=a\nb', [r"anneal is 'a\nb'", 'False']),
    ('path\nnet', [r"'path\nnet'"]),
    ('pathnet?a\nb=1', [r'a\nb=1']),
  ],
)
def test_what_is_not_understood_is_one_line_that_says_what_would_be(
  label, words
):
  with pytest.raises(UserError) as caught:
    arms.parse(label, BASE)
  message = str(caught.value)
  assert len(message.splitlines()) == 1
  for word in words:
    assert word in message


@pytest.mark.parametrize(
  ('label', 'words'),
  [
    ('pathnet?active=7', 'active .* is 7, more than the 6 modules'),
    ('pathnet?frozen=maybe', "frozen is 'maybe': one of always_on"),
    ('de_novo?optimizer.name=adagrad', "name is 'adagrad': one of"),
    ('pathnet?learning_rate=nan', 'learning_rate is nan: at least 0'),
    ('pathnet?minibatches=0', 'minibatches is 0: at least 1'),
  ],
)
def test_settings_that_do_not_go_together_are_refused(label, words):
  with pytest.raises(UserError, match=f'^{words}.*$'):
    configured(label)


# Labels of parts that mean something, in places where they may not.
PARTS = st.sampled_from(
  ['?', '&', '=', '.', '-', ' ', '\n', '1', '0.5', '1e9', 'nan', 'true', 'none']
  + list(arms.ARMS)
  + [field for fields in FIELDS.values() for field in fields]
  + [f'{group}.{f}' for group, fields in FIELDS.items() for f in fields]
)
SETTING = st.builds('='.join, st.lists(PARTS | st.text(), max_size=3))
LABEL = st.builds(
  lambda name, parts: f'{name}?{"&".join(parts)}',
  st.sampled_from(list(arms.ARMS)) | st.text(),
  st.lists(SETTING, max_size=3),
)


@settings(max_examples=300)
@given(label=st.text() | st.lists(PARTS).map(''.join) | LABEL)
@example(f'pathnet?population={"9" * 5000}')
@example('pathnet?population=\u0663')
@example('pathnet?learning_rate=1e999')
@example('pathnet?network.name=\udc80')
@example('pathnet?' + '&' * 1000)
def test_an_odd_label_is_an_arm_or_a_user_error_of_one_line(label):
  message = ''
  try:
    found = configured(label)
  except UserError as error:
    message = str(error)
  else:
    assert found.tasks == BASE.tasks
    assert arms.parse(label, BASE).label == label
  assert len(message.splitlines()) <= 1
