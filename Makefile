# make fuzz   sets up and runs a 60-second campaign
# make test   sets up and passes lint, types and tests
# make bench  sets up and measures the compiled adapters beside wasmtime's, and linking by size: about a minute; bench.json
# make setup  only .venv, with factfuzz in it

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= 2
TIME ?= 60s
OUT ?= out

.PHONY: setup fuzz test lint types bench bench-pipeline clean

setup: $(STAMP)

$(STAMP): setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "factfuzz needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(STAMP)

fuzz: setup
	$(BIN)/factfuzz fuzz --time $(TIME) --out $(OUT)

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy --config-file setup.cfg

test: lint types
	$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal

bench: setup
	$(BIN)/python tests/bench/speed.py

bench-pipeline: setup
	$(BIN)/python tests/bench/pipeline.py

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
