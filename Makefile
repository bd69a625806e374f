# The task menu. Everything is installed into .venv from hash-locked lists; nothing outside this folder changes,
# except that `make test` installs the servers and the browser it tests with from Debian's packages.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test test-setup check quick fix bench docs lock clean

VENV := .venv
BIN := $(VENV)/bin
UV := VIRTUAL_ENV=$(CURDIR)/$(VENV) UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 $(BIN)/uv
PYTHON ?= $(firstword $(shell command -v python3 python3.14 python3.13 python3.12 python3.11 python))
NODE_MODULES := tests/interop/node_modules/.package-lock.json
PEER := bench/node_modules/.package-lock.json
export PATH := $(CURDIR)/$(BIN):$(PATH)

help: ## This menu
	@echo "Limen: an OpenID Connect provider and OAuth 2.0 server"; echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run ## Start Limen here, with a demonstration tenant (ARGS="..." for its options)
	@exec $(BIN)/limen dev $(ARGS)

test: $(VENV)/.dev test-setup $(NODE_MODULES) ## Install what the tests need, then run every test
	@echo "==> all tests"
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev ## Format, lint, types and architecture
	@echo "==> ruff format"; $(BIN)/ruff format --check .
	@echo "==> ruff"; $(BIN)/ruff check .
	@echo "==> mypy"; $(BIN)/mypy
	@echo "==> import contracts"; $(BIN)/lint-imports

quick: $(VENV)/.dev ## What a commit needs, in seconds: format, lint, contracts, house rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest tests/house -q --numprocesses=0

fix: $(VENV)/.dev ## Format, and mend what can be mended by a program
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .
	@$(BIN)/ruff check .

bench: $(VENV)/.dev test-setup $(PEER) ## Measure Limen beside its peer on this machine
	@$(BIN)/python -m compileall -q -j 0 src $(VENV)/lib >/dev/null || true  # as pip leaves what it installs
	@echo "==> bench: some minutes; leave the machine alone meanwhile"
	@$(BIN)/python -m bench $(ARGS)

docs: $(VENV)/.dev ## Build the documentation into docs/_build/html
	@echo "==> documentation"
	@$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo "open docs/_build/html/index.html"

lock: $(VENV)/.dev ## Resolve all dependencies anew, none younger than a week
	@tools/lock.sh

clean: ## Remove what was installed, built and cached here
	@rm -rf $(VENV) dist build docs/_build htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache \
	  .import_linter_cache .hypothesis tests/interop/node_modules bench/node_modules
	@find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +

# --- how things get installed; each step leaves a stamp and is not repeated while its list stays as it is ---

$(VENV)/.uv: requirements/uv.txt
	@PYTHON="$(PYTHON)" tools/make_venv.sh $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.uv requirements/run.txt pyproject.toml
	@echo "==> installing Limen (some seconds, the first time up to a minute)"
	@$(UV) pip install --quiet --require-hashes -r requirements/run.txt
	@$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@echo "==> installing the developers' tools (up to a minute)"
	@$(UV) pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

test-setup: $(VENV)/.uv
	@tools/test_setup.sh

$(NODE_MODULES): tests/interop/package-lock.json | test-setup
	@echo "==> npm ci in tests/interop"
	@cd tests/interop && npm ci --ignore-scripts --silent
	@touch $@

$(PEER): bench/package-lock.json | test-setup
	@echo "==> npm ci in bench"
	@cd bench && npm ci --ignore-scripts --silent
	@touch $@
