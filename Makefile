# make demo   one month of a small county, played with the real daemon
# make test   everything the tests need, and the tests
# make check  style and structure gates      make bench  figures against peers      make soak  the long runs

VENV   ?= .venv
PY      = $(VENV)/bin/python
READY   = $(VENV)/.ready
# A nodejs from elsewhere brings its npm along, and Debian's npm cannot be installed beside it.
NPM = $(if $(shell command -v npm 2>/dev/null),,nodejs npm)
NEEDED_DEMO = python3-venv dovecot-imapd openssl libseccomp2
NEEDED_TEST = $(NEEDED_DEMO) postfix age gnupg openssh-client swaks strace libreoffice-calc chromium poppler-utils fonts-noto-cjk $(NPM)
NEEDED_BENCH = $(NEEDED_TEST) isync fetchmail

# Debian packages that are missing are installed as root; anyone else is told the one line to run.
define debian
	@missing=""; for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'install ok' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then \
	    echo "installing$$missing"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  else echo "Debian packages are missing. Please run: sudo apt-get install -y$$missing"; exit 1; fi; fi
endef

.PHONY: demo test check bench soak clean packages-demo packages-test

demo: packages-demo $(READY)
	$(VENV)/bin/gateway demo

test: packages-test $(READY)
	$(PY) -m pytest -n 2 --dist loadfile

check: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) -m pytest tests/core tests/journal tests/judge --cov=gateway.core --cov=gateway.journal --cov=gateway.judge --cov-fail-under=100

bench: packages-bench $(READY)
	$(PY) -m bench

soak: packages-test $(READY)
	$(PY) -m tests.faults.soak
	$(PY) -m tests.hostile.soak

packages-demo:
	$(call debian,$(NEEDED_DEMO))
packages-test:
	$(call debian,$(NEEDED_TEST))
packages-bench:
	$(call debian,$(NEEDED_BENCH))

$(READY): pyproject.toml constraints.txt
	@[ -x $(PY) ] || python3 -m venv $(VENV)
	@echo "setting up $(VENV)"
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache
