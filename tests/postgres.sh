#!/bin/sh
# A private PostgreSQL for the tests: its own cluster under var/postgres, a free port on the loopback. It waits for the
# disk as in earnest, unless STEWARD_TEST_FSYNC=off says that nothing here has to outlive the machine.
#   sh tests/postgres.sh start    starts an empty one unless one runs, prints STEWARD_TEST_POSTGRES=postgres://…
#   sh tests/postgres.sh url      prints that line when it runs
#   sh tests/postgres.sh stop     stops it
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)

bin=/usr/lib/postgresql/15/bin
[ -x "$bin/postgres" ] || bin=$(dirname "$(command -v postgres || echo /missing/postgres)")

# PostgreSQL refuses to run as root, so root lends it to the account `postgres`.
if [ "$(id -u)" = 0 ]; then
    as() { runuser -u postgres -- "$@"; }
else
    as() { "$@"; }
fi

# Where the account `postgres` cannot walk to (a checkout under /root, say), the cluster lives in the temporary folder.
home=$root/var/postgres
mkdir -p "$root/var"
if [ "$(id -u)" = 0 ] && ! (cd / && as test -x "$root/var"); then
    home=${TMPDIR:-/tmp}/steward-postgres-$(printf %s "$root" | cksum | cut -d' ' -f1)
fi
data=$home/data
port_file=$home/port

running() { [ -s "$port_file" ] && (cd / && as "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1); }

print_url() { echo "STEWARD_TEST_POSTGRES=postgres://steward@127.0.0.1:$(cat "$port_file")/steward"; }

start() {
    if running; then print_url; return; fi
    if [ ! -x "$bin/initdb" ]; then
        echo "steward: PostgreSQL 15 is missing: install the package postgresql-15." >&2
        exit 1
    fi
    mkdir -p "$home"
    [ "$(id -u)" != 0 ] || chown postgres "$home"
    chmod 700 "$home"
    cd /
    # Some tests leave their database behind: a new cluster takes three seconds and is as good as one that was swept.
    rm -rf "$data"
    as "$bin/initdb" -D "$data" -U steward -A trust -E UTF8 --locale=C.UTF-8 --no-instructions \
        >"$root/var/postgres-initdb.log" 2>&1 || { cat "$root/var/postgres-initdb.log" >&2; exit 1; }
    # Another program may take the free port between the look and the start; then the next one is tried.
    for _ in 1 2 3 4 5; do
        port=$(node -e 'const s=require("net").createServer();s.listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
        options="-p $port -c listen_addresses=127.0.0.1 -c fsync=${STEWARD_TEST_FSYNC:-on} -c max_connections=400 -c shared_buffers=128MB -c max_wal_size=4GB"
        # A socket's path may have 107 bytes.
        if [ ${#home} -le 80 ]; then options="$options -c unix_socket_directories=$home"
        else options="$options -c unix_socket_directories="
        fi
        if as "$bin/pg_ctl" -D "$data" -w -t 30 -l "$home/log" -o "$options" start >/dev/null 2>&1; then
            echo "$port" >"$port_file"
            as "$bin/createdb" -h 127.0.0.1 -p "$port" -U steward steward
            print_url
            return
        fi
    done
    echo "steward: the private PostgreSQL did not start; its log ends:" >&2
    tail -n 20 "$home/log" >&2
    exit 1
}

case "${1:-}" in
start) start ;;
url) if running; then print_url; else echo "steward: the tests' PostgreSQL is not running." >&2; exit 1; fi ;;
stop) if running; then (cd / && as "$bin/pg_ctl" -D "$data" -m fast -w stop >/dev/null); fi; rm -f "$port_file" ;;
*) echo "usage: sh tests/postgres.sh start|url|stop" >&2; exit 2 ;;
esac
