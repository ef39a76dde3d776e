PYTHON ?= python

.PHONY: demo lab test check lint bench

demo:  ## the tutorial, in JupyterLab, on the embedded database
	$(PYTHON) -m datajoint_nb demo

lab:  ## JupyterLab in the folder of the tutorials
	$(PYTHON) -m jupyter lab notebooks

test:  ## every test whose database is installed
	$(PYTHON) -m pytest

lint:
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	lint-imports

check: lint  ## what CI runs
	$(PYTHON) -m pytest --require-backends
	$(PYTHON) -m tests.spec_coverage

bench:
	$(PYTHON) -m tests.benchmarks
