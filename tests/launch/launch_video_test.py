# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests of launch.video, as a program."""

from __future__ import annotations

import imageio.v3 as imageio

from pathnet_tf import config, coordinator, local_engines, run_folder


def test_a_runs_training_becomes_a_video(testdata, tmp_path, start):
  settings = config.RunConfig(
    tasks=('mnist/3v5', 'mnist/0v6'),
    steps_per_task=60,
    workers=1,
    network=config.NetworkConfig('dense(8), dense(8)', 4, 2, 'available'),
    evolution=config.EvolutionConfig('binary', population=3),
    classifier=config.ClassifierConfig(minibatches=10),
  )
  with run_folder.RunFolder(tmp_path) as folder:
    coordinator.Coordinator(settings, folder, local_engines.make_engine).run()
  for flags, path in (
    ([], tmp_path / 'report' / 'training.mp4'),
    ([f'--output={tmp_path}/a.gif'], tmp_path / 'a.gif'),
  ):
    process = start(f'--run_dir={tmp_path}', *flags, program='launch.video')
    out, err = process.communicate()
    assert (process.returncode, out, err) == (0, f'{path}\n', '')
    plugin = 'pillow' if path.suffix == '.gif' else 'FFMPEG'
    frames = sum(1 for _ in imageio.imiter(path, plugin=plugin))
    assert frames > (100 if path.suffix == '.gif' else 200)


def test_what_is_wrong_is_one_line(tmp_path, start):
  (tmp_path / 'evolution.jsonl').write_text('')
  for flags, words in (
    ([], 'no run folder: name one by --run_dir'),
    ([f'--run_dir={tmp_path}/none'], 'no evolution.jsonl in'),
    ([f'--run_dir={tmp_path}'], 'no path has been evaluated yet'),
  ):
    process = start(*flags, program='launch.video')
    out, err = process.communicate()
    assert (process.returncode, out) == (2, '')
    assert err.count('\n') == 1
    assert words in err
