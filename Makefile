# Two commands for a fresh machine: `make demo` and `make test`. Everything lands in this folder.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
TRAX := $(BIN)/trax --state $(DEMO)/state

.DEFAULT_GOAL := help
.PHONY: help demo test lint types imports tests bench soak golden lock clean

help: ## Say what can be made
	@echo "make demo    issue 58 from file to (simulated) inboxes, in about a minute"
	@echo "make test    everything: style, types, import rules, tests"
	@echo "make lint | types | imports | tests    one of them"
	@echo "make bench   speed, as ratios to yardsticks of the same run; takes a while"
	@echo "make soak    the long kill test: senders killed again and again, nobody missed, nobody mailed twice"
	@echo "make golden  approve how issue 58 is rendered now, after looking at it"
	@echo "make lock    resolve the dependencies anew (needs uv)"
	@echo "make clean   remove what was made"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "trax needs Python 3.11 or newer; say which one: make PYTHON=python3.12 demo"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "Python cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.for-running: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the locked dependencies into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.for-testing: requirements-dev.lock $(VENV)/.for-running
	@echo "Installing the locked test tools into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.for-running ## Check, render and send issue 58 into a folder
	@rm -rf $(DEMO)
	@echo; echo "── 1 · Check the issue"
	$(TRAX) check 58
	@echo; echo "── 2 · Render it"
	$(TRAX) render 58 -o $(DEMO)
	@echo; echo "── 3 · Import the (made-up) readers"
	$(TRAX) subscribers import subscribers/sample.csv --list demo
	@echo; echo "── 4 · Send it, in batches, into a folder"
	$(TRAX) send 58 --list demo --yes
	@echo; echo "── 5 · The account"
	$(TRAX) status
	@echo; echo "Open $(DEMO)/058.html in a browser, $(DEMO)/058.eml in a mail program."
	@echo "See it live while you write: $(BIN)/trax preview 58"

test: lint types imports tests ## Everything

lint: $(VENV)/.for-testing
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.for-testing
	@$(BIN)/mypy

imports: $(VENV)/.for-testing
	@$(BIN)/lint-imports --no-logo --no-cache

tests: $(VENV)/.for-testing
	@$(BIN)/pytest -n 2 --dist loadscope

bench: $(VENV)/.for-testing ## Measure
	@$(BIN)/python -m benchmarks

soak: $(VENV)/.for-testing ## Kill senders for long
	@TRAX_KILLS=$${TRAX_KILLS:-10} $(BIN)/pytest tests/endurance -q -s -p no:xdist

golden: $(VENV)/.for-running ## Approve how issue 58 is rendered now
	@$(BIN)/trax --state build/golden/state render 58 -o build/golden >/dev/null
	@mkdir -p tests/golden && cp build/golden/058.html build/golden/058.txt tests/golden/
	@git diff --stat -- tests/golden

lock:
	uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --no-emit-index-url --upgrade -o requirements.lock
	uv pip compile pyproject.toml --group build --group dev --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --no-emit-index-url -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) build .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
