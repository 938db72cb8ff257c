# The words a newcomer types. `make run` and `make test` work on a fresh Debian 12 with Rust and Node.

SHELL := /bin/sh
export CARGO_TERM_COLOR ?= auto
LISTEN ?= 127.0.0.1:8080

.PHONY: help run dev build package assets test test-hard lint bless bench clean

help: ## these lines
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

run: assets ## build and start the demonstration city on http://127.0.0.1:8080
	@# The dev profile: it is ready in about half the time of a release build, and the crates that decode
	@# pictures and hash passwords are optimised in it all the same. `make build` makes the fast binary.
	cargo build
	./target/debug/steward demo --listen $(LISTEN)

dev: assets ## the same, telling what it does; pages, words and styles are read from disk at every request
	cargo build
	RUST_LOG=$${RUST_LOG:-steward=debug,info} ./target/debug/steward demo --listen $(LISTEN)

build: assets ## the release binary, target/release/steward, with everything inside it
	cargo build --release

package: build ## the Debian package of it, target/debian/steward_VERSION_ARCHITECTURE.deb
	@sh packaging/debian.sh

assets: node_modules/.built

node_modules/.built: node_modules/.installed typesetting/fonts.mjs $(shell find assets -type f -not -path "assets/dist/*" 2>/dev/null)
	node assets/build.mjs
	node typesetting/fonts.mjs
	@touch $@

node_modules/.installed: package.json package-lock.json .npmrc
	@sh tests/needs.sh build
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

test: assets ## every test: unit, integration on SQLite and on PostgreSQL, browser
	@sh tests/run.sh

test-hard: assets ## kill the program and its database at random moments, 200 times each (STEWARD_HARD names another number)
	@sh tests/run.sh hard

lint: assets ## formatting, clippy, licences, scripts, packaging, and no word of anybody's machine in the repository
	@sh tests/lint.sh

bless: assets ## accept the snapshots (permissions, doors, diagrams); read the diff before you commit it
	@sh tests/run.sh bless

bench: assets ## measure this machine; the figures go to docs/benchmarks.md
	@sh tests/run.sh bench

clean: ## forget what was built, and the demonstration's data
	@sh tests/postgres.sh stop
	cargo clean
	rm -rf node_modules assets/dist typesetting/fonts var
