#!/bin/sh
# PostgreSQL servers of a test's own, which it may kill. Everything of one lies in its folder.
#   sh tests/cluster.sh new               makes and starts one; prints its folder and its port
#   sh tests/cluster.sh standby FOLDER    makes and starts a copy that follows it; from then on no commit is answered before the copy
#                                         has it on its disk; prints its folder and its port
#   sh tests/cluster.sh kill FOLDER       kills every process of it, without a word
#   sh tests/cluster.sh again FOLDER      starts one that was killed
#   sh tests/cluster.sh promote FOLDER    makes the copy the first
#   sh tests/cluster.sh tls FOLDER NAME   gives it a certificate of tests/tls, by which it does TLS from then on. The account `keeper` must
#                                         come with TLS and a password, `carded` with a certificate of the authority's
#   sh tests/cluster.sh gone FOLDER       stops it and removes its folder
set -eu
tls=$(cd "$(dirname "$0")" && pwd)/tls
bin=/usr/lib/postgresql/15/bin
[ -x "$bin/postgres" ] || bin=$(dirname "$(command -v postgres || echo /missing/postgres)")
if [ ! -x "$bin/initdb" ]; then
    echo "steward: PostgreSQL 15 is missing: install the package postgresql-15." >&2
    exit 3
fi
cd /
# PostgreSQL refuses to run as root, so root lends it to the account `postgres`.
if [ "$(id -u)" = 0 ]; then
    as() { runuser -u postgres -- "$@"; }
else
    as() { "$@"; }
fi

folder() {
    made=$(mktemp -d "${TMPDIR:-/tmp}/steward-cluster-XXXXXX")
    [ "$(id -u)" != 0 ] || chown postgres "$made"
    chmod 700 "$made"
    echo "$made"
}

# Starts the server of a folder at a port; another program may take a free one between the look and the start.
begin() {
    options="-p $2 -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=on -c max_connections=120"
    as "$bin/pg_ctl" -D "$1/data" -w -t 60 -l "$1/log" -o "$options" start >/dev/null 2>&1
}

begin_somewhere() {
    for _ in 1 2 3 4 5; do
        port=$(node -e 'const s=require("net").createServer();s.listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
        if begin "$1" "$port"; then
            echo "$port" >"$1/port"
            echo "$1 $port"
            return
        fi
    done
    tail -n 20 "$1/log" >&2
    exit 1
}

case "${1:-}" in
new)
    made=$(folder)
    as "$bin/initdb" -D "$made/data" -U steward -A trust -E UTF8 --locale=C.UTF-8 --no-instructions >/dev/null 2>&1
    begin_somewhere "$made"
    as "$bin/createdb" -h 127.0.0.1 -p "$(cat "$made/port")" -U steward steward
    ;;
standby)
    made=$(folder)
    first=$(cat "$2/port")
    as "$bin/pg_basebackup" -D "$made/data" -h 127.0.0.1 -p "$first" -U steward -R -X stream -c fast >/dev/null
    begin_somewhere "$made"
    tell() { as "$bin/psql" -q -h 127.0.0.1 -p "$first" -U steward -d steward -c "$1" >/dev/null; }
    tell "alter system set synchronous_standby_names = '*'"
    tell "select pg_reload_conf()"
    ;;
kill)
    first=$(head -n 1 "$2/data/postmaster.pid")
    # Its children first learn nothing, and neither do the clients.
    kill -KILL "$first" $(ps -o pid= --ppid "$first") 2>/dev/null || true
    ;;
again)
    # The system may still hold what the dead one held.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        if begin "$2" "$(cat "$2/port")"; then exit 0; fi
        sleep 0.5
    done
    tail -n 20 "$2/log" >&2
    exit 1
    ;;
tls)
    data=$2/data
    cp "$tls/$3.pem" "$data/server.crt"
    cp "$tls/$3.key" "$data/server.key"
    cp "$tls/authority.pem" "$data/authority.pem"
    chmod 600 "$data/server.key"
    [ "$(id -u)" != 0 ] || chown postgres "$data/server.crt" "$data/server.key" "$data/authority.pem"
    if ! grep -q '^ssl = on' "$data/postgresql.conf"; then
        printf '%s\n' "ssl = on" "ssl_ca_file = 'authority.pem'" >>"$data/postgresql.conf"
        {
            echo "hostssl all keeper all scram-sha-256"
            echo "host all keeper all reject"
            echo "hostssl all carded all trust clientcert=verify-ca"
            echo "host all carded all reject"
            cat "$data/pg_hba.conf"
        } >"$2/rules"
        cat "$2/rules" >"$data/pg_hba.conf"
    fi
    as "$bin/pg_ctl" -D "$data" -w -t 60 -m fast -l "$2/log" restart >/dev/null 2>&1
    ;;
promote) as "$bin/pg_ctl" -D "$2/data" -w -t 60 promote >/dev/null ;;
gone)
    as "$bin/pg_ctl" -D "$2/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$2"
    ;;
*) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
esac
