PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PHOTOS ?=

.PHONY: install demo test lock clean

## demo: install what serving needs, start the service, upload display photos, print the decisions
demo: .venv/serve.stamp
	@$(BIN)/shelfproof demo $(if $(PHOTOS),--photos "$(PHOTOS)")

## test: install what tests and training need, run lints, types and the whole suite, a process on each core
test: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

## install: what serving needs, into .venv
install: .venv/serve.stamp

.venv/serve.stamp: requirements/serve.lock pyproject.toml
	@echo "Installing into .venv (about a minute the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install -q --require-hashes -r requirements/serve.lock
	@$(PIP) install -q --no-deps -e .
	@touch $@

.venv/test.stamp: requirements/test.lock .venv/serve.stamp
	$(PIP) install -q --require-hashes -r requirements/test.lock
	@touch $@

## lock: resolve the dependencies anew (needs uv)
LOCK := uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url
lock:
	$(LOCK) --upgrade -o requirements/serve.lock
	$(LOCK) --extra train --extra test -c requirements/serve.lock -o requirements/test.lock

clean:
	rm -rf .venv .venv-roboflow var build runs
