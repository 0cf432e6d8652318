# make help lists the targets.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test test-full lint format clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

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

lint: setup ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

format: setup ## put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what was made, but no data
	rm -rf .venv outputs build dist .pytest_cache .ruff_cache
