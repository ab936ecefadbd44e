# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""What a task has left: a SavedModel of its path, without the rest."""
