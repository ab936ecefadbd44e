# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Figures and tables of a run: functions of its folder, without TensorFlow."""
