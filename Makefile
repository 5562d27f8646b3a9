# Everything from nothing but Python 3.11 and make: `make demo`, `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV_VERSION := 0.13.8
BIN := .venv/bin
# The system's certificates where it has any: company networks add their own there, and uv does not look by itself.
CERTS := $(if $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),--system-certs)
UV := $(BIN)/uv pip install $(CERTS) --python $(BIN)/python --quiet
# A test run starts thousands of processes: what one has compiled no other compiles anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo test test-all test-services test-risk test-monitoring test-integration \
	faults lint-check docs audit sbom bench slow lock start stop status logs clean

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 20
	@echo; echo "First hour: docs/tutorial.md. Working on Keel: docs/contributing.md. The command itself: .venv/bin/keel --help"

install: .venv/.installed          ## virtual environment with the hashed lock of the product
install-dev: .venv/.installed-dev  ## the same with what tests and checks need

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
		echo "Keel needs Python 3.11, found $$($(PYTHON) --version 2>&1); set PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.installed: .venv/bin/uv requirements.txt pyproject.toml
	$(UV) --require-hashes -r requirements.txt
	$(UV) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.txt
	$(UV) --require-hashes -r requirements-dev.txt
	@touch $@

demo: install    ## the main job on embedded data, about three minutes
	$(BIN)/keel demo

test: lint-check ## types, lint, import contracts and all tests that pip alone can serve but the slow ones
	$(BIN)/python -m pytest -m "not services and not slow and not faults" -n 3 --dist loadfile --no-loadscope-reorder

test-risk: install-dev         ## only the layer that decides how much, and says no
	$(BIN)/python -m pytest -m risk

test-monitoring: install-dev   ## only status, health and logs
	$(BIN)/python -m pytest -m "monitoring and not services"

test-integration: install-dev  ## only the tests with real Prefect and MLflow servers
	$(BIN)/python -m pytest -m "integration and not slow"

test-services: install-dev     ## tests that need the system's packages; installs them when it may
	$(BIN)/python tests/support/system_packages.py chromium prometheus prometheus-alertmanager
	$(BIN)/python -m pytest -m services -n 2 --dist loadfile

test-all: test test-services   ## everything but the slow ones and the fault run

slow: install-dev              ## what takes longer; its last results are in docs/
	$(BIN)/python -m pytest -m slow

faults: install-dev            ## 10,000 seeded simulations and every test of the fault matrix; writes docs/faults.md (SEED=N: that one again)
	PYTHONPATH=.:tests/support:tests/simulator $(BIN)/python tests/support/fault_run.py $(SEED)

lint-check: install-dev        ## formatting, lint and strict types
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy

docs: install-dev              ## draw docs/architecture.svg and write docs/reference anew, from the code
	PYTHONPATH=tests/support $(BIN)/python tests/support/docs_run.py

audit: install-dev             ## known vulnerabilities of every locked package; fails too when it could not look (AUDIT_URL=your OSV mirror)
	@$(BIN)/python tests/support/audit_run.py

sbom: install-dev              ## what Keel consists of, as CycloneDX JSON: make sbom OUT=keel.cdx.json
	@$(BIN)/python tests/support/sbom_run.py "$(OUT)"

bench: install                 ## speed as JSON, each figure against a reference in the same process
	$(BIN)/keel bench --json

lock: .venv/bin/uv             ## resolve both lock files anew
	$(BIN)/uv pip compile $(CERTS) pyproject.toml --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
		--quiet -o requirements.txt
	$(BIN)/uv pip compile $(CERTS) pyproject.toml --extra dask --group dev --group reference -c requirements.txt --universal --generate-hashes \
		--no-emit-index-url --python-version 3.11 --quiet -o requirements-dev.txt

start: install   ## Prefect server, MLflow and worker in the background
	$(BIN)/keel up

stop: install    ## stop those servers (keel stop is the emergency stop of trading)
	$(BIN)/keel down

status: install  ## health of every part
	$(BIN)/keel status

logs:            ## the last lines of every server's log
	@tail -n 40 "$${KEEL_HOME:-data}"/state/logs/*.log

clean:           ## remove the environment and caches; data/lake and data/state stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis models/__pycache__
