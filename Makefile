# make setup | demo | test | clean. Everything lives in .venv and runs/; the second time is fast.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
DEMO := eval/testsets/abstracts.jsonl

.PHONY: setup demo test clean

setup: $(READY)

# torch first and alone: pip then takes the build that it finds for this machine and keeps it
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) torch
	$(PIP) --editable '.[dev]'
	touch $@

# a run goes on where it was stopped; it starts anew if the program, the model or the test set is newer
NEWER = find $(READY) pipeline models eval/testsets -type f ! -name '*.pyc' -newer runs/demo/run.json 2>/dev/null
demo: $(READY)
	$(BIN)/zhaiyi translate $(DEMO) -o runs/demo $(if $(shell $(NEWER)),--fresh)
	$(BIN)/zhaiyi score runs/demo

test: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest
	$(BIN)/pytest -m wheel tests/test_wheel.py

clean:
	rm -rf $(VENV) runs/demo dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
