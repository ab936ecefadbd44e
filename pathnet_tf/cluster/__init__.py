# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""The processes of one run on many hosts: who they are, and who is alive."""
