#!/bin/sh
# Installs what a task needs and the machine lacks, or says in one sentence what is missing.
#   sh tests/needs.sh build     a C compiler, Rust, Node
#   sh tests/needs.sh test      the same, PostgreSQL 15, Chromium and a Chinese font
set -eu

refuse() { echo "steward: $*" >&2; exit 1; }

have() { command -v "$1" >/dev/null 2>&1; }

has_postgres() { [ -x /usr/lib/postgresql/15/bin/postgres ] || have postgres; }

has_chinese_font() { have fc-list && fc-list ':lang=zh-cn' family 2>/dev/null | grep -q .; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif have sudo && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1
    fi
}

install() { # the packages, then the reason they are wanted
    reason=$2
    have apt-get || refuse "$reason: please install $1 (this machine has no apt-get, so it cannot be done for you)."
    [ "$(id -u)" = 0 ] || { have sudo && sudo -n true 2>/dev/null; } ||
        refuse "$reason: please run 'sudo apt-get install $1' (you are not root, and sudo asks for a password)."
    echo "steward: $reason: installing $1"
    if [ -z "${updated:-}" ]; then
        as_root apt-get update -qq >/dev/null || refuse "apt-get update failed, so $1 cannot be installed."
        updated=yes
    fi
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $1 >/dev/null ||
        refuse "$reason: apt-get could not install $1."
}

have cargo || refuse "Rust is missing: install it from https://rustup.rs (1.92 or newer)."
have node && have npm || refuse "Node with npm is missing: install version 20 or newer."
node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' ||
    refuse "Node $(node --version) is too old: version 20 or newer is needed."
have cc || install "gcc libc6-dev" "SQLite is compiled in and needs a C compiler"

if [ "${1:-build}" = test ]; then
    has_postgres || install "postgresql-15" "the tests run on PostgreSQL too"
    have chromium || have chromium-browser || have google-chrome || [ -n "${CHROMIUM:-}" ] ||
        install "chromium" "the browser tests need Chromium"
    have pdftotext || install "poppler-utils" "the tests read papers back with pdftotext"
    has_chinese_font || install "fontconfig fonts-noto-cjk" "the browser tests need a Chinese font"
fi
