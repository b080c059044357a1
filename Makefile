# make           build .venv, run the whole pipeline, print the results
# make test      build .venv if missing, run the tests
# make load      the study of patterns against load and number of samples, an hour or more
# make latents   the study of the number of latents of the recording, half an hour
# make .venv     only the environment
# make PROFILE=paper   the same pipeline at the scale of the paper, for one GPU (PROFILE=laptop goes back)
PYTHON ?= python3
BIN := .venv/bin

.PHONY: all test load latents clean
all: .venv
	$(if $(PROFILE),$(BIN)/latentfield profile $(PROFILE))
	$(BIN)/latentfield run

# "load" first on a line is a directive of make.
latents load: .venv
	$(BIN)/latentfield run pipelines/dvc.yaml:$@

test: .venv
	$(BIN)/python -m pytest

.venv: .venv/installed
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

clean:
	rm -rf .venv scratch
