# make run       install, ingest corpus/, serve the page on http://127.0.0.1:7860
# make install   make .venv alone
# make test      install and run all tests, offline
# make check     lint and types
VENV   := .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
ARGS   ?=

.PHONY: run install test test-browser test-hard check format clean

run: install
	$(BIN)/python app.py $(ARGS)

install: $(VENV)/.installed

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.developer: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

test: $(VENV)/.developer
	$(BIN)/python -m pytest -m "not browser and not hard" $(ARGS)

test-browser: $(VENV)/.developer
	$(BIN)/python -m pytest -m browser $(ARGS)

test-hard: $(VENV)/.developer
	$(BIN)/python -m pytest -m hard -s $(ARGS)

check: $(VENV)/.developer
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.developer
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build out .pytest_cache .mypy_cache .ruff_cache
