#!/bin/sh
# Makes the certificates of the tests anew, by openssl: `sh tests/tls/make.sh`. They are good for a hundred years and for nothing
# but the tests: their keys lie beside them. All but `alone` come from the authority `authority.pem`.
#   server     for 127.0.0.1 and localhost        elsewhere   for another host
#   expired    ran out in 2001                     first       of X.509 version 1, which names no host
#   alone      its own authority, as PostgreSQL's manual makes one
#   client     of the account `steward`
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1.key"; }
# NAME SUBJECT EXTENSIONS [WORDS …]: a certificate, and its key.
made() {
    name=$1 subject=$2
    printf '%s\n' "$3" >"$work/$1.ext"
    shift 3
    key "$name"
    openssl req -new -key "$name.key" -subj "/CN=$subject" -out "$work/$name.csr"
    openssl ca -batch -notext -config "$work/ca.cnf" -in "$work/$name.csr" -out "$name.pem" -extfile "$work/$name.ext" "$@" 2>/dev/null
}

: >"$work/index"
echo 01 >"$work/serial"
cat >"$work/ca.cnf" <<CNF
[ca]
default_ca = here
[here]
database = $work/index
serial = $work/serial
new_certs_dir = $work
certificate = authority.pem
private_key = authority.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
CNF
names='subjectAltName = DNS:localhost, IP:127.0.0.1'
authority='basicConstraints = critical, CA:TRUE'
usual='basicConstraints = critical, CA:FALSE'
long='-startdate 20200101000000Z -enddate 21200101000000Z'
made authority "Authority of the tests" "$authority
keyUsage = critical, keyCertSign, cRLSign" -selfsign -keyfile authority.key $long
made alone localhost "$authority
$names" -selfsign -keyfile alone.key $long
made server localhost "$usual
$names" $long
made elsewhere db.elsewhere.example "$usual
subjectAltName = DNS:db.elsewhere.example" $long
made expired localhost "$usual
$names" -startdate 20000101000000Z -enddate 20010101000000Z
made client steward "$usual
extendedKeyUsage = clientAuth" $long
key first
openssl req -new -key first.key -subj "/CN=localhost" -out "$work/first.csr"
openssl x509 -req -in "$work/first.csr" -CA authority.pem -CAkey authority.key -set_serial 99 -days 36500 -out first.pem 2>/dev/null
rm -f authority.key
