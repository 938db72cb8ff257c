#!/bin/sh
# Runs clients of Open311 that others have written against the demonstration: georeport and three from PyPI, open311 from npm.
#   sh tests/open311/run.sh [PORT]
# Skips with its reason when they cannot be fetched. STEWARD_BIN names the binary, target/debug/steward without it.
set -eu
cd "$(dirname "$0")/../.."
port=${1:-8397}
bin=${STEWARD_BIN:-target/debug/steward}
base=http://127.0.0.1:$port
skip() { echo "skipped: $*"; exit 0; }
[ -x "$bin" ] || skip "the clients of Open311, for there is no $bin"
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$folder/python" 2>/dev/null || skip "the clients of Open311, for Python has no venv"
pip="$folder/python/bin/pip --quiet --disable-pip-version-check"
$pip install georeport==0.3.1 requests simplejson relaxml mock 2>/dev/null || skip "the clients of Open311, for PyPI does not answer"
$pip download --no-deps --no-binary :all: -d "$folder" three==0.8.0 >/dev/null 2>&1 || skip "three, for PyPI does not answer"
"$folder/python/bin/python" -c 'import lib2to3' 2>/dev/null || skip "three, for this Python has no lib2to3"
tar -xzf "$folder/three-0.8.0.tar.gz" -C "$folder"
"$folder/python/bin/python" -W ignore -m lib2to3 -w -n --no-diffs "$folder/three-0.8.0/three" >/dev/null 2>&1
# The one edit by hand: lib2to3 leaves an import that Python 3 does not have.
sed -i '/^from itertools import/d' "$folder/three-0.8.0/three/core.py"

"$bin" demo --listen "127.0.0.1:$port" --dir "$folder/city" >"$folder/log" 2>&1 &
server=$!
for _ in $(seq 480); do
    curl -sf "$base/healthz" >/dev/null && break
    kill -0 "$server" 2>/dev/null || { cat "$folder/log"; exit 1; }
    sleep 0.5
done
curl -sf -o /dev/null -c "$folder/cookies" -d login=sysadmin -d password=Wanglan-2026 "$base/sign-in"
key=$(curl -sf -b "$folder/cookies" -d name=clients -d contact=tests -d per_minute=100000 -d may=submit -d may=update \
    "$base/admin/open311" | sed -n 's/.*data-copy="\([0-9a-f]*\)".*/\1/p')
[ ${#key} = 64 ] || { echo "no key was made" >&2; exit 1; }

photo=$(find demo/photos -type f | sort | head -1)
PYTHONPATH="$folder/three-0.8.0" "$folder/python/bin/python" tests/open311/clients.py "$base" "$key" "$photo"

(cd "$folder" && npm pack --silent open311@0.0.12 >/dev/null 2>&1) || skip "npm's open311, for the registry does not answer"
tar -xzf "$folder/open311-0.0.12.tgz" -C "$folder"
(cd "$folder/package" && rm package.json && npm install --silent --no-audit --no-fund --prefix . request@2.88.2 lodash@3.10.1 \
    >/dev/null 2>&1) || skip "npm's open311, for the registry does not answer"
node tests/open311/client.cjs "$folder/package" "$base" "$key"

# The same demonstration serves for the city's own API.
sh tests/api/run.sh "$base" "$folder"
