#!/bin/sh
# Tries the API with schemathesis, which reads the OpenAPI document and makes up calls, right and wrong: nothing may fail on our side,
# answer a status that is not documented, or break a schema. With a token and without.
#   sh tests/api/run.sh BASE FOLDER     a running demonstration, and a folder that vanishes
# Skips with its reason when schemathesis cannot be fetched. EXAMPLES says how many calls are made up for each operation.
set -eu
cd "$(dirname "$0")/../.."
base=$1 folder=$2
skip() { echo "skipped: $*"; exit 0; }
python3 -m venv "$folder/schemathesis" 2>/dev/null || skip "schemathesis, for Python has no venv"
"$folder/schemathesis/bin/pip" --quiet --disable-pip-version-check install schemathesis==4.32.5 2>/dev/null ||
    skip "schemathesis, for PyPI does not answer"

sign_in() { curl -sf -o /dev/null -c "$folder/$1" -d "login=$1" -d password=Wanglan-2026 "$base/sign-in"; }
sign_in sysadmin
sign_in secadmin
scopes=
for scope in reports:read reports:write contacts:read cases:read cases:write facts:read webhooks:manage; do
    scopes="$scopes -d scopes=$scope"
done
# shellcheck disable=SC2086
token=$(curl -sf -b "$folder/sysadmin" -d name=schemathesis -d contact=tests -d login=shift1 -d per_minute=100000 $scopes \
    "$base/admin/tokens" | sed -n 's/.*data-copy="\(steward_[0-9a-f]*\)".*/\1/p')
[ ${#token} = 72 ] || { echo "no token was made" >&2; exit 1; }
release=$(curl -sf -b "$folder/secadmin" "$base/admin/tokens" | sed 's/&#x2f;/\//g' |
    sed -n 's/.*"\(\/admin\/tokens\/[0-9]*\/release\)".*/\1/p' | head -1)
curl -sf -o /dev/null -b "$folder/secadmin" -X POST "$base$release"

# Streams that do not end are tried in tests/it/api.rs. What schemathesis remembers stays in the folder.
try() {
    (cd "$folder" && ./schemathesis/bin/schemathesis run "$base/api/v1/openapi.json" --seed 1 --max-examples "${EXAMPLES:-15}" \
        --request-timeout 30 --exclude-path /api/v1/facts/stream --exclude-path /api/v1/facts.jsonl --no-color \
        --phases examples,coverage,fuzzing \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,unsupported_method,ignored_auth \
        "$@") >"$folder/schemathesis.log" 2>&1 || { cat "$folder/schemathesis.log"; exit 1; }
    grep -E 'Test cases|generated|Operations|passed' "$folder/schemathesis.log" | sed 's/^/  /'
}
echo "schemathesis, with a token:"
try --header "Authorization: Bearer $token"
echo "schemathesis, without:"
try
