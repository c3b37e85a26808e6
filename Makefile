# Everything that a person or CI runs. `make` alone lists the targets.
PYTHON ?= python3
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
ENV := .venv-$(VERSION)
RUN := $(ENV)/bin/python
LOCK := requirements/all.txt

DEMO_DEBIAN := mosquitto libzbar0 fonts-inter
TEST_DEBIAN := $(DEMO_DEBIAN) chromium postgresql

PORT ?= 8460
DATA ?= demo-data
SEED ?= 1
ROUNDS ?= 50
REQUESTS ?= 10000
TESTS ?= tests
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test check bench sim gallery format lock clean env env-test

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-9s %s\n", $$1, $$2 }'

env:
	@tools/setup.sh $(PYTHON) $(ENV) $(LOCK) $(DEMO_DEBIAN)

env-test:
	@tools/setup.sh $(PYTHON) $(ENV) $(LOCK) $(TEST_DEBIAN)

demo: env ## run the whole system here, without hardware, and open its workbench (PORT=8460 DATA=demo-data)
	@$(RUN) -m hw_sim demo --port '$(PORT)' --data '$(DATA)' --open

test: env-test ## run all tests (TESTS=tests/unit WORKERS=2 PYTHON=python3.13)
	@$(RUN) -m pytest -q -n $(WORKERS) --dist loadgroup $(TESTS)

check: env-test ## formatting, lint, types, who-imports-whom, translations
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(ENV)/bin/lint-imports --no-logo
	@sh -n tools/setup.sh tools/lock.sh

bench: env ## measure against the budgets of docs/performance.md, as ratios in one run (FULL=1: large books too)
	@$(RUN) -m hw_sim bench $(if $(FULL),--full)

sim: env-test ## kill a terminal at random moments, race for too little; nothing is lost or doubled (ROUNDS=50 REQUESTS=10000 SEED=1)
	@$(RUN) -m hw_sim crash --rounds $(ROUNDS) --seed $(SEED)
	@$(RUN) -m hw_sim racing --requests $(REQUESTS) --seed $(SEED)

gallery: env ## draw every screen in every language and size into build/gallery
	@SDL_VIDEODRIVER=dummy $(RUN) -m kiosk_ui.gallery build/gallery

format: env ## format the code
	@$(RUN) -m ruff check --fix -q . ; $(RUN) -m ruff format -q .

lock: ## resolve the dependencies anew (needs uv)
	@tools/lock.sh

clean: ## remove environments, caches and what `make demo` made in demo-data
	@rm -rf .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
	@if [ -f demo-data/tapbon-demo.json ]; then rm -rf demo-data; fi
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
