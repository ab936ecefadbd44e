# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Batched TF-Agents environments, one kind a file."""
