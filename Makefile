# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
#
#   make demo    two MinAtar games, one after the other: about 5 minutes
#   make test    the tests: under 10 minutes
#   make lint    format, lint and types
#   make bench   how fast it is, beside others: 17 to 25 minutes
#   make lock    writes the exact versions anew; needs uv
#   make clean   removes .venv and what tools leave behind
#
# Each makes its own .venv; PYTHON=python3.10 chooses the interpreter.

PYTHON ?=
python := .venv/bin/python
# One line for a missing or wrong Python, where make would add a second one.
venv = $(if $(problem),$(error $(problem)),@PYTHON='$(PYTHON)' sh tools/venv.sh)
problem = $(shell PYTHON='$(PYTHON)' sh tools/venv.sh check)

.PHONY: demo test lint bench lock clean

demo:
	$(venv) run
	@$(python) -m launch.demo

test:
	$(venv) dev
	@$(python) -m pytest -m 'not slow' -n 2 --dist loadfile

lint:
	$(venv) dev
	@$(python) -m ruff check
	@$(python) -m ruff format --check
	@$(python) -m mypy pathnet_tf launch

bench:
	$(venv) run
	@sh tools/peers.sh .peers
	@$(python) -m benchmarks.suite --peers=.peers

lock := uv pip compile -q --universal --python-version 3.10 --generate-hashes \
	--no-annotate --no-header --upgrade
lock:
	$(lock) requirements.txt -o requirements.lock
	$(lock) requirements.txt requirements-dev.txt -o requirements-dev.lock

clean:
	rm -rf .venv .peers .pytest_cache .ruff_cache .mypy_cache .hypothesis
	rm -rf build/ *.egg-info/
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
