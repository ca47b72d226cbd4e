# make run       install, ingest corpus/, serve the page on http://127.0.0.1:7860
# make install   make .venv alone
# make test      install and run all tests, offline
# make check     lint and types
# make audit     licences (docs/licences.md), SBOM (out/sbom.json), known holes (asks the advisory service)
VENV   := .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
ARGS   ?=

.PHONY: run install test test-browser test-hard check audit format clean

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

$(VENV)-audit/bin/pip-audit:
	$(PYTHON) -m venv $(VENV)-audit
	$(VENV)-audit/bin/pip install --quiet pip-audit pip-licenses cyclonedx-bom

audit: $(VENV)/.developer $(VENV)-audit/bin/pip-audit
	mkdir -p out
	{ printf '# Licences of what is installed\n\nWritten by `make audit` from `constraints.txt`.\n\n' && \
	$(VENV)-audit/bin/pip-licenses --python $(BIN)/python --format=markdown \
	    --packages $$(sed 's/==.*//' constraints.txt) | awk '/^[|] *[^ |]/ { gsub(/  +/, " "); gsub(/--+/, "---"); print }'; \
	} > docs/licences.md
	$(VENV)-audit/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml -o out/sbom.json $(BIN)/python
	$(VENV)-audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip

format: $(VENV)/.developer
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(VENV)-audit build out .pytest_cache .mypy_cache .ruff_cache
