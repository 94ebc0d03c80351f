# Keepclear: two commands matter to a newcomer, `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
STAMPS := $(VENV)/.stamps
YARDSTICKS := $(VENV)/yardsticks
CONSOLE := src/keepclear/console_dist/index.html
CONSOLE_SOURCES := $(shell find console -type f -not -path '*/node_modules/*' -not -path 'console/test-results/*' 2>/dev/null)
BEGAN := $(shell date +%s)
STEP = @printf '[%3ds] %s\n' "$$(($$(date +%s) - $(BEGAN)))"

.PHONY: help install demo test test-all lint bench soak console reference recordings wheel clean format

help:  ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMPS)/run: requirements/run.txt pyproject.toml
	$(STEP) "Python environment: about 60 MB into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS)
	@$(PIP) --require-hashes -r requirements/run.txt
	@echo "$(CURDIR)/src" > $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/keepclear-source.pth
	@printf '#!%s\nimport sys\nfrom keepclear.cli.main import main\nsys.exit(main())\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/keepclear && chmod +x $(BIN)/keepclear
	@touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/run
	$(STEP) "test tools: about 150 MB into $(VENV)"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

console/node_modules/.stamp: console/package-lock.json
	$(STEP) "console packages: about 110 MB into console/node_modules"
	@cd console && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(CONSOLE): console/node_modules/.stamp $(CONSOLE_SOURCES)
	$(STEP) "console: building about 3 MB of pages"
	@cd console && npm run --silent build
	@touch $@

console: $(CONSOLE)  ## build the web console

install: $(STAMPS)/run  ## the keepclear command into .venv, and the console where Node is here; plays nothing
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory console; else echo "Without Node 20 there is no page; the commands work."; fi
	@echo 'Next: export PATH="$(CURDIR)/$(BIN):$$PATH", then keepclear init (docs/tutorial/first-hour.md)'

demo: $(STAMPS)/run  ## play the Syria accounts on two real nodes, and recorded flights on a third; then stay live (ARGS=--once: terminal only; ARGS=--one-node)
	@KEEPCLEAR_BEGAN=$(BEGAN) tools/demo.sh $(ARGS)

test: $(STAMPS)/dev  ## run the tests but those that take long; what needs Go, Chromium or a server runs when that is here
	@tools/test.sh $(ARGS)

test-all:  ## install Go and Chromium from Debian, bring the recorded flights, then run every test
	@tools/install-test-programs.sh
	@$(MAKE) --no-print-directory $(STAMPS)/dev console
	@test -d .cache/traffic/x || $(MAKE) --no-print-directory recordings
	@tools/test.sh --all $(ARGS)

lint: $(STAMPS)/dev console/node_modules/.stamp  ## ruff, mypy, import floors, house rules, console types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd console && npm run --silent check

format: $(STAMPS)/dev  ## put the Python sources in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMPS)/dev $(STAMPS)/yardsticks  ## time ours beside its peers (ONLY=name for one); writes benchmarks/results.json
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

$(STAMPS)/yardsticks: requirements/yardsticks.txt $(STAMPS)/dev
	$(STEP) "work of others to run beside ours: about 600 MB into $(YARDSTICKS)"
	@$(PIP) --require-hashes --upgrade --target $(YARDSTICKS) -r requirements/yardsticks.txt
	@touch $@

soak: $(STAMPS)/yardsticks  ## the long sweeps
	@PYTHONPATH=$(CURDIR):$(CURDIR)/$(YARDSTICKS) $(BIN)/python -m pytest -m soak -p no:cacheprovider $(ARGS)
	@$(BIN)/python -m pytest tests/unit tests/properties -p no:cacheprovider --hypothesis-profile=new-draws

recordings: $(STAMPS)/run  ## recorded flights to replay and test with: 28 MB into .cache/traffic, not installed
	@mkdir -p .cache/traffic
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-input --retries 1 --no-deps --only-binary=:all: traffic==2.13 -d .cache/traffic
	@rm -rf .cache/traffic/x.part && $(BIN)/python -m zipfile -e .cache/traffic/traffic-2.13-py3-none-any.whl .cache/traffic/x.part
	@rm -rf .cache/traffic/x && mv .cache/traffic/x.part .cache/traffic/x

reference: $(STAMPS)/dev  ## write the generated pages of docs/reference
	@$(BIN)/python -m tools.reference

wheel: $(STAMPS)/dev console  ## build the wheel with the console inside
	@$(BIN)/python -m hatchling build -t wheel

clean:  ## remove everything these commands made
	rm -rf $(VENV) console/node_modules src/keepclear/console_dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist build .keepclear
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
