# Everything runs in .venv, made from uv.lock at first use. Only Python 3.11 or later, git and make must be there.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

ifndef PYTHON
PYTHON := $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$name && break; done 2>/dev/null)
endif
ifndef UV
UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
endif
BIN := .venv/bin

# Companies with a certificate authority of their own have it in the system's store.
export UV_SYSTEM_CERTS := 1

.PHONY: help demo test lint acceptance bench docs messages chromium

help: ## Show what can be called
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: .venv/demo.stamp ## Load the demo workspace, serve it, and print the links that sign in
	@$(BIN)/tallystick migrate
	@TALLYSTICK_LOG_LEVEL=WARNING $(BIN)/tallystick demo
	@TALLYSTICK_LOG_LEVEL=WARNING $(BIN)/tallystick serve --with-worker

test: lint chromium ## Check everything: style, types, imports, and the whole suite
	@$(BIN)/pytest -n auto --dist worksteal

lint: .venv/test.stamp ## Check style, types, imports and dependencies only
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > .venv/imports.txt || { cat .venv/imports.txt; exit 1; }
	@$(BIN)/deptry . 2> .venv/dependencies.txt || { cat .venv/dependencies.txt; exit 1; }

acceptance: .venv/test.stamp chromium ## Try each promise the product makes, one executable each
	@failed=0; for promise in acceptance/*; do \
		[ -f "$$promise" ] && [ -x "$$promise" ] || continue; \
		if PATH="$(CURDIR)/$(BIN):$$PATH" "$$promise"; then echo "holds   $$promise"; \
		else echo "BROKEN  $$promise"; failed=1; fi; \
	done; exit $$failed

bench: .venv/test.stamp ## Run the benchmarks; each prints a table
	@for measure in bench/*.py; do echo "== $$measure"; $(BIN)/python "$$measure" || exit 1; done

docs: .venv/docs.stamp ## Build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

messages: .venv/test.stamp ## Collect the texts to translate and compile the translations
	@$(BIN)/tallystick messages

chromium: .venv/test.stamp
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null 2>&1 && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; \
	else \
		echo "The browser tests need Chromium on PATH. Install your system's package, for example:"; \
		echo "  sudo apt-get install chromium"; exit 1; \
	fi

.venv/demo.stamp: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --quiet --frozen --inexact --no-default-groups --python $(PYTHON)
	@touch $@

.venv/test.stamp: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --quiet --frozen --inexact --python $(PYTHON)
	@touch $@ .venv/demo.stamp

.venv/docs.stamp: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --quiet --frozen --inexact --group docs --python $(PYTHON)
	@touch $@

.tools/bin/uv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed and was not found on PATH."; exit 1; }
	@$(PYTHON) -m venv .tools || { rm -rf .tools; echo "Python's venv is missing: sudo apt-get install python3-venv"; exit 1; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
