# make           build .venv, run the whole pipeline, print the results
# make test      build .venv if missing, run the tests, on up to four cores
# make load      the study of patterns against load and number of samples, half an hour
# make latents   the study of the number of latents of the recording, a quarter of an hour
# make .venv     only the environment
# make lint      style, types and the floors of the rooms
# make docs      the documentation, in site/; warnings are errors
# make boundscheck   the samplers' kernels and laws, with the bounds of every array checked
# make PROFILE=paper   the same pipeline at the scale of the paper, for one GPU (PROFILE=laptop goes back)
PYTHON ?= python3
BIN := .venv/bin

.PHONY: all test lint docs boundscheck load latents clean
all: .venv
	$(if $(PROFILE),$(BIN)/latentfield profile $(PROFILE))
	$(BIN)/latentfield run

# "load" first on a line is a directive of make.
latents load: .venv
	$(BIN)/latentfield run pipelines/dvc.yaml:$@

test: .venv
	$(BIN)/python -m pytest -n logical --maxprocesses 4

CODE := src tests pipelines benchmarks docs
lint: .venv
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

# The page of every module is made from the package as it is installed, the tutorials are run.
docs: .venv .venv/docs
	OMP_NUM_THREADS=1 NO_MKDOCS_2_WARNING=true DISABLE_MKDOCS_2_WARNING=true $(BIN)/python -m mkdocs build --strict

# Machine code with checks is kept apart from that without.
boundscheck: .venv
	OMP_NUM_THREADS=1 NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$(CURDIR)/scratch/boundscheck \
	  $(BIN)/python -m pytest tests/systems/kernels tests/systems/test_contract.py

.venv: .venv/installed
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

.venv/docs: .venv/installed
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e ".[docs]"
	touch $@

clean:
	rm -rf .venv scratch site
