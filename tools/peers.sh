#!/bin/sh
# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
#
# Makes an environment for what benchmarks compare with, and fetches the public
# implementation of PathNet that one of them runs. None of it enters .venv.
#
#   tools/peers.sh FOLDER   FOLDER/bin/python, and FOLDER/pathnet-pytorch
#
# PEER_REPOSITORY names another place to clone that implementation from; where
# it is not to be had, the rest is made all the same.

set -u
[ $# -eq 1 ] || {
  echo 'error: tools/peers.sh: the folder to make is missing' >&2
  exit 2
}
folder=$1
here=$(dirname "$0")/..
wanted=$here/benchmarks/peers/requirements.txt
python=$here/.venv/bin/python
repository=${PEER_REPOSITORY:-https://github.com/kimhc6028/pathnet-pytorch}
commit=edcf2121fe80bc0387bad1411aeed1bf7a5f64a0

if ! cmp -s "$wanted" "$folder/installed.txt" 2>/dev/null; then
  echo "Making $folder for the peers: some minutes" >&2
  "$python" -m venv --clear "$folder" || exit
  # PyTorch without CUDA, where its own index is within reach.
  "$folder/bin/pip" install -q -q -q --disable-pip-version-check --retries 1 \
    -r "$wanted" \
    --extra-index-url https://download.pytorch.org/whl/cpu || {
    echo "error: $wanted could not be installed into $folder" >&2
    exit 2
  }
  cp "$wanted" "$folder/installed.txt"
fi

checkout=$folder/pathnet-pytorch
if [ ! -e "$checkout/pathnet.py" ]; then
  rm -rf "$checkout"
  git clone -q "$repository" "$checkout" 2>/dev/null &&
    git -C "$checkout" checkout -q "$commit" &&
    # It adds in place to what a ReLU gave, which today's autograd refuses.
    sed -i 's/y += F/y = y + F/' "$checkout/pathnet.py" || {
    rm -rf "$checkout"
    echo "no public implementation: $repository is not to be had" >&2
  }
fi
exit 0
