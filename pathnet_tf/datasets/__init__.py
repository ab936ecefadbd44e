# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Labelled images: read from the official files, or downloaded."""
