#!/bin/sh
# Runs the tests (or, with `bless`, accepts the snapshots; with `hard`, kills the program and its database again and again and feeds rubbish to every parser; with `bench`, measures) with a private PostgreSQL beside them.
# The runners' own closing lines are printed once more at the end, so that nobody has to scroll for them.
set -u
cd "$(dirname "$0")/.."
sh tests/needs.sh test || exit 1
mkdir -p var

# What is measured, or killed, waits for the disk as in earnest; the other tests prove nothing by it.
case "${1:-test}" in bench | hard) ;; *) export STEWARD_TEST_FSYNC=off ;; esac
if ! line=$(sh tests/postgres.sh start); then exit 1; fi
trap 'sh tests/postgres.sh stop' EXIT
trap 'exit 130' INT TERM
export "$line"

# Runs a command, shows what it says, keeps it in the file $1, and answers with the command's own status.
kept() {
    log=$1; shift
    { { "$@" 2>&1; echo $? >"$log.status"; } | tee "$log"; }
    return "$(cat "$log.status")"
}

case "${1:-test}" in
bless)
    INSTA_UPDATE=always INSTA_FORCE_PASS=1 STEWARD_BLESS=1 cargo test --workspace
    exit
    ;;
hard)
    export STEWARD_HARD="${STEWARD_HARD:-200}"
    cargo test --test it crashes:: -- --nocapture --test-threads 1
    hard=$?
    sh tests/fuzz.sh && exit "$hard"
    exit 1
    ;;
bench)
    cargo bench --bench measure -- --write
    exit
    ;;
test) ;;
*) echo "usage: sh tests/run.sh [test|hard|bless|bench]" >&2; exit 2 ;;
esac

if cargo nextest --version >/dev/null 2>&1; then
    # A test works for a third of its time and waits for the rest.
    threads=$((3 * $(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)))
    kept var/test-rust.log cargo nextest run --workspace --no-fail-fast --test-threads "$threads"
else
    kept var/test-rust.log cargo test --workspace --no-fail-fast
fi
rust=$?

browser=0
browser_line="browser tests: none"
if [ "$rust" = 0 ] && ls tests/browser/*.test.mjs >/dev/null 2>&1; then
    # The tests have built the binary already.
    STEWARD_BIN="$PWD/target/debug/steward" kept var/test-browser.log node --test --test-concurrency=2 tests/browser/*.test.mjs
    browser=$?
    browser_line="browser tests:
$(grep -E '^(#|ℹ) (tests|pass|fail|skipped|duration_ms) ' var/test-browser.log)"
elif [ "$rust" != 0 ]; then
    browser_line="browser tests: not run, because a Rust test failed"
fi

clients=0
if [ "$rust" = 0 ]; then
    kept var/test-clients.log sh tests/open311/run.sh
    clients=$?
    kept var/test-identity.log sh tests/identity/run.sh || clients=$?
fi

echo
grep -aE 'kipped: ' var/test-rust.log var/test-browser.log var/test-clients.log var/test-identity.log 2>/dev/null | sed 's/^[^:]*://; s/^ */  /' | sort -u
echo "$browser_line"
echo "rust tests, on SQLite and on PostgreSQL 15:"
sed 's/\x1b\[[0-9;]*m//g' var/test-rust.log | grep -aE '^ *(Summary|test result:|error: test|     *(FAIL|TIMEOUT|SIG))' | sort -u
[ "$rust" = 0 ] && [ "$browser" = 0 ] && [ "$clients" = 0 ]
