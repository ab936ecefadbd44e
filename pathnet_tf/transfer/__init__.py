# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
