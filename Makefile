# Shortcuts for developers; `make help` lists them. Every target sets up what it needs.
SHELL := /bin/bash
PYTHON := .venv/bin/python
FAST := not slow and not backends and not e2e and not browser
SEEDS ?= 200
NAME ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup format lint types imports test test-backends e2e chaos browser bench migrate seed docs lock check clean sim

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## build or bring up to date .venv (does nothing when it is)
	@./tools/setup.sh

format: setup ## rewrite the code in the one format, with the safe fixes of ruff
	.venv/bin/ruff check --fix --quiet . || true
	.venv/bin/ruff format .

lint: setup ## ruff: rules and format
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: setup ## mypy, strict on the four packages
	.venv/bin/mypy

imports: setup ## import-linter: the boundaries between packages
	.venv/bin/lint-imports

test: setup ## the fast tests, in random order, on two cores (ARGS="-k name")
	$(PYTHON) -m pytest -m "$(FAST)" $(ARGS)

test-backends: setup ## the tests on a real RabbitMQ and PostgreSQL
	QIBIAO_REQUIRE_BACKENDS=1 $(PYTHON) -m pytest -m "backends and not slow and not e2e" --timeout=300 $(ARGS)

chaos: setup ## faults: killed processes, frozen brokers, crashed databases
	QIBIAO_REQUIRE_BACKENDS=1 $(PYTHON) -m pytest -m "slow and not e2e" --timeout=900 $(ARGS)

e2e: setup ## whole journeys through the gateway
	QIBIAO_REQUIRE_BACKENDS=1 $(PYTHON) -m pytest -m e2e --timeout=300 $(ARGS)

browser: setup ## every page in a browser (pictures in var/screens/)
	QIBIAO_REQUIRE_BACKENDS=1 QIBIAO_TESTS=browser $(PYTHON) -m pytest --timeout=300 tests/browser $(ARGS)

sim: setup ## the simulator with many seeds (SEEDS=20000)
	$(PYTHON) -m tools.simulation --seeds $(SEEDS) $(ARGS)

bench: setup ## one benchmark (NAME=rpc), or the list of them
	@if [ -n "$(NAME)" ]; then $(PYTHON) -m bench.$(NAME) $(ARGS); \
	else grep -l __main__ bench/*.py | sed 's|bench/\(.*\)\.py|  make bench NAME=\1|'; fi

migrate: setup ## bring the databases to head and declare the bus topology
	$(PYTHON) -m chassis.runner prepare $(ARGS)

seed: setup ## load reference and demo data (safe to repeat)
	$(PYTHON) -m tools.seed $(ARGS)

docs: setup ## rewrite the generated pages of docs/
	$(PYTHON) -m tools.proofs
	@if [ -f tools/settings_page.py ]; then $(PYTHON) -m tools.settings_page; fi

lock: setup ## write requirements/*.txt anew from *.in (ARGS=--upgrade for newer versions)
	./tools/lock.sh $(ARGS)

check: ## what CI runs: every check and every test
	./test.sh $(ARGS)

clean: ## remove what was built, and the data under var/
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache var
	find . -name __pycache__ -not -path './web/node_modules/*' -prune -exec rm -rf {} +
