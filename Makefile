# make run    starts Carrel on http://127.0.0.1:8080, building what has changed
# make test   all tests: unit, adapter, black-box on SQLite and PostgreSQL, browser
# make lint   formatting, clippy, dependency rules, and the checks of the web app
# make bench  the figures of docs/BENCHMARKS.md
# make clean  removes what was built

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Outside the clone, so that a second clone starts warm and removing the clone removes no cache.
export CARREL_CACHE_DIR ?= $(HOME)/.cache/carrel
export CARGO_TARGET_DIR ?= $(CARREL_CACHE_DIR)/target

DATA ?= ./carrel-data
LISTEN ?= 127.0.0.1:8080
DENY := $(CARREL_CACHE_DIR)/tools/bin/cargo-deny
# The version is part of the rules: the format of deny.toml follows it.
DENY_VERSION := 0.20.2

web_sources := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

.PHONY: help run build test setup build-tests test-rust test-web test-browser lint lint-rust lint-web lint-browser deny bench clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

# ---- building -----------------------------------------------------------------------------------------------------

web/node_modules/.installed: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	touch $@

tests/browser/node_modules/.installed: tests/browser/package.json tests/browser/package-lock.json
	cd tests/browser && npm ci --no-audit --no-fund
	touch $@

# The web app is embedded in the binary, so it is built first.
web/dist/index.html: web/node_modules/.installed $(web_sources)
	cd web && npm run build
	touch $@

build: web/dist/index.html
	cargo build --locked --release -p carrel

run: build
	exec "$(CARGO_TARGET_DIR)/release/carrel" serve --data-dir "$(DATA)" --listen "$(LISTEN)"

# ---- testing ------------------------------------------------------------------------------------------------------

setup:
	scripts/setup-tests

# The black-box and browser tests drive the binary built here.
build-tests: setup web/dist/index.html
	cargo build --locked -p carrel

# Unit, adapter and black-box tests.
test-rust: build-tests
	scripts/with-postgres scripts/run-cargo-tests

test-web: web/node_modules/.installed
	cd web && npm test

test-browser: build-tests tests/browser/node_modules/.installed
	cd tests/browser && CARREL_BIN="$(CARGO_TARGET_DIR)/debug/carrel" npm test

test: test-rust test-web test-browser

# ---- checking -----------------------------------------------------------------------------------------------------

lint: lint-rust lint-web lint-browser deny

lint-rust: web/dist/index.html
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

lint-web: web/node_modules/.installed
	cd web && npm run check && npm run lint

lint-browser: tests/browser/node_modules/.installed
	cd tests/browser && npm run check

deny: $(DENY)-$(DENY_VERSION)
	scripts/check-dependencies "$<"

# A tool that runs for seconds need not be built for speed: this takes about two minutes of one core, not ten.
$(DENY)-$(DENY_VERSION):
	CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
	CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_STRIP=true CARGO_TARGET_DIR="$(CARREL_CACHE_DIR)/tools/target" \
		cargo install cargo-deny --version $(DENY_VERSION) --locked --root "$(CARREL_CACHE_DIR)/tools" --force
	rm -rf "$(CARREL_CACHE_DIR)/tools/target"
	mv "$(DENY)" "$@"

# ---- measuring ----------------------------------------------------------------------------------------------------

bench: build setup
	benches/run

clean:
	cargo clean
	rm -rf web/dist web/node_modules tests/browser/node_modules
