# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests that SLURM's script and Kubernetes' manifests say what train takes."""

from __future__ import annotations

import os
import pathlib
import re
import signal
import subprocess

import pytest
import yaml
from absl import flags

from launch import cluster_flags, train  # noqa: F401 (its flags)
from pathnet_tf.cluster import addresses, pulse

ROOT = pathlib.Path(__file__).parents[2]
FOLDER = ROOT / 'launch' / 'kubernetes'
KEEP = str(ROOT / 'launch' / 'keep.sh')


def documents(name: str) -> list[dict]:
  return list(yaml.safe_load_all((FOLDER / f'{name}.yaml').read_text()))


@pytest.fixture(scope='module')
def shared():
  """The service, and the flags that all pods have."""
  service, config, policy = documents('service')
  return service, config['data']['train.flags'].split(), policy


def test_every_manifest_is_tested():
  assert {path.stem for path in FOLDER.iterdir()} == {
    'service',
    *addresses.JOBS,
  }


def test_shared_flags_are_flags_of_train(shared):
  known = set(flags.FLAGS)
  assert 'strategy' in known
  for argument in shared[1]:
    name, _, _ = argument.removeprefix('--').partition('=')
    assert name in known


@pytest.mark.parametrize('job', addresses.JOBS)
def test_jobs_have_the_pods_that_the_hosts_name(shared, job):
  service, arguments, policy = shared
  (hosts,) = [
    a.partition('=')[2] for a in arguments if a.startswith('--hosts=')
  ]
  (manifest,) = documents(job)
  count = manifest['spec']['completions']
  assert manifest['spec']['parallelism'] == count
  assert manifest['spec']['completionMode'] == 'Indexed'
  name = manifest['metadata']['name']
  template = manifest['spec']['template']
  subdomain = template['spec']['subdomain']
  assert subdomain == service['metadata']['name']
  for index in range(count):
    cluster = addresses.from_flags(hosts, job, index)
    host, _ = addresses.split(cluster.address)
    assert host == f'{name}-{index}.{subdomain}'
  assert len(cluster.hosts[job]) == count
  # The service and the policy are for these pods.
  labels = template['metadata']['labels']
  assert service['spec']['selector'].items() <= labels.items()
  assert policy['spec']['podSelector']['matchLabels'].items() <= labels.items()
  (container,) = template['spec']['containers']
  command = container['command']
  assert (ROOT / command[0]).exists()
  assert command[1:4] == ['python', '-m', 'launch.train']
  assert f'--job={job}' in command
  (index_from,) = container['env']
  assert command[-1] == f'--task_index=$({index_from["name"]})'
  (mounted,) = [m for m in container['volumeMounts'] if m['name'] == 'flags']
  assert f'--flagfile={mounted["mountPath"]}/train.flags' in command
  volumes = {volume['name'] for volume in template['spec']['volumes']}
  assert {m['name'] for m in container['volumeMounts']} == volumes


def test_the_slurm_script_is_sound():
  script = ROOT / 'launch' / 'slurm.sh'
  subprocess.run(['bash', '-n', str(script)], check=True)
  named = re.findall(r'--([a-z_]+)(?==)', script.read_text())
  ours = {name for name in named if name in flags.FLAGS}
  assert {'strategy', 'servers', 'connect_seconds'} <= ours
  assert os.access(script, os.X_OK)


def test_the_slurm_script_hands_its_arguments_to_every_task(tmp_path):
  stand_in = tmp_path / 'srun'
  stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
  stand_in.chmod(0o755)
  shown = subprocess.run(
    [str(ROOT / 'launch' / 'slurm.sh'), '--tasks=a,b', '--run_dir=r s'],
    env={
      'PATH': f'{tmp_path}:/usr/bin:/bin',
      'SLURM_SUBMIT_DIR': str(ROOT),
      'SERVERS': '3',
    },
    capture_output=True,
    text=True,
    check=True,
  ).stdout.splitlines()
  assert shown[-2:] == ['--tasks=a,b', '--run_dir=r s']
  assert '--servers=3' in shown
  assert shown[shown.index('launch/keep.sh') + 2 :][:2] == [
    '-m',
    'launch.train',
  ]


@pytest.mark.parametrize(
  ('ends', 'starts', 'code'),
  [
    ('exit 0', 1, 0),
    ('exit 2', 1, 2),
    ('[ $n -lt 3 ] && exit 75; exit 0', 3, 0),
    ('[ $n -lt 2 ] && kill -9 $$; exit 0', 2, 0),
  ],
)
def test_keep_starts_again_what_was_lost(tmp_path, ends, starts, code):
  counted = tmp_path / 'n'
  program = f'echo x >> {counted}; n=$(wc -l < {counted}); {ends}'
  kept = subprocess.run(
    [KEEP, 'sh', '-c', program], capture_output=True, check=False
  )
  assert kept.returncode == code
  assert len(counted.read_text().split()) == starts


def test_keep_passes_a_signal_on(tmp_path):
  program = (
    f"trap 'echo told > {tmp_path}/n; exit 0' TERM; echo up; sleep 100 & wait"
  )
  kept = subprocess.Popen(
    [KEEP, 'sh', '-c', program], stdout=subprocess.PIPE, text=True
  )
  assert kept.stdout.readline() == 'up\n'
  kept.send_signal(signal.SIGTERM)
  assert kept.wait() == 143
  assert (tmp_path / 'n').read_text() == 'told\n'


def test_restart_code_is_the_one_that_keep_knows():
  assert f'-ne {pulse.RESTART} ' in pathlib.Path(KEEP).read_text()
