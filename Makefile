# make help lists the targets.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test test-full reproduce lint format docs clean

help: ## list the targets
	@grep -E '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z%-]+):.*## /\1\t/' | expand -t 14

setup: .venv/ready ## make the environment in .venv

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -c constraints.txt torch
	$(BIN)/pip install -q -c constraints.txt -e '.[dev]'
	touch $@

run: setup ## train a small model on bundled photographs, write files, compare with the classical codecs
	$(BIN)/python train.py experiment=shvq_bundled hydra.run.dir=outputs/run resume=false

test: setup ## pass the tests
	$(BIN)/pytest -m 'not slow'

test-full: setup ## pass all tests, the slow ones too
	$(BIN)/pytest

reproduce: setup ## write the tables of the papers from the results that are there; RUNS=outputs takes your own runs
	$(BIN)/python scripts/reproduce.py $(if $(RUNS),--runs $(RUNS))

reproduce-%: setup ## write one of them, such as reproduce-shvq-table1
	$(BIN)/python scripts/reproduce.py $* $(if $(RUNS),--runs $(RUNS))

lint: setup ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

format: setup ## put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup ## build the documentation site in outputs/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

clean: ## remove what was made, but no data
	rm -rf .venv outputs build dist .pytest_cache .ruff_cache
