# make demo    four hotels with a fortnight of history, then the site on 127.0.0.1:8000 (SERVE=no: stop after the table)
# make test    lint, types, layers, migrations, and all tests on SQLite and on PostgreSQL
# make check   the part of `make test` that needs no database
# make messages  bring the translations in line with the sources, list what is still to translate
# make bench   measurements against a floor, of what BENCH names or the quick ones; LONG=yes in full size, JSON=file and
#              MARKDOWN=file write the report; BENCH=simulate plays years beside an oracle
# make upgrade     the newest versions that requirements allow, with their hashes, and a report of those not the
#                  newest or older than two years; then `make test`
# make sbom        the components the project runs on, as CycloneDX, into sbom.json
# make screenshots   pictures of the console's pages, into docs/screenshots

PY := .venv/bin/python
BIN := .venv/bin
SERVE ?= yes
BENCH ?=
ADDRESS ?= 127.0.0.1:8000
WORKERS ?= 2
# For every Python the project runs on, not only for this machine's.
PIN := $(BIN)/uv pip compile --quiet --no-header --universal --python-version 3.11 --generate-hashes
export PYTHONWARNINGS ?= default
# Compiled once, not again in each of the tests' many processes, where a machine does without.
unexport PYTHONDONTWRITEBYTECODE
export JSON MARKDOWN LONG

.PHONY: demo test test-sqlite test-postgresql check lint types messages bench upgrade sbom screenshots

demo:
	@.ci/prepare requirements.txt
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py demo $(if $(filter no,$(SERVE)),,--serve $(ADDRESS))

check: lint types

lint:
	@.ci/prepare requirements-dev.txt
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	DJANGO_SETTINGS_MODULE=tests.settings $(PY) manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=tests.settings $(PY) manage.py check --fail-level WARNING

test: lint
	@command -v "$${CHROMIUM:-chromium}" >/dev/null || { echo "Chromium is missing: install Debian's" \
		"package chromium, or name a browser of its kind in CHROMIUM." >&2; exit 2; }
	@echo "Types, and all tests on SQLite and on PostgreSQL, at the same time: what one waits for, the other uses." \
		"The report of each follows when it ends."
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target types test-sqlite test-postgresql

test-sqlite:
	@echo "== SQLite"
	$(PY) -m pytest -q -n $(WORKERS) --dist worksteal $(PYTEST)

test-postgresql:
	@echo "== PostgreSQL"
	# What needs the machine's only crontab, or no database of the tests, runs on SQLite, once.
	$(PY) -m tests.postgres $(PY) -m pytest -q -n $(WORKERS) --dist worksteal -m "not cron and not once" $(PYTEST)

messages:
	@.ci/prepare requirements-dev.txt
	@$(PY) -m tests.catalogues

bench:
	@.ci/prepare requirements-dev.txt
	@$(if $(findstring peers,$(BENCH)),.ci/prepare requirements-bench.txt)
	$(PY) -m tests.postgres --durable $(PY) -m tests.bench $(BENCH)

upgrade:
	@.ci/prepare requirements-dev.txt
	@$(PIN) --upgrade -o constraints.txt requirements.txt
	@$(PIN) --upgrade -o constraints-dev.txt -c constraints.txt requirements-dev.txt
	@$(PIN) --upgrade -o constraints-bench.txt -c constraints-dev.txt requirements-bench.txt
	@git diff --unified=0 --no-color constraints*.txt | grep '^[-+][a-zA-Z]' || echo "Nothing new."
	@.ci/prepare requirements-dev.txt
	@.ci/freshness

sbom:
	@.ci/prepare requirements-dev.txt
	@$(BIN)/cyclonedx-py requirements --output-reproducible -o sbom.json constraints.txt
	@echo "Wrote sbom.json."

screenshots:
	@.ci/prepare requirements-dev.txt
	$(PY) -m tests.browser.screenshots
