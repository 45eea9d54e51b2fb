# Everything runs in .venv, which the first target that needs it makes from requirements.lock.
PYTHON ?= python3
LANGS ?= en,de,fr,es,ru,zh
CAPTION_LANGS ?= en,de
PRESET ?= demo
OUT ?= data/demo
IMAGES ?=
BITEXT ?=
RUNNER ?=
ARGS ?=

BUILD = .venv/bin/python -m pipeline.build --preset $(PRESET) --langs $(LANGS) --caption-langs $(CAPTION_LANGS) --out $(OUT) \
	$(if $(IMAGES),--images "$(IMAGES)") $(if $(BITEXT),--bitext "$(BITEXT)") $(if $(RUNNER),--runner $(RUNNER)) $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help setup dataset test bench report lint clean

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 16
	@echo "variables: LANGS=$(LANGS) CAPTION_LANGS=$(CAPTION_LANGS) PRESET=$(PRESET) OUT=$(OUT) IMAGES= BITEXT= RUNNER= ARGS="

setup: .venv/installed ## virtual environment with locked dependencies

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than 3.11: name a newer one, make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.lock)"
	.venv/bin/uv pip install --quiet --python .venv/bin/python -r requirements.lock
	.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --editable .
	@touch $@

dataset: .venv/installed ## LANGS=en,de,... builds OUT, resuming where it was stopped
	$(BUILD)
	.venv/bin/python -m shards.verify $(OUT)

test: .venv/installed ## the tests
	.venv/bin/python -m pytest

bench: .venv/installed ## measurements beside peers, minutes each
	.venv/bin/python -m bench

report: .venv/installed ## OUT=... writes OUT/report.html again
	.venv/bin/python -m pipeline.report $(OUT)

lint: .venv/installed ## ruff and mypy
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

clean: ## removes the environment, keeps data
	rm -rf .venv
