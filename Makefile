# Each target sets up what it needs: only make and Python 3.11 or newer have to be there.

PYTHON ?= python3
WORKERS ?= 2
PYTHONS := 3.11 3.12 3.13
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test lint format docs bench bench-search bench-real bench-scale bench-peers changelog stub contact-sheet sanitize fuzz clean \
	test-minimum test-float32 test-clients test-front-ends test-pickles pickles

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.installed-all ## Fit mixtures to synthetic and real data; write a page of pictures
	@$(BIN)/gaussmix demo --out gaussmix-demo

test: $(VENV)/.installed-dev ## Run every test: quick ones, docstring examples, then slow ones
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Not those of what they need in turn: these give warnings of deprecation among themselves.
test-minimum: $(VENV)/.installed-dev ## Run every test with the oldest versions of the dependencies that are promised
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python .venv-minimum
	$(BIN)/uv pip install --quiet --python .venv-minimum/bin/python --resolution lowest-direct -e ".[dev]"
	.venv-minimum/bin/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -W ignore::DeprecationWarning

test-float32: $(VENV)/.installed-dev ## Run the tests of kernels and fits with every array of rows rounded to float32
	PYTHONPATH=tests $(BIN)/python -m pytest -p float32 -n $(WORKERS) --dist loadfile -m "not slow" \
	  tests/kernels tests/starts tests/fitting tests/estimation tests/search tests/laws

lint: $(VENV)/.installed-dev ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python -m towncrier build --draft --version next >/dev/null 2>&1 || \
	  { echo "changelog.d holds a file that is not a fragment: see changelog.d/README.md." >&2; exit 1; }

format: $(VENV)/.installed-dev ## Put the code into its standard form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

STUB := src/gaussmix/kernels/_native.pyi
stub: $(VENV)/.installed-dev ## Write the types of the compiled kernel, from the module itself
	$(BIN)/python -m nanobind.stubgen --quiet --module gaussmix.kernels._native --output-file $(STUB)
	$(BIN)/ruff format --quiet $(STUB)

changelog: $(VENV)/.installed-dev ## Print the changelog of the next version (VERSION=1.2.3: write it for a release)
	$(BIN)/python -m towncrier build $(if $(VERSION),--yes --version $(VERSION),--draft --version "the next version")

docs: $(VENV)/.installed-dev ## Build the documentation in docs/_build/html
	@rm -rf docs/api/generated
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "The documentation is in docs/_build/html/index.html"

bench: $(VENV)/.installed-dev ## Time EM beside every other library that is installed (ARGS=--quick: 3 minutes)
	$(BIN)/python -m benchmarks $(ARGS)

bench-search: $(VENV)/.installed-dev ## Judge the search for the optimum beside other libraries (ARGS=--quick: minutes)
	$(BIN)/python -m benchmarks.search $(ARGS)

bench-real: $(VENV)/.installed-dev ## Judge the fit on real tables beside other libraries (ARGS=--quick: some minutes)
	$(BIN)/python -m benchmarks.real $(ARGS)

bench-scale: $(VENV)/.installed-dev ## Time fits to a Parquet file (FOLDER=/tmp/scale ARGS="--rows 1e8"), with their memory
	$(BIN)/python -m benchmarks.scale $(or $(FOLDER),build/scale) $(ARGS)

bench-peers: $(VENV)/.installed-dev ## Install the other libraries and data sets that make bench uses
	$(BIN)/python -m benchmarks.install $(ARGS)

contact-sheet: $(VENV)/.installed-dev ## Draw every picture of every function in every style on one sheet
	$(BIN)/python scripts/contact_sheet.py build/contact-sheet $(ARGS)

test-clients: .venv-clients/.installed ## Run our classes inside other libraries, in an environment of its own
	.venv-clients/bin/python -m pytest -W default -p no:cacheprovider $(ARGS) tests/clients

test-front-ends: .venv-front_ends/.installed ## Watch EM in JupyterLab, Jupyter Notebook and marimo, in an environment of its own
	.venv-front_ends/bin/python -m pytest -W default -p no:cacheprovider $(ARGS) tests/front_ends

pickles: $(PYTHONS:%=.venv-%/.installed) ## Write the pickles of Python 3.11, 3.12 and 3.13 that tests load
	for version in $(PYTHONS); do \
	  PYTHONPATH=src .venv-$$version/bin/python tests/pickles/things.py tests/pickles/$$version.pickle || exit 1; done

test-pickles: ## Load those pickles in each of these Pythons that is here
	@for version in $(PYTHONS); do \
	  scripts/python-of $$version >/dev/null || continue; \
	  $(MAKE) --no-print-directory .venv-$$version/.installed || exit 1; \
	  PYTHONPATH=src .venv-$$version/bin/python -m pytest -q -p no:cacheprovider tests/pickles || exit 1; done

sanitize: $(VENV)/.installed-dev ## Run the kernels' tests under AddressSanitizer and UBSan
	scripts/sanitize.sh

fuzz: $(VENV)/.installed-dev ## Feed damaged files to the readers (SECONDS=3600: for an hour)
	$(BIN)/python tests/fuzz/run.py --seconds $(or $(SECONDS),60) $(ARGS)

clean: ## Remove everything that make has made
	rm -rf $(VENV) .venv-* build dist docs/_build docs/api/generated docs/gallery gaussmix-demo
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp per set of extras ("all" for users, "dev" for developers, which includes it). A change of the compiled
# kernel's sources builds it again.
# An environment of what the library needs, for another Python; the library itself comes from src.
.venv-3.%/.installed: pyproject.toml
	$$(scripts/python-of 3.$*) -m venv .venv-3.$*
	.venv-3.$*/bin/python -m pip install --quiet --disable-pip-version-check pytest hypothesis \
	  $$(.venv-3.$*/bin/python scripts/requirements.py)
	@touch $@

.venv-clients/.installed .venv-front_ends/.installed: .venv-%/.installed: tests/%/requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check -r $< -e .
	@touch $@

NATIVE := CMakeLists.txt $(wildcard src/native/*)
$(VENV)/.installed-%: pyproject.toml $(NATIVE) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[$*]"
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "No '$(PYTHON)' here: install Python 3.11 or newer, or name one with 'make PYTHON=/path/to/python'." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "gaussmix needs Python 3.11 or newer, and this is $$($(PYTHON) --version 2>&1): name another with 'make PYTHON=/path/to/python'." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "This Python has no venv: install it (on Debian and Ubuntu: apt-get install python3-venv) and run make again." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "The virtual environment $(VENV) could not be made: see the message above." >&2; exit 1; }
