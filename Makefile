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
SEEDS ?= 1000
FIRST_SEED ?= 1
ROUNDS ?= 50
REQUESTS ?= 10000
TESTS ?= tests
WORKERS ?= 2
MINUTES ?= 30
DATABASE ?= sqlite

.DEFAULT_GOAL := help
.PHONY: help demo test explore check bench sim sim-crash sim-racing sim-mutants sim-servers chaos gallery format lock clean env env-test

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-11s %s\n", $$1, $$2 }'

env:
	@tools/setup.sh $(PYTHON) $(ENV) $(LOCK) $(DEMO_DEBIAN)

env-test:
	@tools/setup.sh $(PYTHON) $(ENV) $(LOCK) $(TEST_DEBIAN)

demo: env ## run the whole system here, without hardware, and open its workbench (PORT=8460 DATA=demo-data)
	@$(RUN) -m hw_sim demo --port '$(PORT)' --data '$(DATA)' --open

test: env-test ## run all tests (TESTS=tests/unit WORKERS=2 PYTHON=python3.13)
	@$(RUN) -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

explore: env-test ## try rules and codecs with other examples than `make test` does, new ones each time (TESTS=tests/unit)
	@$(RUN) -m pytest -q -n $(WORKERS) --dist loadfile -m hypothesis --hypothesis-profile exploring $(TESTS)

check: env-test ## formatting, lint, types, who-imports-whom, translations
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(ENV)/bin/lint-imports --no-logo
	@sh -n tools/setup.sh tools/lock.sh

bench: env ## measure against the budgets of docs/performance.md, as ratios in one run (FULL=1: large books too)
	@$(RUN) -m hw_sim bench $(if $(FULL),--full)

sim: env-test ## simulate fleets with all faults at once; nothing is lost, doubled or overdrawn (SEEDS=1000 FIRST_SEED=1)
	@$(RUN) -m hw_sim fleet --seeds $(SEEDS) --first-seed $(FIRST_SEED)

sim-crash: env-test ## kill a real terminal at random moments (ROUNDS=50 SEED=1)
	@$(RUN) -m hw_sim crash --rounds $(ROUNDS) --seed $(SEED)

sim-racing: env-test ## real requests side by side for too little, on SQLite and PostgreSQL (REQUESTS=10000 SEED=1)
	@$(RUN) -m hw_sim racing --requests $(REQUESTS) --seed $(SEED)

sim-mutants: env-test ## put bugs into the production code, one at a time; show which seed catches each (SEEDS=1000)
	@$(RUN) -m hw_sim mutants --seeds $(SEEDS) --first-seed $(FIRST_SEED)

sim-servers: env-test ## kill the real central system and broker under load (ROUNDS=50 SEED=1 DATABASE=postgresql)
	@$(RUN) -m hw_sim servers --rounds $(ROUNDS) --seed $(SEED) --database $(DATABASE)

chaos: env-test ## the real system, everything going wrong at once (MINUTES=30 SEED=1 DATABASE=postgresql)
	@$(RUN) -m hw_sim chaos --minutes $(MINUTES) --seed $(SEED) --database $(DATABASE)

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
