# Needs Python 3.11 or newer and make. Everything else is fetched, and checked against the hashes in the locks.

VENV := .venv
PY := $(VENV)/bin/python
PYTEST := $(PY) -m pytest -p no:cacheprovider
EXPLORER := graph/serving/explorer
ARGS :=
ifneq ($(origin PYTHON),command line)
PYTHON := # the machine's variable of that name may be about anything
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup dev demo test slow bench check format lock schema docs explorer audit clean FORCE

help: ## show this list
	@echo "SegmentGraph. The commands:"; echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1 \2/p' Makefile | while read -r name what; do \
		printf '  make %-10s %s\n' "$$name" "$$what"; done
	@echo; echo "make demo ARGS='--port 9000' hands arguments on; make setup PYTHON=... picks the Python."

# ---------------------------------------------------------------- set-up

# The machine's settings of pip and uv say where packages come from. These would send them elsewhere, or leave some out.
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIREMENT PIP_CONSTRAINT PIP_REQUIRE_HASHES PIP_DRY_RUN PIP_PYTHON
unexport UV_SYSTEM_PYTHON UV_PYTHON UV_PROJECT UV_WORKING_DIR UV_PROJECT_ENVIRONMENT UV_CONSTRAINT UV_OVERRIDE
unexport UV_REQUIRE_HASHES UV_NO_BUILD UV_BUILD_CONSTRAINT UV_EXCLUDE VIRTUAL_ENV PYTHONHOME PYTHONPATH
# Every worker that starts would compile scikit-learn anew.
unexport PYTHONDONTWRITEBYTECODE
export PIP_USER := 0
export PIP_REQUIRE_VIRTUALENV := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# $$uv: the machine's, the one that a set-up before has fetched, or nothing. Asked for its version, since a name on
# PATH may be a shim with nothing behind it.
find_uv = uv=; for candidate in uv $(VENV)/tools/bin/uv; do \
	if "$$candidate" --version >/dev/null 2>&1; then uv=$$candidate; break; fi; done

# Neither uv nor Node reads pip's settings, and both trust the certificates they came with where the machine may have
# its own. What is set already stays; old versions know other names.
share_settings = \
	if [ -z "$${UV_DEFAULT_INDEX-}$${UV_INDEX_URL-}" ] && [ -n "$${PIP_INDEX_URL-}" ]; then \
		UV_DEFAULT_INDEX=$$PIP_INDEX_URL; export UV_DEFAULT_INDEX; fi; \
	if [ -z "$${SSL_CERT_FILE-}" ] && [ -n "$${PIP_CERT-}" ]; then SSL_CERT_FILE=$$PIP_CERT; export SSL_CERT_FILE; fi; \
	if [ -z "$${NODE_EXTRA_CA_CERTS-}" ] && [ -n "$${SSL_CERT_FILE-}" ]; then \
		NODE_EXTRA_CA_CERTS=$$SSL_CERT_FILE; export NODE_EXTRA_CA_CERTS; fi; \
	for store in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do \
		if [ -f "$$store" ]; then \
			: "$${UV_SYSTEM_CERTS=1}" "$${UV_NATIVE_TLS=1}" "$${NODE_USE_SYSTEM_CA=1}"; \
			export UV_SYSTEM_CERTS UV_NATIVE_TLS NODE_USE_SYSTEM_CA; break; fi; done

# $$python: the first that is new enough and, without uv, can make an environment (Debian packs that apart).
find_python = needs='import sys; assert sys.version_info >= (3, 11)'; \
	[ -n "$$uv" ] || needs="$$needs; import ensurepip, venv"; \
	python=; for candidate in $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3 python3.14 python); do \
	if "$$candidate" -c "$$needs" >/dev/null 2>&1; then python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then \
		echo "SegmentGraph needs Python 3.11 or newer with its venv module, and found none$(if $(PYTHON), at $(PYTHON))." >&2; \
		echo "Install one (Debian, Ubuntu: apt install python3-venv), or name it: make setup PYTHON=/path/to/python3" >&2; \
		exit 1; fi

$(PY):
	@$(find_uv); $(find_python); $(share_settings); \
	echo "Making $(VENV) with $$("$$python" -V)"; rm -rf $(VENV); \
	{ [ -n "$$uv" ] && "$$uv" venv --quiet --no-project --python "$$(command -v "$$python")" $(VENV); } \
	|| { rm -rf $(VENV); "$$python" -m venv $(VENV); }

# $(call install,LOCK): LOCK's packages and the project. By uv where there is one or where it can be fetched, in the
# version and with the hashes that the lock has for it; by pip where not.
install = $(find_uv); $(share_settings); \
	if [ -z "$$uv" ]; then \
		sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.lock > $(VENV)/uv.lock; \
		$(PY) -m pip install --quiet --require-hashes --no-deps --only-binary :all: --target $(VENV)/tools \
			-r $(VENV)/uv.lock >/dev/null 2>&1 || true; \
		$(find_uv); fi; \
	echo "Installing $(1)"; \
	if [ -n "$$uv" ] && "$$uv" pip sync --quiet --python $(PY) --require-hashes $(1); then \
		"$$uv" pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .; \
	else \
		echo "Without uv: this takes a minute"; \
		$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null; \
		$(PY) -m pip install --quiet --require-hashes -r $(1) \
		&& $(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .; fi

# uv takes away what the lock does not name, so the development packages go when this runs again.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(PY)
	@$(call install,requirements.lock)
	@rm -f $(VENV)/.dev; touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@$(call install,requirements-dev.lock)
	@touch $@

explorer_sources := $(shell find $(EXPLORER) \( -name node_modules -o -name built -o -name __pycache__ \) -prune \
	-o -type f -print 2>/dev/null)
# A bundle that was built and is gone is built again; one that could not be built is not tried every time.
explorer_lost := $(shell [ "$$(cat $(VENV)/.explorer 2>/dev/null)" = built ] && [ ! -d $(EXPLORER)/built ] && echo FORCE)

$(VENV)/.explorer: $(explorer_sources) $(explorer_lost) | $(VENV)/.runtime
	@$(share_settings); \
	if [ ! -f $(EXPLORER)/build.py ]; then echo absent > $@; \
	elif echo "Building the explorer" && $(PY) -m graph.serving.explorer.build; then echo built > $@; \
	else echo "The explorer could not be built: its page will load GraphiQL from its public host." >&2; \
		echo "To try again: make explorer" >&2; echo failed > $@; fi

# The inner loops of learning are compiled once for a machine: here, so that no first run waits for it. What was compiled
# before goes: numba looks for changes in a loop's own file, and not in how it is compiled.
$(VENV)/.loops: $(wildcard domain/learning/kernels/*.py) $(VENV)/.runtime
	@echo "Compiling the inner loops"
	@rm -f domain/learning/kernels/__pycache__/*.nbi domain/learning/kernels/__pycache__/*.nbc
	@$(PY) -m domain.learning.kernels.warming
	@touch $@

setup: $(VENV)/.runtime ## install what the server needs, into .venv
	@$(MAKE) --no-print-directory -j2 $(VENV)/.loops $(VENV)/.explorer

dev: $(VENV)/.dev setup ## the same, and what the tests and checks need

explorer: $(VENV)/.runtime ## build the explorer's page again
	@rm -f $(VENV)/.explorer; $(MAKE) --no-print-directory $(VENV)/.explorer

# ---------------------------------------------------------------- running

demo: setup ## start a server, show it at work on generated customers, and go on serving
	@exec $(VENV)/bin/segmentgraph demo $(ARGS)

# ---------------------------------------------------------------- testing

# Two processes; tests/conftest.py tells which tests stay together.
test: dev ## run the tests, on SQLite and on PostgreSQL
	@$(PYTEST) -n 2 --dist loadscope $(ARGS)

slow: dev ## run the tests that take long: attacks, browsers on PostgreSQL
	@$(PYTEST) -m slow $(ARGS)

bench: dev ## measure
	@$(PYTEST) tests/benchmarks -q -s -m bench $(ARGS)

check: dev ## all that has to pass: format, lint, types, imports, schema, migrations, tests
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	@echo "segmentgraph schema equals schema.graphql"
	@$(VENV)/bin/segmentgraph schema | diff -u schema.graphql - \
		|| { echo "The schema has changed: make schema" >&2; exit 1; }
	$(VENV)/bin/segmentgraph migrate check
	@$(MAKE) --no-print-directory test

audit: dev ## look the locked dependencies up among known vulnerabilities; needs the index that knows them
	@$(VENV)/bin/uv tool run pip-audit --strict --require-hashes --disable-pip -r requirements.lock

# ---------------------------------------------------------------- writing

format: dev ## format the code, and mend what lint can mend
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

schema: dev ## write schema.graphql
	@$(VENV)/bin/segmentgraph schema > $(VENV)/schema.graphql
	@mv $(VENV)/schema.graphql schema.graphql

docs: dev schema ## write the settings into README.md and .env.example, and who may do what into docs/access.md
	@$(PY) -m tests.settings_pages
	@$(PY) -m tests.access_page

# The lowest Python is named, else the machine's own would decide what the locks hold.
compile = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header pyproject.toml

# $(call relock,LOCK,OPTIONS): written aside first, so that a lock that stays as it is stays installed too.
relock = cp $(1) $(VENV)/$(1); $(compile) $(ARGS) $(2) --output-file $(VENV)/$(1); \
	cmp -s $(1) $(VENV)/$(1) || { cp $(VENV)/$(1) $(1); echo "$(1) has changed"; }

lock: dev ## write the locks; newer versions with ARGS=--upgrade
	@set -e; $(share_settings); \
	$(call relock,requirements.lock,--group build); \
	$(call relock,requirements-dev.lock,--group dev --constraints requirements.lock)

clean: ## remove what was made, but no data
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	@rm -rf $(EXPLORER)/node_modules $(EXPLORER)/built
	@find graph domain migrations tests -name __pycache__ -type d -prune -exec rm -rf {} +
