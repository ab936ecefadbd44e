#!/bin/sh
# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
#
# Makes .venv from Python 3.10 or 3.11, and installs the requirements when they
# have changed since the last time.
#
#   tools/venv.sh run     what the programs need (requirements.txt)
#   tools/venv.sh dev     that, and what tests and lint need
#   tools/venv.sh check   only prints what is missing to make .venv, if anything
#
# PYTHON names the interpreter; by default the first one that runs and fits,
# else one that uv finds. Exit code 2: there is none, or it does not fit.

set -u
cd "$(dirname "$0")/.." || exit 2

wanted='Python 3.10 or 3.11'
venv_python=.venv/bin/python

version() { # Of an interpreter, as in 3.11; nothing if it does not run.
  "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

fits() { # Whether it runs, is of a right version, and can make environments.
  "$1" -c 'import sys, ensurepip, venv
sys.exit(sys.version_info[:2] not in ((3, 10), (3, 11)))' >/dev/null 2>&1
}

find_python() { # Prints an interpreter, or `uv`; nothing if there is neither.
  # A name on the PATH may be a version manager's shim for a version that is
  # not installed, so only one that has run counts.
  for name in python3.11 python3.10 python3 python; do
    if fits "$name"; then
      echo "$name"
      return
    fi
  done
  if command -v uv >/dev/null 2>&1; then
    echo uv
  fi
}

problem() { # Prints why no environment can be made; nothing if one can.
  if [ -n "${PYTHON:-}" ]; then
    found=$(version "$PYTHON")
    case $found in
      3.10 | 3.11)
        fits "$PYTHON" ||
          echo "$PYTHON cannot make environments: install its venv module" \
            "(Debian and Ubuntu: apt install python$found-venv)"
        ;;
      '') echo "$PYTHON does not run: PYTHON must be $wanted" ;;
      *) echo "$PYTHON is Python $found: $wanted is needed" ;;
    esac
  elif ! up_to_date && [ -z "$(find_python)" ]; then
    echo "no $wanted with its venv module was found: install one, or uv," \
      'or name one by PYTHON=/path/to/python3.11'
  fi
}

up_to_date() { # Whether .venv runs, and is of the version that was asked for.
  has=$(version "$venv_python")
  case $has in
    3.10 | 3.11) ;;
    *) return 1 ;;
  esac
  [ -z "${PYTHON:-}" ] || [ "$has" = "$(version "$PYTHON")" ]
}

make_venv() {
  if [ -e .venv ] && [ ! -e .venv/pyvenv.cfg ]; then
    echo 'error: .venv is not a Python environment: move it away' >&2
    exit 2
  fi
  python=${PYTHON:-$(find_python)}
  echo "Making .venv with $python" >&2
  if [ "$python" != uv ]; then
    "$python" -m venv --clear .venv
    return
  fi
  rm -rf .venv
  uv venv --seed --python '>=3.10,<3.12' .venv >/dev/null 2>&1 && return
  echo "error: uv found no $wanted that it can use: install one, or name one" \
    'by PYTHON=/path/to/python3.11' >&2
  return 2
}

mode=${1:-run}
case $mode in
  check)
    problem
    exit 0
    ;;
  run) set -- requirements.txt ;;
  dev) set -- requirements.txt requirements-dev.txt ;;
  *)
    echo "error: tools/venv.sh $mode: one of run, dev, check is right" >&2
    exit 2
    ;;
esac

why=$(problem)
if [ -n "$why" ]; then
  echo "error: $why" >&2
  exit 2
fi
up_to_date || make_venv || exit

# A stamp is a copy of the requirements that were installed, written last: an
# install that was interrupted is repeated.
cat "$@" | cmp -s - ".venv/installed-$mode.txt" 2>/dev/null && exit
echo "Installing $* into .venv: a minute or two" >&2
for file; do
  set -- "$@" -r "$file"
  shift
done
# Twice quiet: errors only.
"$venv_python" -m pip install -q -q --disable-pip-version-check "$@" || exit
cat requirements.txt >.venv/installed-run.txt
if [ "$mode" = dev ]; then
  cat requirements.txt requirements-dev.txt >.venv/installed-dev.txt
fi
