# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything sets itself up inside the checkout, in .venv and .build; nothing needs root. Python 3.10 or newer:
#   make test PYTHON=python3.12
PYTHON ?= python3
RUN = $(PYTHON) tests/tools/run.py
VENV = $(PYTHON) tests/tools/pythons.py
# ONLY="connection pools" chooses integration targets, pytest arguments or sanity tests.
CHOSEN = $(if $(ONLY),--only $(ONLY))

# How long `make fuzz` takes, for all its targets together.
FUZZ_SECONDS ?= 180
# How many miners `make soak` has, and after how many seconds it begins no further round.
SOAK_MINERS ?= 500
SOAK_SECONDS ?= 480

.DEFAULT_GOAL := help
.PHONY: help venv demo test unit integration sanity package matrix lint importer docs tables bench figures fuzz soak coverage faults reliability changelog pins clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

venv: ## Make or refresh .venv: ansible-core and the test tools
	@$(VENV) .venv ansible unit sanity

demo: venv ## Run the demo playbook against a simulated fleet
	@PATH="$(CURDIR)/.venv/bin:$$PATH" tests/tools/demo.sh

test: ## Run all tests
	@$(RUN) unit integration sanity package $(CHOSEN)

unit: ## Run the unit tests
	@$(RUN) unit $(CHOSEN)

integration: ## Run the integration targets against simulated miners
	@$(RUN) integration $(CHOSEN)

sanity: ## Run the sanity tests of ansible-test
	@$(RUN) sanity $(CHOSEN)

package: ## Build the package, install it, look at what is in it
	@$(RUN) package

matrix: ## Run unit, integration and sanity tests on each ansible-core, or on CORE="2.16 2.21" (hours)
	@$(RUN) matrix $(CHOSEN) $(if $(CORE),--core $(CORE))

lint: ## Run ruff, mypy, yamllint, ansible-lint and the changelog's linter
	@$(VENV) .build/venv/lint ansible lint
	@PATH="$(CURDIR)/.build/venv/lint/bin:$$PATH" tests/tools/lint.sh

importer: ## Have the importer of Ansible Galaxy look at the package
	@tests/tools/importer.sh $(PYTHON)

docs: ## Build the documentation pages into .build/docs
	@$(VENV) .build/venv/docs ansible docs
	@PATH="$(CURDIR)/.build/venv/docs/bin:$$PATH" tests/tools/docs.sh

tables: ## Write the generated tables of docs/
	@$(PYTHON) tests/tools/coverage_table.py

bench: venv ## Measure speed
	@PATH="$(CURDIR)/.venv/bin:$$PATH" tests/bench/run

fuzz: ## Feed what reads miners with bytes led by coverage, for FUZZ_SECONDS
	@$(VENV) .build/venv/fuzz ansible fuzz
	@.build/venv/fuzz/bin/python tests/fuzz/run.py --seconds $(FUZZ_SECONDS) $(ONLY)

soak: venv ## Enforce a declaration for an hour, compressed, on SOAK_MINERS that fail, reboot and are curtailed
	@PATH="$(CURDIR)/.venv/bin:$$PATH" python3 tests/bench/soak.py --miners $(SOAK_MINERS) --seconds $(SOAK_SECONDS)

coverage: ## Measure which branches of plugins/module_utils its unit tests run; all, or it fails
	@$(PYTHON) tests/tools/branches.py

faults: venv ## Run each module under each fault on each generation, and write docs/fault-matrix.md
	@.venv/bin/python tests/faults/run.py
	@.venv/bin/python tests/faults/table.py

figures: ## Write the figures of the last make bench into docs/scaling.md
	@$(PYTHON) tests/bench/table.py

reliability: venv ## Write docs/reliability.md, with the figures of the last make fuzz, soak, faults and coverage
	@PATH="$(CURDIR)/.venv/bin:$$PATH" python3 tests/tools/reliability.py

changelog: ## Write CHANGELOG.rst from changelogs/fragments
	@$(VENV) .build/venv/lint ansible lint
	@PATH="$(CURDIR)/.build/venv/lint/bin:$$PATH" tests/tools/changelog.sh

pins: ## Resolve tests/requirements anew into constraints.txt
	@$(PYTHON) tests/tools/pins.py

clean: ## Remove all that make has made
	rm -rf .venv .build tests/output
