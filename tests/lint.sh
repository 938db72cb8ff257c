#!/bin/sh
# Everything that a machine can say about the source without running it.
set -eu
cd "$(dirname "$0")/.."
sh tests/needs.sh build

cargo fmt --all --check
if [ "${RUSTC_WORKSPACE_WRAPPER:-}" = clippy-driver ]; then
    # Whoever has made clippy the compiler wants what it compiles as well.
    cargo test --workspace --all-targets --no-run
else
    cargo clippy --workspace --all-targets -- -D warnings
fi

if cargo deny --version >/dev/null 2>&1; then
    cargo deny --offline check licenses bans sources
else
    echo "steward: cargo-deny is not installed, so licences and sources of the dependencies were not checked."
fi

for script in $(git ls-files '*.mjs' '*.js' '*.cjs'); do node --check "$script"; done
for script in $(git ls-files '*.sh' .ci/run); do sh -n "$script"; done

sh tests/packaging.sh

# No word of anybody's machine, workplace or mirror belongs into the repository.
found=$(git grep -nIE \
    -e '(^|[^A-Za-z0-9_./-])/(work|home|root|Users|tmp/bash)[/][A-Za-z0-9_.-]+' \
    -e '"resolved": *"http' \
    -e '(registry\.npmjs|registry\.npmmirror|index\.crates|static\.crates|rsproxy|tuna\.tsinghua|mirrors\.[a-z]+)[.a-z]' \
    -- . ':!tests/lint.sh' ':!Cargo.lock' || true)
if [ -n "$found" ]; then
    echo "steward: these lines name a machine's own path or a package mirror:" >&2
    echo "$found" >&2
    exit 1
fi
echo "steward: lint found nothing."
