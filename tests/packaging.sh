#!/bin/sh
# Is what packaging/ holds what the documents say?
#   sh tests/packaging.sh           what can be said within seconds, with a stand-in for the program; `make lint` does it
#   sh tests/packaging.sh whole     the package of the release binary, installed in a bare Debian of its own, started by the
#                                   unit's own lines, asked for its health, stopped, upgraded, removed, purged
set -eu
cd "$(dirname "$0")/.."
umask 022
unit=packaging/steward.service

fail() { echo "steward: $*" >&2; exit 1; }
skip() { echo "steward: $*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# What stands behind KEY= in the unit, the last time that it stands there.
setting() { sed -n "s/^$1=//p" "$unit" | tail -n 1; }

work=$(mktemp -d)
ended() {
    [ -z "${running:-}" ] || kill -9 "$running" 2>/dev/null || true
    rm -rf --one-file-system "$work"
}
trap ended EXIT
trap 'echo "steward: broken off." >&2; exit 130' INT TERM

# ---- the unit
if have systemd-analyze; then
    # The program need not be installed to say whether its unit can be read.
    sed -e 's,^ExecStart=.*,ExecStart=/bin/true,' -e '/^Documentation=/d' "$unit" >"$work/steward.service"
    said=$(systemd-analyze verify "$work/steward.service" 2>&1 | grep -F steward.service || true)
    [ -z "$said" ] || fail "$unit: $said"
    # In tenths: what the world's services are measured by; 10.0 is a service without any bounds.
    systemd-analyze security --offline=true --threshold=15 "$work/steward.service" >"$work/said" 2>&1 ||
        fail "$unit is more open than it was: $(tail -n 1 "$work/said")"
else
    skip "systemd-analyze is not installed, so the unit was not read."
fi
[ "$(setting ExecStart)" = "/usr/bin/steward serve" ] || fail "$unit starts something else than the package installs."
grace=$(sed -n 's/^const GRACE: Duration = Duration::from_secs(\([0-9]*\));$/\1/p' src/commands/serve.rs)
[ "$(setting TimeoutStopSec)" -gt "${grace:-999}" ] || fail "$unit ends the program before its $grace seconds are over."

# ---- the container's file
wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
grep -q "^ARG RUST_IMAGE=rust:$wanted-" Containerfile || fail "Containerfile builds with another Rust than Cargo.toml's $wanted."
# shellcheck disable=SC2013
for path in $(sed -n 's/^COPY \([^-].*\) [^ ]*$/\1/p' Containerfile); do
    [ -e "$path" ] || fail "Containerfile copies $path, which is not there."
done
[ "$(readlink .dockerignore)" = .containerignore ] || fail ".dockerignore is no longer .containerignore."
health=$(sed -n 's/^HEALTHCHECK .* CMD \["bash", "-c", "\(.*\)"\]$/\1/p' Containerfile | sed 's/\\\\/\\/g')
[ -n "$health" ] || fail "Containerfile has no HEALTHCHECK that could be read."

# ---- the package
for tool in dpkg-deb dpkg-shlibdeps objdump; do
    if ! have "$tool"; then
        skip "$tool is not installed, so no package was made."
        exit 0
    fi
done
if ! git rev-parse --verify HEAD >/dev/null 2>&1; then
    skip "git knows no commit here, so no package was made."
    exit 0
fi
for script in postinst prerm postrm; do sh -n "packaging/debian/$script"; done
binary=target/release/steward
if [ "${1:-}" = whole ]; then
    [ -x "$binary" ] || { skip "there is no $binary, so no package was tried: run 'make build' first."; exit 0; }
else
    binary=/bin/true
fi
package=$(sh packaging/debian.sh "$binary" "$work/one")
if [ "${1:-}" != whole ]; then
    again=$(TZ=Asia/Shanghai sh packaging/debian.sh "$binary" "$work/two")
    cmp -s "$package" "$again" || fail "two packages of the same commit and the same binary differ."
fi

dpkg-deb --fsys-tarfile "$package" | tar -t | sort >"$work/held"
for path in etc/steward/steward.toml lib/systemd/system/steward.service usr/bin/steward usr/share/doc/steward/changelog.gz \
    usr/share/doc/steward/copyright usr/share/doc/steward/libraries.txt.gz usr/share/doc/steward/operate.md.gz usr/share/doc/steward/operate.zh-CN.md.gz \
    usr/share/man/man1/steward.1.gz usr/share/steward/example-city/city.toml usr/share/steward/example-city/law/organ.toml; do
    grep -qx "./$path" "$work/held" || fail "the package lacks $path."
done
! grep -E 'people\.csv|/photos/|\.mjs$' "$work/held" || fail "the demonstration's people are in the package's example of a city."
dpkg-deb --ctrl-tarfile "$package" | tar -xO ./conffiles | grep -qx /etc/steward/steward.toml || fail "steward.toml is no conffile."
dpkg-deb --field "$package" Depends | grep -q 'libc6 (>= ' || fail "the package does not say which libc6 it needs."
[ "$(dpkg-deb --field "$package" Version)" = "$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)" ] ||
    fail "the package has another version than Cargo.toml."
owners=$(dpkg-deb --contents "$package" | awk '{ print $2 }' | sort -u)
[ "$owners" = root/root ] || fail "files of the package belong to $owners."
if [ "${1:-}" != whole ]; then
    echo "steward: unit, container file and Debian package (with a stand-in for the program) are as they should be."
    exit 0
fi

# ---- the package, used
"$binary" --help | sed -n '/^Commands:/,/^Options:/s/^  \([a-z]*\) .*/\1/p' | while read -r command; do
    [ "$command" = help ] || grep -Eq "^\.BR? .*\b$command\b" packaging/debian/steward.1 ||
        fail "the manual page does not name the command $command."
done
if have lintian; then
    lintian --fail-on error,warning --allow-root "$package" || fail "lintian finds fault with the package."
else
    skip "lintian is not installed, so it was not asked."
fi
[ "$(id -u)" = 0 ] || { skip "you are not root, so the package was not installed anywhere."; exit 0; }
for tool in debootstrap chroot setpriv; do
    have "$tool" || { skip "$tool is not installed, so the package was not installed anywhere."; exit 0; }
done
bare=var/packaging/bookworm.tar
if [ ! -f "$bare" ]; then
    # From wherever this machine takes its Debian packages.
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' 2>/dev/null | head -n 1)
    mkdir -p var/packaging
    # shellcheck disable=SC2086
    debootstrap --variant=minbase --include=adduser bookworm "$work/bare" $mirror >"$work/debootstrap.log" 2>&1 || {
        skip "debootstrap could not make a Debian 12 ($(tail -n 1 "$work/debootstrap.log")), so the package was not installed."
        exit 0
    }
    tar -C "$work/bare" -cf "$bare.part" .
    mv "$bare.part" "$bare"
    rm -rf --one-file-system "$work/bare"
fi
house=$work/house
mkdir "$house"
tar -C "$house" -xf "$bare"
cp "$package" "$house/steward.deb"
inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive chroot "$house" "$@"; }

inside dpkg --install /steward.deb >"$work/said" 2>&1 || { cat "$work/said"; fail "the package cannot be installed."; }
grep -q /etc/steward/city "$work/said" || fail "whoever installs the package is not told what comes next."
inside steward --version
[ "$(stat -c %a "$house/var/lib/steward")" = 700 ] || fail "the folder of the data is open to others."

# As the unit would: its account, its folder, its environment, its line, without privileges.
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
start() {
    # systemd reads the secrets as root, before it becomes the account.
    # shellcheck disable=SC2016
    exec_line='set -a; eval "$1"; set +a; cd "$2"; umask "$3"; exec $4'
    (exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$house" \
        setpriv --reuid "$(setting User)" --regid "$(setting Group)" --clear-groups --no-new-privs --bounding-set=-all \
        bash -c "$exec_line" unit "$(cat "$house/etc/steward/secrets")" "$(setting WorkingDirectory)" "$(setting UMask)" \
        "$(setting ExecStart)") >"$work/log" 2>&1 &
    running=$!
}
healthy() { STEWARD_LISTEN=127.0.0.1:$port bash -c "$health" 2>/dev/null; }
echo "STEWARD_LISTEN=127.0.0.1:$port" >"$house/etc/steward/secrets"
chmod 600 "$house/etc/steward/secrets"

start
if wait "$running"; then fail "the program serves a city that nobody wrote."; fi
running=
grep -q 'city.toml' "$work/log" || fail "without a city the program does not say what is missing: $(cat "$work/log")"

cp -r "$house/usr/share/steward/example-city" "$house/etc/steward/city"
start
tries=0
until healthy; do
    tries=$((tries + 1))
    [ "$tries" -lt 120 ] && kill -0 "$running" 2>/dev/null || { cat "$work/log"; fail "the program does not answer."; }
    sleep 0.5
done
[ "$(stat -c %U "/proc/$running")" != root ] || fail "the program runs as root."
kill -TERM "$running"
ended_with=0
wait "$running" || ended_with=$?
running=
[ "$ended_with" = 0 ] || { cat "$work/log"; fail "asked to stop, the program ended with $ended_with."; }
if healthy; then fail "the program still answers after it was stopped."; fi
[ -s "$house/var/lib/steward/steward.db" ] || fail "the database is not where the settings say."
[ "$(stat -c %a "$house/var/lib/steward/steward.db")" = 600 ] || fail "others may read the database."

echo '# a line of the city' >>"$house/etc/steward/steward.toml"
inside dpkg --install /steward.deb >"$work/said" 2>&1 || { cat "$work/said"; fail "the package cannot be installed again."; }
grep -q 'a line of the city' "$house/etc/steward/steward.toml" || fail "an upgrade overwrites the settings."
inside dpkg --remove steward >"$work/said" 2>&1 || { cat "$work/said"; fail "the package cannot be removed."; }
[ -f "$house/etc/steward/steward.toml" ] && [ -f "$house/etc/steward/secrets" ] || fail "removing takes the settings away."
inside dpkg --purge steward >"$work/said" 2>&1 || { cat "$work/said"; fail "the package cannot be purged."; }
[ ! -e "$house/etc/steward/steward.toml" ] && [ ! -e "$house/etc/steward/secrets" ] || fail "purging leaves settings behind."
[ -s "$house/var/lib/steward/steward.db" ] && [ -f "$house/etc/steward/city/city.toml" ] || fail "purging deletes data."
grep -q '/var/lib/steward is kept' "$work/said" || fail "purging does not say where the data lie."
echo "steward: the package was installed in a bare Debian 12, served, stopped, installed again, removed and purged."
