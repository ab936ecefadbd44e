# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Tests that pytest runs."""

load("@rules_python//python:defs.bzl", "py_test")

def pytest_test(name, srcs, data = [], deps = [], **kwargs):
    """A py_test of one file, run by pytest without the tests marked slow.

    Args:
      name: of the target.
      srcs: the file.
      data: what it reads.
      deps: what it imports.
      **kwargs: as py_test's.
    """
    pytest = "@pypi//pytest"
    py_test(
        name = name,
        size = "enormous",
        srcs = srcs + ["//tools:pytest_main.py"],
        args = ["$(location %s)" % srcs[0]],
        data = data + ["//:pyproject.toml"],
        main = "//tools:pytest_main.py",
        deps = deps + [label for label in [pytest] if label not in deps],
        **kwargs
    )
