# Everything starts here. Only Python 3.11 or newer, make and a package index are needed; uv is used where it is there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help demo test lint types imports check docs proof proof-trip proof-topics proof-understanding proof-agent proof-readiness proof-offers proof-delivery speed lock clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/installed: constraints.txt pyproject.toml
	@PYTHON="$(PYTHON)" sh scripts/install.sh $(VENV) constraints.txt
	@touch $@

$(VENV)/installed-dev: constraints-dev.txt pyproject.toml
	@PYTHON="$(PYTHON)" sh scripts/install.sh $(VENV) constraints-dev.txt
	@touch $@ $(VENV)/installed

demo: $(VENV)/installed  ## the sample company in a browser: no key; tries once to get MiniLM
	@$(BIN)/tactful models install --try --within 60 || true
	@$(BIN)/tactful demo --no-browser

test: $(VENV)/installed-dev  ## all tests
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/installed-dev  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev  ## types
	$(BIN)/mypy

imports: $(VENV)/installed-dev  ## who may look at whom
	$(BIN)/lint-imports

check: lint types imports test  ## everything that CI checks

speed: $(VENV)/installed-dev  ## figures and ratios, never a verdict
	$(BIN)/python -m evals.speed

proof: proof-trip proof-topics proof-understanding proof-agent proof-readiness proof-offers proof-delivery  ## every proof

proof-trip: $(VENV)/installed-dev  ## the first trip, on the real pricings beside the project
	$(BIN)/python -m evals.proof.trip

proof-topics: $(VENV)/installed-dev  ## the Topic compiler; FULL=1 fuzzes a million documents
	$(BIN)/python -m evals.proof.topics $(if $(FULL),--full)

proof-agent: $(VENV)/installed-dev  ## a hostile model changes nothing; FULL=1 for all of it
	$(BIN)/python -m evals.proof.agent $(if $(FULL),--full)

proof-readiness: $(VENV)/installed-dev  ## one rule for one account or a million; FULL=1 for all of it
	$(BIN)/python -m evals.proof.readiness $(if $(FULL),--full)

proof-offers: $(VENV)/installed-dev  ## what is offered, and where nothing is; FULL=1 for all of it
	$(BIN)/python -m evals.proof.offers $(if $(FULL),--full)

proof-delivery: $(VENV)/installed-dev  ## the right channel, once, or not at all; FULL=1 for all of it
	$(BIN)/python -m evals.proof.delivery $(if $(FULL),--full)

proof-understanding: $(VENV)/installed-dev  ## which feature is meant: for each embedder, per style
	$(BIN)/python -m evals.proof.understanding

lock:  ## pin names, versions and hashes anew (needs uv)
	@sh scripts/lock.sh

clean:  ## forget everything that was made
	rm -rf $(VENV) out dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis

docs: $(VENV)/installed-dev  ## write the reference pages anew
	$(BIN)/python -c "from skill.compiler.reference import page; open('docs/reference/topics.md', 'w', encoding='utf-8').write(page())"
	$(BIN)/tactful topics schema > docs/reference/playbook.schema.json
