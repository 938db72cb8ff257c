#!/bin/sh
# Makes target/debian/steward_VERSION_ARCHITECTURE.deb of a binary that is built already.
#   sh packaging/debian.sh [BINARY] [FOLDER]     target/release/steward and target/debian unless told otherwise
# The same commit and the same binary give the same bytes: every moment in the package is that of the last commit, or
# SOURCE_DATE_EPOCH where it is set. DEBFULLNAME and DEBEMAIL name whoever answers for the package.
set -eu
umask 022
export LC_ALL=C.UTF-8
root=$(cd "$(dirname "$0")/.." && pwd)
binary=$(realpath -m "${1:-$root/target/release/steward}")
folder=$(realpath -m "${2:-$root/target/debian}")

refuse() { echo "steward: $*" >&2; exit 1; }

[ -x "$binary" ] || refuse "$binary is not there: run 'make build' first, or name the binary."
for tool in dpkg-deb dpkg-shlibdeps objdump; do
    command -v "$tool" >/dev/null 2>&1 || refuse "$tool is missing: please install dpkg-dev."
done
for tool in cargo node; do
    command -v "$tool" >/dev/null 2>&1 || refuse "$tool is missing: it names the libraries whose licences the package holds."
done
cd "$root"
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || true)}"
[ -n "$SOURCE_DATE_EPOCH" ] || refuse "there is no commit to take the date from: set SOURCE_DATE_EPOCH."
export SOURCE_DATE_EPOCH

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
architecture=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-City Steward} <${DEBEMAIL:-maintainers@steward.invalid}>"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree

# put MODE FILE PLACE
put() { install -D -m "$1" "$2" "$tree$3"; }
# pack FILE PLACE: the same made small
pack() { mkdir -p "$(dirname "$tree$2")"; gzip -9n <"$1" >"$tree$2"; chmod 644 "$tree$2"; }

put 755 "$binary" /usr/bin/steward
put 644 packaging/steward.toml /etc/steward/steward.toml
put 644 packaging/steward.service /lib/systemd/system/steward.service
put 644 packaging/debian/copyright /usr/share/doc/steward/copyright
put 644 packaging/debian/lintian-overrides /usr/share/lintian/overrides/steward
pack packaging/debian/steward.1 /usr/share/man/man1/steward.1.gz
pack CHANGELOG.md /usr/share/doc/steward/CHANGELOG.md.gz
pack docs/operate.md /usr/share/doc/steward/operate.md.gz
pack docs/operate.zh-CN.md /usr/share/doc/steward/operate.zh-CN.md.gz
node packaging/notices.mjs "$work/libraries" 2>"$work/told" || {
    cat "$work/told" >&2
    refuse "the licences of the libraries cannot be gathered."
}
pack "$work/libraries" /usr/share/doc/steward/libraries.txt.gz
cat >"$work/changelog" <<END
steward ($version) stable; urgency=medium

  * What is new stands in CHANGELOG.md.gz.

 -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
END
pack "$work/changelog" /usr/share/doc/steward/changelog.gz

# A city to begin with: what a city's folder may hold, without the demonstration's people, history and photographs.
git ls-files -- demo ':!demo/*.mjs' ':!demo/photos' ':!demo/people.csv' ':!demo/reports.toml' ':!demo/streets.geojson' \
    ':!demo/road-names.txt' ':!demo/samples' |
    while read -r file; do put 644 "$file" "/usr/share/steward/example-city/${file#demo/}"; done
[ -f "$tree/usr/share/steward/example-city/city.toml" ] || refuse "demo/city.toml is not among the files of the commit."

# What the binary asks of the system, by the tool that asks its libraries.
mkdir -p "$work/shlibs/debian"
printf 'Source: steward\n\nPackage: steward\nArchitecture: any\n' >"$work/shlibs/debian/control"
if ! depends=$(cd "$work/shlibs" && dpkg-shlibdeps -O "$tree/usr/bin/steward" 2>"$work/told"); then
    cat "$work/told" >&2
    refuse "the libraries that $binary asks for cannot be named."
fi
depends=${depends#shlibs:Depends=}

mkdir -p "$tree/DEBIAN"
for script in postinst prerm postrm; do install -m 755 "packaging/debian/$script" "$tree/DEBIAN/$script"; done
echo /etc/steward/steward.toml >"$tree/DEBIAN/conffiles"
(cd "$tree" && find usr lib -type f | sort | xargs -d '\n' md5sum) >"$tree/DEBIAN/md5sums"
# As Debian counts: a kibibyte for each folder, each file rounded up; the same on every file system.
installed=$(cd "$tree" && find . -path ./DEBIAN -prune -o -printf '%y %s\n' |
    awk '$1 == "f" { sum += int(($2 + 1023) / 1024); next } { sum += 1 } END { print sum }')
cat >"$tree/DEBIAN/control" <<END
Package: steward
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $installed
Depends: adduser, $depends
Recommends: ca-certificates
Suggests: postgresql, nginx
Section: web
Priority: optional
Description: program on which an urban-management brigade runs its whole day
 City Steward takes citizens' reports, leads each case from receiving to
 closing with its clocks, keeps duty rosters, whistles, penalty cases and
 checks of enterprises, and writes their official papers.
 .
 One binary with everything inside: it needs a database (SQLite is built in,
 PostgreSQL is spoken) and a place for files, and fetches nothing from the
 internet. The service begins when a city's folder is there and somebody
 starts it; see /usr/share/doc/steward/operate.md.gz.
END
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$folder"
package=$folder/steward_${version}_$architecture.deb
# Beside the name first: a package that was broken off is not taken for one.
dpkg-deb --root-owner-group -Zxz --threads-max=2 --build "$tree" "$package.part" >/dev/null
mv "$package.part" "$package"
echo "$package"
