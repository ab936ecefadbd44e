#!/bin/sh
# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
#
#   launch/keep.sh COMMAND [ARGUMENT ...]
#
# Runs a command, and again for as long as it ends with 75 (pathnet_tf: start me
# again, from the last checkpoint) or by a signal. A signal that this script gets
# itself ends both.

# By $!, which the shell knows as soon as there is a child: a variable of ours
# would still be empty for a signal that comes right then, and leave it behind.
trap '[ -z "$!" ] || { kill -TERM "$!" 2>/dev/null; wait "$!"; }
exit 143' TERM INT HUP
while :; do
  "$@" &
  wait "$!"
  code=$?
  if [ "$code" -ne 75 ] && [ "$code" -le 128 ]; then
    exit "$code"
  fi
  echo "ended with $code: $1 is started again" >&2
  sleep 1
done
