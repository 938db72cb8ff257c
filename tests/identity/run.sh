#!/bin/sh
# Signs staff in at a provider of identities that others have written: oidc-provider from npm, as a process of its own.
#   sh tests/identity/run.sh
# Skips with its reason when it cannot be fetched. STEWARD_BIN names the binary, target/debug/steward without it.
set -eu
cd "$(dirname "$0")/../.."
bin=${STEWARD_BIN:-target/debug/steward}
skip() { echo "skipped: $*"; exit 0; }
[ -x "$bin" ] || skip "the provider of identities, for there is no $bin"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
(cd "$folder" && npm install --silent --no-audit --no-fund --ignore-scripts --prefix . oidc-provider@9.13.3 >/dev/null 2>&1) ||
    skip "the provider of identities, for npm's oidc-provider cannot be fetched"
cp tests/identity/provider.mjs "$folder/provider.mjs"
STEWARD_BIN=$bin node tests/identity/drive.mjs "$folder"
