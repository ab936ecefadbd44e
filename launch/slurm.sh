#!/bin/bash
# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
#
#   sbatch --ntasks=10 launch/slurm.sh --tasks=atari/pong,atari/alien \
#       --run_dir=/shared/runs/mine
#
# Task 0 is the chief, task 1 the parameter server (SERVERS of them), the others
# are workers. Every task needs this folder at the same path; the run folder is
# written by the chief alone. A task that is lost is started again on its node.

#SBATCH --job-name=pathnet
#SBATCH --cpus-per-task=2
#SBATCH --output=pathnet-%j.txt

set -eu
cd "${SLURM_SUBMIT_DIR:?submit this script by sbatch}"

# Since SLURM 22.05 srun does not take over what sbatch was told of cores.
exec srun --kill-on-bad-exit=0 --label --wait=0 \
  --cpus-per-task="${SLURM_CPUS_PER_TASK:-2}" \
  launch/keep.sh "${PYTHON:-.venv/bin/python}" -m launch.train \
  --strategy=parameter_server \
  --servers="${SERVERS:-1}" \
  --connect_seconds=120 \
  "$@"
